// Priorities: less is more urgent, and first come is first served. The order of starting is
// exact, whether tasks are laid ready in advance or not, and may be changed as long as a task
// is queued.
#include <limits.h>

#include "support/heard.h"
#include "task_story.h"

enum { STARTED = 1 }; // the place on the stage that counts starts; who it was stands in pid[]
enum { TASKS = 40, FILLER = -1 };

static mh_status note_start(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    on_stage()->pid[count_up(STARTED) - 1] = (int)number;
    return mh_return(call, &number, sizeof number);
}
static const mh_routine noting = {.name = "note the start", .run = note_start};

static mh_status note_and_wait(mh_call *call, mh_bytes item)
{
    mh_status status = note_start(call, item);
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    return status;
}
static const mh_routine stepping = {.name = "note and wait", .run = note_and_wait};

static int who_started(int place)
{
    return atomic_load(&on_stage()->pid[place]);
}

// ---- ways to prepare a pool ---------------------------------------------------------------------

static const int prefetches[] = {MH_PREFETCH_NONE, 0, 5};
enum { PREFETCHES = 3 };

static mh_pool *open_prefetching(int kind, int workers, int prefetch)
{
    set_stage();
    mh_pool_options options = options_of(kind, workers);
    options.prefetch = prefetch;
    mh_pool *pool = open_with(&options);
    run_many_short_ones(pool); // so that as much is laid ready as ever
    return pool;
}

// From here on nothing starts until the worker is let go. A serial pool starts nothing by
// itself.
static void hold_up(mh_pool *pool)
{
    if (mh_pool_kind(pool) != MH_SERIAL)
        mh_task_drop(keep_one_busy(pool));
}

static void let_go(mh_pool *pool)
{
    if (mh_pool_kind(pool) != MH_SERIAL)
        open_gate(GO_ON, 1);
    wait_for_all(pool);
}

static mh_task *submit_at(mh_pool *pool, const mh_routine *routine, int64_t number,
                          int priority)
{
    return submit_with(pool, routine, MH_BYTES_OF(number),
                       (mh_task_options){.priority = priority});
}

// ---- the order ----------------------------------------------------------------------------------

static int priority_of(int number)
{
    static const int extremes[] = {INT_MAX, INT_MIN, 0, INT_MAX, INT_MIN};
    return number % 8 < 5 ? (number * 7 % 11) - 5 : extremes[number / 8 % 5];
}

// The numbers 0 to count - 1 in the order in which they should start.
static void sort_by_priority(int *numbers, int count)
{
    for (int i = 0; i < count; i++) {
        int place = i;
        for (; place > 0 && priority_of(numbers[place - 1]) > priority_of(i); place--)
            numbers[place] = numbers[place - 1];
        numbers[place] = i;
    }
}

