// Misuse: every call of tasks, completions, limiters, partials, functions and pools refuses
// what makes no sense, with a status and one reason in the log, and leaves its results
// untouched.
#include <limits.h>

#include "support/refused.h"
#include "support/submitted.h"

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    (void)state;
    return MH_OK;
}

static void tear_down(mh_call *call, void *state)
{
    (void)call;
    (void)state;
}

static const mh_routine empty = {.name = "empty"};
static const mh_routine with_setup = {.name = "with setup", .setup = set_up, .run = echo_run};
static const mh_routine with_teardown = {
    .name = "with teardown", .run = echo_run, .teardown = tear_down};

static mh_pool *open_heard(int kind, int workers)
{
    mh_pool *pool = open_kind(kind, workers);
    hear_everything();
    return pool;
}

static const int64_t number = 7;
#define NUMBER MH_BYTES_OF(number)

// ---- submitting ---------------------------------------------------------------------------------

START_TEST(P1_a_task_needs_a_pool_a_routine_and_an_input_that_is_there)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_task *const before = (mh_task *)&heard, *task = before;
    const mh_bytes nowhere = {.data = NULL, .size = 5};
    assert_invalid(mh_submit(NULL, &echo, NUMBER, NULL, &task), "mh_submit");
    assert_invalid(mh_submit(pool, NULL, NUMBER, NULL, &task), "no routine");
    assert_invalid(mh_submit(pool, &empty, NUMBER, NULL, &task), "no function to run");
    assert_invalid(mh_submit(pool, &with_setup, NUMBER, NULL, &task), "setup");
    assert_invalid(mh_submit(pool, &with_teardown, NUMBER, NULL, &task), "teardown");
    assert_invalid(mh_submit(pool, &echo, nowhere, NULL, &task), "5 bytes at NULL");
    ck_assert_ptr_eq(task, before);
    ck_assert_uint_eq(facts_of(pool).submitted, 0);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P5_many_tasks_need_inputs_that_are_there)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_task *const before = (mh_task *)&heard, *tasks[2] = {before, before};
    const int64_t numbers[2] = {1, 2};
    size_t made = 99;
    assert_invalid(mh_submit_each(NULL, &echo, numbers, 2, 8, 1, NULL, tasks, &made), "");
    assert_invalid(mh_submit_each(pool, NULL, numbers, 2, 8, 1, NULL, tasks, &made), "");
    assert_invalid(mh_submit_each(pool, &empty, numbers, 2, 8, 1, NULL, tasks, &made), "");
    assert_invalid(mh_submit_each(pool, &with_setup, numbers, 2, 8, 1, NULL, tasks, &made), "");
    assert_invalid(mh_submit_each(pool, &echo, NULL, 2, 8, 1, NULL, tasks, &made), "NULL");
    assert_invalid(mh_submit_each(pool, &echo, numbers, SIZE_MAX, 8, 1, NULL, tasks, &made),
                   "");
    ck_assert_ptr_eq(tasks[0], before);
    ck_assert_uint_eq(made, 99);
    ck_assert_uint_eq(facts_of(pool).submitted, 0);
    mh_pool_close(pool);
}
END_TEST

// ---- no handle, or one that was dropped ---------------------------------------------------------

static void assert_no_task(mh_task *task)
{
    mh_result result = {.index = 7};
    mh_task *const tasks[] = {task};
    size_t which = 9;
    forget_heard();
    assert_invalid(mh_task_wait(task, MH_FOREVER), "mh_task_wait");
    assert_invalid(mh_task_wait_count(tasks, 1, 1, &which, MH_FOREVER), "mh_task_wait_count");
    assert_invalid(mh_task_result(task, &result), "mh_task_result");
    assert_invalid(mh_task_part(task, 0, &result), "mh_task_part");
    assert_invalid(mh_task_set_priority(task, 3), "mh_task_set_priority");
    assert_invalid(mh_task_cancel(task), "mh_task_cancel");
    assert_invalid(mh_task_stop(task), "mh_task_stop");
    assert_invalid(mh_task_kill(task), "mh_task_kill");
    ck_assert_uint_eq(result.index, 7);
    ck_assert_uint_eq(which, 9);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
}

