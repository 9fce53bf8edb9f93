// Bar: stories of lines, compared to the last character.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/report/bar.h"
#include "../../src/report/columns.h"
#include "numbers_told.h"

static char line[MHI_BAR_LINE];

static void expect(const mhi_numbers *numbers, int width, bool utf8, const char *wanted)
{
    char copy[MHI_BAR_LINE];
    int columns = mhi_bar_draw(line, numbers, width, utf8, false);
    ck_assert_str_eq(line, wanted);
    ck_assert_int_eq(columns, mhi_columns_copy(copy, sizeof copy, wanted, 1000, true));
}

START_TEST(on_a_wide_terminal_all_is_said)
{
    mhi_numbers numbers = squares();
    expect(&numbers, 76, true,
           "squares  42% ██████████▌                 4 200/10 000  1.2k/s  0:03 left");
    expect(&numbers, 76, false,
           "squares  42% ##########                  4 200/10 000  1.2k/s  0:03 left");
}
END_TEST

START_TEST(the_gauge_does_not_grow_without_end)
{
    mhi_numbers numbers = squares();
    numbers.done = numbers.total;
    expect(&numbers, 300, false,
           "squares 100% ########################################  10 000/10 000  1.2k/s  0:03 "
           "left");
}
END_TEST

START_TEST(on_a_narrow_terminal_the_least_missed_goes_first)
{
    mhi_numbers numbers = squares();
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
    mhi_numbers numbers = words();
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
    mhi_numbers numbers = squares();
    numbers.done = 0;
    numbers.rate = 0;
    numbers.left_ns = MHI_LEFT_UNKNOWN;
    expect(&numbers, 60, true, "squares   0%                 0/10 000     0/s  0:03 so far");
}
END_TEST

START_TEST(ninety_nine_is_not_a_hundred)
{
    mhi_numbers numbers = squares();
    numbers.done = UINT64_MAX / 2 - 1;
    numbers.total = UINT64_MAX / 2;
    expect(&numbers, 16, true, "squares  99%");
    numbers.done = numbers.total + 1;
    expect(&numbers, 16, true, "squares 100%");
    numbers.done = numbers.total = 0;
    expect(&numbers, 16, true, "squares 100%");
}
END_TEST

START_TEST(bad_items_are_told)
{
    mhi_numbers numbers = squares();
    numbers.bad = 3;
    expect(&numbers, 60, true, "squares  42% ████▏        4 200/10 000  3 bad  0:03 left");
    expect(&numbers, 22, true, "squares  42%  3 bad");
}
END_TEST

START_TEST(the_last_word_says_how_many_in_what_time)
{
    mhi_numbers numbers = squares();
    numbers.ending = MHI_CLOSED;
    numbers.done = numbers.total;
    expect(&numbers, 60, true, "squares 100% █████████  10 000/10 000  1.2k/s  in 3.5 s");
    numbers.elapsed_ns = 83 * 1000 * MS;
    expect(&numbers, 60, true, "squares 100% █████████  10 000/10 000  1.2k/s  in 1:23");
    numbers = words();
    numbers.ending = MHI_CLOSED;
    expect(&numbers, 60, true, "words  4 200  1.2k/s  in 3.5 s");
}
END_TEST

START_TEST(C5_a_bar_whose_task_ended_badly_says_so_however_narrow_it_is)
{
    mhi_numbers numbers = squares();
    numbers.ending = MHI_FAILED;
    expect(&numbers, 70, true,
           "squares  42% █████▍          4 200/10 000  1.2k/s  failed after 3.5 s");
    numbers.ending = MHI_CRASHED;
    expect(&numbers, 60, true, "squares  42% ████▏        4 200/10 000  crashed after 3.5 s");
    numbers.ending = MHI_CANCELLED;
    expect(&numbers, 40, true, "squares  42%  cancelled after 3.5 s");
    numbers.ending = MHI_LEFT_OPEN;
    expect(&numbers, 30, true, "squares  42%  left open");
    expect(&numbers, 25, true, "squares  42%  left open");
    expect(&numbers, 20, true, "squares  left open");
    expect(&numbers, 16, true, "squ…  left open");
    expect(&numbers, 10, true, "left open");
    expect(&numbers, 9, true, "");
    numbers.done = numbers.total; // all done, and still it ended badly
    numbers.ending = MHI_FAILED;
    expect(&numbers, 40, true, "squares 100%  failed after 3.5 s");
}
END_TEST

