// Submitted: single tasks in stories: handed in, awaited, and looked at.
#ifndef TESTS_SUBMITTED_H
#define TESTS_SUBMITTED_H

#include <sched.h>

#include "stage.h"
#include "story.h"

static inline mh_task *submit_with(mh_pool *pool, const mh_routine *routine, int64_t number,
                                   const mh_task_options *options)
{
    mh_task *task = NULL;
    mh_status status = mh_submit(pool, routine, MH_BYTES_OF(number), options, &task);
    ck_assert_msg(status == MH_OK, "submitting: %s", mh_status_text(status));
    ck_assert_ptr_nonnull(task);
    return task;
}

static inline mh_task *submit(mh_pool *pool, const mh_routine *routine, int64_t number)
{
    return submit_with(pool, routine, number, NULL);
}

// Without a handle: nobody will ask for it.
static inline void submit_and_forget(mh_pool *pool, const mh_routine *routine, int64_t number,
                                     const mh_task_options *options)
{
    mh_status status = mh_submit(pool, routine, MH_BYTES_OF(number), options, NULL);
    ck_assert_msg(status == MH_OK, "submitting: %s", mh_status_text(status));
}

static inline void assert_waits(mh_task *task)
{
    mh_status status = mh_task_wait(task, MH_FOREVER);
    ck_assert_msg(status == MH_OK, "waiting for a task: %s", mh_status_text(status));
}

// How it ended, awaited. It may be read until the task is dropped.
static inline mh_result wait_for(mh_task *task)
{
    mh_result result = {.index = UINT64_MAX};
    assert_waits(task);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
    ck_assert_int_eq(mh_task_result(task, &result), MH_OK);
    return result;
}

// The number a task came to, which must be done; and the task is dropped.
static inline int64_t number_of(mh_task *task)
{
    mh_result result = wait_for(task);
    ck_assert_msg(result.outcome == MH_DONE, "task %llu %s: %s",
                  (unsigned long long)result.index, mh_outcome_text(result.outcome),
                  result.message);
    int64_t number = mh_result_as(int64_t, result);
    mh_task_drop(task);
    return number;
}

// The task ends like this; and it is dropped.
static inline void assert_outcome(mh_task *task, mh_outcome wanted)
{
    mh_result result = wait_for(task);
    ck_assert_msg(result.outcome == wanted, "task %llu is %s, not %s: %s",
                  (unsigned long long)result.index, mh_outcome_text(result.outcome),
                  mh_outcome_text(wanted), result.message);
    mh_task_drop(task);
}

// To a pool whose workers all fail in their setup: it may have given them up before the task comes.
static inline void submit_in_vain(mh_pool *pool, int64_t number)
{
    mh_task *task = NULL;
    mh_status status = mh_submit(pool, NULL, MH_BYTES_OF(number), NULL, &task);
    if (status == MH_OK)
        assert_outcome(task, MH_CANCELLED);
    else
        ck_assert_int_eq(status, MH_BROKEN);
}

// ---- facts --------------------------------------------------------------------------------------

// What a pool says of itself always agrees with itself.
static inline mh_pool_facts facts_of(mh_pool *pool)
{
    mh_pool_facts facts;
    ck_assert_int_eq(mh_pool_facts_of(pool, &facts), MH_OK);
    ck_assert_uint_eq(facts.queued + facts.running + facts.ended, facts.submitted);
    ck_assert_int_eq(facts.busy + facts.idle, facts.workers);
    ck_assert_int_ge(facts.busy, 0);
    ck_assert_int_ge(facts.idle, 0);
    return facts;
}

static inline void await_workers(mh_pool *pool, int workers)
{
    while (facts_of(pool).workers != workers)
        sched_yield();
}

static inline void await_running(mh_pool *pool, uint64_t tasks)
{
    while (facts_of(pool).running != tasks)
        sched_yield();
}

static inline void await_idle(mh_pool *pool)
{
    while (facts_of(pool).busy > 0)
        sched_yield();
}

static inline void await_count(int place, int count)
{
    while (counted(place) < count)
        sched_yield();
}

// ---- routines -----------------------------------------------------------------------------------

enum { RUNNING = 0, GO_ON = 1 }; // gates

// Says that it runs, and stays until it may go on.
static inline mh_status wait_at_gate(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    return mh_return(call, item.data, item.size);
}
static const mh_routine waiting = {.name = "wait at a gate", .run = wait_at_gate};

// Keeps a worker busy from now on. The task is queued no longer when this returns.
static inline mh_task *occupy(mh_pool *pool, int64_t number)
{
    mh_task *task = submit(pool, &waiting, number);
    pass_gate(RUNNING);
    return task;
}

static inline int64_t give_number_back(int64_t number)
{
    return number;
}
MH_ROUTINE(echo, give_number_back, int64_t, int64_t);

#endif
