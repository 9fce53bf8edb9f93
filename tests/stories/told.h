// Told: what the callback of a task was told, and the rules that every such callback is held
// to: in the opening process, one at a time, never from inside a submit.
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include "support/heard.h"
#include "task_story.h"

// Looked at after mh_pool_wait or the close, so it needs no lock.
typedef struct told {
    mh_task *task;
    uint64_t id;
    mh_result result; // its pointers are not valid any more; of what they pointed to:
    char message[100];
    int64_t value;
    size_t bytes_seen;
    int times;
} told;

static pid_t program;
static _Atomic int callbacks;            // that run at this moment
static _Thread_local bool is_submitting; // this thread

static inline void enter_callback(void)
{
    ck_assert(!is_submitting);
    ck_assert_int_eq(getpid(), program);
    ck_assert_int_eq(atomic_fetch_add(&callbacks, 1), 0);
}

static inline void leave_callback(void)
{
    ck_assert_int_eq(atomic_fetch_sub(&callbacks, 1), 1);
}

static inline size_t count_bytes(const mh_result *result, unsigned char wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < result->size; i++)
        count += ((const unsigned char *)result->data)[i] == wanted;
    return count;
}

static inline void remember(void *context, mh_task *task, const mh_result *result)
{
    told *self = context;
    enter_callback();
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
    ck_assert_ptr_eq(mh_task_context(task), context);
    self->task = task;
    self->id = mh_task_id(task);
    self->result = *result;
    snprintf(self->message, sizeof self->message, "%s", result->message);
    self->value = mh_result_as(int64_t, *result);
    self->bytes_seen = count_bytes(result, 'x');
    self->times++;
    leave_callback();
}

static inline mh_status submit_noted(mh_pool *pool, const mh_routine *routine, int64_t number,
                                     mh_task_options options, mh_task **task)
{
    bool before = is_submitting;
    is_submitting = true;
    mh_status status = mh_submit(pool, routine, MH_BYTES_OF(number), &options, task);
    is_submitting = before;
    return status;
}

static inline mh_task *submit_told(mh_pool *pool, const mh_routine *routine, int64_t number,
                                   told *self)
{
    mh_task *task = NULL;
    mh_task_options options = {.on_end = remember, .context = self};
    ck_assert_int_eq(submit_noted(pool, routine, number, options, &task), MH_OK);
    return task;
}

static inline mh_pool *open_noted(int kind, int workers)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    program = getpid();
    return open_kind(kind, workers);
}

#endif
