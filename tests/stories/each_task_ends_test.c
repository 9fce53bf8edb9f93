// Tasks of several inputs when something goes wrong: what happens to one part does not touch
// the others, what happens to the task happens to all, and a submit makes all tasks or none.
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "many_inputs.h"

enum { BAD = 1006, WORSE = 1007 }; // inputs

// Of twelve inputs, by fours, the second task has the bad ones.
static void assert_bad_are_alone(mh_outcome bad, mh_outcome worse)
{
    assert_gives(tasks[0], 1000);
    assert_gives(tasks[2], 1008);
    for (size_t i = 0; i < 12; i++) {
        mh_result part = part_of(tasks[i / 4], i % 4);
        mh_outcome wanted = i == 6 ? bad : i == 7 ? worse : MH_DONE;
        ck_assert_int_eq(part.outcome, wanted);
        ck_assert_int_eq(mh_result_as(int64_t, part), wanted == MH_DONE ? 1000 + (int)i : 0);
        ck_assert_int_eq(part.message[0] == '\0', wanted == MH_DONE);
    }
    for (int t = 0; t < 3; t++)
        assert_no_more_parts(tasks[t]);
}

static void drop_tasks(size_t made)
{
    for (size_t t = 0; t < made; t++)
        mh_task_drop(tasks[t]);
}

static mh_status dislike_some(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    if (number == BAD || number == WORSE)
        return mh_fail(call, (int)number, "not %d", (int)number);
    return count_and_echo(call, item);
}
static const mh_routine choosy = {.name = "dislike some", .run = dislike_some};

START_TEST(P5_an_input_that_fails_is_a_part_that_failed_and_the_tasks_result)
{
    mh_pool *pool = open_prepared(_i, 2);
    size_t made = submit_each(pool, &choosy, 12, 4, (mh_task_options){0});
    mh_result result = result_of(tasks[1]);
    ck_assert_int_eq(result.outcome, MH_FAILED);
    ck_assert_int_eq(result.code, BAD); // the first that is not done
    ck_assert_str_eq(result.message, "not 1006");
    assert_bad_are_alone(MH_FAILED, MH_FAILED);
    ck_assert_int_eq(part_of(tasks[1], 3).code, WORSE);
    ck_assert_int_eq(counted(RUNS), 10);
    drop_tasks(made);
    mh_pool_close(pool);
}
END_TEST

static mh_status die_of_some(mh_call *call, mh_bytes item)
{
    if (*(const int64_t *)item.data == BAD)
        raise(SIGKILL);
    return count_and_echo(call, item);
}
static const mh_routine mortal = {.name = "die of some", .run = die_of_some};

START_TEST(P5_an_input_that_crashes_its_worker_crashes_alone)
{
    mh_pool *pool = open_prepared(_i, 1);
    size_t made = submit_each(pool, &mortal, 12, 4, (mh_task_options){0});
    mh_result result = result_of(tasks[1]);
    ck_assert_int_eq(result.outcome, MH_CRASHED);
    ck_assert_int_eq(result.signal, SIGKILL);
    assert_bad_are_alone(MH_CRASHED, MH_DONE);
    ck_assert_int_eq(counted(RUNS), 11);
    drop_tasks(made);
    mh_pool_close(pool);
}
END_TEST

static mh_status end_pool_with_bad(mh_call *call, mh_bytes item)
{
    if (*(const int64_t *)item.data == BAD) {
        kill(getppid(), SIGKILL); // who would start another worker
        raise(SIGKILL);
    }
    return count_and_echo(call, item);
}
static const mh_routine last = {.name = "end the pool", .run = end_pool_with_bad};

START_TEST(P5_the_inputs_that_no_worker_is_left_for_are_cancelled)
{
    mh_pool *pool = open_prepared(_i, 1);
    size_t made = submit_each(pool, &last, 12, 4, (mh_task_options){0});
    ck_assert_int_eq(result_of(tasks[1]).outcome, MH_CRASHED);
    for (size_t p = 0; p < 4; p++)
        ck_assert_int_eq(part_of(tasks[1], p).outcome, p < 2    ? MH_DONE
                                                       : p == 2 ? MH_CRASHED
                                                                : MH_CANCELLED);
    assert_no_more_parts(tasks[1]);
    ck_assert_str_eq(part_of(tasks[1], 3).message, result_of(tasks[2]).message);
    assert_gives(tasks[0], 1000);
    assert_was_cancelled(tasks[2]);
    drop_tasks(made);
    mh_pool_close(pool);
}
END_TEST

// ---- the whole task -----------------------------------------------------------------------------

