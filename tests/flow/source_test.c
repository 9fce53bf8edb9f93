// Source: arrays, ranges, lines and callbacks, asked one item at a time until they end or fail.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "flow/source.h"

static void be_quiet(void)
{
    mh_log_limit(MH_LOG_OFF);
}

static int64_t next_number(mh_source *source)
{
    mh_bytes item;
    int64_t number;
    ck_assert_int_eq(mhi_source_ask(source, &item), MH_OK);
    ck_assert_uint_eq(item.size, sizeof number);
    memcpy(&number, item.data, sizeof number);
    return number;
}

static void expect_the_end(mh_source *source, mh_status how)
{
    mh_bytes item;
    ck_assert_int_eq(mhi_source_ask(source, &item), how);
}

// ---- ranges -------------------------------------------------------------------------------------

static const struct range {
    int64_t first, end, step;
    uint64_t length;
    int64_t last;
} ranges[] = {
    {0, 5, 1, 5, 4},
    {0, 5, 2, 3, 4},
    {0, 6, 2, 3, 4},
    {5, 0, -1, 5, 1},
    {5, 0, -2, 3, 1},
    {5, -1, -2, 3, 1},
    {-3, 4, 3, 3, 3},
    {0, 0, 1, 0, 0},
    {0, 0, -1, 0, 0},
    {1, 0, 1, 0, 0},
    {0, 1, -1, 0, 0},
    {7, 8, INT64_MAX, 1, 7},
    {INT64_MIN, INT64_MIN + 3, 1, 3, INT64_MIN + 2},
    {INT64_MAX - 3, INT64_MAX, 1, 3, INT64_MAX - 1},
    {INT64_MAX - 3, INT64_MAX, 2, 2, INT64_MAX - 1},
    {INT64_MAX, INT64_MAX - 3, -1, 3, INT64_MAX - 2},
    {INT64_MIN + 3, INT64_MIN, -1, 3, INT64_MIN + 1},
    {INT64_MIN + 3, INT64_MIN, -2, 2, INT64_MIN + 1},
    {INT64_MIN, INT64_MAX, INT64_MAX, 3, INT64_MAX - 1},
    {INT64_MIN, INT64_MAX, INT64_MAX - 1, 3, INT64_MAX - 3},
    {INT64_MAX, INT64_MIN, INT64_MIN, 2, -1},
    {INT64_MAX, INT64_MIN, INT64_MIN + 1, 3, INT64_MIN + 1},
    {0, INT64_MIN, INT64_MIN, 1, 0},
    {-1, INT64_MIN, INT64_MIN, 1, -1},
    {0, INT64_MAX, INT64_MAX, 1, 0},
};

START_TEST(a_range_gives_each_of_its_numbers)
{
    const struct range *range = &ranges[_i];
    mh_source source = mh_source_range(range->first, range->end, range->step);
    ck_assert(source.sized);
    ck_assert_uint_eq(source.length, range->length);
    for (uint64_t i = 0; i < range->length; i++) {
        int64_t expected = (int64_t)((uint64_t)range->first + i * (uint64_t)range->step);
        ck_assert_int_eq(next_number(&source), expected);
        if (i + 1 == range->length)
            ck_assert_int_eq(expected, range->last);
    }
    expect_the_end(&source, MH_END);
    expect_the_end(&source, MH_END);
}
END_TEST

START_TEST(the_longest_range_knows_its_length)
{
    mh_source up = mh_source_range(INT64_MIN, INT64_MAX, 1);
    ck_assert_uint_eq(up.length, UINT64_MAX);
    ck_assert_int_eq(next_number(&up), INT64_MIN);
    ck_assert_int_eq(next_number(&up), INT64_MIN + 1);
    mh_source down = mh_source_range(INT64_MAX, INT64_MIN, -1);
    ck_assert_uint_eq(down.length, UINT64_MAX);
    ck_assert_int_eq(next_number(&down), INT64_MAX);
}
END_TEST

START_TEST(a_range_without_a_step_cannot_be_asked)
{
    ck_assert(mh_source_range(0, 5, 0).next == NULL);
}
END_TEST

// ---- arrays -------------------------------------------------------------------------------------

START_TEST(an_array_gives_its_elements_where_they_are)
{
    static const char words[][8] = {"many", "hands", "make"};
    mh_source source = mh_source_array(words, 3, sizeof *words);
    ck_assert(source.sized);
    ck_assert_uint_eq(source.length, 3);
    for (int i = 0; i < 3; i++) {
        mh_bytes item;
        ck_assert_int_eq(mhi_source_ask(&source, &item), MH_OK);
        ck_assert_ptr_eq(item.data, words[i]);
        ck_assert_uint_eq(item.size, sizeof *words);
    }
    expect_the_end(&source, MH_END);
}
END_TEST

START_TEST(an_array_may_be_empty_in_both_ways)
{
    mh_source none = mh_source_array(NULL, 0, 8);
    expect_the_end(&none, MH_END);
    mh_source hollow = mh_source_array(NULL, 2, 0);
    mh_bytes item = {.size = 1};
    ck_assert_int_eq(mhi_source_ask(&hollow, &item), MH_OK);
    ck_assert_uint_eq(item.size, 0);
    ck_assert_int_eq(mhi_source_ask(&hollow, &item), MH_OK);
    expect_the_end(&hollow, MH_END);
    ck_assert(mh_source_array(NULL, 2, 8).next == NULL);
}
END_TEST

