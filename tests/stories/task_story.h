// Task story: what the stories about single tasks share: submitting one, having its result, and
// a few routines of which the stage tells whether they run.
#ifndef TESTS_TASK_STORY_H
#define TESTS_TASK_STORY_H

#include "support/stage.h"
#include "support/story.h"

enum { RUNNING = 0, GO_ON = 1 }; // gates
enum { RUNS = 0 };               // the place on the stage where runs are counted

static inline mh_status count_and_echo(mh_call *call, mh_bytes item)
{
    count_up(RUNS);
    return mh_return(call, item.data, item.size);
}
static const mh_routine counting = {.name = "count", .run = count_and_echo};

// Says that it runs, and waits until it is let go.
static inline mh_status wait_at_gate(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    return count_and_echo(call, item);
}
static const mh_routine patient = {.name = "wait at the gate", .run = wait_at_gate};

// The same, with a gate for each: that of task 0 is GO_ON, that of task 1 the next, and so on.
static inline mh_status wait_at_own_gate(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    pass_gate(GO_ON + (int)*(const int64_t *)item.data);
    return count_and_echo(call, item);
}
static const mh_routine gated = {.name = "wait at own gate", .run = wait_at_own_gate};
enum { OWN_GATES = GATES - 1 };

// Says that it runs, and goes on until it is asked to stop.
static inline mh_status wait_until_stopped(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    mh_wait_cancelled(call, MH_FOREVER);
    return count_and_echo(call, item);
}
static const mh_routine obedient = {.name = "until stopped", .run = wait_until_stopped};

static inline mh_task *submit_with(mh_pool *pool, const mh_routine *routine, mh_bytes input,
                                   mh_task_options options)
{
    mh_task *task = NULL;
    mh_status status = mh_submit(pool, routine, input, &options, &task);
    ck_assert_msg(status == MH_OK, "submitting a task: %s", mh_status_text(status));
    ck_assert_ptr_nonnull(task);
    return task;
}

static inline mh_task *submit(mh_pool *pool, const mh_routine *routine, int64_t number)
{
    return submit_with(pool, routine, MH_BYTES_OF(number), (mh_task_options){0});
}

// Submits a task that nobody will ask for.
static inline void forget(mh_pool *pool, const mh_routine *routine, int64_t number)
{
    mh_status status = mh_submit(pool, routine, MH_BYTES_OF(number), NULL, NULL);
    ck_assert_msg(status == MH_OK, "submitting a task: %s", mh_status_text(status));
}

// A worker of the pool is busy from now on, until the gate is opened for it.
static inline mh_task *keep_one_busy(mh_pool *pool)
{
    mh_task *task = submit(pool, &patient, 0);
    pass_gate(RUNNING);
    return task;
}

static inline mh_result result_of(mh_task *task)
{
    mh_result result = {.index = UINT64_MAX};
    ck_assert_int_eq(mh_task_wait(task, MH_FOREVER), MH_OK);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
    ck_assert_int_eq(mh_task_result(task, &result), MH_OK);
    ck_assert_uint_ge(result.index, mh_task_id(task));
    ck_assert_uint_lt(result.index, mh_task_id(task) + mh_task_parts(task));
    return result;
}

static inline void assert_gives(mh_task *task, int64_t wanted)
{
    mh_result result = result_of(task);
    assert_done(&result, mh_task_id(task));
    ck_assert_int_eq(mh_result_as(int64_t, result), wanted);
}

static inline void assert_was_cancelled(mh_task *task)
{
    mh_result result = result_of(task);
    ck_assert_int_eq(result.outcome, MH_CANCELLED);
    ck_assert_ptr_null(result.data);
    ck_assert_str_ne(result.message, "");
}

static inline void assert_gives_and_drop(mh_task *task, int64_t wanted)
{
    assert_gives(task, wanted);
    mh_task_drop(task);
}

static inline void wait_for_all(mh_pool *pool)
{
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
}

// From then on the pool knows that tasks may be short, and hands out many at a time.
static inline void run_many_short_ones(mh_pool *pool)
{
    for (int64_t i = 0; i < 1000; i++)
        forget(pool, &counting, i);
    wait_for_all(pool);
    on_stage()->count[RUNS] = 0;
}

#endif
