// Cancelling: seen by whoever runs, from any thread; and waiting afterwards is still waiting.
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "support/stage.h"
#include "support/story.h"

enum { RUNNING = 0, GO_ON = 1 }; // gates

static mh_status run_on(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(RUNNING, 1);
    pass_gate(GO_ON); // whatever is asked of it
    return mh_is_cancelled(call) ? MH_STOPPED : MH_OK;
}
static const mh_routine stubborn = {.name = "stubborn", .run = run_on};

static mh_map *open_stubborn(mh_pool *pool, bool unordered)
{
    mh_map *map = open_map(pool, &stubborn, mh_source_range(0, 100, 1),
                           (mh_map_options){.unordered = unordered});
    mh_result result;
    ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT);
    pass_gate(RUNNING);
    return map;
}

START_TEST(M10_after_a_cancel_a_deadline_still_passes_while_an_item_runs)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    for (int unordered = 0; unordered < 2; unordered++) {
        mh_map *map = open_stubborn(pool, unordered == 1);
        mh_result result;
        ck_assert_int_eq(mh_map_cancel(map), MH_OK);
        ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT);
        ck_assert_int_eq(mh_map_next(map, &result, mh_in_ms(10)), MH_TIMEOUT);
        open_gate(GO_ON, 1);
        result = take(map);
        ck_assert_int_eq(result.code, MH_STOPPED); // it saw the cancel
        assert_ends(map, MH_STOPPED);
        mh_map_close(map);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status wait_to_be_cancelled(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(RUNNING, 1);
    return mh_wait_cancelled(call, MH_FOREVER);
}
static const mh_routine obedient = {.name = "wait to be cancelled",
                                    .run = wait_to_be_cancelled};

START_TEST(M10_an_item_that_waits_to_be_cancelled_hears_of_it)
{
    for (int closes = 0; closes < 2; closes++) {
        set_stage();
        mh_pool *pool = open_kind(_i, 1);
        mh_map *map = open_map(pool, &obedient, mh_source_range(0, 100, 1),
                               (mh_map_options){0});
        mh_result result;
        ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT);
        pass_gate(RUNNING);
        if (closes == 0) {
            ck_assert_int_eq(mh_map_cancel(map), MH_OK);
            result = take(map);
            ck_assert_int_eq(result.outcome, MH_DONE);
            assert_ends(map, MH_STOPPED);
        }
        mh_map_close(map);
        mh_pool_close(pool);
    }
}
END_TEST

static double cpu_seconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

// The item is long asleep: the sleep is its work, nothing is synchronised by it.
static mh_status sleep_a_second(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(RUNNING, 1);
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    return mh_return(call, NULL, 0);
}
static const mh_routine sleeper = {.name = "sleep", .run = sleep_a_second};

typedef void ending(mh_pool *pool, mh_map *map);

static void close_map(mh_pool *pool, mh_map *map)
{
    (void)pool;
    mh_map_close(map);
}

static void cancel_and_read(mh_pool *pool, mh_map *map)
{
    (void)pool;
    ck_assert_int_eq(mh_map_cancel(map), MH_OK);
    take(map);
    mh_map_close(map);
}

static void read_one(mh_pool *pool, mh_map *map)
{
    (void)pool;
    take(map);
    mh_map_close(map);
}

static void end_and_read(mh_pool *pool, mh_map *map)
{
    mh_result result;
    take(map);
    mh_map_close(map);
    while (mh_pool_next(pool, &result, MH_FOREVER) == MH_OK)
        continue;
}

static ending *const endings[] = {close_map, cancel_and_read, read_one, end_and_read};
enum { ENDINGS = sizeof endings / sizeof *endings };

START_TEST(M10_waiting_takes_no_processor)
{
    set_stage();
    mh_pool *pool = open_kind(WITH_WORKERS + _i / ENDINGS, 1);
    mh_map *map = open_map(pool, &sleeper, mh_source_range(0, 1, 1), (mh_map_options){0});
    mh_result result;
    ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT);
    pass_gate(RUNNING);
    double before = cpu_seconds();
    endings[_i % ENDINGS](pool, map);
    double used = cpu_seconds() - before;
    ck_assert_msg(used < 0.3, "%.3f seconds of processor time", used);
    mh_pool_close(pool);
}
END_TEST

// ---- from another thread ------------------------------------------------------------------------

static mh_status run_until_cancelled(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(RUNNING, 1);
    while (!mh_is_cancelled(call))
        sched_yield();
    return MH_OK;
}
static const mh_routine tireless = {.name = "until cancelled", .run = run_until_cancelled};

static void *cancel_it(void *map)
{
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_map_cancel(map), MH_OK);
    return NULL;
}

START_TEST(M10_another_thread_may_cancel_while_this_one_waits)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map = open_map(pool, &tireless, mh_source_range(0, 100, 1), (mh_map_options){0});
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_it, map), 0);
    mh_result result = take(map);
    assert_done(&result, 0); // it ended in order, only early
    assert_ends(map, MH_STOPPED);
    pthread_join(thread, NULL);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M10_cancelling_one_map_leaves_the_others_alone)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    mh_map *wanted = open_map(pool, &stubborn, mh_source_range(0, 3, 1), (mh_map_options){0});
    mh_map *unwanted = open_map(pool, &stubborn, mh_source_range(0, 3, 1), (mh_map_options){0});
    ck_assert_int_eq(mh_map_cancel(unwanted), MH_OK);
    assert_ends(unwanted, MH_STOPPED);
    open_gate(GO_ON, 3);
    for (uint64_t i = 0; i < 3; i++) {
        mh_result result = take(wanted);
        assert_done(&result, i);
    }
    assert_ends(wanted, MH_END);
    mh_map_close(unwanted);
    mh_map_close(wanted);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cancelling");
    TCase *tests = add_case(suite, "kinds", 10);
    tcase_add_loop_test(tests, M10_after_a_cancel_a_deadline_still_passes_while_an_item_runs,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, M10_an_item_that_waits_to_be_cancelled_hears_of_it, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, M10_waiting_takes_no_processor, 0,
                        ENDINGS * (KINDS - WITH_WORKERS));
    tcase_add_loop_test(tests, M10_another_thread_may_cancel_while_this_one_waits, 0, KINDS);
    tcase_add_loop_test(tests, M10_cancelling_one_map_leaves_the_others_alone, 0, KINDS);
    return run_suite(suite);
}
