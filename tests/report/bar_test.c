// Bar: stories of lines, compared to the last character.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/report/bar.h"
#include "../../src/report/columns.h"
#include "../../src/report/progress.h"

#define MS UINT64_C(1000000)

static char line[MHI_BAR_LINE];

static mhi_bar_numbers squares(void)
{
    return (mhi_bar_numbers){
        .facts = {.title = "squares",
                  .done = 4200,
                  .sized = true,
                  .total = 10000,
                  .elapsed_ns = 3500 * MS},
        .rate = 1200,
        .left_ns = 2900 * MS,
    };
}

static mhi_bar_numbers words(void)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.title = "words";
    numbers.facts.sized = false;
    numbers.left_ns = MHI_LEFT_UNKNOWN;
    return numbers;
}

static void expect(const mhi_bar_numbers *numbers, int width, bool utf8, const char *wanted)
{
    size_t size = mhi_bar_draw(line, numbers, width, utf8, false);
    ck_assert_str_eq(line, wanted);
    ck_assert_uint_eq(size, strlen(wanted));
}

static void expect_said(const mhi_bar_numbers *numbers, const char *wanted)
{
    size_t size = mhi_bar_say(line, numbers, 12 * 3600 + 3);
    ck_assert_str_eq(line, wanted);
    ck_assert_uint_eq(size, strlen(wanted));
}

START_TEST(on_a_wide_terminal_all_is_said)
{
    mhi_bar_numbers numbers = squares();
    expect(&numbers, 76, true,
           "squares  42% ██████████▌                 4 200/10 000  1.2k/s  0:03 left");
    expect(&numbers, 76, false,
           "squares  42% ##########                  4 200/10 000  1.2k/s  0:03 left");
}
END_TEST

START_TEST(the_gauge_does_not_grow_without_end)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.done = numbers.facts.total;
    expect(&numbers, 300, false,
           "squares 100% ########################################  10 000/10 000  1.2k/s  0:03 "
           "left");
}
END_TEST

START_TEST(on_a_narrow_terminal_the_least_missed_goes_first)
{
    mhi_bar_numbers numbers = squares();
    expect(&numbers, 50, true, "squares  42% ██▉       4 200/10 000  0:03 left");
    expect(&numbers, 40, true, "squares  42%   4 200/10 000  0:03 left");
    expect(&numbers, 30, true, "squares  42%  0:03 left");
    expect(&numbers, 16, true, "squares  42%");
    expect(&numbers, 12, true, "squar…  42%");
    expect(&numbers, 12, false, "squar~  42%");
    expect(&numbers, 5, true, " 42%");
    expect(&numbers, 4, true, "");
    expect(&numbers, 0, true, "");
}
END_TEST

START_TEST(without_a_total_it_tells_how_many_and_how_long)
{
    mhi_bar_numbers numbers = words();
    expect(&numbers, 80, true, "words  4 200  1.2k/s  0:03 so far");
    expect(&numbers, 30, true, "words  4 200  0:03 so far");
    expect(&numbers, 20, true, "words  4 200");
    expect(&numbers, 10, true, "w…  4 200");
    expect(&numbers, 6, true, "4 200");
    expect(&numbers, 5, true, "");
}
END_TEST

START_TEST(before_the_first_item_no_time_left_is_told)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.done = 0;
    numbers.rate = 0;
    numbers.left_ns = MHI_LEFT_UNKNOWN;
    expect(&numbers, 60, true, "squares   0%                 0/10 000     0/s  0:03 so far");
}
END_TEST

START_TEST(ninety_nine_is_not_a_hundred)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.done = UINT64_MAX / 2 - 1;
    numbers.facts.total = UINT64_MAX / 2;
    expect(&numbers, 16, true, "squares  99%");
    numbers.facts.done = numbers.facts.total + 1;
    expect(&numbers, 16, true, "squares 100%");
    numbers.facts.done = numbers.facts.total = 0;
    expect(&numbers, 16, true, "squares 100%");
}
END_TEST

START_TEST(bad_items_are_told)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.bad = 3;
    expect(&numbers, 60, true, "squares  42% ████▏        4 200/10 000  3 bad  0:03 left");
    expect(&numbers, 22, true, "squares  42%  3 bad");
}
END_TEST

START_TEST(the_last_word_says_how_many_in_what_time)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.ended = true;
    numbers.facts.done = numbers.facts.total;
    expect(&numbers, 60, true, "squares 100% █████████  10 000/10 000  1.2k/s  in 3.5 s");
    numbers.facts.elapsed_ns = 83 * 1000 * MS;
    expect(&numbers, 60, true, "squares 100% █████████  10 000/10 000  1.2k/s  in 1:23");
    numbers = words();
    numbers.facts.ended = true;
    expect(&numbers, 60, true, "words  4 200  1.2k/s  in 3.5 s");
}
END_TEST

START_TEST(a_map_left_early_stays_where_it_is_and_says_so)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.ended = true;
    numbers.facts.bad = 2;
    expect(&numbers, 78, true,
           "squares  42% █████▍          4 200/10 000  2 bad  1.2k/s  stopped after 3.5 s");
    expect_said(&numbers, "12:00:03 squares: 4200 of 10000 (42%), 2 bad, 1.2k/s, "
                          "stopped after 3.5 s\n");
}
END_TEST

