// What errors do to a map: come in their place, stop it, or wait for its end; never silently lost.
#include "support/heard.h"
#include "support/stage.h"
#include "support/story.h"

enum { ITEMS = 200, RAN = 0 };

static bool is_bad(int64_t number)
{
    return number % 7 == 3;
}

// Every other failure is only a status, without words.
static mh_status refuse_some(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    count_up(RAN);
    if (is_bad(number) && number % 2 == 0)
        return MH_NOT_FOUND;
    if (is_bad(number))
        return mh_fail(call, (int)number, "%s %d is bad", "item", (int)number);
    return mh_return(call, &number, sizeof number);
}
static const mh_routine picky = {.name = "refuse some", .run = refuse_some};

static void assert_error(const mh_result *error, uint64_t index)
{
    char words[64];
    snprintf(words, sizeof words, "item %d is bad", (int)index);
    ck_assert_uint_eq(error->index, index);
    ck_assert_int_eq(error->outcome, MH_FAILED);
    ck_assert_int_eq(error->code, index % 2 == 0 ? MH_NOT_FOUND : (int)index);
    ck_assert_str_eq(error->message, index % 2 == 0 ? mh_status_text(MH_NOT_FOUND) : words);
    ck_assert_int_ge(error->worker, 0);
    ck_assert_int_gt(error->pid, 0);
    ck_assert_ptr_null(error->data);
    ck_assert_uint_eq(error->size, 0);
    ck_assert_int_eq(error->signal, 0);
    ck_assert_int_eq(error->exit_code, 0);
}

static mh_map *open_picky(mh_pool *pool, mh_map_options options)
{
    return open_map(pool, &picky, mh_source_range(0, ITEMS, 1), options);
}

START_TEST(M9_return_hands_errors_out_in_their_place)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 3);
    mh_map *map = open_picky(pool, (mh_map_options){0});
    for (uint64_t i = 0; i < ITEMS; i++) {
        mh_result result = take(map);
        if (is_bad((int64_t)i))
            assert_error(&result, i);
        else
            assert_done(&result, i);
    }
    assert_ends(map, MH_END);
    ck_assert_uint_eq(mh_map_errors(map), 0); // all were handed out
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

static uint64_t count_bad(void)
{
    uint64_t bad = 0;
    for (int64_t i = 0; i < ITEMS; i++)
        bad += is_bad(i);
    return bad;
}

