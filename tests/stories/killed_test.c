// Killed from outside: workers while they run and while they are idle, and the process that looks after
// them. Nothing hangs, and what was lost is told.
#include <signal.h>

#include "support/heard.h"
#include "support/submitted.h"
#include "support/traces.h"

enum { WORKERS = 2, READY = 0, BLOCKED = 1, NEVER = 2 }; // gates
enum { SETUPS = 0, MET = 10 };                           // places on the stage

static mh_status announce(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    on_stage()->pid[mh_worker(call)] = getpid();
    count_up(SETUPS + mh_worker(call));
    open_gate(READY, 1);
    return MH_OK;
}

// What an item does to others.
enum deed { NOTHING, BLOCK, KILL_BLOCKED, MEET };

static mh_status act(mh_call *call, mh_bytes item)
{
    switch (*(const int *)item.data) {
    case BLOCK:
        on_stage()->pid[100] = getpid();
        open_gate(BLOCKED, 1);
        pass_gate(NEVER);
        break;
    case KILL_BLOCKED:
        pass_gate(BLOCKED);
        kill(on_stage()->pid[100], SIGKILL);
        break;
    case MEET:
        meet_at_gate(3, MET, WORKERS);
        break;
    default:
        break;
    }
    return mh_return(call, item.data, item.size);
}
static const mh_routine acting = {.name = "act", .setup = announce, .run = act};

static mh_pool *open_acting(int kind)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool_options options = options_of(kind, WORKERS);
    options.routine = &acting;
    mh_pool *pool = open_with(&options);
    for (int i = 0; i < WORKERS; i++)
        pass_gate(READY);
    return pool;
}

