// Stateful workers: each is set up once, inside itself, with its own argument; keeps what it built; and
// hands back a last result when it ends.
#include <sched.h>

#include "support/stage.h"
#include "support/story.h"

enum { WORKERS = 3, ITEMS = 300, ALL_HERE = 100, SETUPS = 0 }; // places on the stage

typedef struct memory { // what a worker keeps
    int number;
    int items;
    char argument[32];
} memory;

static mh_status remember(mh_call *call, mh_bytes argument, void **state)
{
    if (mh_state(call) != NULL)
        return mh_fail(call, 1, "there was a state before setup");
    memory *self = calloc(1, sizeof *self);
    self->number = mh_worker(call);
    if (argument.size > 0)
        snprintf(self->argument, sizeof self->argument, "%s", (const char *)argument.data);
    count_up(SETUPS + self->number);
    *state = self;
    return MH_OK;
}

typedef struct note { // what it says of each item
    int worker;
    int nth; // of its items
    char argument[32];
} note;

static mh_status use_memory(mh_call *call, mh_bytes item)
{
    memory *self = mh_state(call);
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    if (number == -1)
        abort();
    if (number < WORKERS && number < counted(ALL_HERE + 1))
        meet_at_gate(0, ALL_HERE, counted(ALL_HERE + 1)); // so that each of them has an item
    note said = {.worker = mh_worker(call), .nth = ++self->items};
    memcpy(said.argument, self->argument, sizeof said.argument);
    return self->number == mh_worker(call) ? mh_return(call, &said, sizeof said)
                                           : mh_fail(call, 2, "the state of another worker");
}

static void hand_back(mh_call *call, void *state)
{
    memory *self = state;
    if (state == mh_state(call))
        mh_return(call, &self->items, sizeof self->items);
    free(self);
}
static const mh_routine stateful = {
    .name = "stateful", .setup = remember, .run = use_memory, .teardown = hand_back};

static mh_bytes arguments[WORKERS];

static void name_arguments(void)
{
    static const char *const names[WORKERS] = {"anna", "", "a name with more letters"};
    for (int i = 0; i < WORKERS; i++)
        arguments[i] = names[i][0] == '\0' ? (mh_bytes){0} : mh_bytes_of_text(names[i]);
}

static const char *argument_of(int worker)
{
    return arguments[worker].size == 0 ? "" : arguments[worker].data;
}

static mh_pool *open_stateful(int kind)
{
    name_arguments();
    set_stage();
    mh_pool_options options = options_of(kind, WORKERS);
    options.routine = &stateful;
    options.arguments = arguments;
    mh_pool *pool = open_with(&options);
    on_stage()->count[ALL_HERE + 1] = mh_pool_workers(pool);
    return pool;
}

static void assert_note(const mh_result *result, int items[WORKERS])
{
    note said = mh_result_as(note, *result);
    ck_assert_int_eq(said.worker, result->worker);
    ck_assert_str_eq(said.argument, argument_of(result->worker));
    items[result->worker]++;
}

// Each worker once, with what `items` says of it; then the end.
static void assert_last_results(mh_pool *pool, const int items[WORKERS])
{
    bool seen[WORKERS] = {false};
    mh_result last;
    for (int i = 0; i < mh_pool_workers(pool); i++) {
        ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_OK);
        ck_assert_int_eq(last.outcome, MH_DONE);
        ck_assert_int_eq((int)last.index, last.worker);
        ck_assert(!seen[last.worker]);
        seen[last.worker] = true;
        ck_assert_int_eq(mh_result_as(int, last), items[last.worker]);
    }
    ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_END);
}

START_TEST(M7_each_worker_is_set_up_once_keeps_its_state_and_hands_back_a_last_result)
{
    mh_pool *pool = open_stateful(_i);
    int items[WORKERS] = {0};
    for (int round = 0; round < 2; round++) { // the state outlives the map
        mh_map *map = open_map(pool, NULL,
                               mh_source_range(round * ITEMS, (round + 1) * ITEMS, 1),
                               (mh_map_options){.unordered = round == 1});
        for (int i = 0; i < ITEMS; i++) {
            mh_result result = take(map);
            assert_done(&result, result.index);
            assert_note(&result, items);
        }
        assert_ends(map, MH_END);
        mh_map_close(map);
    }
    assert_last_results(pool, items);
    for (int i = 0; i < WORKERS; i++) {
        ck_assert_int_eq(counted(SETUPS + i), i < mh_pool_workers(pool) ? 1 : 0);
        ck_assert(i >= mh_pool_workers(pool) || items[i] > 0);
    }
    mh_pool_close(pool);
}
END_TEST