START_TEST(colour_is_put_round_parts_and_takes_no_room)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.ended = true;
    numbers.facts.bad = 1;
    mhi_bar_draw(line, &numbers, 79, false, true);
    ck_assert_str_eq(line, "squares  42% \033[32m#####         \033[0m   4 200/10 000  "
                           "\033[31m1 bad\033[0m  1.2k/s  \033[33mstopped after 3.5 s\033[0m");
}
END_TEST

START_TEST(a_title_of_wide_characters_is_measured)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.title = "画像を処理しています";
    expect(&numbers, 80, true,
           "画像を処理しています  42% ██████▋            4 200/10 000  1.2k/s  0:03 left");
    expect(&numbers, 20, true, "画像を処…  42%");
    expect(&numbers, 19, true, "画像を処…  42%");
    expect(&numbers, 20, false, "????????~  42%");
    expect_said(&numbers,
                "12:00:03 画像を処理しています: 4200 of 10000 (42%), 1.2k/s, 0:03 left\n");
}
END_TEST

START_TEST(a_title_may_be_empty_or_wicked)
{
    mhi_bar_numbers numbers = squares();
    numbers.facts.title = "";
    expect(&numbers, 40, true, " 42% ██▌      4 200/10 000  0:03 left");
    expect_said(&numbers, "12:00:03 4200 of 10000 (42%), 1.2k/s, 0:03 left\n");
    numbers.facts.title = "a\r\nb";
    expect_said(&numbers, "12:00:03 a??b: 4200 of 10000 (42%), 1.2k/s, 0:03 left\n");
}
END_TEST

START_TEST(a_file_gets_plain_lines)
{
    mhi_bar_numbers numbers = squares();
    expect_said(&numbers, "12:00:03 squares: 4200 of 10000 (42%), 1.2k/s, 0:03 left\n");
    numbers = words();
    expect_said(&numbers, "12:00:03 words: 4200, 1.2k/s, 0:03 so far\n");
    numbers.facts.ended = true;
    expect_said(&numbers, "12:00:03 words: 4200, 1.2k/s, in 3.5 s\n");
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
        mhi_bar_numbers numbers = words();
        numbers.rate = cases[i].rate;
        mhi_bar_say(line, &numbers, 0);
        char wanted[80];
        snprintf(wanted, sizeof wanted, "00:00:00 words: 4200, %s, 0:03 so far\n",
                 cases[i].said);
        ck_assert_str_eq(line, wanted);
    }
}
END_TEST

START_TEST(times_are_told_by_the_clock)
{
    mhi_bar_numbers numbers = squares();
    numbers.left_ns = 1;
    expect(&numbers, 30, true, "squares  42%  0:01 left");
    numbers.left_ns = 0;
    expect(&numbers, 30, true, "squares  42%  0:00 left");
    numbers.left_ns = 3599 * 1000 * MS + 1;
    expect(&numbers, 30, true, "squares  42%  1:00:00 left");
    numbers.left_ns = UINT64_C(360000) * 1000 * MS;
    expect(&numbers, 30, true, "squares  42%  100:00:00 left");
}
END_TEST

START_TEST(no_line_is_ever_wider_than_its_terminal)
{
    char endless[400], pictures[400] = "";
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    for (int i = 0; i < 99; i++)
        strcat(pictures, "🎉");
    const char *const titles[] = {"",      "x",     "squares", "画像を処理しています",
                                  endless, pictures};
    for (int i = 0; i < 6 * 16; i++) {
        mhi_bar_numbers numbers = squares();
        numbers.facts.title = titles[i / 16];
        numbers.facts.sized = i & 1;
        numbers.facts.ended = i & 2;
        numbers.facts.bad = i & 4 ? UINT64_MAX : 0;
        numbers.facts.done = i & 8 ? UINT64_MAX : 17;
        numbers.facts.total = UINT64_MAX;
        for (int width = 0; width < 260; width++) {
            char copy[2 * MHI_BAR_LINE];
            size_t size = mhi_bar_draw(line, &numbers, width, i % 3 > 0, false);
            ck_assert_uint_eq(size, strlen(line));
            int columns = mhi_columns_copy(copy, sizeof copy, line, 1000, true);
            ck_assert_int_le(columns, width > 0 ? width - 1 : 0);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bar");
    TCase *tests = tcase_create("bar");
    tcase_add_test(tests, on_a_wide_terminal_all_is_said);
    tcase_add_test(tests, the_gauge_does_not_grow_without_end);
    tcase_add_test(tests, on_a_narrow_terminal_the_least_missed_goes_first);
    tcase_add_test(tests, without_a_total_it_tells_how_many_and_how_long);
    tcase_add_test(tests, before_the_first_item_no_time_left_is_told);
    tcase_add_test(tests, ninety_nine_is_not_a_hundred);
    tcase_add_test(tests, bad_items_are_told);
    tcase_add_test(tests, the_last_word_says_how_many_in_what_time);
    tcase_add_test(tests, a_map_left_early_stays_where_it_is_and_says_so);
    tcase_add_test(tests, colour_is_put_round_parts_and_takes_no_room);
    tcase_add_test(tests, a_title_of_wide_characters_is_measured);
    tcase_add_test(tests, a_title_may_be_empty_or_wicked);
    tcase_add_test(tests, a_file_gets_plain_lines);
    tcase_add_test(tests, rates_are_told_in_the_unit_that_suits);
    tcase_add_test(tests, times_are_told_by_the_clock);
    tcase_add_test(tests, no_line_is_ever_wider_than_its_terminal);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
