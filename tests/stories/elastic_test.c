// Elastic pools: workers on demand come when there is work that nobody is free for, go when
// they have been idle for long enough, and have the same numbers and arguments whenever they
// come again.
#include "support/heard.h"
#include "support/submitted.h"
#include "support/traces.h"

enum { MOST = 4, SETUPS = 0, TEARDOWNS = 10, MET = 20 }; // places on the stage
enum { MEETING = 2 };                                    // a gate
enum { CRASH = -1 };

// Each worker has its number as its argument, and is lost if it was given another's.
static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    int number = -1;
    memcpy(&number, argument.data, argument.size);
    *state = NULL;
    count_up(SETUPS + mh_worker(call));
    return number == mh_worker(call) ? MH_OK : mh_fail(call, 1, "the argument of another");
}

// The item says how many such tasks must run at once for any of them to end.
static mh_status meet(mh_call *call, mh_bytes item)
{
    int64_t all;
    memcpy(&all, item.data, sizeof all);
    if (all == CRASH)
        abort();
    if (all > 1 && count_up(MET) % all == 0)
        open_gate(MEETING, (int)all);
    if (all > 1)
        pass_gate(MEETING);
    return mh_return(call, &all, sizeof all);
}

static void tear_down(mh_call *call, void *state)
{
    (void)state;
    int worker = mh_worker(call);
    count_up(TEARDOWNS + worker);
    mh_return(call, &worker, sizeof worker);
}
static const mh_routine elastic = {
    .name = "meet", .setup = set_up, .run = meet, .teardown = tear_down};

static mh_pool *open_elastic(int kind, int least, int idle_ms)
{
    static const int numbers[MOST] = {0, 1, 2, 3};
    mh_bytes arguments[MOST];
    for (int i = 0; i < MOST; i++)
        arguments[i] = MH_BYTES_OF(numbers[i]);
    set_stage();
    mh_pool_options options = options_of(kind, MOST);
    options.routine = &elastic;
    options.arguments = arguments;
    options.on_demand = true;
    options.least = least;
    options.idle_ms = idle_ms;
    return open_with(&options);
}

static int sum_of(int places)
{
    int sum = 0;
    for (int i = 0; i < MOST; i++)
        sum += counted(places + i);
    return sum;
}

// As many tasks as must run at once. Returns which workers ran them, as bits.
static int meet_all(mh_pool *pool, int all)
{
    mh_task *tasks[MOST];
    int workers = 0;
    on_stage()->count[MET] = 0;
    for (int i = 0; i < all; i++)
        tasks[i] = submit(pool, NULL, all);
    for (int i = 0; i < all; i++) {
        mh_result result = wait_for(tasks[i]);
        ck_assert_int_eq(result.outcome, MH_DONE);
        ck_assert_int_ge(result.worker, 0);
        ck_assert_int_lt(result.worker, MOST);
        workers |= 1 << result.worker;
        mh_task_drop(tasks[i]);
    }
    return workers;
}

static int bits_in(int number)
{
    return number == 0 ? 0 : (number & 1) + bits_in(number >> 1);
}

// ---- coming -------------------------------------------------------------------------------------

START_TEST(P9_workers_are_started_when_there_is_work_and_not_before)
{
    mh_pool *pool = open_elastic(_i, 0, MH_IDLE_FOREVER);
    ck_assert_int_eq(facts_of(pool).workers, 0);
    ck_assert_int_eq(facts_of(pool).most, MOST);
    ck_assert_int_eq(mh_pool_workers(pool), MOST);
    for (int workers = 1; workers <= MOST; workers++) { // one more is needed each time
        ck_assert_int_eq(bits_in(meet_all(pool, workers)), workers);
        await_idle(pool);
        ck_assert_int_eq(facts_of(pool).workers, workers);
        ck_assert_int_eq(sum_of(SETUPS), workers);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P9_there_are_never_more_than_the_maximum_and_they_stay_as_long_as_they_may)
{
    enum { TASKS = 200 };
    mh_pool *pool = open_elastic(_i, 0, MH_IDLE_FOREVER);
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++) {
        tasks[i] = submit(pool, NULL, 1);
        ck_assert_int_le(facts_of(pool).workers, MOST);
    }
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(number_of(tasks[i]), 1);
    ck_assert_int_eq(bits_in(meet_all(pool, MOST)), MOST);
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(counted(SETUPS + i), 1);
    ck_assert_int_eq(sum_of(TEARDOWNS), 0);
    mh_pool_close(pool);
    ck_assert_int_eq(sum_of(TEARDOWNS), MOST);
}
END_TEST

// What is submitted inside a task may need one more worker, too.
static mh_status wait_for_child(mh_call *call, mh_bytes item)
{
    (void)item;
    int64_t number = 1;
    mh_task *child;
    mh_status status = mh_submit(mh_task_pool(mh_task_of(call)), &waiting, MH_BYTES_OF(number),
                                 NULL, &child);
    if (status != MH_OK)
        return mh_fail(call, status, "the child was not submitted");
    pass_gate(RUNNING); // it runs elsewhere
    open_gate(GO_ON, 1);
    mh_task_drop(child);
    return MH_OK;
}
static const mh_routine parent = {.name = "wait for a child", .run = wait_for_child};

START_TEST(P9_what_a_task_submits_may_start_another_worker)
{
    mh_pool *pool = open_elastic(THREADS, 0, MH_IDLE_FOREVER);
    assert_outcome(submit(pool, &parent, 0), MH_DONE);
    ck_assert_int_ge(sum_of(SETUPS), 2);
    mh_pool_close(pool);
}
END_TEST

