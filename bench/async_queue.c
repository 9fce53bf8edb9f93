// Async queue: the queue between threads that C programs take from GLib.
//
// A lock and a condition variable around a list. It copies nothing and never makes a writer
// wait, as it has no bound.

#include "message_peers.h"

#include <stddef.h>

#ifdef BENCH_GLIB

#include <glib.h>

const char *const bench_async_queue_missing = NULL;

typedef struct share {
    GAsyncQueue *queue;
    uint64_t first, count; // for a writer, which numbers; for a reader, how many
    uint64_t sum;          // of what a reader got
} share;

// NULL is no message, so each is one more than its number.
static gpointer write_share(gpointer context)
{
    const share *mine = context;
    for (uint64_t number = mine->first; number < mine->first + mine->count; number++)
        g_async_queue_push(mine->queue, GSIZE_TO_POINTER(number + 1));
    return NULL;
}

static gpointer read_share(gpointer context)
{
    share *mine = context;
    for (uint64_t left = mine->count; left > 0; left--)
        mine->sum += GPOINTER_TO_SIZE(g_async_queue_pop(mine->queue)) - 1;
    return NULL;
}

double bench_async_queue_pass(void *context)
{
    const uint64_t count = *(const uint64_t *)context;
    GAsyncQueue *queue = g_async_queue_new();
    share shares[BENCH_WRITERS + BENCH_READERS];
    GThread *threads[BENCH_WRITERS + BENCH_READERS];
    uint64_t sum = 0;
    const double start = bench_now();
    for (int i = 0; i < BENCH_WRITERS + BENCH_READERS; i++) {
        const bool writes = i < BENCH_WRITERS;
        const uint64_t part = count / (writes ? BENCH_WRITERS : BENCH_READERS);
        shares[i] = (share){queue, writes ? (uint64_t)i * part : 0, part, 0};
        threads[i] = g_thread_new(NULL, writes ? write_share : read_share, &shares[i]);
    }
    for (int i = 0; i < BENCH_WRITERS + BENCH_READERS; i++) {
        g_thread_join(threads[i]);
        sum += shares[i].sum;
    }
    const double ns = bench_now() - start;
    g_async_queue_unref(queue);
    return sum == bench_sum_below(count) ? ns : -1;
}

#else

const char *const bench_async_queue_missing = "built without GLib";

double bench_async_queue_pass(void *context)
{
    (void)context;
    return -1;
}

#endif
