// How many there are and how many came: lengths, counts, maps that read all at once, and deadlines.
#include "support/stage.h"
#include "support/story.h"

typedef struct row {
    int asked;
    int last;
} row;

static mh_status next_in_row(void *context, mh_bytes *item)
{
    row *self = context;
    if (self->asked == self->last)
        return MH_END;
    self->asked++;
    *item = MH_BYTES_OF(self->asked);
    return MH_OK;
}

static int itself(int number)
{
    return number;
}
MH_ROUTINE(echo, itself, int, int);

// ---- unbounded ----------------------------------------------------------------------------------

START_TEST(M5_unbounded_reads_everything_at_the_first_next)
{
    row numbers = {.last = 5000};
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_of(next_in_row, &numbers),
                           (mh_map_options){.unbounded = true});
    ck_assert_int_eq(numbers.asked, 0);
    for (int i = 0; i < numbers.last; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(numbers.asked, 5000);
        ck_assert_int_eq(mh_result_as(int, result), i + 1);
        ck_assert_uint_eq(mh_map_length(map), 5000);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M5_unbounded_takes_whatever_options_go_with_it)
{
    static const mh_map_options options[] = {{.unbounded = true, .unordered = true},
                                             {.unbounded = true, .chunk = 1},
                                             {.unbounded = true, .chunk = 4000},
                                             {.unbounded = true, .chunk = 6000}};
    mh_pool *pool = open_kind(_i, 2);
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        row numbers = {.last = 5000};
        long long sum = 0;
        mh_map *map = open_map(pool, &echo, mh_source_of(next_in_row, &numbers), options[o]);
        for (int i = 0; i < numbers.last; i++) {
            mh_result result = take(map);
            sum += mh_result_as(int, result);
        }
        ck_assert_int_eq(sum, 5000LL * 5001 / 2);
        assert_ends(map, MH_END);
        mh_map_close(map);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- length and count ---------------------------------------------------------------------------

START_TEST(M6_a_sized_map_has_its_length_from_the_start)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_array((int[9]){0}, 9, sizeof(int)),
                           (mh_map_options){0});
    for (uint64_t i = 0; i < 9; i++) {
        ck_assert_uint_eq(mh_map_length(map), 9);
        ck_assert_uint_eq(mh_map_count(map), i);
        take(map);
    }
    assert_ends(map, MH_END);
    ck_assert_uint_eq(mh_map_length(map), 9);
    ck_assert_uint_eq(mh_map_count(map), 9);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M6_an_unbounded_map_of_a_sized_source_has_its_length_from_the_start)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_array((int[9]){0}, 9, sizeof(int)),
                           (mh_map_options){.unbounded = true});
    ck_assert_uint_eq(mh_map_length(map), 9);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M6_an_unsized_map_counts_and_knows_its_length_at_the_end)
{
    row numbers = {.last = 100};
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_of(next_in_row, &numbers),
                           (mh_map_options){.window = 5});
    for (uint64_t i = 0; i < 100; i++) {
        ck_assert_uint_eq(mh_map_count(map), i);
        if (i < 90)
            ck_assert_uint_eq(mh_map_length(map), MH_LENGTH_UNKNOWN);
        take(map);
    }
    assert_ends(map, MH_END);
    ck_assert_uint_eq(mh_map_length(map), 100);
    ck_assert_uint_eq(mh_map_count(map), 100);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

static mh_status refuse_odd(mh_call *call, mh_bytes item)
{
    int number;
    memcpy(&number, item.data, sizeof number);
    if (number % 2 != 0)
        return mh_fail(call, 1, "odd");
    return mh_return(call, &number, sizeof number);
}
static const mh_routine picky = {.name = "refuse odd", .run = refuse_odd};

START_TEST(M6_the_count_is_of_results_that_were_handed_out)
{
    row numbers = {.last = 100};
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &picky, mh_source_of(next_in_row, &numbers),
                           (mh_map_options){.on_error = MH_ON_ERROR_DEFER});
    for (uint64_t i = 0; i < 50; i++) {
        ck_assert_uint_eq(mh_map_count(map), i);
        take(map);
    }
    assert_ends(map, MH_ERRORS);
    ck_assert_uint_eq(mh_map_count(map), 50);
    ck_assert_uint_eq(mh_map_length(map), 100);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- deadlines ----------------------------------------------------------------------------------

static mh_status wait_at_gate(mh_call *call, mh_bytes item)
{
    pass_gate(0);
    return mh_return(call, item.data, item.size);
}
static const mh_routine gated = {.name = "wait at gate", .run = wait_at_gate};

START_TEST(M4_a_deadline_that_passes_loses_nothing)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map = open_map(pool, &gated, mh_source_range(0, 20, 1), (mh_map_options){0});
    mh_result result = {.index = 77};
    for (uint64_t i = 0; i < 20; i++) {
        ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT);
        ck_assert_int_eq(mh_map_next(map, &result, mh_in_ms(1)), MH_TIMEOUT);
        ck_assert_int_eq(mh_map_next(map, &result, 1), MH_TIMEOUT); // long ago
        ck_assert_uint_eq(result.index, i == 0 ? 77 : i - 1);       // untouched
        open_gate(0, 1);
        result = take(map);
        assert_done(&result, i);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lengths");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M5_unbounded_reads_everything_at_the_first_next, 0, KINDS);
    tcase_add_loop_test(tests, M5_unbounded_takes_whatever_options_go_with_it, 0, KINDS);
    tcase_add_loop_test(tests, M6_a_sized_map_has_its_length_from_the_start, 0, KINDS);
    tcase_add_loop_test(
        tests, M6_an_unbounded_map_of_a_sized_source_has_its_length_from_the_start, 0, KINDS);
    tcase_add_loop_test(tests, M6_an_unsized_map_counts_and_knows_its_length_at_the_end, 0,
                        KINDS);
    tcase_add_loop_test(tests, M6_the_count_is_of_results_that_were_handed_out, 0, KINDS);
    tcase_add_loop_test(tests, M4_a_deadline_that_passes_loses_nothing, WITH_WORKERS, KINDS);
    return run_suite(suite);
}