// ---- going --------------------------------------------------------------------------------------

START_TEST(P9_the_least_workers_stand_from_the_open_and_stay_others_go)
{
    mh_pool *pool = open_elastic(_i, 2, 1);
    await_count(SETUPS + 0, 1); // nothing was submitted
    await_count(SETUPS + 1, 1);
    for (int round = 0; round < 3; round++) {
        ck_assert_int_eq(bits_in(meet_all(pool, MOST)), MOST);
        await_workers(pool, 2);
        ck_assert_int_eq(mh_pool_workers(pool), MOST);
    }
    await_count(TEARDOWNS + 2, counted(SETUPS + 2));
    await_count(TEARDOWNS + 3, counted(SETUPS + 3));
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(counted(SETUPS + i), 1);
        ck_assert_int_eq(counted(TEARDOWNS + i), 0);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P9_workers_come_and_go_and_each_gives_a_last_result)
{
    enum { ROUNDS = 5 };
    mh_pool *pool = open_elastic(_i, 0, 1);
    for (int round = 0; round < ROUNDS; round++) {
        ck_assert_int_eq(bits_in(meet_all(pool, 2 + round % 3)), 2 + round % 3);
        await_workers(pool, 0);
        while (sum_of(TEARDOWNS) < sum_of(SETUPS))
            sched_yield();
    }
    ck_assert_int_ge(sum_of(SETUPS), 2 * ROUNDS);
    int given[MOST] = {0};
    for (mh_result last; mh_pool_next(pool, &last, MH_FOREVER) == MH_OK;) {
        ck_assert_int_eq(last.outcome, MH_DONE);
        ck_assert_int_eq(mh_result_as(int, last), last.worker);
        given[last.worker]++;
    }
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(given[i], counted(TEARDOWNS + i));
    mh_pool_close(pool);
}
END_TEST

// ---- crashing -----------------------------------------------------------------------------------

START_TEST(P9_a_crash_on_an_elastic_pool_is_one_crashed_task)
{
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_elastic(_i, 0, 1);
    for (int round = 0; round < 5; round++) {
        assert_outcome(submit(pool, NULL, CRASH), MH_CRASHED);
        ck_assert_int_eq(bits_in(meet_all(pool, MOST)), MOST);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- maps ---------------------------------------------------------------------------------------

START_TEST(P9_maps_work_on_an_elastic_pool)
{
    mh_pool *pool = open_elastic(_i, 0, 1);
    for (int round = 0; round < 3; round++) {
        mh_map *map = open_map(pool, &echo, mh_source_range(0, 500, 1), (mh_map_options){0});
        for (int64_t i = 0; i < 500; i++) {
            mh_result result = take(map);
            assert_done(&result, (uint64_t)i);
            ck_assert_int_eq(mh_result_as(int64_t, result), i);
            ck_assert_int_lt(result.worker, MOST);
        }
        assert_ends(map, MH_END);
        mh_map_close(map);
        await_workers(pool, 0);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P9_a_map_that_nobody_reads_lets_the_workers_go_and_calls_them_again)
{
    mh_pool *pool = open_elastic(_i, 0, 1);
    mh_map *map = open_map(pool, &echo, mh_source_range(0, 60, 1),
                           (mh_map_options){.window = 8, .chunk = 1});
    for (int64_t i = 0; i < 60; i++) {
        if (i % 20 == 10)
            await_workers(pool, 0); // the window is full of results
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- closing ------------------------------------------------------------------------------------

START_TEST(P9_a_pool_may_be_closed_while_its_workers_come_and_go)
{
    traces before = count_traces();
    for (int round = 0; round < 20; round++) {
        mh_pool *pool = open_elastic(_i, round % 3, round % 2);
        for (int i = 0; i < round % 6; i++)
            submit_and_forget(pool, NULL, 1, NULL);
        mh_pool_close(pool);
        ck_assert_int_eq(sum_of(TEARDOWNS), sum_of(SETUPS));
        for (int fd = STAGE_FD; fd < GATE_FD + 2 * GATES; fd++)
            close(fd); // the stage is no trace of the pool
    }
    assert_no_traces(&before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elastic pools");
    TCase *tests = add_case(suite, "kinds", 20);
    int first = WITH_WORKERS;
    tcase_add_loop_test(tests, P9_workers_are_started_when_there_is_work_and_not_before, first,
                        KINDS);
    tcase_add_loop_test(
        tests, P9_there_are_never_more_than_the_maximum_and_they_stay_as_long_as_they_may,
        first, KINDS);
    tcase_add_test(tests, P9_what_a_task_submits_may_start_another_worker);
    tcase_add_loop_test(tests, P9_the_least_workers_stand_from_the_open_and_stay_others_go,
                        first, KINDS);
    tcase_add_loop_test(tests, P9_workers_come_and_go_and_each_gives_a_last_result, first,
                        KINDS);
    tcase_add_loop_test(tests, P9_a_crash_on_an_elastic_pool_is_one_crashed_task,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, P9_maps_work_on_an_elastic_pool, first, KINDS);
    tcase_add_loop_test(tests,
                        P9_a_map_that_nobody_reads_lets_the_workers_go_and_calls_them_again,
                        first, KINDS);
    tcase_add_loop_test(tests, P9_a_pool_may_be_closed_while_its_workers_come_and_go, first,
                        KINDS);
    return run_suite(suite);
}