START_TEST(P3_the_most_urgent_starts_first_and_equals_in_the_order_of_submission)
{
    mh_pool *pool = open_prefetching(_i / PREFETCHES, 1, prefetches[_i % PREFETCHES]);
    int wanted[TASKS];
    hold_up(pool);
    for (int i = 0; i < TASKS; i++)
        mh_task_drop(submit_at(pool, &noting, i, priority_of(i)));
    let_go(pool);
    sort_by_priority(wanted, TASKS);
    ck_assert_int_eq(counted(STARTED), TASKS);
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(who_started(i), wanted[i]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P3_first_come_is_first_served)
{
    enum { ALL = 120 };
    mh_pool *pool = open_prefetching(_i / PREFETCHES, 1, prefetches[_i % PREFETCHES]);
    hold_up(pool);
    for (int i = 0; i < ALL; i++)
        forget(pool, &noting, i);
    let_go(pool);
    for (int i = 0; i < ALL; i++)
        ck_assert_int_eq(who_started(i), i);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P3_a_more_urgent_one_overtakes_all_that_was_laid_ready)
{
    enum { ALL = 100 };
    mh_pool *pool = open_prefetching(_i / PREFETCHES, 1, prefetches[_i % PREFETCHES]);
    hold_up(pool);
    for (int i = 0; i < ALL; i++)
        mh_task_drop(submit_at(pool, &noting, i, 10));
    for (int i = 0; i < 3; i++)
        mh_task_drop(submit_at(pool, &noting, ALL + i, -i)); // each more urgent than the last
    let_go(pool);
    ck_assert_int_eq(counted(STARTED), ALL + 3);
    for (int i = 0; i < ALL + 3; i++)
        ck_assert_int_eq(who_started(i), i < 3 ? ALL + 2 - i : i - 3);
    mh_pool_close(pool);
}
END_TEST

// Each step one of the workers becomes free, and takes the next in the order.
START_TEST(P3_the_order_is_exact_with_several_busy_workers)
{
    enum { WORKERS = 3 };
    mh_pool *pool = open_prefetching(_i, WORKERS, MH_PREFETCH_NONE);
    int wanted[TASKS];
    for (int i = 0; i < WORKERS; i++) {
        forget(pool, &stepping, FILLER);
        pass_gate(RUNNING);
    }
    for (int i = 0; i < TASKS; i++)
        mh_task_drop(submit_at(pool, &stepping, i, priority_of(i)));
    sort_by_priority(wanted, TASKS);
    for (int i = 0; i < TASKS; i++) {
        open_gate(GO_ON, 1);
        pass_gate(RUNNING);
        ck_assert_int_eq(counted(STARTED), WORKERS + i + 1);
        ck_assert_int_eq(who_started(WORKERS + i), wanted[i]);
    }
    open_gate(GO_ON, WORKERS);
    wait_for_all(pool);
    mh_pool_close(pool);
}
END_TEST

// ---- changing one's mind ------------------------------------------------------------------------

START_TEST(P3_a_priority_can_be_changed_while_the_task_is_queued)
{
    static const int wanted[] = {4, 5, 1, 3, 0, 2};
    mh_pool *pool = open_prefetching(_i / PREFETCHES, 1, prefetches[_i % PREFETCHES]);
    mh_task *tasks[6];
    hold_up(pool);
    for (int i = 0; i < 6; i++)
        tasks[i] = submit_at(pool, &noting, i, 0);
    ck_assert_int_eq(mh_task_set_priority(tasks[4], -1), MH_OK);
    ck_assert_int_eq(mh_task_set_priority(tasks[0], 9), MH_OK);
    ck_assert_int_eq(mh_task_set_priority(tasks[2], 9), MH_OK); // behind those that have it
    ck_assert_int_eq(mh_task_set_priority(tasks[5], 7), MH_OK);
    ck_assert_int_eq(mh_task_set_priority(tasks[5], -1), MH_OK);
    ck_assert_int_eq(mh_task_priority(tasks[5]), -1);
    ck_assert_int_eq(mh_task_priority(tasks[1]), 0);
    let_go(pool);
    ck_assert_int_eq(counted(STARTED), 6);
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(who_started(i), wanted[i]);
        assert_gives_and_drop(tasks[i], i);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P3_a_priority_can_be_changed_again_and_again)
{
    enum { ALL = 60 };
    mh_pool *pool = open_prefetching(_i / PREFETCHES, 1, prefetches[_i % PREFETCHES]);
    mh_task *tasks[ALL];
    hold_up(pool);
    for (int i = 0; i < ALL; i++)
        tasks[i] = submit_at(pool, &noting, i, i);
    for (int round = 0; round < 5; round++)
        for (int i = 0; i < ALL; i++) // backwards, forwards, and backwards in the end
            ck_assert_int_eq(mh_task_set_priority(tasks[i], round % 2 == 0 ? -i : i), MH_OK);
    let_go(pool);
    for (int i = 0; i < ALL; i++) {
        ck_assert_int_eq(who_started(i), ALL - 1 - i);
        assert_gives_and_drop(tasks[i], i);
    }
    ck_assert_int_eq(counted(STARTED), ALL);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P3_those_that_stay_keep_their_order_when_others_are_cancelled_or_moved)
{
    enum { ALL = 99 };
    mh_pool *pool = open_prefetching(_i / PREFETCHES, 1, prefetches[_i % PREFETCHES]);
    mh_task *tasks[ALL];
    hold_up(pool);
    for (int i = 0; i < ALL; i++)
        tasks[i] = submit_at(pool, &noting, i, 0);
    for (int i = 0; i < ALL; i += 9)
        ck_assert_int_eq(mh_task_cancel(tasks[i]), MH_OK);
    for (int i = 3; i < ALL; i += 9)
        ck_assert_int_eq(mh_task_set_priority(tasks[i], 1), MH_OK);
    let_go(pool);
    int place = 0;
    for (int i = 0; i < ALL; i++)
        if (i % 9 != 0 && i % 9 != 3)
            ck_assert_int_eq(who_started(place++), i);
    for (int i = 3; i < ALL; i += 9)
        ck_assert_int_eq(who_started(place++), i);
    ck_assert_int_eq(counted(STARTED), place);
    for (int i = 0; i < ALL; i++)
        mh_task_drop(tasks[i]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P3_a_task_that_runs_or_has_ended_keeps_its_priority)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit_at(pool, &patient, 8, 4);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_set_priority(task, -5), MH_BUSY);
    ck_assert_int_eq(mh_task_priority(task), 4);
    open_gate(GO_ON, 1);
    assert_gives(task, 8);
    ck_assert_int_eq(mh_task_set_priority(task, -5), MH_END);
    ck_assert_int_eq(mh_task_priority(task), 4);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("priorities");
    TCase *tests = add_case(suite, "kinds", 20);
    int all = KINDS * PREFETCHES;
    tcase_add_loop_test(
        tests, P3_the_most_urgent_starts_first_and_equals_in_the_order_of_submission, 0, all);
    tcase_add_loop_test(tests, P3_first_come_is_first_served, 0, all);
    tcase_add_loop_test(tests, P3_a_more_urgent_one_overtakes_all_that_was_laid_ready, 0, all);
    tcase_add_loop_test(tests, P3_the_order_is_exact_with_several_busy_workers, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, P3_a_priority_can_be_changed_while_the_task_is_queued, 0, all);
    tcase_add_loop_test(tests, P3_a_priority_can_be_changed_again_and_again, 0, all);
    tcase_add_loop_test(
        tests, P3_those_that_stay_keep_their_order_when_others_are_cancelled_or_moved, 0, all);
    tcase_add_loop_test(tests, P3_a_task_that_runs_or_has_ended_keeps_its_priority,
                        WITH_WORKERS, KINDS);
    return run_suite(suite);
}
