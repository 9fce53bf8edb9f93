// Made up: traces that never happened, told into a file and read back.
#ifndef TESTS_MADE_UP_H
#define TESTS_MADE_UP_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/trace.h"

enum { US = 1000, MS = 1000 * US, OPENED = 5 * MS }; // ns

static mhi_routines routines;

static inline void name_routine(const char *name)
{
    snprintf(routines.routine[routines.routines++].name, MHI_NAME, "%s", name);
}

// An item of map 1; times in ns from the opening of the pool on. `began` 0: it never ran.
static inline mhi_trace_event item_of(uint64_t index, uint64_t queued, uint64_t began,
                                      uint64_t ended, mh_outcome outcome)
{
    return (mhi_trace_event){.queued_ns = OPENED + queued,
                             .began_ns = began > 0 ? OPENED + began : 0,
                             .ended_ns = OPENED + ended,
                             .index = index,
                             .map = 1,
                             .outcome = (uint8_t)outcome,
                             .attempt = 1};
}

static inline mhi_trace_event task_of(uint64_t index, uint64_t queued, uint64_t began,
                                      uint64_t ended, mh_outcome outcome)
{
    mhi_trace_event event = item_of(index, queued, began, ended, outcome);
    event.map = 0;
    event.routine = 1;
    return event;
}

#define TRACK_OF(number, ...) \
    { \
        .worker = (number), .book = { \
            .events = (const mhi_trace_event[]){__VA_ARGS__}, \
            .count = sizeof((const mhi_trace_event[]){__VA_ARGS__}) / sizeof(mhi_trace_event) \
        } \
    }
#define TRACE_OF(...) \
    (&(mhi_trace){.pool = "", \
                  .kind = MH_PROCESSES, \
                  .pid = 77, \
                  .opened_ns = OPENED, \
                  .routines = &routines, \
                  .tracks = (const mhi_track[]){__VA_ARGS__}, \
                  .count = sizeof((const mhi_track[]){__VA_ARGS__}) / sizeof(mhi_track)})

// What is told, as text. Freed by the caller.
static inline char *told(const mhi_trace *trace, void (*tell)(const mhi_trace *, mhi_draft *))
{
    char path[] = "/tmp/manyhands-told-XXXXXX";
    int fd = mkstemp(path);
    mhi_draft *draft;
    ck_assert_int_eq(mhi_draft_open(&draft, path), MH_OK);
    tell(trace, draft);
    ck_assert_int_eq(mhi_draft_close(draft), MH_OK);
    close(fd);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    size_t room = 1 << 18;
    char *text = calloc(1, room);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_lt(fread(text, 1, room - 1, file), room - 1);
    fclose(file);
    unlink(path);
    return text;
}

static inline void assert_told(const mhi_trace *trace,
                               void (*tell)(const mhi_trace *, mhi_draft *), const char *wanted)
{
    char *text = told(trace, tell);
    ck_assert_msg(strcmp(text, wanted) == 0, "told:\n%s\nwanted:\n%s", text, wanted);
    free(text);
}

#endif
