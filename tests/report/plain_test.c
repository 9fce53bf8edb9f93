// Plain: stories of lines and JSON, compared to the last character.

#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/report/plain.h"
#include "numbers_told.h"

static const uint64_t noon_ns = UINT64_C(1767268803) * 1000 * MS + 42 * MS; // and three seconds

static char line[MHI_PLAIN];

static void begin(void)
{
    setenv("TZ", "UTC0", 1);
}

static void expect(const mhi_numbers *numbers, const char *wanted)
{
    size_t size = mhi_plain_line(line, numbers, noon_ns);
    ck_assert_str_eq(line, wanted);
    ck_assert_uint_eq(size, strlen(wanted));
}

static void expect_json(const mhi_numbers *numbers, const char *wanted)
{
    size_t size = mhi_plain_json(line, numbers, noon_ns);
    ck_assert_str_eq(line, wanted);
    ck_assert_uint_eq(size, strlen(wanted));
}

static void expect_quoted(const char *title, const char *quoted)
{
    mhi_numbers numbers = squares();
    char wanted[200];
    numbers.title = title;
    mhi_plain_json(line, &numbers, noon_ns);
    int size = snprintf(wanted, sizeof wanted, ",\"title\":\"%s\",\"done\"", quoted);
    ck_assert_int_eq(strncmp(strchr(line, ','), wanted, (size_t)size), 0);
}

START_TEST(C5_a_file_gets_plain_lines)
{
    mhi_numbers numbers = squares();
    expect(&numbers, "12:00:03 squares: 4200 of 10000 (42%), 1.2k/s, 0:03 left\n");
    numbers.bad = 2;
    numbers.skipped = 7;
    expect(&numbers, "12:00:03 squares: 4200 of 10000 (42%), 7 skipped, 2 bad, 1.2k/s, "
                     "0:03 left\n");
    numbers = words();
    expect(&numbers, "12:00:03 words: 4200, 1.2k/s, 0:03 so far\n");
}
END_TEST