START_TEST(C6_skipped_items_are_told_where_there_is_room)
{
    mhi_numbers numbers = squares();
    numbers.skipped = 1000;
    expect(&numbers, 80, true,
           "squares  42% ██████▎           4 200/10 000  1000 skipped  1.2k/s  0:03 left");
    expect(&numbers, 50, true, "squares  42% ██▉       4 200/10 000  0:03 left");
}
END_TEST

START_TEST(a_map_left_early_stays_where_it_is_and_says_so)
{
    mhi_numbers numbers = squares();
    numbers.ending = MHI_CLOSED;
    numbers.bad = 2;
    expect(&numbers, 78, true,
           "squares  42% █████▍          4 200/10 000  2 bad  1.2k/s  stopped after 3.5 s");
}
END_TEST

START_TEST(colour_is_put_round_parts_and_takes_no_room)
{
    mhi_numbers numbers = squares();
    numbers.ending = MHI_CLOSED;
    numbers.bad = 1;
    mhi_bar_draw(line, &numbers, 79, false, true);
    ck_assert_str_eq(line, "squares  42% \033[32m#####         \033[0m   4 200/10 000  "
                           "\033[31m1 bad\033[0m  1.2k/s  \033[33mstopped after 3.5 s\033[0m");
    numbers.ending = MHI_CRASHED;
    mhi_bar_draw(line, &numbers, 35, false, true);
    ck_assert_str_eq(line, "squares  42%  \033[31mcrashed after 3.5 s\033[0m");
}
END_TEST

START_TEST(a_title_of_wide_characters_is_measured)
{
    mhi_numbers numbers = squares();
    numbers.title = "画像を処理しています";
    expect(&numbers, 80, true,
           "画像を処理しています  42% ██████▋            4 200/10 000  1.2k/s  0:03 left");
    expect(&numbers, 20, true, "画像を処…  42%");
    expect(&numbers, 19, true, "画像を処…  42%");
    expect(&numbers, 20, false, "????????~  42%");
}
END_TEST

START_TEST(a_title_may_be_empty_or_wicked)
{
    mhi_numbers numbers = squares();
    numbers.title = "";
    expect(&numbers, 40, true, " 42% ██▌      4 200/10 000  0:03 left");
    numbers.title = "a\r\nb";
    expect(&numbers, 12, true, "a??b  42%");
}
END_TEST

START_TEST(times_are_told_by_the_clock)
{
    mhi_numbers numbers = squares();
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
    for (int i = 0; i < 6 * 32; i++) {
        mhi_numbers numbers = squares();
        numbers.title = titles[i / 32];
        numbers.sized = i & 16;
        numbers.ending = (mhi_ending)(i % MHI_FORGOTTEN);
        numbers.bad = i & 4 ? UINT64_MAX : 0;
        numbers.skipped = i & 2 ? UINT64_MAX : 0;
        numbers.done = i & 8 ? UINT64_MAX : 17;
        numbers.total = UINT64_MAX;
        for (int width = 0; width < 260; width++) {
            char copy[2 * MHI_BAR_LINE];
            int columns = mhi_bar_draw(line, &numbers, width, i % 3 > 0, false);
            ck_assert_int_le(columns, width > 0 ? width - 1 : 0);
            ck_assert_int_eq(columns, mhi_columns_copy(copy, sizeof copy, line, 1000, true));
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
    tcase_add_test(tests, C5_a_bar_whose_task_ended_badly_says_so_however_narrow_it_is);
    tcase_add_test(tests, C6_skipped_items_are_told_where_there_is_room);
    tcase_add_test(tests, a_map_left_early_stays_where_it_is_and_says_so);
    tcase_add_test(tests, colour_is_put_round_parts_and_takes_no_room);
    tcase_add_test(tests, a_title_of_wide_characters_is_measured);
    tcase_add_test(tests, a_title_may_be_empty_or_wicked);
    tcase_add_test(tests, times_are_told_by_the_clock);
    tcase_add_test(tests, no_line_is_ever_wider_than_its_terminal);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
