// Resizing: a pool gets more workers and fewer while it runs; one worker is told to end;
// nothing that was submitted is lost by it, and numbers stay what they were.
#include <pthread.h>

#include "support/heard.h"
#include "support/submitted.h"

enum { MOST = 4, SETUPS = 0, TEARDOWNS = 10, MET = 20, FINISHED = 30 }; // places on the stage
enum { MEETING = 2 };                                                   // a gate

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    count_up(SETUPS + mh_worker(call));
    return MH_OK;
}

// The item says how many such tasks must run at once for any of them to end.
static mh_status meet(mh_call *call, mh_bytes item)
{
    int64_t all;
    memcpy(&all, item.data, sizeof all);
    if (count_up(MET) % all == 0)
        open_gate(MEETING, (int)all);
    pass_gate(MEETING);
    return mh_return(call, &all, sizeof all);
}

static void tear_down(mh_call *call, void *state)
{
    (void)state;
    count_up(TEARDOWNS + mh_worker(call));
}
static const mh_routine meeting = {
    .name = "meet", .setup = set_up, .run = meet, .teardown = tear_down};

static mh_pool *open_meeting(int kind, int workers, bool on_demand)
{
    set_stage();
    listen_to_log(MH_LOG_WARNING);
    mh_pool_options options = options_of(kind, workers);
    options.routine = &meeting;
    options.on_demand = on_demand;
    options.idle_ms = on_demand ? MH_IDLE_FOREVER : 0;
    return open_with(&options);
}

static void meet_all(mh_pool *pool, int all)
{
    mh_task *tasks[2 * MOST];
    on_stage()->count[MET] = 0;
    for (int i = 0; i < all; i++)
        tasks[i] = submit(pool, NULL, all);
    for (int i = 0; i < all; i++)
        ck_assert_int_eq(number_of(tasks[i]), all);
}

// ---- more ---------------------------------------------------------------------------------------

START_TEST(P9_a_pool_grows_when_tasks_need_more_workers_than_there_are)
{
    mh_pool *pool = open_meeting(_i, 1, false);
    mh_task *tasks[3];
    for (int i = 0; i < 3; i++)
        tasks[i] = submit(pool, NULL, 3); // one alone would wait for ever
    await_running(pool, 1);
    ck_assert_int_eq(mh_pool_resize(pool, 3), MH_OK);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(number_of(tasks[i]), 3);
    ck_assert_int_eq(mh_pool_workers(pool), 3);
    ck_assert_int_eq(facts_of(pool).workers, 3);
    ck_assert_int_eq(mh_pool_add(pool, 5), MH_OK);
    ck_assert_int_eq(facts_of(pool).most, 8);
    meet_all(pool, 8);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(counted(SETUPS + i), 1);
    mh_pool_close(pool);
}
END_TEST

// ---- fewer --------------------------------------------------------------------------------------

START_TEST(P9_of_fewer_workers_the_highest_numbers_end_after_what_they_run)
{
    enum { TASKS = 60 };
    mh_pool *pool = open_meeting(_i, MOST, false);
    mh_task *running[MOST], *queued[TASKS];
    for (int i = 0; i < MOST; i++)
        running[i] = occupy(pool, i);
    for (int i = 0; i < TASKS; i++)
        queued[i] = submit(pool, &echo, 100 + i);
    ck_assert_int_eq(mh_pool_add(pool, 1 - MOST), MH_OK);
    ck_assert_int_eq(mh_pool_workers(pool), 1);
    open_gate(GO_ON, MOST);
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(number_of(running[i]), i); // they were not interrupted
    for (int i = 0; i < TASKS; i++) {
        ck_assert_int_eq(wait_for(queued[i]).worker, 0); // the only one that goes on
        ck_assert_int_eq(number_of(queued[i]), 100 + i);
    }
    await_workers(pool, 1);
    for (int i = 1; i < MOST; i++)
        await_count(TEARDOWNS + i, 1);
    ck_assert_int_eq(counted(TEARDOWNS), 0);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P9_workers_that_come_again_have_the_same_numbers)
{
    mh_pool *pool = open_meeting(_i, MOST, false);
    for (int round = 1; round <= 4; round++) {
        meet_all(pool, MOST);
        for (int i = 0; i < MOST; i++)
            ck_assert_int_eq(counted(SETUPS + i), i < 2 ? 1 : round);
        ck_assert_int_eq(mh_pool_resize(pool, 2), MH_OK);
        await_workers(pool, 2);
        ck_assert_int_eq(mh_pool_resize(pool, MOST), MH_OK);
    }
    mh_pool_close(pool);
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(counted(TEARDOWNS + i), counted(SETUPS + i));
}
END_TEST

