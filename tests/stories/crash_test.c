// Crashes: whichever way a task takes its process with it, it fails alone and is told of; a fresh worker
// with the same number takes its place, and everything else is done.
#include <sched.h>

#include "support/deaths.h"
#include "support/heard.h"
#include "support/stage.h"
#include "support/story.h"

enum { WORKERS = 2, ITEMS = 64, CHUNK = 16, VICTIM = 21 };
enum { SETUPS = 0, VICTIM_IS = 10, DEATH = 11, RAN = 20 }; // places on the stage

static mh_status count_setup(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    count_up(SETUPS + mh_worker(call));
    on_stage()->pid[mh_worker(call)] = getpid();
    return MH_OK;
}

static mh_status run_or_die(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    count_up(RAN + (int)number);
    if (number == VICTIM) {
        on_stage()->pid[VICTIM_IS] = getpid();
        on_stage()->count[VICTIM_IS] = mh_worker(call);
        mh_return(call, "half a result", 14);
        deaths[counted(DEATH)].die();
    }
    return mh_return(call, &number, sizeof number);
}

static void say_number(mh_call *call, void *state)
{
    (void)state;
    int pid = getpid();
    mh_return(call, &pid, sizeof pid);
}
static const mh_routine mortal = {
    .name = "run or die", .setup = count_setup, .run = run_or_die, .teardown = say_number};

static mh_pool *open_mortal(int kind)
{
    listen_to_log(MH_LOG_WARNING);
    set_stage();
    mh_pool_options options = options_of(kind, WORKERS);
    options.routine = &mortal;
    return open_with(&options);
}

static void assert_crash(const mh_result *result, const struct death *death)
{
    ck_assert_int_eq(result->outcome, MH_CRASHED);
    ck_assert_int_eq(result->signal, death->signal);
    ck_assert_int_eq(result->exit_code, death->exit_code);
    ck_assert_str_eq(result->message, death->words);
    ck_assert_int_eq(result->worker, counted(VICTIM_IS));
    ck_assert_int_eq(result->pid, on_stage()->pid[VICTIM_IS]);
    ck_assert_uint_eq(result->attempt, 1);
    ck_assert_ptr_null(result->data);
    ck_assert_uint_eq(result->size, 0);
}

// Ending the pool proves that each seat has a worker again, and that the dead one's is another. A pool that
// ends does not replace the dead any more, so the successor's setup is awaited first.
static void assert_replaced(mh_pool *pool)
{
    mh_result last;
    int seen = 0, victim = counted(VICTIM_IS);
    while (counted(SETUPS + victim) < 2)
        sched_yield();
    for (; mh_pool_next(pool, &last, MH_FOREVER) == MH_OK; seen |= 1 << last.worker) {
        assert_done(&last, (uint64_t)last.worker);
        ck_assert_int_eq(mh_result_as(int, last), on_stage()->pid[last.worker]);
        ck_assert_int_ne(mh_result_as(int, last), on_stage()->pid[VICTIM_IS]);
        ck_assert_int_eq(counted(SETUPS + last.worker), last.worker == victim ? 2 : 1);
    }
    ck_assert_int_eq(seen, (1 << WORKERS) - 1);
}

static void assert_one_crash(mh_map *map, const struct death *death)
{
    for (uint64_t i = 0; i < ITEMS; i++) {
        mh_result result = take(map);
        ck_assert_uint_eq(result.index, i);
        if (i == VICTIM)
            assert_crash(&result, death);
        else
            assert_done(&result, i);
        if (i != VICTIM)
            ck_assert_int_eq(mh_result_as(int64_t, result), (int64_t)i);
        ck_assert_int_eq(counted(RAN + (int)i), 1); // nothing ran twice
    }
    assert_ends(map, MH_END);
}

