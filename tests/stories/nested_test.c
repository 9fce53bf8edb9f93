// Maps inside tasks: on the pool that runs the task a clear refusal, on another pool as anywhere.
#include "support/heard.h"
#include "support/story.h"

static int64_t square(int64_t number)
{
    return number * number;
}
MH_ROUTINE(square_each, square, int64_t, int64_t);

// ---- the own pool -------------------------------------------------------------------------------

typedef struct outer {
    mh_pool *pool;
    mh_map *map; // NULL in a worker process, which was there before the map
} outer;

typedef struct answers {
    mh_status map_open, map_next, pool_end, pool_next, map_array;
} answers;

static mh_status use_own_pool(mh_call *call, mh_bytes item)
{
    outer own;
    memcpy(&own, item.data, sizeof own);
    mh_log_limit(MH_LOG_OFF);
    mh_source source = mh_source_range(0, 3, 1);
    mh_map *map;
    mh_result result;
    int64_t numbers[1] = {0};
    answers told = {
        .map_open = mh_map_open(&map, own.pool, &square_each, &source, NULL),
        .map_next = own.map == NULL ? MH_FORKED : mh_map_next(own.map, &result, MH_FOREVER),
        .pool_end = mh_pool_end(own.pool),
        .pool_next = mh_pool_next(own.pool, &result, MH_FOREVER),
        .map_array = mh_map_array(own.pool, &square_each, numbers, 1, 8, numbers, 8, NULL)};
    if (told.map_open == MH_DEADLOCK) { // then these are refused, too, and do no harm
        mh_map_close(own.map);
        mh_pool_close(own.pool);
    }
    return mh_return(call, &told, sizeof told);
}
static const mh_routine selfish = {.name = "use own pool", .run = use_own_pool};

// In a forked worker both are true: it would wait for itself, and the pool is its parent's.
static void assert_refused(int kind, mh_status status)
{
    ck_assert_msg(status == MH_DEADLOCK || (kind == FORKED && status == MH_FORKED), "%s",
                  mh_status_text(status));
}

static mh_status give_outer(void *context, mh_bytes *item)
{
    outer *self = context;
    *item = (mh_bytes){.data = self, .size = sizeof *self};
    return MH_OK;
}

START_TEST(N6_a_task_that_uses_its_own_pool_is_refused)
{
    outer own = {.pool = open_kind(_i, 2)};
    mh_map *map = open_map(own.pool, &selfish, mh_source_of(give_outer, &own),
                           (mh_map_options){.window = 4});
    own.map = _i < WITH_PROCESSES ? map : NULL;
    for (int i = 0; i < 10; i++) {
        mh_result result = take(map);
        answers told = mh_result_as(answers, result);
        assert_done(&result, (uint64_t)i);
        assert_refused(_i, told.map_open);
        assert_refused(_i, told.map_next);
        assert_refused(_i, told.pool_end);
        assert_refused(_i, told.pool_next);
        assert_refused(_i, told.map_array);
    }
    mh_map_close(map);
    int64_t numbers[] = {2, 3};
    ck_assert_int_eq(mh_map_array(own.pool, &square_each, numbers, 2, 8, numbers, 8, NULL),
                     MH_OK);
    ck_assert_int_eq(numbers[1], 9);
    mh_pool_close(own.pool);
}
END_TEST

static mh_status set_up_on_own_pool(mh_call *call, mh_bytes argument, void **state)
{
    mh_pool *const *pool;
    memcpy(&pool, argument.data, sizeof pool);
    mh_source source = mh_source_range(0, 3, 1);
    mh_map *map;
    (void)state;
    mh_log_limit(MH_LOG_OFF);
    mh_status status = mh_map_open(&map, *pool, &square_each, &source, NULL);
    return status == MH_DEADLOCK ? MH_OK : mh_fail(call, status, "it was not refused");
}
static const mh_routine early = {
    .name = "set up on own pool", .setup = set_up_on_own_pool, .run = use_own_pool};

START_TEST(N6_a_setup_that_uses_its_own_pool_is_refused)
{
    static mh_pool *pool;
    mh_pool **where = &pool;
    mh_bytes argument = MH_BYTES_OF(where);
    mh_pool_options options = options_of(SERIAL, 1); // which sets up late: the pool is known
    options.routine = &early;
    options.arguments = &argument;
    pool = open_with(&options);
    int64_t numbers[] = {2, 3};
    ck_assert_int_eq(mh_map_array(pool, &square_each, numbers, 2, 8, numbers, 8, NULL), MH_OK);
    mh_pool_close(pool);
}
END_TEST

