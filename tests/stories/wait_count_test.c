// Waiting for several tasks together: for one of them, for some, for all, of one pool or of
// several, and not longer than a deadline.
#include "support/heard.h"
#include "task_story.h"

enum { TASKS = OWN_GATES };

static void run_gated(mh_pool *pool, int64_t number, mh_task **task)
{
    *task = submit(pool, &gated, number);
    pass_gate(RUNNING);
}

START_TEST(P15_one_some_or_all_of_several_tasks_can_be_waited_for)
{
    set_stage();
    mh_pool *pool = open_kind(_i, TASKS);
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        run_gated(pool, i, &tasks[i]);
    size_t which = 77;
    ck_assert_int_eq(mh_task_wait_count(tasks, TASKS, 1, &which, mh_in_ms(5)), MH_TIMEOUT);
    ck_assert_uint_eq(which, 77);
    open_gate(GO_ON + 1, 1);
    ck_assert_int_eq(mh_task_wait_count(tasks, TASKS, 1, &which, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(which, 1);
    ck_assert_int_eq(mh_task_wait_count(tasks, TASKS, 2, NULL, MH_NOW), MH_TIMEOUT);
    open_gate(GO_ON + 2, 1);
    ck_assert_int_eq(mh_task_wait_count(tasks, TASKS, 2, NULL, MH_FOREVER), MH_OK);
    ck_assert_int_eq(mh_task_state_of(tasks[0]), MH_TASK_RUNNING);
    ck_assert_int_eq(mh_task_wait_count(tasks, TASKS, TASKS, NULL, mh_in_ms(5)), MH_TIMEOUT);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(mh_task_wait_count(tasks, TASKS, TASKS, NULL, MH_FOREVER), MH_OK);
    for (int i = 0; i < TASKS; i++) {
        ck_assert_int_eq(mh_task_state_of(tasks[i]), MH_TASK_ENDED);
        assert_gives_and_drop(tasks[i], i);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P15_waiting_for_some_waits_for_no_more_than_needed)
{
    enum { QUICK = 40 };
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    mh_task *tasks[QUICK + 1];
    run_gated(pool, 0, &tasks[0]); // it does not end before it is let go
    for (int64_t i = 1; i <= QUICK; i++)
        tasks[i] = submit(pool, &counting, i);
    ck_assert_int_eq(mh_task_wait_count(tasks, QUICK + 1, QUICK, NULL, MH_FOREVER), MH_OK);
    ck_assert_int_eq(counted(RUNS), QUICK);
    open_gate(GO_ON, 1);
    for (int64_t i = 0; i <= QUICK; i++)
        assert_gives_and_drop(tasks[i], i);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P15_without_workers_waiting_for_some_runs_them)
{
    set_stage();
    mh_pool *pool = open_kind(SERIAL, 1);
    mh_task *tasks[10];
    for (int64_t i = 0; i < 10; i++)
        tasks[i] = submit(pool, &counting, i);
    for (size_t needed = 1; needed <= 10; needed++) {
        ck_assert_int_eq(mh_task_wait_count(tasks, 10, needed, NULL, MH_FOREVER), MH_OK);
        ck_assert_int_eq(counted(RUNS), (int)needed); // and no more than these
    }
    for (int64_t i = 0; i < 10; i++)
        assert_gives_and_drop(tasks[i], i);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P15_tasks_of_several_pools_can_be_waited_for_together)
{
    set_stage();
    mh_pool *pools[KINDS];
    mh_task *tasks[KINDS * 20];
    for (int kind = KINDS - 1; kind >= 0;
         kind--) // forked before there are threads that allocate
        pools[kind] = open_kind(kind, 2);
    for (int64_t i = 0; i < KINDS * 20; i++)
        tasks[i] = submit(pools[i % KINDS], &counting, i);
    for (size_t needed = 1; needed <= KINDS * 20; needed += 13)
        ck_assert_int_eq(mh_task_wait_count(tasks, KINDS * 20, needed, NULL, MH_FOREVER),
                         MH_OK);
    ck_assert_int_eq(mh_task_wait_count(tasks, KINDS * 20, KINDS * 20, NULL, MH_FOREVER),
                     MH_OK);
    ck_assert_int_eq(counted(RUNS), KINDS * 20);
    for (int64_t i = 0; i < KINDS * 20; i++)
        assert_gives_and_drop(tasks[i], i);
    for (int kind = 0; kind < KINDS; kind++)
        mh_pool_close(pools[kind]);
}
END_TEST

// Whoever waits runs the tasks of a serial pool, also when others are waited for with them.
START_TEST(P15_a_task_without_workers_is_run_though_one_elsewhere_takes_long)
{
    set_stage();
    mh_pool *serial = open_kind(SERIAL, 1), *pool = open_kind(_i, 1);
    for (size_t place = 0; place < 2; place++) {
        mh_task *tasks[2];
        size_t which = 77;
        run_gated(pool, 0, &tasks[1 - place]);
        tasks[place] = submit(serial, &counting, 5);
        ck_assert_int_eq(mh_task_wait_count(tasks, 2, 1, &which, MH_FOREVER), MH_OK);
        ck_assert_uint_eq(which, place);
        open_gate(GO_ON, 1);
        assert_gives_and_drop(tasks[place], 5);
        assert_gives_and_drop(tasks[1 - place], 0);
    }
    mh_pool_close(pool);
    mh_pool_close(serial);
}
END_TEST

START_TEST(P15_cancelled_tasks_count_as_ended)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *busy = _i == SERIAL ? NULL : keep_one_busy(pool);
    mh_task *tasks[] = {submit(pool, &counting, 0), submit(pool, &counting, 1)};
    size_t which = 77;
    ck_assert_int_eq(mh_task_cancel(tasks[1]), MH_OK);
    ck_assert_int_eq(mh_task_wait_count(tasks, 2, 1, &which, MH_NOW), MH_OK);
    ck_assert_uint_eq(which, 1);
    open_gate(GO_ON, busy == NULL ? 0 : 1);
    ck_assert_int_eq(mh_task_wait_count(tasks, 2, 2, NULL, MH_FOREVER), MH_OK);
    assert_gives_and_drop(tasks[0], 0);
    mh_task_drop(tasks[1]);
    mh_task_drop(busy);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P15_more_than_there_are_cannot_be_waited_for)
{
    set_stage();
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *tasks[] = {submit(pool, &counting, 0), submit(pool, &counting, 1)};
    ck_assert_int_eq(mh_task_wait_count(tasks, 2, 3, NULL, MH_FOREVER), MH_INVALID);
    ck_assert_int_eq(mh_task_wait_count(tasks, 2, 0, NULL, MH_NOW), MH_OK); // none: at once
    ck_assert_int_eq(mh_task_wait_count(NULL, 0, 0, NULL, MH_NOW), MH_OK);
    assert_gives_and_drop(tasks[0], 0);
    assert_gives_and_drop(tasks[1], 1);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting for several tasks");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, P15_one_some_or_all_of_several_tasks_can_be_waited_for,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P15_waiting_for_some_waits_for_no_more_than_needed, WITH_WORKERS,
                        KINDS);
    tcase_add_test(tests, P15_without_workers_waiting_for_some_runs_them);
    tcase_add_test(tests, P15_tasks_of_several_pools_can_be_waited_for_together);
    tcase_add_loop_test(tests,
                        P15_a_task_without_workers_is_run_though_one_elsewhere_takes_long,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P15_cancelled_tasks_count_as_ended, 0, KINDS);
    tcase_add_loop_test(tests, P15_more_than_there_are_cannot_be_waited_for, 0, KINDS);
    return run_suite(suite);
}