// Which item a worker takes first is its own affair, but it counts each of them once.
START_TEST(M7_the_items_of_one_worker_are_counted_one_by_one)
{
    bool seen[ITEMS + 1] = {false};
    set_stage();
    mh_pool_options options = options_of(_i, 1);
    options.routine = &stateful;
    mh_pool *pool = open_with(&options);
    mh_map *map = open_map(pool, NULL, mh_source_range(0, ITEMS, 1), (mh_map_options){0});
    for (int i = 0; i < ITEMS; i++) {
        mh_result result = take(map);
        int nth = mh_result_as(note, result).nth;
        ck_assert_int_ge(nth, 1);
        ck_assert_int_le(nth, ITEMS);
        ck_assert(!seen[nth]);
        seen[nth] = true;
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M7_a_pool_without_work_is_set_up_and_torn_down_as_well)
{
    mh_pool *pool = open_stateful(_i);
    const int items[WORKERS] = {0};
    assert_last_results(pool, items);
    mh_pool_close(pool);
    for (int i = 0; i < (_i == SERIAL ? 1 : WORKERS); i++)
        ck_assert_int_eq(counted(SETUPS + i), 1);
}
END_TEST

START_TEST(M7_a_crashed_worker_is_set_up_again_with_its_number_and_argument)
{
    mh_pool *pool = open_stateful(_i);
    int64_t numbers[ITEMS];
    for (int i = 0; i < ITEMS; i++)
        numbers[i] = i == 100 ? -1 : 1000 + i;
    mh_map *map = open_map(pool, NULL, mh_source_array(numbers, ITEMS, sizeof *numbers),
                           (mh_map_options){0});
    int items[WORKERS] = {0}, crashed = -1;
    for (int i = 0; i < ITEMS; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(result.outcome, i == 100 ? MH_CRASHED : MH_DONE);
        crashed = i == 100 ? result.worker : crashed;
        if (i != 100)
            assert_note(&result, items);
    }
    mh_map_close(map);
    while (counted(SETUPS + crashed) < 2)
        sched_yield(); // a pool that ends replaces nobody any more
    mh_result last;
    int workers = 0;
    for (; mh_pool_next(pool, &last, MH_FOREVER) == MH_OK; workers++) {
        ck_assert_int_eq(last.outcome, MH_DONE);
        if (last.worker == crashed) // what its predecessor counted is lost
            ck_assert_int_lt(mh_result_as(int, last), items[crashed] + 1);
        else
            ck_assert_int_eq(mh_result_as(int, last), items[last.worker]);
    }
    ck_assert_int_eq(workers, WORKERS);
    for (int i = 0; i < WORKERS; i++)
        ck_assert_int_eq(counted(SETUPS + i), i == crashed ? 2 : 1);
    mh_pool_close(pool);
}
END_TEST

// The replacement has the same argument: one worker, which crashes at the first item.
START_TEST(M7_after_a_crash_the_state_is_new_and_the_argument_the_same)
{
    static const int64_t numbers[] = {1000, 1001, -1, 1003, 1004};
    name_arguments();
    set_stage();
    mh_pool_options options = options_of(_i, 1);
    options.routine = &stateful;
    options.arguments = arguments;
    mh_pool *pool = open_with(&options);
    mh_map *map = open_map(pool, NULL, mh_source_array(numbers, 5, sizeof *numbers),
                           (mh_map_options){.chunk = 5, .window = 5});
    for (int i = 0; i < 5; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(result.worker, 0);
        ck_assert_int_eq(result.outcome, i == 2 ? MH_CRASHED : MH_DONE);
        if (i != 2) {
            ck_assert_str_eq(mh_result_as(note, result).argument, "anna");
            ck_assert_int_eq(mh_result_as(note, result).nth, i < 2 ? i + 1 : i - 2);
        }
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stateful workers");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(
        tests, M7_each_worker_is_set_up_once_keeps_its_state_and_hands_back_a_last_result, 0,
        KINDS);
    tcase_add_loop_test(tests, M7_the_items_of_one_worker_are_counted_one_by_one, 0, KINDS);
    tcase_add_loop_test(tests, M7_a_pool_without_work_is_set_up_and_torn_down_as_well, 0,
                        KINDS);
    tcase_add_loop_test(tests, M7_a_crashed_worker_is_set_up_again_with_its_number_and_argument,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, M7_after_a_crash_the_state_is_new_and_the_argument_the_same,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
