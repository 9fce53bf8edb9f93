// GLib pool: the thread pool that most C programs on a desktop have at hand.
//
// Its threads are born and joined outside of what is measured, as far as it lets us: the only
// way to wait for its work is to free the pool, which joins them.

#include "task_peers.h"

#include <stdbool.h>
#include <stddef.h>

#include "measure.h"
#include "priorities.h"

#ifdef BENCH_GLIB

#include <glib.h>

const char *const bench_glib_missing = NULL;

static void do_nothing(gpointer task, gpointer context)
{
    (void)task;
    (void)context;
}

double bench_glib_pass(void *context)
{
    const uint64_t count = *(const uint64_t *)context;
    GThreadPool *pool = g_thread_pool_new(do_nothing, NULL, BENCH_TASK_WORKERS, TRUE, NULL);
    if (pool == NULL)
        return -1;
    const double start = bench_now();
    for (uint64_t number = 0; number < count; number++)
        g_thread_pool_push(pool, context, NULL); // NULL alone is no task
    g_thread_pool_free(pool, FALSE, TRUE);
    return bench_now() - start;
}

// ---- with priorities ------------------------------------------------------------------------

typedef struct line {
    bench_gate *gate; // what the first task is, all others are an int
    int last;         // the priority of the task that ran last
    bool out_of_order;
} line;

static void run_in_line(gpointer task, gpointer context)
{
    line *line = context;
    if (task == line->gate) {
        bench_gate_stop(line->gate);
        return;
    }
    const int priority = *(const int *)task;
    line->out_of_order |= priority < line->last;
    line->last = priority;
}

// Only ever asked about two tasks with a priority: the first one has begun by then.
static int by_priority(gconstpointer left, gconstpointer right, gpointer context)
{
    (void)context;
    const int a = *(const int *)left;
    const int b = *(const int *)right;
    return (a > b) - (a < b);
}

double bench_glib_priorities_pass(void *context)
{
    const bench_priorities *tasks = context;
    line line = {.gate = tasks->gate};
    GThreadPool *pool = g_thread_pool_new(run_in_line, &line, 1, TRUE, NULL);
    if (pool == NULL)
        return -1;
    g_thread_pool_set_sort_function(pool, by_priority, NULL);
    g_thread_pool_push(pool, tasks->gate, NULL);
    bench_gate_await(tasks->gate);
    const double start = bench_now();
    for (size_t number = 0; number < tasks->count; number++)
        g_thread_pool_push(pool, &tasks->each[number], NULL);
    bench_gate_open(tasks->gate);
    g_thread_pool_free(pool, FALSE, TRUE);
    const double ns = bench_now() - start;
    return line.out_of_order ? -1 : ns;
}

#else

const char *const bench_glib_missing = "built without GLib";

double bench_glib_pass(void *context)
{
    (void)context;
    return -1;
}

double bench_glib_priorities_pass(void *context)
{
    (void)context;
    return -1;
}

#endif