START_TEST(P2_no_task_is_not_waited_for)
{
    hear_everything();
    assert_no_task(NULL);
    mh_task_drop(NULL);
    ck_assert_int_eq(lines_heard(), 0);
}
END_TEST

START_TEST(P2_a_dropped_task_is_not_waited_for)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_task *task = submit(pool, &echo, 1);
    ck_assert_int_eq(number_of(task), 1); // which drops it
    assert_no_task(task);
    ck_assert_int_eq(number_of(submit(pool, &echo, 2)), 2);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P15_no_more_tasks_can_be_waited_for_than_there_are)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_task *tasks[2] = {submit(pool, &echo, 0), submit(pool, &echo, 1)};
    mh_task *const with_hole[2] = {tasks[0], NULL};
    size_t which = 9;
    assert_invalid(mh_task_wait_count(tasks, 2, 3, NULL, MH_FOREVER), "3");
    assert_invalid(mh_task_wait_count(NULL, 2, 1, &which, MH_FOREVER), "");
    assert_invalid(mh_task_wait_count(with_hole, 2, 2, NULL, MH_FOREVER), "");
    ck_assert_uint_eq(which, 9);
    ck_assert_int_eq(mh_task_wait_count(tasks, 2, 0, NULL, MH_NOW),
                     MH_OK); // nothing to wait for
    ck_assert_int_eq(mh_task_wait_count(NULL, 0, 0, NULL, MH_NOW), MH_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P2_a_result_needs_a_place_and_a_task_that_has_ended)
{
    set_stage();
    mh_pool *pool = open_heard(_i, 1);
    mh_task *task = occupy(pool, 5);
    mh_result result = {.index = 7};
    ck_assert_int_eq(mh_task_result(task, &result), MH_BUSY);
    ck_assert_int_eq(mh_task_part(task, 0, &result), MH_BUSY);
    open_gate(GO_ON, 1);
    assert_waits(task);
    forget_heard();
    assert_invalid(mh_task_result(task, NULL), "mh_task_result");
    assert_invalid(mh_task_part(task, 0, NULL), "mh_task_part");
    ck_assert_int_eq(mh_task_part(task, 1, &result), MH_END);
    ck_assert_int_eq(mh_task_part(task, SIZE_MAX, &result), MH_END);
    ck_assert_uint_eq(result.index, 7);
    ck_assert_int_eq(number_of(task), 5);
    mh_pool_close(pool);
}
END_TEST

// ---- completions, limiters, partials, functions -------------------------------------------------

START_TEST(P7_completions_refuse_what_is_not_there)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_completions *const before = (mh_completions *)&heard, *ended = before;
    mh_task *task = submit(pool, &echo, 3), *const with_hole[] = {task, NULL}, *next = NULL;
    assert_invalid(mh_completions_open(NULL, &task, 1), "mh_completions_open");
    assert_invalid(mh_completions_open(&ended, NULL, 1), "mh_completions_open");
    assert_invalid(mh_completions_open(&ended, with_hole, 2), "mh_completions_open");
    assert_invalid(mh_completions_add(NULL, task), "mh_completions_add");
    assert_invalid(mh_completions_next(NULL, &next, MH_FOREVER), "mh_completions_next");
    ck_assert_ptr_eq(ended, before);
    ck_assert_uint_eq(mh_completions_left(NULL), 0);
    mh_completions_close(NULL);
    ck_assert_int_eq(mh_completions_open(&ended, NULL, 0), MH_OK);
    assert_invalid(mh_completions_add(ended, NULL), "mh_completions_add");
    ck_assert_int_eq(mh_completions_add(ended, task), MH_OK);
    assert_invalid(mh_completions_next(ended, NULL, MH_FOREVER), "mh_completions_next");
    ck_assert_int_eq(mh_completions_next(ended, &next, MH_FOREVER), MH_OK); // nothing was lost
    ck_assert_ptr_eq(next, task);
    mh_completions_close(ended);
    ck_assert_int_eq(number_of(task), 3);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P14_a_limiter_refuses_what_makes_no_sense)
{
    static const int bad[] = {0, -1, INT_MIN, MH_PERMITS_LIMIT + 1, INT_MAX};
    mh_limiter *const before = (mh_limiter *)&heard, *limiter = before;
    hear_everything();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_invalid(mh_limiter_open(&limiter, bad[i]), "permits");
    assert_invalid(mh_limiter_open(NULL, 1), "mh_limiter_open");
    assert_invalid(mh_limiter_take(NULL, MH_FOREVER), "mh_limiter_take");
    assert_invalid(mh_limiter_give(NULL), "mh_limiter_give");
    ck_assert_ptr_eq(limiter, before);
    ck_assert_int_eq(mh_limiter_permits(NULL), 0);
    ck_assert_int_eq(mh_limiter_available(NULL), 0);
    ck_assert_int_eq(mh_limiter_close(NULL), MH_OK);
    ck_assert_int_eq(mh_limiter_open(&limiter, 2), MH_OK);
    assert_invalid(mh_limiter_give(limiter), "mh_limiter_give"); // it was not taken
    ck_assert_int_eq(mh_limiter_available(limiter), 2);
    ck_assert_int_eq(mh_limiter_close(limiter), MH_OK);
}
END_TEST