START_TEST(P5_cancelling_a_task_cancels_all_its_inputs_and_no_other)
{
    mh_pool *pool = open_prepared(_i, 1);
    mh_task *busy = _i == SERIAL ? NULL : keep_one_busy(pool);
    size_t made = submit_each(pool, &counting, 12, 4, (mh_task_options){.priority = 5});
    for (size_t t = 0; t < made; t++)
        ck_assert_int_eq(mh_task_priority(tasks[t]), 5);
    ck_assert_int_eq(mh_task_cancel(tasks[1]), MH_OK);
    assert_was_cancelled(tasks[1]);
    ck_assert_uint_eq(mh_task_parts(tasks[1]), 4);
    for (size_t p = 0; p < 4; p++)
        ck_assert_int_eq(part_of(tasks[1], p).outcome, MH_CANCELLED);
    assert_no_more_parts(tasks[1]);
    open_gate(GO_ON, busy == NULL ? 0 : 1);
    assert_gives(tasks[0], 1000);
    assert_gives(tasks[2], 1008);
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), busy == NULL ? 8 : 9);
    drop_tasks(made);
    mh_task_drop(busy);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P5_stopping_a_task_asks_the_input_that_runs_and_cancels_the_rest)
{
    mh_pool *pool = open_prepared(_i, 1);
    for (int round = 1; round <= 30; round++) {
        submit_each(pool, &obedient, 4, 4, (mh_task_options){0});
        pass_gate(RUNNING);
        ck_assert_int_eq(mh_task_stop(tasks[0]), MH_OK);
        while (mh_task_stop(tasks[0]) != MH_END) // it may be asked again
            sched_yield();
        assert_was_cancelled(tasks[0]); // the first part that is not done
        for (size_t p = 0; p < 4; p++)
            ck_assert_int_eq(part_of(tasks[0], p).outcome, p == 0 ? MH_DONE : MH_CANCELLED);
        assert_no_more_parts(tasks[0]);
        ck_assert_int_eq(counted(RUNS), round);
        mh_task_drop(tasks[0]);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_pool *outer_pool;

// Its only worker runs the inputs on the stack of this one.
static mh_status wait_for_four(mh_call *call, mh_bytes item)
{
    size_t made = submit_each(outer_pool, &obedient, 4, 4, (mh_task_options){0});
    mh_status status = mh_task_wait(tasks[0], MH_FOREVER);
    return made == 1 && status == MH_OK ? mh_return(call, item.data, item.size)
                                        : mh_fail(call, status, "%zu made", made);
}
static const mh_routine outer = {.name = "wait for four", .run = wait_for_four};

START_TEST(P5_a_task_stopped_while_it_runs_inside_another_begins_no_more_inputs)
{
    outer_pool = open_prepared(THREADS, 1);
    for (int round = 1; round <= 30; round++) {
        mh_task *task = submit(outer_pool, &outer, round);
        pass_gate(RUNNING);
        ck_assert_int_eq(mh_task_stop(tasks[0]), MH_OK);
        ck_assert_int_eq(result_of(task).outcome, MH_DONE);
        mh_task_drop(task);
        assert_was_cancelled(tasks[0]);
        for (size_t p = 0; p < 4; p++)
            ck_assert_int_eq(part_of(tasks[0], p).outcome, p == 0 ? MH_DONE : MH_CANCELLED);
        assert_no_more_parts(tasks[0]);
        ck_assert_int_eq(counted(RUNS), round);
        ck_assert_int_eq(mh_task_stop(tasks[0]), MH_END);
        mh_task_drop(tasks[0]);
    }
    mh_pool_close(outer_pool);
}
END_TEST

typedef struct sum {
    int tasks;
    size_t parts;
    int64_t numbers;
} sum;

static void add_parts(void *context, mh_task *task, const mh_result *result)
{
    sum *self = context;
    ck_assert_int_eq(result->outcome, MH_DONE);
    self->tasks++;
    for (size_t p = 0; p < mh_task_parts(task); p++, self->parts++) {
        mh_result part = part_of(task, p);
        self->numbers += mh_result_as(int64_t, part);
    }
}

START_TEST(P5_the_callback_comes_once_for_each_task_with_all_its_parts)
{
    mh_pool *pool = open_prepared(_i, 2);
    sum all = {0};
    size_t made = submit_each(pool, &counting, 1000, 7,
                              (mh_task_options){.on_end = add_parts, .context = &all});
    drop_tasks(made); // nobody else is interested
    wait_for_all(pool);
    ck_assert_int_eq(all.tasks, (int)made);
    ck_assert_uint_eq(all.parts, 1000);
    ck_assert_int_eq(all.numbers, 1000 * 1000 + 1000 * 999 / 2);
    mh_pool_close(pool);
}
END_TEST

static void count_end(void *context, mh_task *task, const mh_result *result)
{
    (void)task;
    (void)result;
    ++*(int *)context;
}

static void assert_none_made(mh_pool *pool, size_t size, mh_status wanted)
{
    static mh_task *untouched[10];
    size_t made = 77;
    int ends = 0;
    mh_task_options options = {.on_end = count_end, .context = &ends};
    ck_assert_int_eq(
        mh_submit_each(pool, &counting, inputs, 10, size, 1, &options, untouched, &made),
        wanted);
    ck_assert_uint_eq(made, 77);
    for (int t = 0; t < 10; t++)
        ck_assert_ptr_null(untouched[t]);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(ends, 0);
    ck_assert_int_eq(counted(RUNS), 0);
}

START_TEST(P5_all_tasks_are_made_or_none)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    lay_inputs();
    mh_pool_options options = options_of(_i, 1);
    options.item_limit = 100;
    mh_pool *pool = open_with(&options);
    assert_none_made(pool, 101, MH_TOO_LARGE);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    assert_none_made(pool, 8, MH_CLOSED);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ends of tasks of many inputs");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(
        tests, P5_an_input_that_fails_is_a_part_that_failed_and_the_tasks_result, 0, KINDS);
    tcase_add_loop_test(tests, P5_an_input_that_crashes_its_worker_crashes_alone,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, P5_the_inputs_that_no_worker_is_left_for_are_cancelled,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, P5_cancelling_a_task_cancels_all_its_inputs_and_no_other, 0,
                        KINDS);
    tcase_add_loop_test(tests, P5_stopping_a_task_asks_the_input_that_runs_and_cancels_the_rest,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P5_the_callback_comes_once_for_each_task_with_all_its_parts, 0,
                        KINDS);
    tcase_add_loop_test(tests, P5_all_tasks_are_made_or_none, 0, KINDS);
    tcase_add_test(tests, P5_a_task_stopped_while_it_runs_inside_another_begins_no_more_inputs);
    return run_suite(suite);
}
