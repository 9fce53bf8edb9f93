// A trace says of every item exactly once when it was queued, begun and ended, how, and by whom,
// whatever became of it.
#include <signal.h>

#include "support/heard.h"
#include "support/submitted.h"
#include "support/trace_file.h"

static trace_read trace;

enum { ITEMS = 300 };

static mh_status most_work(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    if (number % 10 == 9)
        return mh_fail(call, 1, "a tenth");
    return mh_return(call, item.data, item.size);
}
static const mh_routine mostly = {.name = "most \"work\"", .run = most_work};

static void assert_facts(mh_pool *pool)
{
    mh_trace_facts facts;
    uint64_t counts[MH_CANCELLED + 1] = {0}, nobody = 0;
    ck_assert_int_eq(mh_trace_facts_of(pool, &facts), MH_OK);
    for (int i = 0; i < trace.count; i++) {
        counts[trace.item[i].outcome]++;
        nobody += trace.item[i].worker < 0;
    }
    ck_assert_uint_eq(facts.items, (uint64_t)trace.count);
    ck_assert_uint_eq(facts.done, counts[MH_DONE]);
    ck_assert_uint_eq(facts.failed, counts[MH_FAILED]);
    ck_assert_uint_eq(facts.crashed, counts[MH_CRASHED]);
    ck_assert_uint_eq(facts.timed_out, counts[MH_TIMED_OUT]);
    ck_assert_uint_eq(facts.cancelled, counts[MH_CANCELLED]);
    ck_assert_uint_eq(facts.never_ran, nobody);
    ck_assert_uint_eq(facts.lost, trace.lost);
    ck_assert_int_eq(facts.workers, trace.workers);
    ck_assert_uint_le(facts.busy_ns, facts.wall_ns * (uint64_t)facts.workers);
    ck_assert_uint_le(facts.busy_ns, facts.run_ns);
}

// ---- maps ---------------------------------------------------------------------------------------

static void run_map(mh_pool *pool, int number, mh_map_options options)
{
    mh_result results[ITEMS];
    mh_map *map = open_map(pool, &mostly, mh_source_range(0, ITEMS, 1), options);
    for (int i = 0; i < ITEMS; i++)
        results[i] = take(map);
    read_trace(pool, &trace);
    for (int i = 0; i < ITEMS; i++)
        assert_traced_as(&trace, number, &results[i]);
    ck_assert_int_eq(count_traced(&trace, number, MH_DONE), ITEMS - ITEMS / 10);
    ck_assert_int_eq(count_traced(&trace, number, MH_FAILED), ITEMS / 10);
    mh_map_close(map);
}

