// Many inputs: what the stories about tasks of several inputs share: the numbers 1000, 1001,
// ... as inputs, the tasks that are made of them, and their parts.
#ifndef TESTS_MANY_INPUTS_H
#define TESTS_MANY_INPUTS_H

#include "support/heard.h"
#include "task_story.h"

enum { MOST = 2000 };
static mh_task *tasks[MOST];
static int64_t inputs[MOST];

static inline void lay_inputs(void)
{
    for (int64_t i = 0; i < MOST; i++)
        inputs[i] = 1000 + i;
}

static inline mh_pool *open_prepared(int kind, int workers)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    lay_inputs();
    return open_kind(kind, workers);
}

static inline size_t submit_each(mh_pool *pool, const mh_routine *routine, size_t count,
                                 size_t chunk, mh_task_options options)
{
    size_t made = SIZE_MAX;
    mh_status status = mh_submit_each(pool, routine, inputs, count, sizeof *inputs, chunk,
                                      &options, tasks, &made);
    ck_assert_msg(status == MH_OK, "submitting each: %s", mh_status_text(status));
    ck_assert_uint_eq(made, mh_chunks(pool, count, chunk));
    return made;
}

static inline mh_result part_of(mh_task *task, size_t number)
{
    mh_result part = {.index = UINT64_MAX};
    ck_assert_int_eq(mh_task_part(task, number, &part), MH_OK);
    return part;
}

static inline void assert_no_more_parts(mh_task *task)
{
    mh_result part;
    ck_assert_int_eq(mh_task_part(task, mh_task_parts(task), &part), MH_END);
    ck_assert_int_eq(mh_task_part(task, SIZE_MAX, &part), MH_END);
}

// The parts of all tasks, one after the other, are the results of the inputs in their order.
static inline void assert_echoes_and_drop(size_t made, size_t count)
{
    int64_t next = 1000;
    for (size_t t = 0; t < made; t++) {
        assert_gives(tasks[t], next); // all are done: the first part
        for (size_t p = 0; p < mh_task_parts(tasks[t]); p++) {
            mh_result part = part_of(tasks[t], p);
            ck_assert_int_eq(part.outcome, MH_DONE);
            ck_assert_int_eq(mh_result_as(int64_t, part), next++);
        }
        assert_no_more_parts(tasks[t]);
        mh_task_drop(tasks[t]);
    }
    ck_assert_int_eq(next, 1000 + (int64_t)count);
}

#endif