START_TEST(N1_a_worker_killed_while_it_runs_fails_the_one_item_it_ran)
{
    enum { ITEMS = 64, VICTIM = 21, KILLER = 40 };
    int deeds[ITEMS] = {[VICTIM] = BLOCK, [KILLER] = KILL_BLOCKED};
    mh_pool *pool = open_acting(_i);
    mh_map *map = open_map(pool, NULL, mh_source_array(deeds, ITEMS, sizeof *deeds),
                           (mh_map_options){.chunk = 16});
    for (uint64_t i = 0; i < ITEMS; i++) {
        mh_result result = take(map);
        ck_assert_uint_eq(result.index, i);
        ck_assert_int_eq(result.outcome, i == VICTIM ? MH_CRASHED : MH_DONE);
        if (i == VICTIM) {
            ck_assert_int_eq(result.signal, SIGKILL);
            ck_assert_int_eq(result.pid, on_stage()->pid[100]);
        }
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// Two items that wait for each other need both workers again.
START_TEST(N1_a_worker_killed_while_idle_is_replaced_and_nothing_has_crashed)
{
    static const int deeds[] = {MEET, MEET, NOTHING};
    mh_pool *pool = open_acting(_i);
    for (int round = 0; round < 6; round++) {
        int victim = round % WORKERS;
        ck_assert_int_eq(kill(on_stage()->pid[victim], SIGKILL), 0);
        pass_gate(READY); // its successor is set up
        on_stage()->count[MET] = 0;
        mh_map *map = open_map(pool, NULL, mh_source_array(deeds, 3, sizeof *deeds),
                               (mh_map_options){.chunk = 1});
        for (uint64_t i = 0; i < 3; i++) {
            mh_result result = take(map);
            assert_done(&result, i);
        }
        mh_map_close(map);
    }
    ck_assert_int_eq(counted(SETUPS), 4);
    ck_assert_int_eq(counted(SETUPS + 1), 4);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N1_all_idle_workers_killed_at_once_are_replaced)
{
    static const int deeds[] = {MEET, MEET, NOTHING};
    mh_pool *pool = open_acting(_i);
    for (int i = 0; i < WORKERS; i++)
        ck_assert_int_eq(kill(on_stage()->pid[i], SIGKILL), 0);
    mh_map *map = open_map(pool, NULL, mh_source_array(deeds, 3, sizeof *deeds),
                           (mh_map_options){.chunk = 1});
    for (uint64_t i = 0; i < 3; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- the nursery --------------------------------------------------------------------------------

static void assert_nobody_left(mh_pool *pool)
{
    static const int deed = NOTHING;
    mh_source source = mh_source_array(&deed, 1, sizeof deed);
    mh_map *map;
    listen_to_log(MH_LOG_WARNING);
    ck_assert_int_eq(mh_map_open(&map, pool, NULL, &source, NULL), MH_BROKEN);
    ck_assert_msg(was_heard("looks after the workers was killed"), "%s", heard.text);
    mh_result last;
    ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_END);
    mh_pool_close(pool);
}

START_TEST(N1_when_the_nursery_is_killed_the_map_is_broken)
{
    enum { ITEMS = 30 };
    static const int deeds[ITEMS] = {[5] = BLOCK, [6] = BLOCK};
    traces before = count_traces();
    before.fds += 1 + 2 * GATES; // the stage
    mh_pool *pool = open_acting(_i);
    mh_map *map = open_map(pool, NULL, mh_source_array(deeds, ITEMS, sizeof *deeds),
                           (mh_map_options){.chunk = 1});
    uint64_t i = 0;
    for (; i < 5; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
    }
    pass_gate(BLOCKED);
    pass_gate(BLOCKED);
    ck_assert_int_eq(kill(child_of_mine(), SIGKILL), 0);
    mh_result result;
    for (; mh_map_next(map, &result, MH_FOREVER) == MH_OK; i++) {
        ck_assert_uint_eq(result.index, i);
        ck_assert_int_eq(result.outcome, i < 7 ? MH_CRASHED : MH_CANCELLED);
        ck_assert_str_eq(result.message,
                         i < 7 ? "the worker was killed by SIGKILL"
                               : "the process that looks after the workers was killed");
        ck_assert_int_eq(result.worker == -1, i >= 7);
    }
    ck_assert_uint_ge(i, 7);
    ck_assert_uint_eq(mh_map_count(map), i);
    assert_ends(map, MH_BROKEN);
    mh_map_close(map);
    assert_nobody_left(pool);
    assert_no_traces(&before);
}
END_TEST

// Blocked in mh_map_next is how a death finds most programs.
static mh_status kill_grandparent(mh_call *call, mh_bytes item)
{
    (void)item;
    if (mh_index(call) == 0) // whoever comes later may have another parent
        kill(getppid(), SIGKILL);
    while (pause() < 0)
        continue; // this process is about to be killed, too
    return MH_OK;
}
static const mh_routine parricide = {.name = "kill the nursery", .run = kill_grandparent};

START_TEST(N1_when_the_nursery_is_killed_whoever_waits_wakes_up)
{
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, WORKERS);
    mh_map *map = open_map(pool, &parricide, mh_source_range(0, 1, 1), (mh_map_options){0});
    mh_result result = take(map);
    ck_assert_int_eq(result.outcome, MH_CRASHED);
    ck_assert_int_eq(result.signal, SIGKILL);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N1_a_map_that_was_done_before_the_nursery_was_killed_is_not_broken)
{
    static const int deeds[3] = {NOTHING};
    mh_pool *pool = open_acting(_i);
    mh_map *map = open_map(pool, NULL, mh_source_array(deeds, 3, sizeof *deeds),
                           (mh_map_options){0});
    for (uint64_t i = 0; i < 3; i++)
        take(map);
    assert_ends(map, MH_END);
    ck_assert_int_eq(kill(child_of_mine(), SIGKILL), 0);
    mh_result last;
    mh_map_close(map);
    while (mh_pool_next(pool, &last, MH_FOREVER) == MH_OK)
        continue;
    mh_pool_close(pool);
}
END_TEST

// Nobody is left who could bring them into the world.
START_TEST(N1_when_the_nursery_is_killed_no_more_workers_come)
{
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    ck_assert_int_eq(kill(child_of_mine(), SIGKILL), 0);
    await_workers(pool, 0);
    ck_assert_int_eq(mh_pool_resize(pool, 2), MH_OK);
    ck_assert_int_eq(facts_of(pool).workers, 0);
    mh_result last;
    ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_END);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("killed from outside");
    TCase *tests = add_case(suite, "processes", 20);
    tcase_add_loop_test(tests, N1_a_worker_killed_while_it_runs_fails_the_one_item_it_ran,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests,
                        N1_a_worker_killed_while_idle_is_replaced_and_nothing_has_crashed,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N1_all_idle_workers_killed_at_once_are_replaced, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(tests, N1_when_the_nursery_is_killed_the_map_is_broken, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(tests, N1_when_the_nursery_is_killed_whoever_waits_wakes_up,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests,
                        N1_a_map_that_was_done_before_the_nursery_was_killed_is_not_broken,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N1_when_the_nursery_is_killed_no_more_workers_come,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