// ---- one of them --------------------------------------------------------------------------------

START_TEST(P9_one_worker_ends_after_its_task_and_its_seat_stays_empty)
{
    mh_pool *pool = open_meeting(_i, 2, false);
    mh_task *task = occupy(pool, 5), *others[20];
    mh_task *second = occupy(pool, 6);
    open_gate(GO_ON, 2);
    ck_assert_int_eq(number_of(second), 6);
    int ended = wait_for(task).worker;
    mh_task_drop(task);
    ck_assert_int_eq(mh_pool_end_worker(pool, ended), MH_OK);
    await_workers(pool, 1);
    await_count(TEARDOWNS + ended, 1);
    ck_assert_int_eq(mh_pool_workers(pool), 2);
    ck_assert_int_eq(mh_pool_end_worker(pool, ended), MH_NOT_FOUND);
    ck_assert_int_eq(lines_heard(), 1);
    for (int i = 0; i < 20; i++)
        others[i] = submit(pool, &echo, i);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(wait_for(others[i]).worker, 1 - ended);
        ck_assert_int_eq(number_of(others[i]), i);
    }
    ck_assert_int_eq(facts_of(pool).workers, 1);
    ck_assert_int_eq(mh_pool_resize(pool, 2), MH_OK); // fills it
    meet_all(pool, 2);
    ck_assert_int_eq(counted(SETUPS + ended), 2);
    ck_assert_int_eq(counted(TEARDOWNS + 1 - ended), 0);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P9_a_worker_that_is_told_to_end_finishes_its_task_and_takes_no_other)
{
    enum { TASKS = 30 };
    mh_pool *pool = open_meeting(_i, 1, false);
    mh_task *running = occupy(pool, 7), *queued[TASKS];
    for (int i = 0; i < TASKS; i++)
        queued[i] = submit(pool, &echo, i);
    ck_assert_int_eq(mh_pool_end_worker(pool, 0), MH_OK);
    ck_assert_int_eq(counted(TEARDOWNS), 0);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(running), 7);
    await_workers(pool, 0);
    await_count(TEARDOWNS, 1);
    ck_assert_uint_eq(facts_of(pool).queued, TASKS); // nobody is there
    ck_assert_int_eq(mh_task_wait(queued[0], MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_pool_resize(pool, 1), MH_OK);
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(number_of(queued[i]), i);
    ck_assert_int_eq(counted(SETUPS), 2);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P9_on_demand_an_ended_worker_comes_again_when_it_is_needed)
{
    mh_pool *pool = open_meeting(_i, 2, true);
    for (int round = 0; round < 3; round++) {
        meet_all(pool, 2);
        ck_assert_int_eq(mh_pool_end_worker(pool, 0), MH_OK);
        ck_assert_int_eq(mh_pool_end_worker(pool, 1), MH_OK);
        await_workers(pool, 0);
    }
    ck_assert_int_eq(number_of(submit(pool, &echo, 8)), 8);
    mh_pool_close(pool);
}
END_TEST

// ---- inside tasks -------------------------------------------------------------------------------

static mh_status end_own_worker(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_pool *pool = mh_task_pool(mh_task_of(call));
    mh_status status = mh_pool_end_worker(pool, mh_worker(call));
    if (status == MH_OK)
        status = mh_pool_add(pool, 1);
    return status;
}
static const mh_routine leaving = {.name = "end own worker", .run = end_own_worker};

START_TEST(P9_a_task_may_end_its_own_worker_and_ask_for_others)
{
    mh_pool *pool = open_meeting(THREADS, 1, false);
    assert_outcome(submit(pool, &leaving, 0), MH_DONE);
    ck_assert_int_eq(mh_pool_workers(pool), 2);
    await_count(TEARDOWNS, 1);
    ck_assert_int_eq(mh_pool_resize(pool, 2), MH_OK);
    meet_all(pool, 2);
    ck_assert_int_eq(counted(SETUPS), 2);
    mh_pool_close(pool);
}
END_TEST

// ---- all at once --------------------------------------------------------------------------------

enum { SUBMITTERS = 3, ROUNDS = 15, AT_ONCE = 10, CHANGES = 60 };

static void *submit_many(void *pool)
{
    for (int round = 0; round < ROUNDS; round++) {
        mh_task *tasks[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++)
            tasks[i] = submit(pool, &echo, round * AT_ONCE + i);
        for (int i = 0; i < AT_ONCE; i++)
            ck_assert_int_eq(number_of(tasks[i]), round * AT_ONCE + i);
    }
    count_up(FINISHED);
    return NULL;
}