START_TEST(C5_the_last_line_says_how_it_ended)
{
    static const struct {
        mhi_ending ending;
        const char *said;
    } cases[] = {
        {MHI_CLOSED, "stopped after 3.5 s"},      {MHI_LEFT_OPEN, "left open after 3.5 s"},
        {MHI_FAILED, "failed after 3.5 s"},       {MHI_CRASHED, "crashed after 3.5 s"},
        {MHI_CANCELLED, "cancelled after 3.5 s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mhi_numbers numbers = squares();
        char wanted[100];
        numbers.ending = cases[i].ending;
        snprintf(wanted, sizeof wanted, "12:00:03 squares: 4200 of 10000 (42%%), 1.2k/s, %s\n",
                 cases[i].said);
        expect(&numbers, wanted);
    }
    mhi_numbers numbers = words();
    numbers.ending = MHI_CLOSED;
    expect(&numbers, "12:00:03 words: 4200, 1.2k/s, in 3.5 s\n");
}
END_TEST

START_TEST(a_title_may_be_empty_or_wicked)
{
    mhi_numbers numbers = squares();
    numbers.title = "";
    expect(&numbers, "12:00:03 4200 of 10000 (42%), 1.2k/s, 0:03 left\n");
    numbers.title = "a\r\nb";
    expect(&numbers, "12:00:03 a??b: 4200 of 10000 (42%), 1.2k/s, 0:03 left\n");
    numbers.title = "画像を処理しています";
    expect(&numbers, "12:00:03 画像を処理しています: 4200 of 10000 (42%), 1.2k/s, 0:03 left\n");
}
END_TEST

START_TEST(C5_a_program_gets_objects)
{
    mhi_numbers numbers = squares();
    numbers.bad = 2;
    numbers.skipped = 7;
    expect_json(&numbers,
                "{\"time\":\"2026-01-01T12:00:03.042Z\",\"title\":\"squares\",\"done\":4200,"
                "\"total\":10000,\"skipped\":7,\"bad\":2,\"elapsed\":3.500,"
                "\"rate\":1200.000000,\"left\":2.900,\"state\":\"running\"}\n");
    numbers = words();
    numbers.rate = 0.0001;
    expect_json(&numbers,
                "{\"time\":\"2026-01-01T12:00:03.042Z\",\"title\":\"words\",\"done\":4200,"
                "\"total\":null,\"skipped\":0,\"bad\":0,\"elapsed\":3.500,\"rate\":0.000100,"
                "\"left\":null,\"state\":\"running\"}\n");
}
END_TEST

START_TEST(C5_an_object_says_how_it_ended)
{
    static const char *const states[] = {"running", "closed",  "left open",
                                         "failed",  "crashed", "cancelled"};
    for (int i = 0; i < 6; i++) {
        mhi_numbers numbers = squares();
        numbers.ending = (mhi_ending)i;
        mhi_plain_json(line, &numbers, noon_ns);
        char wanted[40];
        snprintf(wanted, sizeof wanted, "\"state\":\"%s\"}\n", states[i]);
        ck_assert_str_eq(strstr(line, "\"state\""), wanted);
    }
}
END_TEST

START_TEST(strings_are_quoted)
{
    expect_quoted("", "");
    expect_quoted("a \"b\" \\ c/d", "a \\\"b\\\" \\\\ c/d");
    expect_quoted("a\nb\tc\033\177", "a\\u000ab\\u0009c\\u001b\\u007f");
    expect_quoted("処理 🎉 é", "処理 🎉 é");
}
END_TEST

START_TEST(broken_utf8_is_replaced)
{
    expect_quoted("a\xFF"
                  "b",
                  "a\uFFFDb");
    expect_quoted("\xE5\x87", "\uFFFD\uFFFD");
    expect_quoted("\xED\xA0\x80", "\uFFFD");
}
END_TEST

START_TEST(a_title_without_end_is_cut_between_characters)
{
    char title[4000] = "x";
    for (int i = 0; i < 1000; i++)
        strcat(title, "画");
    mhi_numbers numbers = squares();
    numbers.title = title;
    ck_assert_uint_lt(mhi_plain_json(line, &numbers, noon_ns), 900);
    ck_assert_ptr_nonnull(strstr(line, "画画\",\"done\":4200"));
    memset(title, '\001', 3999);
    ck_assert_uint_eq(mhi_plain_json(line, &numbers, noon_ns), strlen(line));
    ck_assert_ptr_nonnull(strstr(line, "\\u0001\",\"done\":4200"));
    memset(title, 'x', 3999);
    ck_assert_uint_eq(mhi_plain_line(line, &numbers, noon_ns), strlen(line));
    ck_assert_ptr_nonnull(strstr(line, "xx…: 4200 of 10000"));
}
END_TEST

START_TEST(the_largest_numbers_have_room)
{
    mhi_numbers numbers = {.title = "x",
                           .done = UINT64_MAX,
                           .skipped = UINT64_MAX,
                           .bad = UINT64_MAX,
                           .total = UINT64_MAX,
                           .sized = true,
                           .elapsed_ns = UINT64_MAX,
                           .rate = 1e300,
                           .left_ns = UINT64_MAX - 1};
    expect(&numbers, "12:00:03 x: 18446744073709551615 of 18446744073709551615 (100%), "
                     "18446744073709551615 skipped, 18446744073709551615 bad, "
                     "1000000000000000G/s, 5124095:34:34 left\n");
    expect_json(&numbers, "{\"time\":\"2026-01-01T12:00:03.042Z\",\"title\":\"x\","
                          "\"done\":18446744073709551615,\"total\":18446744073709551615,"
                          "\"skipped\":18446744073709551615,\"bad\":18446744073709551615,"
                          "\"elapsed\":18446744073.709,\"rate\":1000000000000.000000,"
                          "\"left\":18446744073.709,\"state\":\"running\"}\n");
}
END_TEST

START_TEST(rates_are_told_in_the_unit_that_suits)
{
    static const struct {
        double rate;
        const char *said;
    } cases[] = {
        {0, "0/s"},       {0.001, "3.6/h"},   {0.5, "30/min"},  {1, "1.0/s"},
        {9.94, "9.9/s"},  {9.96, "10/s"},     {999.4, "999/s"}, {999.6, "1.0k/s"},
        {12345, "12k/s"}, {999600, "1.0M/s"}, {5e7, "50M/s"},   {3.14e9, "3.1G/s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mhi_numbers numbers = words();
        numbers.rate = cases[i].rate;
        char wanted[80];
        snprintf(wanted, sizeof wanted, "12:00:03 words: 4200, %s, 0:03 so far\n",
                 cases[i].said);
        expect(&numbers, wanted);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plain");
    TCase *tests = tcase_create("plain");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, C5_a_file_gets_plain_lines);
    tcase_add_test(tests, C5_the_last_line_says_how_it_ended);
    tcase_add_test(tests, a_title_may_be_empty_or_wicked);
    tcase_add_test(tests, C5_a_program_gets_objects);
    tcase_add_test(tests, C5_an_object_says_how_it_ended);
    tcase_add_test(tests, strings_are_quoted);
    tcase_add_test(tests, broken_utf8_is_replaced);
    tcase_add_test(tests, a_title_without_end_is_cut_between_characters);
    tcase_add_test(tests, the_largest_numbers_have_room);
    tcase_add_test(tests, rates_are_told_in_the_unit_that_suits);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
