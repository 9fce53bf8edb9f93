// Told: what a serial desk was told of stays until somebody looks who can do it (Y6); and what nobody can use now is
// not told again and again (P14).
//
// Who asks how a task is, or what a pool does, takes a turn at the desk, but runs nothing. One that is about to
// sleep there would otherwise sleep over what it was told of just then.

#include <check.h>

#include "manyhands.h"
#include "support/limited.h"
#include "task/pool.h"

START_TEST(Y6_who_only_asks_leaves_what_was_told_for_others)
{
    mh_pool_facts facts;
    mh_pool *pool = open_kind(SERIAL, 1);
    _Atomic uint32_t *told = &pool->desk->window->ring->told;
    mh_task *task = submit(pool, &echo, 1);
    mhi_window_tell(pool->desk->window);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_QUEUED);
    ck_assert_int_eq(mh_pool_facts_of(pool, &facts), MH_OK);
    ck_assert_int_eq(mh_task_wait(task, MH_NOW), MH_TIMEOUT);
    ck_assert_uint_eq(atomic_load(told), 1);
    ck_assert_int_eq(mh_task_wait(task, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(atomic_load(told), 0);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

static void turn_often(mhi_desk *desk)
{
    for (int i = 0; i < 1000; i++) {
        mhi_mutex_lock(&desk->lock);
        mhi_desk_turn(desk);
        mhi_mutex_unlock(&desk->lock);
        sched_yield();
    }
}

// Both have a task for which there is a permit, and no worker.
START_TEST(P14_desks_do_not_tell_each_other_of_a_permit_for_ever)
{
    mh_pool *pools[2];
    mh_task *busy[2], *parked[2];
    open_limiter(1);
    for (int i = 0; i < 2; i++) {
        pools[i] = open_kind(THREADS, 1);
        busy[i] = occupy(pools[i], i);
        parked[i] = submit_limited(pools[i], &entering, i);
        mhi_mutex_lock(&pools[i]->desk->lock);
        ck_assert_int_eq(parked[i]->where, MHI_PARKED);
        mhi_mutex_unlock(&pools[i]->desk->lock);
    }
    _Atomic uint32_t *wakes = &pools[1]->desk->window->ring->unattended.count;
    turn_often(pools[0]->desk); // what was told before is done with
    uint32_t before = atomic_load(wakes);
    turn_often(pools[0]->desk);
    ck_assert_uint_eq(atomic_load(wakes), before);
    open_gate(GO_ON, 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(number_of(busy[i]), i);
        ck_assert_int_eq(number_of(parked[i]), i);
        mh_pool_close(pools[i]);
    }
    close_limiter();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("told");
    TCase *tests = add_case(suite, "desks", 15);
    tcase_add_test(tests, Y6_who_only_asks_leaves_what_was_told_for_others);
    tcase_add_test(tests, P14_desks_do_not_tell_each_other_of_a_permit_for_ever);
    return run_suite(suite);
}