START_TEST(P4_a_partial_refuses_what_is_not_there)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_partial *const before = (mh_partial *)&heard, *partial = before, *good;
    const mh_bytes nowhere = {.data = NULL, .size = 5};
    mh_task *const no_task = (mh_task *)&heard, *task = no_task;
    ck_assert_int_eq(mh_partial_open(&good, &echo, NUMBER), MH_OK);
    assert_invalid(mh_partial_open(NULL, &echo, NUMBER), "mh_partial_open");
    assert_invalid(mh_partial_open(&partial, &empty, NUMBER), "no function to run");
    assert_invalid(mh_partial_open(&partial, &echo, nowhere), "5 bytes at NULL");
    assert_invalid(mh_partial_bind(NULL, good, NUMBER), "mh_partial_bind");
    assert_invalid(mh_partial_bind(&partial, NULL, NUMBER), "mh_partial_bind");
    assert_invalid(mh_partial_bind(&partial, good, nowhere), "5 bytes at NULL");
    assert_invalid(mh_partial_submit(NULL, pool, NUMBER, NULL, &task), "mh_partial_submit");
    assert_invalid(mh_partial_submit(good, NULL, NUMBER, NULL, &task), "");
    assert_invalid(mh_partial_submit(good, pool, nowhere, NULL, &task), "5 bytes at NULL");
    ck_assert_ptr_eq(partial, before);
    ck_assert_ptr_eq(task, no_task);
    mh_partial_close(NULL);
    mh_partial_close(good);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P12_functions_refuse_null)
{
    mh_task *const before = (mh_task *)&heard, *task = before;
    hear_everything();
    assert_invalid(mh_function_call(NULL, NUMBER, &task), "mh_function_call");
    assert_invalid(mh_function_close(NULL, MH_FOREVER), "mh_function_close");
    ck_assert_ptr_null(mh_function_pool(NULL));
    ck_assert_ptr_eq(task, before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("misuse of tasks");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests, P1_a_task_needs_a_pool_a_routine_and_an_input_that_is_there, 0,
                        KINDS);
    tcase_add_loop_test(tests, P5_many_tasks_need_inputs_that_are_there, 0, KINDS);
    tcase_add_test(tests, P2_no_task_is_not_waited_for);
    tcase_add_loop_test(tests, P2_a_dropped_task_is_not_waited_for, 0, KINDS);
    tcase_add_loop_test(tests, P15_no_more_tasks_can_be_waited_for_than_there_are, 0, KINDS);
    tcase_add_loop_test(tests, P2_a_result_needs_a_place_and_a_task_that_has_ended,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P7_completions_refuse_what_is_not_there, 0, KINDS);
    tcase_add_test(tests, P14_a_limiter_refuses_what_makes_no_sense);
    tcase_add_loop_test(tests, P4_a_partial_refuses_what_is_not_there, 0, KINDS);
    tcase_add_test(tests, P12_functions_refuse_null);
    return run_suite(suite);
}
