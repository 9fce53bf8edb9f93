// Permits inside tasks: a child that needs a permit is run by the task that waits for it, as soon
// as there is one, however few workers there are.
#include "support/asleep.h"
#include "support/limited.h"

enum { SETTINGS = 4 }; // 0: serial; else so many threads

static mh_pool *pool_here;  // the one that tasks submit to
static mh_pool *pool_there; // another

static void open_here(int setting, int permits)
{
    open_limiter(permits);
    pool_here = open_kind(setting == 0 ? SERIAL : THREADS, setting);
}

static void close_here(void)
{
    ck_assert_int_eq(mh_pool_wait(pool_here, false, MH_FOREVER), MH_OK);
    mh_pool_close(pool_here);
    close_limiter();
}

// ---- a permit is free ---------------------------------------------------------------------------

static int64_t have_child(int64_t number)
{
    return number_of(submit_limited(pool_here, &entering, number));
}
MH_ROUTINE(parent, have_child, int64_t, int64_t);

START_TEST(N6_who_waits_runs_a_child_for_which_there_is_a_permit)
{
    enum { PARENTS = 6 };
    open_here(_i, 3);
    mh_task *parents[PARENTS];
    for (int i = 0; i < PARENTS; i++)
        parents[i] = submit(pool_here, &parent, i);
    for (int i = 0; i < PARENTS; i++)
        ck_assert_int_eq(number_of(parents[i]), i);
    close_here();
}
END_TEST

// What is not waited for was there before the child.
static int64_t have_child_behind(int64_t number)
{
    mh_task_drop(submit(pool_here, &echo, number));
    return have_child(number);
}
MH_ROUTINE(parent_behind, have_child_behind, int64_t, int64_t);

START_TEST(N6_what_is_queued_does_not_keep_a_child_from_its_permit)
{
    open_here(_i, 1);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(number_of(submit(pool_here, &parent_behind, i)), i);
    close_here();
}
END_TEST

// ---- a permit comes back ------------------------------------------------------------------------

static int64_t wait_for_child(int64_t number)
{
    mh_task *child = submit_limited(pool_here, &entering, number);
    say_that_it_waits();
    return number_of(child);
}
MH_ROUTINE(waiting_parent, wait_for_child, int64_t, int64_t);

START_TEST(N6_whoever_waits_hears_of_a_permit_for_its_child)
{
    open_here(_i, 1);
    for (int round = 0; round < 4; round++) { // asleep or on the way (asleep.h)
        mh_task *parents[SETTINGS];
        ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
        for (int i = 0; i < _i; i++)
            parents[i] = submit(pool_here, &waiting_parent, i);
        await_waiters(_i);
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
        for (int i = 0; i < _i; i++)
            ck_assert_int_eq(number_of(parents[i]), i);
    }
    close_here();
}
END_TEST

// All its workers wait at the other pool, which the child lets go on.
static int64_t let_go_on(int64_t number)
{
    open_gate(GO_ON, 1);
    return number;
}
MH_ROUTINE(letting, let_go_on, int64_t, int64_t);

static int64_t stay(int64_t number)
{
    pass_gate(GO_ON);
    return number;
}
MH_ROUTINE(staying, stay, int64_t, int64_t);

static int64_t wait_for_both(int64_t number)
{
    mh_task *both[] = {submit_limited(pool_here, &letting, number),
                       submit(pool_there, &staying, 10)};
    say_that_it_waits();
    ck_assert_int_eq(mh_task_wait_count(both, 2, 2, NULL, MH_FOREVER), MH_OK);
    return number_of(both[0]) + number_of(both[1]);
}
MH_ROUTINE(waiting_for_both, wait_for_both, int64_t, int64_t);

START_TEST(N6_who_waits_elsewhere_hears_of_a_permit_for_its_child)
{
    open_here(_i, 1);
    pool_there = open_kind(THREADS, 1);
    for (int round = 0; round < 4; round++) {
        ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
        mh_task *parent_of_both = submit(pool_here, &waiting_for_both, round);
        await_waiters(1);
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
        ck_assert_int_eq(number_of(parent_of_both), 10 + round);
    }
    mh_pool_close(pool_there);
    close_here();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("permits inside tasks");
    TCase *tests = add_case(suite, "serial and threads", 20);
    tcase_add_loop_test(tests, N6_who_waits_runs_a_child_for_which_there_is_a_permit, 0,
                        SETTINGS);
    tcase_add_loop_test(tests, N6_what_is_queued_does_not_keep_a_child_from_its_permit, 0,
                        SETTINGS);
    tcase_add_loop_test(tests, N6_whoever_waits_hears_of_a_permit_for_its_child, 1, SETTINGS);
    tcase_add_loop_test(tests, N6_who_waits_elsewhere_hears_of_a_permit_for_its_child, 1,
                        SETTINGS - 1);
    return run_suite(suite);
}
