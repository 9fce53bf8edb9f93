// Mixed workers: a routine of its own for each, some plain, some with a state.
#include "support/stage.h"
#include "support/story.h"

enum { WORKERS = 4 };

static mh_status say(mh_call *call, const char *who)
{
    int64_t index = (int64_t)mh_index(call);
    if (index < counted(1))
        meet_at_gate(0, 0, counted(1)); // so that every worker says something
    char words[64];
    snprintf(words, sizeof words, "%s %d", who, (int)index);
    return mh_return(call, words, strlen(words) + 1);
}

static mh_status be_plain(mh_call *call, mh_bytes item)
{
    (void)item;
    return say(call, mh_state(call) == NULL ? "plain" : "a state that nobody made");
}

static mh_status get_name(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    *state = strdup(argument.data);
    return MH_OK;
}

// For the worker without a teardown, who could not free it; there is one of them.
static mh_status keep_name(mh_call *call, mh_bytes argument, void **state)
{
    static char name[16];
    (void)call;
    memcpy(name, argument.data, argument.size);
    *state = name;
    return MH_OK;
}

static mh_status be_somebody(mh_call *call, mh_bytes item)
{
    (void)item;
    return say(call, mh_state(call));
}

static void say_goodbye(mh_call *call, void *state)
{
    mh_return(call, state, strlen(state) + 1);
    free(state);
}

static const mh_routine plain = {.name = "plain", .run = be_plain};
static const mh_routine silent = {.name = "silent", .setup = keep_name, .run = be_somebody};
static const mh_routine polite = {
    .name = "polite", .setup = get_name, .run = be_somebody, .teardown = say_goodbye};

static const char *const names[WORKERS] = {"plain", "berta", "plain", "carla"};

static mh_pool *open_mixed(int kind)
{
    const mh_routine *const routines[WORKERS] = {&plain, &silent, &plain, &polite};
    const mh_bytes arguments[WORKERS] = {
        [1] = mh_bytes_of_text(names[1]), [3] = mh_bytes_of_text(names[3])};
    mh_pool_options options = options_of(kind, WORKERS);
    options.routines = routines;
    options.arguments = arguments;
    set_stage();
    mh_pool *pool = open_with(&options);
    on_stage()->count[1] = mh_pool_workers(pool);
    return pool;
}

START_TEST(M8_each_worker_runs_the_routine_it_was_given)
{
    mh_pool *pool = open_mixed(_i);
    bool heard[WORKERS] = {false};
    mh_map *map = open_map(pool, NULL, mh_source_range(0, 200, 1), (mh_map_options){0});
    for (uint64_t i = 0; i < 200; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
        char wanted[64];
        snprintf(wanted, sizeof wanted, "%s %d", names[result.worker], (int)i);
        ck_assert_str_eq(result.data, wanted);
        heard[result.worker] = true;
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    for (int i = 0; i < mh_pool_workers(pool); i++)
        ck_assert(heard[i]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M8_only_those_with_a_teardown_give_a_last_result)
{
    mh_pool *pool = open_mixed(_i);
    mh_result last;
    if (_i != SERIAL) { // whose one worker is plain
        ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_OK);
        ck_assert_int_eq(last.worker, 3);
        ck_assert_str_eq(last.data, "carla");
    }
    ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_END);
    mh_pool_close(pool);
}
END_TEST

static int twice(int number)
{
    return 2 * number;
}
MH_ROUTINE(twice_each, twice, int, int);

START_TEST(M8_a_map_may_bring_a_plain_routine_of_its_own)
{
    mh_pool *pool = open_mixed(_i);
    static const int numbers[] = {1, 2, 3, 4, 5};
    mh_map *map = open_map(pool, &twice_each, mh_source_array(numbers, 5, sizeof *numbers),
                           (mh_map_options){0});
    for (int i = 0; i < 5; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(mh_result_as(int, result), 2 * numbers[i]);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mixed workers");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M8_each_worker_runs_the_routine_it_was_given, 0, KINDS);
    tcase_add_loop_test(tests, M8_only_those_with_a_teardown_give_a_last_result, 0, KINDS);
    tcase_add_loop_test(tests, M8_a_map_may_bring_a_plain_routine_of_its_own, 0, KINDS);
    return run_suite(suite);
}