START_TEST(N1_exactly_the_running_item_crashes_and_the_rest_of_its_chunk_is_done)
{
    mh_pool *pool = open_mortal(WITH_PROCESSES + _i / DEATHS);
    on_stage()->count[DEATH] = _i % DEATHS;
    mh_map *map = open_map(pool, NULL, mh_source_range(0, ITEMS, 1),
                           (mh_map_options){.chunk = CHUNK});
    assert_one_crash(map, &deaths[_i % DEATHS]);
    mh_map_close(map);
    assert_replaced(pool);
    mh_pool_close(pool);
    char words[100];
    snprintf(words, sizeof words, "worker %d (pid %d), running item %d: ", counted(VICTIM_IS),
             atomic_load(&on_stage()->pid[VICTIM_IS]), VICTIM);
    ck_assert_msg(was_heard(words) && was_heard(deaths[_i % DEATHS].words), "%s", heard.text);
}
END_TEST

START_TEST(N1_with_one_worker_its_successor_does_the_rest)
{
    mh_pool_options options = options_of(_i, 1);
    options.routine = &mortal;
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_with(&options);
    mh_map *map = open_map(pool, NULL, mh_source_range(0, ITEMS, 1),
                           (mh_map_options){.chunk = ITEMS});
    assert_one_crash(map, &deaths[0]);
    ck_assert_int_eq(counted(SETUPS), 2);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N1_under_defer_a_crash_is_an_error_like_any_other)
{
    mh_pool *pool = open_mortal(_i);
    on_stage()->count[DEATH] = 1;
    mh_map *map = open_map(pool, NULL, mh_source_range(0, ITEMS, 1),
                           (mh_map_options){.chunk = 5, .on_error = MH_ON_ERROR_DEFER});
    for (uint64_t i = 0; i < ITEMS; i++)
        if (i != VICTIM) {
            mh_result result = take(map);
            assert_done(&result, i);
        }
    assert_ends(map, MH_ERRORS);
    ck_assert_uint_eq(mh_map_errors(map), 1);
    mh_result error;
    ck_assert_int_eq(mh_map_error(map, 0, &error), MH_OK);
    ck_assert_uint_eq(error.index, VICTIM);
    assert_crash(&error, &deaths[1]);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N1_under_stop_a_crash_stops_the_map)
{
    mh_pool *pool = open_mortal(_i);
    mh_map *map = open_map(
        pool, NULL, mh_source_range(0, INT64_MAX, 1),
        (mh_map_options){.chunk = 5, .window = 20, .on_error = MH_ON_ERROR_STOP});
    mh_result result;
    while (mh_map_next(map, &result, MH_FOREVER) == MH_OK) {
        assert_done(&result, result.index);
        ck_assert_uint_lt(result.index, VICTIM + 20);
        ck_assert_uint_ne(result.index, VICTIM);
    }
    assert_ends(map, MH_ERRORS);
    ck_assert_uint_eq(mh_map_errors(map), 1);
    ck_assert_int_eq(mh_map_error(map, 0, &result), MH_OK);
    assert_crash(&result, &deaths[0]);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- one after the other ------------------------------------------------------------------------

static mh_status die(mh_call *call, mh_bytes item)
{
    (void)item;
    deaths[mh_index(call) % (DEATHS - 1)].die(); // the last one takes long
    return MH_OK;
}
static const mh_routine dying = {.name = "die", .run = die};

START_TEST(N1_a_pool_survives_any_number_of_crashes)
{
    enum { CRASHES = 60 };
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 3);
    mh_map *map = open_map(pool, &dying, mh_source_range(0, CRASHES, 1), (mh_map_options){0});
    for (uint64_t i = 0; i < CRASHES; i++) {
        mh_result result = take(map);
        ck_assert_uint_eq(result.index, i);
        ck_assert_int_eq(result.outcome, MH_CRASHED);
        ck_assert_str_eq(result.message, deaths[i % (DEATHS - 1)].words);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crashes");
    TCase *tests = add_case(suite, "processes", 30);
    tcase_add_loop_test(tests,
                        N1_exactly_the_running_item_crashes_and_the_rest_of_its_chunk_is_done,
                        0, DEATHS * (KINDS - WITH_PROCESSES));
    tcase_add_loop_test(tests, N1_with_one_worker_its_successor_does_the_rest, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(tests, N1_under_defer_a_crash_is_an_error_like_any_other,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N1_under_stop_a_crash_stops_the_map, WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N1_a_pool_survives_any_number_of_crashes, WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
