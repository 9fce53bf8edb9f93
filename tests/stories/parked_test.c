// Parked: tasks that wait for a permit. They are in nobody's way, keep their order, have
// nothing in hand before they begin, and can be cancelled like any other.
#include "support/limited.h"

enum { STARTED = 2 }; // a place on the stage

START_TEST(P14_a_task_without_a_permit_does_not_hold_up_other_work)
{
    enum { PARKED = 50 };
    open_limiter(1);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *parked[PARKED], *others[PARKED];
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    for (int i = 0; i < PARKED; i++) {
        parked[i] = submit_limited(pool, &entering, i);
        others[i] = submit(pool, &echo, 100 + i);
    }
    for (int i = 0; i < PARKED; i++)
        ck_assert_int_eq(number_of(others[i]), 100 + i);
    for (int i = 0; i < PARKED; i++)
        ck_assert_int_eq(mh_task_state_of(parked[i]), MH_TASK_QUEUED);
    ck_assert_int_eq(mh_task_wait(parked[0], mh_in_ms(10)), MH_TIMEOUT);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    for (int i = 0; i < PARKED; i++)
        ck_assert_int_eq(number_of(parked[i]), i);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

// It runs, and only then wants a permit.
static mh_status begin_then_take(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    return take_and_enter(call, item);
}
static const mh_routine late = {.name = "begin, then take", .run = begin_then_take};

START_TEST(P14_a_task_that_has_not_begun_holds_no_permit)
{
    open_limiter(1);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *running = submit(pool, &late, 1);
    pass_gate(RUNNING);
    mh_task *behind = submit_limited(pool, &entering, 2); // the only worker is busy
    ck_assert_int_eq(mh_limiter_available(limiter), 1);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(running), 1);
    ck_assert_int_eq(number_of(behind), 2);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

START_TEST(P14_a_task_that_waited_for_a_permit_has_none_before_a_worker_is_free)
{
    open_limiter(1);
    mh_pool *pool = open_kind(_i, 1);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    mh_task *parked = submit_limited(pool, &entering, 2);
    ck_assert_int_eq(number_of(submit(pool, &echo, 3)), 3); // it was passed over
    mh_task *running = submit(pool, &late, 1);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    ck_assert_int_eq(mh_task_wait(parked, mh_in_ms(10)), MH_TIMEOUT);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(running), 1);
    ck_assert_int_eq(number_of(parked), 2);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

static int64_t start_as(int64_t number)
{
    return 100 * count_up(STARTED) + number;
}
MH_ROUTINE(starting, start_as, int64_t, int64_t);

START_TEST(P14_tasks_of_one_pool_that_wait_for_a_permit_keep_their_order)
{
    static const int64_t wanted[] = {303, 404, 101, 505, 606, 202};
    static const int priorities[] = {0, 0, -1, 5, 5, -1};
    static const int64_t numbers[] = {3, 4, 1, 5, 6, 2};
    open_limiter(1);
    mh_pool *pool = open_kind(_i, 3);
    mh_task *tasks[6];
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    for (int i = 0; i < 6; i++) {
        mh_task_options options = {.limiter = limiter, .priority = priorities[i]};
        tasks[i] = submit_with(pool, &starting, numbers[i], &options);
    }
    ck_assert_int_eq(number_of(submit(pool, &echo, 7)), 7);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(number_of(tasks[i]), wanted[i]);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

START_TEST(P14_the_more_urgent_task_gets_the_permit_first)
{
    open_limiter(1);
    mh_pool *pool = open_kind(_i, 1);
    mh_task_options options = {.limiter = limiter, .priority = 5};
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    mh_task *patient = submit_with(pool, &starting, 2, &options);
    ck_assert_int_eq(number_of(submit(pool, &echo, 7)), 7); // it was passed over
    mh_task *running = occupy(pool, 3);
    options.priority = -9; // nobody is free to look at this one
    mh_task *urgent = submit_with(pool, &starting, 1, &options);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(running), 3);
    ck_assert_int_eq(number_of(patient), 202);
    ck_assert_int_eq(number_of(urgent), 101);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

START_TEST(P14_a_task_that_waits_for_a_permit_may_be_cancelled_or_dropped_with_its_pool)
{
    open_limiter(1);
    mh_pool *pool = open_kind(_i, 1);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    mh_task *first = submit_limited(pool, &entering, 1);
    mh_task *second = submit_limited(pool, &entering, 2);
    ck_assert_int_eq(number_of(submit(pool, &echo, 3)), 3);
    ck_assert_int_eq(mh_task_cancel(first), MH_OK);
    assert_outcome(first, MH_CANCELLED);
    mh_pool_close(pool);
    assert_outcome(second, MH_CANCELLED);
    ck_assert_int_eq(mh_limiter_available(limiter), 0);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    ck_assert_int_eq(counted(MOST_INSIDE), 0);
    close_limiter();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parked tasks");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests, P14_a_task_without_a_permit_does_not_hold_up_other_work, 0,
                        KINDS);
    tcase_add_loop_test(tests, P14_a_task_that_has_not_begun_holds_no_permit, THREADS, SPAWNED);
    tcase_add_loop_test(tests,
                        P14_a_task_that_waited_for_a_permit_has_none_before_a_worker_is_free,
                        THREADS, SPAWNED);
    tcase_add_loop_test(tests, P14_tasks_of_one_pool_that_wait_for_a_permit_keep_their_order, 0,
                        KINDS);
    tcase_add_loop_test(tests, P14_the_more_urgent_task_gets_the_permit_first, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(
        tests, P14_a_task_that_waits_for_a_permit_may_be_cancelled_or_dropped_with_its_pool, 0,
        KINDS);
    return run_suite(suite);
}
