// Printed: what a pool has captured, kept for a test to look at: for each task, item and worker all
// bytes of both streams, put together from the pieces that came.
#ifndef TESTS_PRINTED_H
#define TESTS_PRINTED_H

#include <pthread.h>
#include <sched.h>

#include "story.h"

typedef struct printed {
    mh_output_source source;
    int worker, map; // `worker`: only where it is its own
    uint64_t index;
    char *text[2]; // with a 0 behind
    size_t size[2];
    int ended;    // how often that was told
    bool is_open; // something came since
    int pid;
} printed;

static struct prints {
    printed *all;
    size_t count, room;
    struct mh_pool *pool;
    bool is_wrong; // something came that may not come
    uint64_t bytes;
} prints;

static pthread_mutex_t prints_lock = PTHREAD_MUTEX_INITIALIZER;

static inline printed *find_printed(mh_output_source source, int worker, int map,
                                    uint64_t index)
{
    for (size_t i = prints.count; i-- > 0;) {
        printed *one = &prints.all[i];
        if (one->source == source && one->map == map && one->index == index &&
            (source != MH_OUTPUT_OF_WORKER || one->worker == worker))
            return one;
    }
    return NULL;
}

static inline printed *printed_of(const mh_output_piece *piece)
{
    printed *one = find_printed(piece->source, piece->worker, piece->map, piece->index);
    if (one != NULL)
        return one;
    if (prints.count == prints.room) {
        prints.room = prints.room > 0 ? 2 * prints.room : 64;
        prints.all = realloc(prints.all, prints.room * sizeof *prints.all);
    }
    one = &prints.all[prints.count++];
    *one = (printed){.source = piece->source,
                     .worker = piece->worker,
                     .map = piece->map,
                     .index = piece->index};
    return one;
}

// An mh_output_sink.
static inline void keep_piece(void *context, const mh_output_piece *piece)
{
    pthread_mutex_lock(&prints_lock);
    printed *one = printed_of(piece);
    int stream = piece->is_error_stream;
    prints.is_wrong |= context != &prints || piece->pid <= 0 ||
                       (prints.pool != NULL && prints.pool != piece->pool) ||
                       (piece->has_ended ? piece->size != 0 || !one->is_open
                                         : piece->size == 0) ||
                       (one->ended > 0 && one->source != MH_OUTPUT_OF_WORKER);
    prints.pool = piece->pool;
    prints.bytes += piece->size;
    one->text[stream] = realloc(one->text[stream], one->size[stream] + piece->size + 1);
    memcpy(one->text[stream] + one->size[stream], piece->data, piece->size);
    one->size[stream] += piece->size;
    one->text[stream][one->size[stream]] = '\0';
    one->ended += piece->has_ended;
    one->is_open = !piece->has_ended;
    one->pid = piece->pid;
    pthread_mutex_unlock(&prints_lock);
}

static inline void forget_printed(void)
{
    for (size_t i = 0; i < prints.count; i++) {
        free(prints.all[i].text[0]);
        free(prints.all[i].text[1]);
    }
    free(prints.all);
    prints = (struct prints){0};
}

static inline mh_pool_options captured_options(int kind, int workers)
{
    mh_pool_options options = options_of(kind, workers);
    options.on_output = keep_piece;
    options.output_context = &prints;
    forget_printed();
    return options;
}

static inline mh_pool *open_captured(int kind, int workers)
{
    mh_pool_options options = captured_options(kind, workers);
    return open_with(&options);
}

// Exactly that was printed, and its end was told: now.
static inline void assert_printed_bytes(mh_output_source source, int worker, int map,
                                        uint64_t index, int stream, const void *text,
                                        size_t size)
{
    pthread_mutex_lock(&prints_lock);
    const printed *one = find_printed(source, worker, map, index);
    ck_assert(!prints.is_wrong);
    ck_assert_msg(one != NULL, "%d %d %llu printed nothing", source, map,
                  (unsigned long long)index);
    ck_assert_int_ge(one->ended, 1);
    ck_assert(!one->is_open);
    if (one->size[stream] != size || (size > 0 && memcmp(one->text[stream], text, size) != 0))
        ck_abort_msg("%d %d %llu printed %zu bytes, not %zu: \"%.300s\", not \"%.300s\"",
                     source, map, (unsigned long long)index, one->size[stream], size,
                     one->size[stream] > 0 ? one->text[stream] : "", (const char *)text);
    pthread_mutex_unlock(&prints_lock);
}

static inline void assert_task_printed(uint64_t id, const char *out, const char *err)
{
    assert_printed_bytes(MH_OUTPUT_OF_TASK, 0, 0, id, 0, out, strlen(out));
    assert_printed_bytes(MH_OUTPUT_OF_TASK, 0, 0, id, 1, err, strlen(err));
}

static inline void assert_item_printed(int map, uint64_t index, const char *out,
                                       const char *err)
{
    assert_printed_bytes(MH_OUTPUT_OF_ITEM, 0, map, index, 0, out, strlen(out));
    assert_printed_bytes(MH_OUTPUT_OF_ITEM, 0, map, index, 1, err, strlen(err));
}

static inline void assert_worker_printed(int worker, const char *out, const char *err)
{
    assert_printed_bytes(MH_OUTPUT_OF_WORKER, worker, 0, 0, 0, out, strlen(out));
    assert_printed_bytes(MH_OUTPUT_OF_WORKER, worker, 0, 0, 1, err, strlen(err));
}

static inline bool has_printed(const char *words)
{
    bool has = false;
    pthread_mutex_lock(&prints_lock);
    for (size_t i = 0; i < prints.count; i++)
        for (int stream = 0; stream < 2; stream++)
            has |= prints.all[i].size[stream] > 0 &&
                   strstr(prints.all[i].text[stream], words) != NULL;
    pthread_mutex_unlock(&prints_lock);
    return has;
}

static inline void await_printed(const char *words)
{
    while (!has_printed(words))
        sched_yield();
}

#endif
