// From array to array: the form that returns when everything is done.
#include "support/heard.h"
#include "support/story.h"

enum { COUNT = 1000, UNTOUCHED = -1 };

static int64_t half(int64_t number)
{
    return number / 2;
}
MH_ROUTINE(half_each, half, int64_t, int64_t);

static mh_status half_of_even(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    if (number % 2 != 0)
        return mh_fail(call, 7, "%d is odd", (int)number);
    number /= 2;
    return mh_return(call, &number, number == 50 ? 1 : sizeof number);
}
static const mh_routine picky = {.name = "half of even", .run = half_of_even};

static int64_t input[COUNT], output[COUNT];

static void lay_out_arrays(int64_t first, int64_t step)
{
    for (int i = 0; i < COUNT; i++) {
        input[i] = first + i * step;
        output[i] = UNTOUCHED;
    }
}

static mh_status run_array(mh_pool *pool, const mh_routine *routine, size_t count,
                           const mh_map_options *options)
{
    return mh_map_array(pool, routine, input, count, sizeof *input, output, sizeof *output,
                        options);
}

START_TEST(M15_an_array_goes_in_and_an_array_comes_out)
{
    static const mh_map_options options[] = {
        {0}, {.unordered = true}, {.unbounded = true}, {.window = 3}, {.chunk = 7}};
    mh_pool *pool = open_kind(_i, 2);
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        lay_out_arrays(10, 2);
        ck_assert_int_eq(run_array(pool, &half_each, COUNT, &options[o]), MH_OK);
        for (int i = 0; i < COUNT; i++)
            ck_assert_int_eq(output[i], 5 + i);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(M15_places_of_items_that_failed_stay_as_they_were)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 2);
    lay_out_arrays(0, 1);
    ck_assert_int_eq(run_array(pool, &picky, 20, NULL), MH_ERRORS);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(output[i], i % 2 == 0 ? i / 2 : UNTOUCHED);
    ck_assert_int_eq(output[20], UNTOUCHED);
    ck_assert_msg(was_heard("item 1 failed: 1 is odd"), "%s", heard.text);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M15_a_result_of_another_size_is_an_error)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 2);
    lay_out_arrays(98, 2);
    ck_assert_int_eq(run_array(pool, &picky, 3, NULL), MH_ERRORS);
    ck_assert_int_eq(output[0], 49);
    ck_assert_int_eq(output[1], UNTOUCHED);
    ck_assert_int_eq(output[2], 51);
    ck_assert_msg(was_heard("item 1"), "%s", heard.text);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M15_stop_and_defer_end_with_errors_too)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 1); // which begins the first item first
    lay_out_arrays(0, 1);
    mh_map_options defer = {.on_error = MH_ON_ERROR_DEFER},
                   stop = {.on_error = MH_ON_ERROR_STOP};
    ck_assert_int_eq(run_array(pool, &picky, 20, &defer), MH_ERRORS);
    ck_assert_int_eq(output[18], 9);
    ck_assert_msg(was_heard("item 1 failed: 1 is odd"), "%s", heard.text);
    lay_out_arrays(0, 1);
    forget_heard();
    ck_assert_int_eq(run_array(pool, &picky, COUNT, &stop), MH_ERRORS);
    ck_assert_int_eq(output[0], 0);
    ck_assert_int_eq(output[1], UNTOUCHED);
    ck_assert_int_eq(output[COUNT - 2], UNTOUCHED); // far behind the first error
    ck_assert_msg(was_heard("is odd"), "%s", heard.text);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M15_nothing_in_or_nothing_out)
{
    mh_pool *pool = open_kind(_i, 2);
    ck_assert_int_eq(mh_map_array(pool, &half_each, NULL, 0, 8, NULL, 8, NULL), MH_OK);
    ck_assert_int_eq(mh_map_array(pool, &half_each, NULL, 0, 0, NULL, 0, NULL), MH_OK);
    lay_out_arrays(100, 0); // the result of 100 has one byte, which is not none
    listen_to_log(MH_LOG_WARNING);
    ck_assert_int_eq(mh_map_array(pool, &picky, input, 3, sizeof *input, NULL, 0, NULL),
                     MH_ERRORS);
    ck_assert_msg(was_heard("item 0"), "%s", heard.text);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("from array to array");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M15_an_array_goes_in_and_an_array_comes_out, 0, KINDS);
    tcase_add_loop_test(tests, M15_places_of_items_that_failed_stay_as_they_were, 0, KINDS);
    tcase_add_loop_test(tests, M15_a_result_of_another_size_is_an_error, 0, KINDS);
    tcase_add_loop_test(tests, M15_stop_and_defer_end_with_errors_too, 0, KINDS);
    tcase_add_loop_test(tests, M15_nothing_in_or_nothing_out, 0, KINDS);
    return run_suite(suite);
}
