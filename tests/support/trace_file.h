// Trace file: reading a trace as anybody could who has the file, and looking at what every trace
// promises.
#ifndef TESTS_TRACE_FILE_H
#define TESTS_TRACE_FILE_H

#include <math.h>
#include <unistd.h>

#include "json.h"
#include "story.h"

enum { TRACED_MOST = 4096 };

typedef struct traced {
    int worker;     // -1: it never ran
    int map;        // 0: a task
    uint64_t index; // of the item or task
    mh_outcome outcome;
    double queued, began, ended; // in us
    const char *name;            // a JSON string
} traced;

typedef struct trace_read {
    char *text; // of the file
    traced item[TRACED_MOST];
    int count;
    int workers; // tracks of workers
    uint64_t lost;
} trace_read;

// A folder for this test alone, which goes with it.
static inline const char *place_for(const char *name)
{
    static char folder[] = "/tmp/manyhands-trace-XXXXXX", path[128];
    static bool is_made;
    if (!is_made)
        ck_assert_ptr_nonnull(mkdtemp(folder));
    is_made = true;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline char *text_of(const char *path)
{
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "there is no %s", path);
    size_t size = 0, room = 1 << 16;
    char *text = malloc(room);
    for (size_t got = 1; got > 0; size += got) {
        if (room - size < 2)
            text = realloc(text, room *= 2);
        ck_assert_ptr_nonnull(text);
        got = fread(text + size, 1, room - size - 1, file);
    }
    text[size] = '\0';
    fclose(file);
    return text;
}

static inline mh_outcome outcome_named(const char *value)
{
    for (int i = MH_DONE; i <= MH_CANCELLED; i++)
        if (json_is_text(value, mh_outcome_text((mh_outcome)i)))
            return (mh_outcome)i;
    ck_abort_msg("no outcome: %.20s", value);
    return MH_FAILED;
}

static inline traced read_item(const char *event)
{
    const char *args = json_member(event, "args"), *map = json_find(args, "map");
    bool has_run = json_is_text(json_member(event, "ph"), "X");
    traced item = {.worker = has_run ? (int)json_number(json_member(event, "tid")) - 1 : -1,
                   .map = map != NULL ? (int)json_number(map) : 0,
                   .outcome = outcome_named(json_member(args, "outcome")),
                   .queued = json_number(json_member(args, "queued")),
                   .began = json_number(json_member(event, "ts")),
                   .name = json_member(event, "name")};
    item.index = (uint64_t)json_number(json_member(args, map != NULL ? "item" : "task"));
    item.ended = item.began + (has_run ? json_number(json_member(event, "dur")) : 0);
    double waited = json_number(json_member(args, "waited"));
    ck_assert(fabs(item.began - item.queued - waited) < 0.002);
    ck_assert(waited >= 0);
    ck_assert(item.queued >= 0);
    ck_assert(item.ended >= item.began);
    return item;
}

static inline void assert_each_once(const trace_read *trace)
{
    for (int i = 0; i < trace->count; i++)
        for (int j = 0; j < i; j++)
            ck_assert_msg(trace->item[i].map != trace->item[j].map ||
                              trace->item[i].index != trace->item[j].index,
                          "item %d of map %d is there twice", (int)trace->item[i].index,
                          trace->item[i].map);
}

// Items of one worker lie one behind the other, or one in the other.
static inline void assert_tracks(const trace_read *trace)
{
    for (int i = 0; i < trace->count; i++)
        for (int j = 0; j < i; j++) {
            const traced *a = &trace->item[i], *b = &trace->item[j];
            bool apart = a->began >= b->ended - 0.002 || b->began >= a->ended - 0.002;
            bool inside = (a->began >= b->began - 0.002 && a->ended <= b->ended + 0.002) ||
                          (b->began >= a->began - 0.002 && b->ended <= a->ended + 0.002);
            ck_assert(a->worker < 0 || a->worker != b->worker || apart || inside);
        }
}

static inline void read_trace_file(const char *path, trace_read *trace)
{
    *trace = (trace_read){.text = text_of(path)};
    ck_assert_msg(json_is_whole(trace->text), "no JSON: %.400s", trace->text);
    trace->lost = (uint64_t)json_number(
        json_member(json_member(trace->text, "otherData"), "lost"));
    for (const char *event = json_first(json_member(trace->text, "traceEvents")); event != NULL;
         event = json_next(event)) {
        if (json_is_text(json_member(event, "ph"), "M")) {
            bool is_name = json_is_text(json_member(event, "name"), "thread_name");
            bool is_nobody = is_name &&
                             json_is_text(json_member(json_member(event, "args"), "name"),
                                          "never ran");
            trace->workers += is_name && !is_nobody;
            continue;
        }
        ck_assert_int_lt(trace->count, TRACED_MOST);
        trace->item[trace->count++] = read_item(event);
    }
    assert_each_once(trace);
    assert_tracks(trace);
}

// Writes the trace of a pool, and reads it. It is checked against the pool's own numbers by who
// knows that nothing runs meanwhile.
static inline void read_trace(mh_pool *pool, trace_read *trace)
{
    const char *path = place_for("trace.json");
    mh_status status = mh_trace_write(pool, MH_TRACE_JSON, path);
    ck_assert_msg(status == MH_OK, "writing the trace: %s", mh_status_text(status));
    read_trace_file(path, trace);
    unlink(path);
}

static inline void forget_trace(trace_read *trace)
{
    free(trace->text);
    *trace = (trace_read){.text = NULL};
}

static inline const traced *traced_item(const trace_read *trace, int map, uint64_t index)
{
    for (int i = 0; i < trace->count; i++)
        if (trace->item[i].map == map && trace->item[i].index == index)
            return &trace->item[i];
    ck_abort_msg("item %d of map %d is not there", (int)index, map);
    return NULL;
}

// What the result says and what the trace says is the same.
static inline void assert_traced_as(const trace_read *trace, int map, const mh_result *result)
{
    const traced *item = traced_item(trace, map, result->index);
    ck_assert_int_eq(item->outcome, result->outcome);
    ck_assert_int_eq(item->worker, result->worker);
}

static inline int count_traced(const trace_read *trace, int map, mh_outcome outcome)
{
    int count = 0;
    for (int i = 0; i < trace->count; i++)
        count += trace->item[i].map == map && trace->item[i].outcome == outcome;
    return count;
}

static inline mh_pool *open_traced(int kind, int workers)
{
    mh_pool_options options = options_of(kind, workers);
    options.trace = true;
    return open_with(&options);
}

static inline void remove_places(void)
{
    char folder[128];
    snprintf(folder, sizeof folder, "%s", place_for(""));
    rmdir(folder);
}

#endif
