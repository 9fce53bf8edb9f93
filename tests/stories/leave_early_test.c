// Leaving early: at any point, in any order of closing, nothing of the library is left behind.
#include "support/stage.h"
#include "support/story.h"
#include "support/traces.h"

enum { ITEMS = 12 };

static mh_status remember(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    *state = malloc(100);
    return MH_OK;
}

static mh_status give_back(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size);
}

static void forget(mh_call *call, void *state)
{
    (void)call;
    free(state);
}
static const mh_routine stateful = {
    .name = "stateful", .setup = remember, .run = give_back, .teardown = forget};

static mh_pool *open_stateful(int kind)
{
    mh_pool_options options = options_of(kind, 3);
    options.routine = &stateful;
    return open_with(&options);
}

static void read_some(mh_map *map, int results)
{
    for (int i = 0; i < results; i++)
        ck_assert_int_eq(take(map).outcome, MH_DONE);
}

START_TEST(M10_a_map_may_be_left_after_any_number_of_results)
{
    traces before = count_traces();
    for (int results = 0; results <= ITEMS; results++) {
        mh_pool *pool = open_stateful(_i);
        mh_map *map = open_map(pool, NULL, mh_source_range(0, ITEMS, 1),
                               (mh_map_options){.unordered = results % 2 == 1});
        read_some(map, results);
        mh_map_close(map);
        mh_pool_close(pool);
        assert_no_traces(&before);
    }
}
END_TEST

START_TEST(M10_the_pool_may_be_closed_before_its_maps)
{
    traces before = count_traces();
    for (int results = 0; results <= ITEMS; results += 4) {
        mh_pool *pool = open_stateful(_i);
        mh_source source = mh_source_range(0, ITEMS, 1);
        mh_map *first = open_map(pool, NULL, source, (mh_map_options){.unbounded = true});
        mh_map *second = open_map(pool, NULL, source, (mh_map_options){.window = 5});
        read_some(first, results);
        read_some(second, 3);
        mh_pool_close(pool);
        mh_result result;
        mh_status status;
        while ((status = mh_map_next(first, &result, MH_FOREVER)) == MH_OK)
            ck_assert_int_eq(result.outcome, MH_DONE); // what was there
        ck_assert(status == MH_STOPPED || (status == MH_END && results == ITEMS));
        mh_map_close(first);
        mh_map_close(second);
        assert_no_traces(&before);
    }
}
END_TEST

START_TEST(M10_an_endless_map_may_be_left_and_the_pool_used_again)
{
    traces before = count_traces();
    mh_pool *pool = open_stateful(_i);
    traces open = count_traces();
    for (int round = 0; round < 50; round++) {
        mh_map *map = open_map(pool, NULL, mh_source_range(INT64_MIN, INT64_MAX, 1),
                               (mh_map_options){.unordered = round % 2 == 0});
        read_some(map, round);
        mh_map_close(map);
    }
    ck_assert_int_eq(count_traces().fds, open.fds);
    ck_assert_int_eq(count_traces().processes, open.processes);
    mh_pool_close(pool);
    assert_no_traces(&before);
}
END_TEST

// ---- while items run ----------------------------------------------------------------------------

static mh_status run_until_cancelled(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(0, 1); // it runs
    while (!mh_is_cancelled(call))
        sched_yield();
    return mh_fail(call, count_up(0), "cancelled");
}
static const mh_routine tireless = {.name = "until cancelled", .run = run_until_cancelled};

static mh_map *open_running(mh_pool *pool)
{
    mh_map *map = open_map(pool, &tireless, mh_source_range(0, 100, 1), (mh_map_options){0});
    mh_result result;
    ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT);
    for (int i = 0; i < 3; i++)
        pass_gate(0);
    return map;
}

START_TEST(M10_closing_a_map_asks_what_runs_to_stop_and_starts_nothing_more)
{
    traces before = count_traces();
    set_stage();
    before.fds += 1 + 2 * GATES;
    mh_pool *pool = open_kind(_i, 3);
    mh_map_close(open_running(pool));
    ck_assert_int_eq(counted(0), 3);
    mh_pool_close(pool);
    assert_no_traces(&before);
}
END_TEST

START_TEST(M10_closing_a_pool_asks_what_runs_to_stop_and_starts_nothing_more)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 3);
    mh_map *map = open_running(pool);
    mh_pool_close(pool);
    ck_assert_int_eq(counted(0), 3);
    mh_result result;
    for (uint64_t i = 0; i < 3; i++) { // what ran is still handed out
        result = take(map);
        ck_assert_uint_eq(result.index, i);
        ck_assert_str_eq(result.message, "cancelled");
    }
    assert_ends(map, MH_STOPPED);
    mh_map_close(map);
}
END_TEST

START_TEST(M10_a_cancelled_map_hands_out_what_ran_and_has_stopped)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 3);
    mh_map *map = open_running(pool);
    ck_assert_int_eq(mh_map_cancel(map), MH_OK);
    ck_assert_int_eq(mh_map_cancel(map), MH_OK);
    for (uint64_t i = 0; i < 3; i++) {
        mh_result result = take(map);
        ck_assert_uint_eq(result.index, i);
        ck_assert_int_eq(result.outcome, MH_FAILED);
    }
    assert_ends(map, MH_STOPPED);
    ck_assert_int_eq(counted(0), 3);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leaving early");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M10_a_map_may_be_left_after_any_number_of_results, 0, KINDS);
    tcase_add_loop_test(tests, M10_the_pool_may_be_closed_before_its_maps, 0, KINDS);
    tcase_add_loop_test(tests, M10_an_endless_map_may_be_left_and_the_pool_used_again, 0,
                        KINDS);
    tcase_add_loop_test(tests, M10_closing_a_map_asks_what_runs_to_stop_and_starts_nothing_more,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests,
                        M10_closing_a_pool_asks_what_runs_to_stop_and_starts_nothing_more,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, M10_a_cancelled_map_hands_out_what_ran_and_has_stopped,
                        WITH_WORKERS, KINDS);
    return run_suite(suite);
}