START_TEST(N13_every_item_of_a_map_is_traced_once)
{
    mh_pool *pool = open_traced(_i, 2);
    run_map(pool, 1, (mh_map_options){.chunk = 1});
    ck_assert_int_eq(trace.count, ITEMS);
    ck_assert_int_eq(trace.workers, mh_pool_workers(pool));
    ck_assert(json_is_text(trace.item[0].name, "most \\u0022work\\u0022"));
    assert_facts(pool);
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_maps_are_told_apart)
{
    mh_pool *pool = open_traced(_i, 2);
    run_map(pool, 1, (mh_map_options){.chunk = 16});
    forget_trace(&trace);
    run_map(pool, 2, (mh_map_options){.unordered = true});
    ck_assert_int_eq(trace.count, 2 * ITEMS);
    assert_facts(pool);
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

// What was asked for and then left is there as well, as cancelled.
START_TEST(N13_a_map_that_is_left_early_is_traced_whole)
{
    mh_pool *pool = open_traced(_i, 2);
    mh_map *map = open_map(pool, &mostly, mh_source_range(0, ITEMS, 1),
                           (mh_map_options){.chunk = 2});
    mh_result first = take(map);
    mh_map_close(map);
    read_trace(pool, &trace);
    assert_traced_as(&trace, 1, &first);
    for (int i = 0; i < trace.count; i++) {
        const traced *item = traced_item(&trace, 1, (uint64_t)i); // none is missing between
        ck_assert_int_eq(item->worker < 0, item->outcome == MH_CANCELLED);
    }
    assert_facts(pool);
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_an_item_that_is_too_large_never_ran)
{
    mh_pool_options options = options_of(_i, 2);
    options.trace = true;
    options.item_limit = 4096;
    mh_pool *pool = open_with(&options);
    static char large[2][5000];
    mh_map *map = open_map(pool, &mostly, mh_source_array(large, 2, sizeof *large),
                           (mh_map_options){.chunk = 1});
    take(map);
    take(map);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(trace.item[i].outcome, MH_FAILED);
        ck_assert_int_eq(trace.item[i].worker, -1);
    }
    forget_trace(&trace);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- tasks --------------------------------------------------------------------------------------

START_TEST(N13_every_task_is_traced_once)
{
    enum { TASKS = 60 };
    mh_pool *pool = open_traced(_i, 2);
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit_with(pool, &mostly, i, &(mh_task_options){.priority = i % 3});
    mh_result results[TASKS];
    for (int i = 0; i < TASKS; i++)
        results[i] = wait_for(tasks[i]);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, TASKS);
    for (int i = 0; i < TASKS; i++)
        assert_traced_as(&trace, 0, &results[i]);
    assert_facts(pool);
    forget_trace(&trace);
    for (int i = 0; i < TASKS; i++)
        mh_task_drop(tasks[i]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_tasks_submitted_together_are_traced_each)
{
    enum { INPUTS = 100, CHUNK = 7 };
    int64_t inputs[INPUTS];
    mh_task *tasks[INPUTS];
    size_t made = 0;
    mh_pool *pool = open_traced(_i, 2);
    for (int i = 0; i < INPUTS; i++)
        inputs[i] = i;
    ck_assert_int_eq(mh_submit_each(pool, &mostly, inputs, INPUTS, sizeof *inputs, CHUNK, NULL,
                                    tasks, &made),
                     MH_OK);
    for (size_t i = 0; i < made; i++)
        assert_waits(tasks[i]);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, INPUTS);
    for (size_t i = 0; i < made; i++) {
        for (size_t part = 0; part < mh_task_parts(tasks[i]); part++) {
            mh_result result;
            ck_assert_int_eq(mh_task_part(tasks[i], part, &result), MH_OK);
            assert_traced_as(&trace, 0, &result);
        }
        mh_task_drop(tasks[i]);
    }
    ck_assert_int_eq(count_traced(&trace, 0, MH_FAILED), INPUTS / 10);
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_cancelled_tasks_never_ran)
{
    enum { TASKS = 5 };
    set_stage();
    mh_pool *pool = open_traced(_i, 1);
    mh_task *busy = occupy(pool, 0), *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit(pool, &echo, i);
    for (int i = 1; i < TASKS; i++)
        ck_assert_int_eq(mh_task_cancel(tasks[i]), MH_OK);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(busy), 0);
    ck_assert_int_eq(number_of(tasks[0]), 0);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, 1 + TASKS);
    for (int i = 1; i < TASKS; i++) {
        mh_result result = wait_for(tasks[i]);
        ck_assert_int_eq(result.outcome, MH_CANCELLED);
        assert_traced_as(&trace, 0, &result);
        mh_task_drop(tasks[i]);
    }
    assert_facts(pool);
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

// A task that waits for another runs it itself: on its track, inside it.
static mh_pool *here;

static mh_status sum_up(mh_call *call, mh_bytes item);
static const mh_routine summing = {.name = "sum up", .run = sum_up};

static mh_status sum_up(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    if (number > 0)
        number += number_of(submit(here, &summing, number - 1));
    return mh_return(call, &number, sizeof number);
}

START_TEST(N13_a_task_inside_a_task_is_traced_inside_it)
{
    enum { DEPTH = 10 };
    here = open_traced(_i, 1);
    ck_assert_int_eq(number_of(submit(here, &summing, DEPTH)), DEPTH * (DEPTH + 1) / 2);
    read_trace(here, &trace);
    ck_assert_int_eq(trace.count, DEPTH + 1);
    const traced *outer = traced_item(&trace, 0, 0);
    for (int i = 1; i <= DEPTH; i++) {
        const traced *inner = traced_item(&trace, 0, (uint64_t)i);
        ck_assert_int_eq(inner->worker, outer->worker);
        ck_assert(inner->began >= outer->began - 0.002);
        ck_assert(inner->ended <= outer->ended + 0.002);
        outer = inner;
    }
    mh_trace_facts facts;
    assert_facts(here);
    mh_trace_facts_of(here, &facts);
    ck_assert_uint_lt(facts.busy_ns, facts.run_ns);
    forget_trace(&trace);
    mh_pool_close(here);
}
END_TEST

