// Bad input: every function of pools and maps refuses what makes no sense, with a status and a reason in the log,
// and leaves its results untouched.
#include <limits.h>

#include "support/refused.h"
#include "support/story.h"

static int64_t square(int64_t number)
{
    return number * number;
}
MH_ROUTINE(square_each, square, int64_t, int64_t);

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    (void)state;
    return MH_OK;
}

static void tear_down(mh_call *call, void *state)
{
    (void)call;
    (void)state;
}

static const mh_routine empty = {.name = "empty"};
static const mh_routine with_setup = {
    .name = "with setup", .setup = set_up, .run = square_each_run};
static const mh_routine with_teardown = {
    .name = "with teardown", .run = square_each_run, .teardown = tear_down};

// ---- pools --------------------------------------------------------------------------------------

static const mh_routine *const with_hole[] = {&square_each, NULL};
static const mh_routine *const two[] = {&square_each, &square_each};
static const mh_bytes nowhere[] = {{.data = "x", .size = 1}, {.data = NULL, .size = 5}};

static const mh_bytes somewhere[] = {{.data = "x", .size = 1}, {.data = "y", .size = 1}};

static const struct bad_pool {
    mh_pool_options options;
    const char *words;
} bad_pools[] = {
    {{.kind = (mh_kind)3}, "no kind 3"},
    {{.kind = (mh_kind)-1}, "no kind -1"},
    {{.start = (mh_start)3}, "no start 3"},
    {{.start = (mh_start)-1}, "no start -1"},
    {{.workers = -1}, "-1 workers"},
    {{.workers = INT_MIN}, "workers"},
    {{.workers = INT_MAX}, "workers"},
    {{.workers = MH_WORKERS_LIMIT + 1}, "1025 workers"},
    {{.routine = &square_each, .routines = two}, "contradict"},
    {{.routines = with_hole}, "routines[1]"},
    {{.routine = &empty}, "no function to run"},
    {{.arguments = somewhere}, "without a routine"},
    {{.routine = &with_setup, .arguments = nowhere}, "5 bytes at NULL"},
    {{.item_limit = SIZE_MAX}, "item_limit"},
    {{.item_limit = SIZE_MAX / 2}, "item_limit"},
};

START_TEST(a_pool_that_makes_no_sense_is_not_opened)
{
    mh_pool *const before = (mh_pool *)&heard, *pool = before;
    for (size_t i = 0; i < sizeof bad_pools / sizeof *bad_pools; i++) {
        mh_pool_options options = bad_pools[i].options;
        if (options.kind == MH_THREADS)
            options.kind = story_kinds[_i].kind;
        if (options.start == MH_START_AUTO)
            options.start = story_kinds[_i].start;
        if (options.workers == 0)
            options.workers = 2;
        bool is_serial = options.kind == MH_SERIAL; // whose one worker takes only the first
        if (is_serial && (options.routines == with_hole || options.routine == &with_setup))
            continue;
        assert_invalid(mh_pool_open(&pool, &options), bad_pools[i].words);
        ck_assert_ptr_eq(pool, before);
    }
    assert_invalid(mh_pool_open(NULL, NULL), "mh_pool_open");
}
END_TEST

START_TEST(pool_functions_refuse_null)
{
    mh_result result = {.index = 7};
    assert_invalid(mh_pool_end(NULL), "mh_pool_end");
    assert_invalid(mh_pool_next(NULL, &result, MH_FOREVER), "");
    mh_pool *pool = open_kind(_i, 1);
    forget_heard();
    assert_invalid(mh_pool_next(pool, NULL, MH_FOREVER), "mh_pool_next");
    ck_assert_uint_eq(result.index, 7);
    ck_assert_int_eq(mh_pool_workers(NULL), 0);
    ck_assert_int_eq(mh_pool_kind(NULL), MH_SERIAL);
    mh_pool_close(NULL);
    int64_t number = 3; // none of this has ended the pool
    ck_assert_int_eq(mh_map_array(pool, &square_each, &number, 1, 8, &number, 8, NULL), MH_OK);
    mh_pool_close(pool);
}
END_TEST

// ---- maps ---------------------------------------------------------------------------------------

static const struct bad_map {
    mh_map_options options;
    const char *words;
} bad_maps[] = {
    {{.on_error = (mh_on_error)3}, "no on_error 3"},
    {{.on_error = (mh_on_error)-1}, "no on_error -1"},
    {{.unbounded = true, .window = 1}, "contradict"},
    {{.window = 3, .chunk = 4}, "does not fit"},
    {{.window = SIZE_MAX}, "window"},
    {{.chunk = SIZE_MAX}, "chunk"},
    {{.chunk = (size_t)UINT32_MAX + 1}, "chunk"},
};