// ---- lines --------------------------------------------------------------------------------------

static FILE *file_with(const char *text, size_t size)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    rewind(file);
    return file;
}

static void expect_line(mh_source *source, const char *line, size_t size)
{
    mh_bytes item;
    ck_assert_int_eq(mhi_source_ask(source, &item), MH_OK);
    ck_assert_uint_eq(item.size, size + 1);
    ck_assert_mem_eq(item.data, line, size + 1);
}

START_TEST(lines_come_without_their_ends)
{
    static const char text[] = "one\n\ntwo\r\nzero\0inside\nlast";
    FILE *file = file_with(text, sizeof text - 1);
    mh_source source = mh_source_lines(file);
    ck_assert(!source.sized);
    expect_line(&source, "one", 3);
    expect_line(&source, "", 0);
    expect_line(&source, "two\r", 4);
    expect_line(&source, "zero\0inside", 11);
    expect_line(&source, "last", 4);
    expect_the_end(&source, MH_END);
    mhi_source_fini(&source);
    fclose(file);
}
END_TEST

START_TEST(a_long_line_is_whole)
{
    enum { SIZE = 1000000 };
    char *text = malloc(SIZE + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'l', SIZE);
    text[SIZE] = '\n';
    FILE *file = file_with(text, SIZE + 1);
    mh_source source = mh_source_lines(file);
    text[SIZE] = '\0';
    expect_line(&source, text, SIZE);
    expect_the_end(&source, MH_END);
    mhi_source_fini(&source);
    fclose(file);
    free(text);
}
END_TEST

START_TEST(an_empty_file_and_no_file)
{
    FILE *file = file_with("", 0);
    mh_source source = mh_source_lines(file);
    expect_the_end(&source, MH_END);
    mhi_source_fini(&source);
    fclose(file);
    ck_assert(mh_source_lines(NULL).next == NULL);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_fails_the_source)
{
    FILE *folder = fopen("/", "r");
    ck_assert_ptr_nonnull(folder);
    mh_source source = mh_source_lines(folder);
    expect_the_end(&source, MH_SYSTEM);
    mhi_source_fini(&source);
    fclose(folder);
}
END_TEST

// ---- callbacks ----------------------------------------------------------------------------------

static mh_status give_whatever(void *context, mh_bytes *item)
{
    static const char byte = 'x';
    switch (++*(int *)context) {
    case 1:
        return MH_OK; // an empty item: nothing was set
    case 2:
        *item = (mh_bytes){.data = &byte, .size = 1};
        return MH_OK;
    case 3:
        *item = (mh_bytes){.size = 5}; // at NULL: cannot be
        return MH_OK;
    default:
        return MH_BUSY;
    }
}

START_TEST(a_callback_is_given_its_context_and_its_word_is_passed_on)
{
    int calls = 0;
    mh_source source = mh_source_sized(give_whatever, &calls, 12);
    ck_assert(source.sized);
    ck_assert_uint_eq(source.length, 12);
    mh_bytes item = {.size = 99};
    ck_assert_int_eq(mhi_source_ask(&source, &item), MH_OK);
    ck_assert_uint_eq(item.size, 0);
    ck_assert_int_eq(mhi_source_ask(&source, &item), MH_OK);
    ck_assert_uint_eq(item.size, 1);
    ck_assert_int_eq(mhi_source_ask(&source, &item), MH_INVALID);
    ck_assert_int_eq(mhi_source_ask(&source, &item), MH_BUSY);
    ck_assert_int_eq(calls, 4);
    ck_assert(!mh_source_of(give_whatever, &calls).sized);
    ck_assert(mh_source_of(NULL, &calls).next == NULL);
}
END_TEST

int main(void)
{
    TCase *numbers = tcase_create("numbers");
    tcase_add_loop_test(numbers, a_range_gives_each_of_its_numbers, 0,
                        sizeof ranges / sizeof *ranges);
    tcase_add_test(numbers, the_longest_range_knows_its_length);
    tcase_add_test(numbers, a_range_without_a_step_cannot_be_asked);
    tcase_add_test(numbers, an_array_gives_its_elements_where_they_are);
    tcase_add_test(numbers, an_array_may_be_empty_in_both_ways);
    TCase *lines = tcase_create("lines");
    tcase_add_checked_fixture(lines, be_quiet, NULL);
    tcase_add_test(lines, lines_come_without_their_ends);
    tcase_add_test(lines, a_long_line_is_whole);
    tcase_add_test(lines, an_empty_file_and_no_file);
    tcase_add_test(lines, a_file_that_cannot_be_read_fails_the_source);
    tcase_add_test(lines, a_callback_is_given_its_context_and_its_word_is_passed_on);
    Suite *suite = suite_create("source");
    suite_add_tcase(suite, numbers);
    suite_add_tcase(suite, lines);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