static void *change_workers(void *pool)
{
    for (int i = 0; i < CHANGES; i++) {
        ck_assert_int_eq(mh_pool_resize(pool, 1 + i % MOST), MH_OK);
        mh_status status = mh_pool_end_worker(pool, i % 3);
        ck_assert(status == MH_OK || status == MH_NOT_FOUND);
    }
    ck_assert_int_eq(mh_pool_resize(pool, 2), MH_OK); // no seat stays empty
    count_up(FINISHED);
    return NULL;
}

static void look_until_all_have_finished(mh_pool *pool)
{
    mh_pool_facts before = facts_of(pool);
    while (counted(FINISHED) < SUBMITTERS + 1) {
        mh_pool_facts facts = facts_of(pool);
        ck_assert_uint_ge(facts.submitted, before.submitted);
        ck_assert_uint_ge(facts.ended, before.ended);
        ck_assert_int_le(facts.workers, MOST);
        ck_assert_int_eq(facts.state, MH_POOL_OPEN);
        before = facts;
        sched_yield();
    }
}

START_TEST(P9_P16_facts_agree_while_many_submit_and_the_pool_changes_its_size)
{
    bool on_demand = _i >= KINDS;
    mh_pool *pool = open_meeting(_i % KINDS, 2, on_demand);
    mh_log_limit(MH_LOG_OFF); // ending who is not there is told each time
    pthread_t threads[SUBMITTERS + 1];
    for (int i = 0; i <= SUBMITTERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL,
                                        i < SUBMITTERS ? submit_many : change_workers, pool),
                         0);
    look_until_all_have_finished(pool);
    for (int i = 0; i <= SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    mh_pool_facts facts = facts_of(pool);
    ck_assert_uint_eq(facts.submitted, SUBMITTERS * ROUNDS * AT_ONCE);
    ck_assert_uint_eq(facts.ended, facts.submitted);
    while (facts_of(pool).workers > 2 || (facts_of(pool).workers < 2 && !on_demand))
        sched_yield();
    mh_pool_close(pool);
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(counted(TEARDOWNS + i), counted(SETUPS + i));
}
END_TEST

START_TEST(P9_a_map_goes_on_in_order_while_the_pool_changes_its_size)
{
    mh_pool *pool = open_meeting(_i, 2, false);
    mh_map *map = open_map(pool, &echo, mh_source_range(0, 3000, 1),
                           (mh_map_options){.window = 50});
    for (int64_t i = 0; i < 3000; i++) {
        if (i % 50 == 7)
            ck_assert_int_eq(mh_pool_resize(pool, 1 + (int)(i / 50 % MOST)), MH_OK);
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        ck_assert_int_eq(mh_result_as(int64_t, result), i);
        ck_assert_int_lt(result.worker, MOST);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resizing");
    TCase *tests = add_case(suite, "kinds", 20);
    int first = WITH_WORKERS;
    tcase_add_loop_test(tests, P9_a_pool_grows_when_tasks_need_more_workers_than_there_are,
                        first, KINDS);
    tcase_add_loop_test(tests, P9_of_fewer_workers_the_highest_numbers_end_after_what_they_run,
                        first, KINDS);
    tcase_add_loop_test(tests, P9_workers_that_come_again_have_the_same_numbers, first, KINDS);
    tcase_add_loop_test(tests, P9_one_worker_ends_after_its_task_and_its_seat_stays_empty,
                        first, KINDS);
    tcase_add_loop_test(tests,
                        P9_a_worker_that_is_told_to_end_finishes_its_task_and_takes_no_other,
                        first, KINDS);
    tcase_add_loop_test(tests, P9_on_demand_an_ended_worker_comes_again_when_it_is_needed,
                        first, KINDS);
    tcase_add_test(tests, P9_a_task_may_end_its_own_worker_and_ask_for_others);
    tcase_add_loop_test(tests,
                        P9_P16_facts_agree_while_many_submit_and_the_pool_changes_its_size,
                        first, KINDS);
    tcase_add_loop_test(tests,
                        P9_P16_facts_agree_while_many_submit_and_the_pool_changes_its_size,
                        KINDS + first, 2 * KINDS);
    tcase_add_loop_test(tests, P9_a_map_goes_on_in_order_while_the_pool_changes_its_size, first,
                        KINDS);
    return run_suite(suite);
}