START_TEST(a_map_with_bad_options_is_not_opened)
{
    mh_pool *pool = open_kind(_i, 1);
    mh_map *const before = (mh_map *)&heard, *map = before;
    mh_source source = mh_source_range(0, 3, 1);
    for (size_t i = 0; i < sizeof bad_maps / sizeof *bad_maps; i++) {
        forget_heard();
        assert_invalid(mh_map_open(&map, pool, &square_each, &source, &bad_maps[i].options),
                       bad_maps[i].words);
        ck_assert_ptr_eq(map, before);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(a_map_needs_a_place_a_pool_a_routine_and_a_source)
{
    mh_pool *pool = open_kind(_i, 1);
    mh_map *const before = (mh_map *)&heard, *map = before;
    mh_source source = mh_source_range(0, 3, 1);
    forget_heard();
    assert_invalid(mh_map_open(NULL, pool, &square_each, &source, NULL), "mh_map_open");
    assert_invalid(mh_map_open(&map, NULL, &square_each, &source, NULL), "the pool is NULL");
    assert_invalid(mh_map_open(&map, pool, &square_each, NULL, NULL), "source");
    assert_invalid(mh_map_open(&map, pool, NULL, &source, NULL), "no routine");
    assert_invalid(mh_map_open(&map, pool, &empty, &source, NULL), "no function to run");
    assert_invalid(mh_map_open(&map, pool, &with_setup, &source, NULL), "setup");
    assert_invalid(mh_map_open(&map, pool, &with_teardown, &source, NULL), "teardown");
    ck_assert_ptr_eq(map, before);
    mh_pool_close(pool);
}
END_TEST

START_TEST(a_source_that_cannot_be_asked_is_refused)
{
    const mh_source bad[] = {{.next = NULL},
                             mh_source_array(NULL, 3, 8),
                             mh_source_range(0, 3, 0),
                             mh_source_lines(NULL),
                             mh_source_of(NULL, NULL),
                             mh_source_sized(NULL, NULL, 5),
                             mh_source_array("", SIZE_MAX, 16),
                             mh_source_array("", SIZE_MAX / 8, 16)};
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        forget_heard();
        mh_status status = mh_map_open(&map, pool, &square_each, &bad[i], NULL);
        ck_assert_msg(status == MH_INVALID, "source %zu: %s", i, mh_status_text(status));
        assert_invalid(status, "source");
        ck_assert_ptr_null(map);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(map_functions_refuse_null)
{
    mh_result result = {.index = 7};
    assert_invalid(mh_map_next(NULL, &result, MH_FOREVER), "mh_map_next");
    assert_invalid(mh_map_cancel(NULL), "mh_map_cancel");
    assert_invalid(mh_map_error(NULL, 0, &result), "mh_map_error");
    ck_assert_uint_eq(mh_map_length(NULL), MH_LENGTH_UNKNOWN);
    ck_assert_uint_eq(mh_map_count(NULL), 0);
    ck_assert_uint_eq(mh_map_errors(NULL), 0);
    mh_map_close(NULL);
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map = open_map(pool, &square_each, mh_source_range(0, 3, 1), (mh_map_options){0});
    forget_heard();
    assert_invalid(mh_map_next(map, NULL, MH_FOREVER), "mh_map_next");
    assert_invalid(mh_map_error(map, 0, NULL), "mh_map_error");
    ck_assert_int_eq(mh_map_error(map, 0, &result), MH_END);
    ck_assert_int_eq(mh_map_error(map, UINT64_MAX, &result), MH_END);
    ck_assert_uint_eq(result.index, 7);
    for (uint64_t i = 0; i < 3; i++) { // nothing was lost
        result = take(map);
        assert_done(&result, i);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(mh_map_array_refuses_what_it_cannot_do)
{
    int64_t in[2] = {2, 3}, out[2] = {0, 0};
    mh_pool *pool = open_kind(_i, 1);
    forget_heard();
    assert_invalid(mh_map_array(NULL, &square_each, in, 2, 8, out, 8, NULL), "pool is NULL");
    assert_invalid(mh_map_array(pool, NULL, in, 2, 8, out, 8, NULL), "no routine");
    assert_invalid(mh_map_array(pool, &square_each, NULL, 2, 8, out, 8, NULL), "source");
    assert_invalid(mh_map_array(pool, &square_each, in, 2, 8, NULL, 8, NULL), "nowhere to put");
    assert_invalid(mh_map_array(pool, &square_each, in, 2, 8, out, 8,
                                &(mh_map_options){.window = 1, .chunk = 2}),
                   "does not fit");
    ck_assert_int_eq(out[0] + out[1], 0);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bad input");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_checked_fixture(tests, hear_everything, NULL);
    tcase_add_loop_test(tests, a_pool_that_makes_no_sense_is_not_opened, 0, KINDS);
    tcase_add_loop_test(tests, pool_functions_refuse_null, 0, KINDS);
    tcase_add_loop_test(tests, a_map_with_bad_options_is_not_opened, 0, KINDS);
    tcase_add_loop_test(tests, a_map_needs_a_place_a_pool_a_routine_and_a_source, 0, KINDS);
    tcase_add_loop_test(tests, a_source_that_cannot_be_asked_is_refused, 0, KINDS);
    tcase_add_loop_test(tests, map_functions_refuse_null, 0, KINDS);
    tcase_add_loop_test(tests, mh_map_array_refuses_what_it_cannot_do, 0, KINDS);
    return run_suite(suite);
}