START_TEST(M9_defer_runs_everything_and_then_tells_all_errors)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 3);
    mh_map *map = open_picky(pool, (mh_map_options){.on_error = MH_ON_ERROR_DEFER});
    for (uint64_t i = 0; i < ITEMS; i++)
        if (!is_bad((int64_t)i)) {
            mh_result result = take(map);
            assert_done(&result, i);
        }
    assert_ends(map, MH_ERRORS);
    ck_assert_int_eq(counted(RAN), ITEMS);
    uint64_t number = 0;
    mh_result error;
    for (uint64_t i = 0; i < ITEMS; i++)
        if (is_bad((int64_t)i)) {
            ck_assert_int_eq(mh_map_error(map, number++, &error), MH_OK);
            assert_error(&error, i);
        }
    ck_assert_uint_eq(mh_map_errors(map), count_bad());
    ck_assert_int_eq(mh_map_error(map, number, &error), MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M9_defer_unordered_has_the_same_errors)
{
    bool seen[ITEMS] = {false};
    set_stage();
    mh_pool *pool = open_kind(_i, 3);
    mh_map *map = open_picky(
        pool, (mh_map_options){.on_error = MH_ON_ERROR_DEFER, .unordered = true});
    for (uint64_t i = count_bad(); i < ITEMS; i++)
        ck_assert_int_eq(take(map).outcome, MH_DONE);
    assert_ends(map, MH_ERRORS);
    ck_assert_uint_eq(mh_map_errors(map), count_bad());
    mh_result error;
    for (uint64_t number = 0; mh_map_error(map, number, &error) == MH_OK; number++) {
        ck_assert(is_bad((int64_t)error.index) && !seen[error.index]);
        seen[error.index] = true;
        assert_error(&error, error.index);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- stop ---------------------------------------------------------------------------------------

typedef struct endless {
    int64_t asked;
    int64_t given;
} endless;

static mh_status go_on(void *context, mh_bytes *item)
{
    endless *self = context;
    self->given = self->asked++;
    *item = MH_BYTES_OF(self->given);
    return MH_OK;
}

// What it hands out and keeps as errors must be exactly what was run.
static void assert_stops(mh_pool *pool, mh_map_options options)
{
    endless numbers = {.asked = 4}; // the first bad one is item 6
    mh_map *map = open_map(pool, &picky, mh_source_of(go_on, &numbers), options);
    int done = 0;
    int64_t last = -1;
    mh_result result;
    for (; mh_map_next(map, &result, MH_FOREVER) == MH_OK; done++) {
        ck_assert_int_eq(result.outcome, MH_DONE);
        ck_assert_int_eq(mh_result_as(int64_t, result), (int64_t)result.index + 4);
        ck_assert(options.unordered || (int64_t)result.index > last);
        last = (int64_t)result.index;
    }
    int64_t asked = numbers.asked;
    assert_ends(map, MH_ERRORS);
    ck_assert_int_eq(numbers.asked, asked);
    ck_assert_uint_ge(mh_map_errors(map), 1);
    ck_assert_int_eq(done + (int)mh_map_errors(map), counted(RAN));
    ck_assert_int_eq(mh_map_error(map, 0, &result), MH_OK);
    ck_assert(is_bad((int64_t)result.index + 4));
    mh_map_close(map);
}

START_TEST(M9_stop_ends_an_endless_map_and_hands_out_what_ran)
{
    static const mh_map_options options[] = {
        {0}, {.unordered = true}, {.chunk = 1}, {.chunk = 20}, {.window = 1}, {.window = 40}};
    mh_pool *pool;
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        mh_map_options stop = options[o];
        stop.on_error = MH_ON_ERROR_STOP;
        set_stage();
        pool = open_kind(_i, 3);
        assert_stops(pool, stop);
        mh_pool_close(pool);
    }
}
END_TEST

START_TEST(M9_serial_stops_right_after_the_error)
{
    set_stage();
    mh_pool *pool = open_kind(SERIAL, 1);
    assert_stops(pool, (mh_map_options){.on_error = MH_ON_ERROR_STOP, .chunk = 20});
    ck_assert_int_eq(counted(RAN), 7); // six good ones, and the first bad one
    mh_pool_close(pool);
}
END_TEST

START_TEST(M9_without_errors_stop_and_defer_end_as_any_map)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 3);
    for (int on_error = MH_ON_ERROR_RETURN; on_error <= MH_ON_ERROR_DEFER; on_error++) {
        mh_map *map = open_map(pool, &picky, mh_source_range(4, 10, 1),
                               (mh_map_options){.on_error = (mh_on_error)on_error});
        for (uint64_t i = 0; i < 6; i++) {
            mh_result result = take(map);
            assert_done(&result, i);
        }
        assert_ends(map, MH_END);
        ck_assert_uint_eq(mh_map_errors(map), 0);
        mh_map_close(map);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- many ---------------------------------------------------------------------------------------

START_TEST(M9_errors_may_be_many)
{
    enum { MANY = 5000 };
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &picky, mh_source_range(3, 3 + 7 * MANY, 7),
                           (mh_map_options){.on_error = MH_ON_ERROR_DEFER});
    assert_ends(map, MH_ERRORS);
    ck_assert_uint_eq(mh_map_errors(map), MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        mh_result error;
        ck_assert_int_eq(mh_map_error(map, i, &error), MH_OK);
        ck_assert_uint_eq(error.index, i);
        ck_assert_int_eq(error.code, i % 2 == 1 ? MH_NOT_FOUND : (int)(3 + 7 * i));
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M9_return_hands_errors_out_in_their_place, 0, KINDS);
    tcase_add_loop_test(tests, M9_defer_runs_everything_and_then_tells_all_errors, 0, KINDS);
    tcase_add_loop_test(tests, M9_defer_unordered_has_the_same_errors, 0, KINDS);
    tcase_add_loop_test(tests, M9_stop_ends_an_endless_map_and_hands_out_what_ran, 0, KINDS);
    tcase_add_test(tests, M9_serial_stops_right_after_the_error);
    tcase_add_loop_test(tests, M9_without_errors_stop_and_defer_end_as_any_map, 0, KINDS);
    tcase_add_loop_test(tests, M9_errors_may_be_many, 0, KINDS);
    return run_suite(suite);
}
