// Interrupted: stories in which the program is told to end by a signal.
//
// A signal is raised by a thread for itself, so the handler has run when `press` returns; and the line in
// the log comes after all pools were swept, so a test need not guess when that is.
#ifndef TESTS_INTERRUPTED_H
#define TESTS_INTERRUPTED_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "heard.h"
#include "submitted.h"

// What the framework does with signals is not the program's.
static inline void be_a_program(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

static inline void open_interrupt(bool cancel)
{
    be_a_program();
    listen_to_log(MH_LOG_WARNING);
    mh_status status = mh_interrupt_open(&(mh_interrupt_options){.cancel = cancel});
    ck_assert_msg(status == MH_OK, "opening: %s", mh_status_text(status));
    ck_assert(!mh_is_interrupted());
}

static inline void close_interrupt(void)
{
    ck_assert_int_eq(mh_interrupt_close(), MH_OK);
    ck_assert(!mh_is_interrupted());
}

typedef struct stand {
    unsigned long long done, running, waiting;
} stand;

// Where all stood, by the line that tells it.
static inline stand await_stand(void)
{
    stand found = {0, 0, 0};
    while (!was_heard("interrupted by"))
        sched_yield();
    pthread_mutex_lock(&heard_lock);
    char name[20] = "";
    int fields = sscanf(strstr(heard.text, "interrupted by"),
                        "interrupted by %19[^:]: %llu done, %llu running, %llu not begun", name,
                        &found.done, &found.running, &found.waiting);
    pthread_mutex_unlock(&heard_lock);
    ck_assert_int_eq(fields, 4);
    return found;
}

static inline stand press(void)
{
    raise(SIGINT);
    ck_assert(mh_is_interrupted());
    return await_stand();
}

// Once something runs, in a thread of its own; and then what is held may go on.
static inline void *press_when_it_runs(void *goes_on)
{
    pass_gate(RUNNING);
    press();
    if (goes_on != NULL)
        open_gate(GO_ON, 1);
    return NULL;
}

// ---- a source that counts how often it was asked ------------------------------------------------

typedef struct counter {
    int64_t asked;
    int64_t limit;   // it ends there
    int64_t held_at; // the item for which it waits at a gate; -1: none
} counter;

static inline mh_status next_count(void *context, mh_bytes *item)
{
    counter *self = context;
    if (self->asked == self->limit)
        return MH_END;
    if (self->asked++ == self->held_at) {
        open_gate(RUNNING, 1);
        pass_gate(GO_ON);
    }
    *item = (mh_bytes){.data = &self->asked, .size = sizeof self->asked};
    return MH_OK;
}

#endif