// ---- deaths -------------------------------------------------------------------------------------

static mh_status most_survive(mh_call *call, mh_bytes item)
{
    if (*(const int64_t *)item.data % 16 == 5)
        raise(SIGKILL);
    return mh_return(call, item.data, item.size);
}
static const mh_routine deadly = {.name = "deadly", .run = most_survive};

START_TEST(N13_a_crash_is_on_the_track_of_who_crashed)
{
    enum { FEW = 64 };
    mh_result results[FEW];
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_traced(_i % KINDS, 2);
    mh_map *map = open_map(pool, &deadly, mh_source_range(0, FEW, 1),
                           (mh_map_options){.chunk = _i < KINDS ? 1 : 8});
    for (int i = 0; i < FEW; i++)
        results[i] = take(map);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, FEW);
    for (int i = 0; i < FEW; i++)
        assert_traced_as(&trace, 1, &results[i]);
    ck_assert_int_eq(count_traced(&trace, 1, MH_CRASHED), FEW / 16);
    assert_facts(pool);
    forget_trace(&trace);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_a_task_that_is_killed_was_begun)
{
    set_stage();
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_traced(_i, 1);
    mh_task *first = submit(pool, &echo, 0);
    assert_waits(first);
    mh_task *task = occupy(pool, 1);
    ck_assert_int_eq(mh_task_kill(task), MH_OK);
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.outcome, MH_CANCELLED);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, 2);
    assert_traced_as(&trace, 0, &result);
    ck_assert_int_eq(traced_item(&trace, 0, 1)->worker, 0);
    ck_assert(traced_item(&trace, 0, 1)->began >= traced_item(&trace, 0, 0)->ended - 0.002);
    assert_facts(pool);
    forget_trace(&trace);
    mh_task_drop(first);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

// ---- workers ------------------------------------------------------------------------------------

START_TEST(N13_workers_that_came_later_have_tracks_too)
{
    set_stage();
    mh_pool *pool = open_traced(_i, 1);
    ck_assert_int_eq(mh_pool_resize(pool, 3), MH_OK);
    mh_task *tasks[3];
    for (int i = 0; i < 3; i++)
        tasks[i] = occupy(pool, i);
    open_gate(GO_ON, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, 3);
    ck_assert_int_eq(trace.workers, 3);
    assert_facts(pool);
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_a_pool_that_did_nothing_has_a_trace)
{
    mh_pool *pool = open_traced(_i, 2);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, 0);
    ck_assert_int_eq(trace.workers, mh_pool_workers(pool));
    assert_facts(pool);
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_checked_fixture(tests, NULL, remove_places);
    tcase_add_loop_test(tests, N13_every_item_of_a_map_is_traced_once, 0, KINDS);
    tcase_add_loop_test(tests, N13_maps_are_told_apart, 0, KINDS);
    tcase_add_loop_test(tests, N13_a_map_that_is_left_early_is_traced_whole, 0, KINDS);
    tcase_add_loop_test(tests, N13_an_item_that_is_too_large_never_ran, 0, KINDS);
    tcase_add_loop_test(tests, N13_every_task_is_traced_once, 0, KINDS);
    tcase_add_loop_test(tests, N13_tasks_submitted_together_are_traced_each, 0, KINDS);
    tcase_add_loop_test(tests, N13_cancelled_tasks_never_ran, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, N13_a_task_inside_a_task_is_traced_inside_it, SERIAL, FORKED);
    tcase_add_loop_test(tests, N13_a_crash_is_on_the_track_of_who_crashed, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(tests, N13_a_crash_is_on_the_track_of_who_crashed,
                        KINDS + WITH_PROCESSES, 2 * KINDS);
    tcase_add_loop_test(tests, N13_a_task_that_is_killed_was_begun, WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N13_workers_that_came_later_have_tracks_too, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, N13_a_pool_that_did_nothing_has_a_trace, 0, KINDS);
    return run_suite(suite);
}
