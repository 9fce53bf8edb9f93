// Limiters: never more at once than there are permits, whoever waits for one and wherever; and
// no permit is lost, however its holder ended.
#include <pthread.h>

#include "support/limited.h"
#include "support/refused.h"

enum { MET = 3 };     // a place on the stage
enum { MEETING = 2 }; // a gate

// ---- never more at once -------------------------------------------------------------------------

static int64_t enter_negated(int64_t number)
{
    be_inside();
    return -number;
}
MH_ROUTINE(negating, enter_negated, int64_t, int64_t);

START_TEST(P14_tasks_of_several_routines_and_pools_share_the_permits)
{
    enum { TASKS = 60 };
    open_limiter(2);
    mh_pool *pools[2] = {open_kind(_i % KINDS, 3), open_kind(_i / KINDS, 3)};
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit_limited(pools[i % 2], i % 3 == 0 ? &negating : &entering, i);
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(number_of(tasks[i]), i % 3 == 0 ? -i : i);
    ck_assert_int_le(counted(MOST_INSIDE), 2);
    ck_assert_int_ge(counted(MOST_INSIDE), 1);
    mh_pool_close(pools[0]);
    mh_pool_close(pools[1]);
    close_limiter();
}
END_TEST

static mh_status meet(mh_call *call, mh_bytes item)
{
    if (count_up(MET) % 2 == 0)
        open_gate(MEETING, 2);
    pass_gate(MEETING);
    return mh_return(call, item.data, item.size);
}
static const mh_routine meeting = {.name = "meet", .run = meet};

START_TEST(P14_as_many_as_there_are_permits_do_run_at_once)
{
    open_limiter(2);
    mh_pool *pool = open_kind(_i, 3);
    mh_task *tasks[20];
    for (int i = 0; i < 20; i++)
        tasks[i] = submit_limited(pool, &meeting, i); // one alone would wait for ever
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

static void *take_often(void *nothing)
{
    for (int i = 0; i < 40; i++) {
        ck_assert_int_eq(mh_limiter_take(limiter, MH_FOREVER), MH_OK);
        be_inside();
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    }
    return nothing;
}

START_TEST(P14_callers_that_wait_and_workers_that_wait_share_the_permits)
{
    enum { TASKS = 90, POOLS = 3 };
    open_limiter(1 + _i);
    mh_pool *pools[POOLS] = {open_kind(FORKED, 3), open_kind(THREADS, 3),
                             open_kind(SPAWNED, 2)};
    pthread_t threads[2];
    mh_task *tasks[TASKS];
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_often, NULL), 0);
    for (int i = 0; i < TASKS; i++) {
        mh_pool *pool = pools[i % POOLS];
        bool takes_itself = i % 2 == 0 && pool != pools[2]; // which cannot see the limiter
        tasks[i] = takes_itself ? submit(pool, &taking, i) : submit_limited(pool, &entering, i);
    }
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_le(counted(MOST_INSIDE), 1 + _i);
    for (int i = 0; i < POOLS; i++)
        mh_pool_close(pools[i]);
    close_limiter();
}
END_TEST

// ---- callers ------------------------------------------------------------------------------------

static void *wait_for_permit(void *nothing)
{
    open_gate(RUNNING, 1);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_FOREVER), MH_OK);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    return nothing;
}

START_TEST(P14_a_caller_waits_until_its_deadline)
{
    enum { CALLERS = 4 };
    pthread_t threads[CALLERS];
    open_limiter(2);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_FOREVER), MH_OK);
    ck_assert_int_eq(mh_limiter_available(limiter), 0);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_limiter_take(limiter, mh_in_ms(10)), MH_TIMEOUT);
    for (int i = 0; i < CALLERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_for_permit, NULL), 0);
    for (int i = 0; i < CALLERS; i++)
        pass_gate(RUNNING);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL); // one permit is enough for all of them
    ck_assert_int_eq(mh_limiter_available(limiter), 1);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    close_limiter();
}
END_TEST

START_TEST(P14_there_may_be_many_permits_and_not_one_more)
{
    enum { MANY = 3000 };
    open_limiter(MANY);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_TIMEOUT);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    close_limiter();
    open_limiter(MH_PERMITS_LIMIT);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    ck_assert_int_eq(mh_limiter_available(limiter), MH_PERMITS_LIMIT - 1);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    close_limiter();
}
END_TEST

START_TEST(P14_a_limiter_that_is_in_use_is_not_closed)
{
    open_limiter(1);
    hear_everything();
    mh_pool *pool = open_kind(_i, 1);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    forget_heard();
    assert_refused(mh_limiter_close(limiter), MH_BUSY, "");
    mh_task *task = submit_limited(pool, &entering, 4);
    ck_assert_int_eq(number_of(submit(pool, &echo, 3)), 3);
    assert_refused(mh_limiter_close(limiter), MH_BUSY, "");
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    ck_assert_int_eq(number_of(task), 4);
    close_limiter();
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limiters");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests, P14_tasks_of_several_routines_and_pools_share_the_permits, 0,
                        KINDS * KINDS);
    tcase_add_loop_test(tests, P14_as_many_as_there_are_permits_do_run_at_once, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, P14_callers_that_wait_and_workers_that_wait_share_the_permits, 0,
                        3);
    tcase_add_test(tests, P14_a_caller_waits_until_its_deadline);
    tcase_add_test(tests, P14_there_may_be_many_permits_and_not_one_more);
    tcase_add_loop_test(tests, P14_a_limiter_that_is_in_use_is_not_closed, 0, KINDS);
    return run_suite(suite);
}