// ---- another pool -------------------------------------------------------------------------------

static int64_t sum_of_squares(int inner_kind)
{
    mh_pool_options options = options_of(inner_kind, 2);
    mh_pool *pool;
    mh_map *map;
    mh_source source = mh_source_range(0, 100, 1);
    mh_result result;
    int64_t sum = 0;
    if (mh_pool_open(&pool, &options) != MH_OK)
        return -1;
    if (mh_map_open(&map, pool, &square_each, &source, NULL) != MH_OK)
        return -2;
    while (mh_map_next(map, &result, MH_FOREVER) == MH_OK)
        sum += result.outcome == MH_DONE ? mh_result_as(int64_t, result) : -1000000;
    mh_map_close(map);
    mh_pool_close(pool);
    return sum;
}
MH_ROUTINE(nested, sum_of_squares, int, int64_t);

enum { SUM = 328350 };

// `others` are process pools that are open meanwhile, and none of the task's business.
static void assert_nests(int outer_kind, int inner_kind, int others)
{
    mh_pool *other[2] = {NULL};
    for (int i = 0; i < others; i++)
        other[i] = open_kind(FORKED, 1);
    mh_pool *pool = open_kind(outer_kind, 2);
    const int items[] = {inner_kind, inner_kind, inner_kind, inner_kind};
    mh_map *map = open_map(pool, &nested, mh_source_array(items, 4, sizeof *items),
                           (mh_map_options){0});
    for (uint64_t i = 0; i < 4; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
        ck_assert_int_eq(mh_result_as(int64_t, result), SUM);
    }
    mh_map_close(map);
    mh_pool_close(pool);
    for (int i = 0; i < others; i++)
        mh_pool_close(other[i]);
}

// One task forks while the other allocates.
static bool is_seen_through(int outer_kind, int inner_kind)
{
    return !has_address_sanitizer || outer_kind != THREADS || inner_kind != FORKED;
}

START_TEST(N6_a_task_may_open_a_pool_of_its_own)
{
    if (!is_seen_through(_i / KINDS, _i % KINDS))
        return;
    assert_nests(_i / KINDS, _i % KINDS, 0);
}
END_TEST

START_TEST(N6_a_task_may_open_a_pool_while_the_program_has_others)
{
    if (has_thread_sanitizer || !is_seen_through(_i / KINDS, _i % KINDS))
        return;
    assert_nests(_i / KINDS, _i % KINDS, 1);
    assert_nests(_i / KINDS, _i % KINDS, 2);
}
END_TEST

static mh_pool *shared_pool; // another pool of the same process

static int64_t square_elsewhere(int64_t number)
{
    mh_status status = mh_map_array(shared_pool, &square_each, &number, 1, sizeof number,
                                    &number, sizeof number, NULL);
    return status == MH_OK ? number : -(int64_t)status;
}
MH_ROUTINE(elsewhere, square_elsewhere, int64_t, int64_t);

START_TEST(N6_a_task_may_use_another_pool_of_its_process)
{
    shared_pool = open_kind(_i % KINDS, 2);
    mh_pool *pool = open_kind(_i / KINDS, 3); // serial or threads
    mh_map *map = open_map(pool, &elsewhere, mh_source_range(0, 60, 1), (mh_map_options){0});
    for (int64_t i = 0; i < 60; i++) {
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        ck_assert_int_eq(mh_result_as(int64_t, result), i * i);
    }
    mh_map_close(map);
    mh_pool_close(pool);
    mh_pool_close(shared_pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("maps inside tasks");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, N6_a_task_that_uses_its_own_pool_is_refused, 0, SPAWNED);
    tcase_add_test(tests, N6_a_setup_that_uses_its_own_pool_is_refused);
    tcase_add_loop_test(tests, N6_a_task_may_open_a_pool_of_its_own, 0, KINDS * KINDS);
    tcase_add_loop_test(tests, N6_a_task_may_open_a_pool_while_the_program_has_others, 0,
                        KINDS * KINDS);
    tcase_add_loop_test(tests, N6_a_task_may_use_another_pool_of_its_process, 0,
                        KINDS * WITH_PROCESSES);
    return run_suite(suite);
}
