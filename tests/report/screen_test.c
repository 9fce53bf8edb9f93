// Screen: stories of bars on a terminal and in files, compared to the last character.

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <manyhands/log.h>

#include "../../src/base/memory.h"
#include "../../src/report/report.h"
#include "fake_screen.h"

#define MS UINT64_C(1000000)

static void begin(void)
{
    static const char *const names[] = {"MH_PROGRESS", "CI", "LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    mh_log_limit(MH_LOG_OFF);
    mhi_fail_after(0);
    mhi_screen_on(&fake_target);
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_AUTO, -1), MH_OK);
    memset(fake_terminals, 0, sizeof fake_terminals);
    fake_now_ns = 0;
    fake_columns = 60;
    fake_is_terminal = true;
}

static mhi_bar *open_bar(const char *title)
{
    mhi_bar *bar = NULL;
    ck_assert_int_eq(mhi_bar_open(&bar, title), MH_OK);
    return bar;
}

// Tells, `ms` after the last time, that `done` of `total` are done; all bars were opened at time 0.
static void tell_all(mhi_bar *bar, uint64_t ms, uint64_t done, uint64_t total, bool ended)
{
    fake_now_ns += ms * MS;
    mh_progress_facts facts = {
        .done = done, .sized = total > 0, .total = total, .ended = ended};
    facts.elapsed_ns = fake_now_ns;
    mhi_bar_tell(bar, &facts);
}

static void tell(mhi_bar *bar, uint64_t ms, uint64_t done, uint64_t total)
{
    tell_all(bar, ms, done, total, false);
}

static void end(mhi_bar *bar, uint64_t ms, uint64_t done, uint64_t total)
{
    tell_all(bar, ms, done, total, true);
}

#define expect_screen(wanted) ck_assert_str_eq(fake_screen(2), wanted)

// ---- on a terminal --------------------------------------------------------------------------

START_TEST(one_bar_is_redrawn_in_its_row)
{
    mhi_bar *bar = open_bar("squares");
    ck_assert_int_eq(fake_terminals[2].writes, 0);
    tell(bar, 0, 0, 100);
    expect_screen("squares   0%                    0/100     0/s  0:00 so far|");
    tell(bar, 1000, 50, 100);
    expect_screen("squares  50% #######           50/100    50/s  0:01 left|");
    end(bar, 1000, 100, 100);
    expect_screen("squares 100% ###############  100/100    50/s  in 2.0 s\n|");
    ck_assert_int_eq(fake_terminals[2].writes, 3);
}
END_TEST

START_TEST(the_bytes_of_a_frame)
{
    mhi_bar *bar = open_bar("words");
    tell(bar, 0, 0, 0);
    ck_assert_str_eq(fake_terminals[2].last, "\rwords  0     0/s  0:00 so far\033[J");
    mhi_bar *other = open_bar("lines");
    tell(other, 1000, 7, 0);
    ck_assert_str_eq(fake_terminals[2].last, "\rwords  0     0/s  0:01 so far\033[K\n"
                                             "lines  7   7.0/s  0:01 so far\033[J");
    end(bar, 1000, 3, 0);
    ck_assert_str_eq(fake_terminals[2].last, "\r\033[1Awords  3   1.5/s  in 2.0 s\033[K\n"
                                             "lines  7   3.6/s  0:02 so far\033[J");
    end(other, 0, 8, 0);
    ck_assert_str_eq(fake_terminals[2].last, "\rlines  8   4.0/s  in 2.0 s\033[J\n");
}
END_TEST

START_TEST(nothing_new_still_moves_the_clock)
{
    mhi_bar *bar = open_bar("words");
    tell(bar, 0, 0, 0);
    tell(bar, 5000, 0, 0);
    expect_screen("words  0     0/s  0:05 so far|");
    mhi_bar_drop(bar);
}
END_TEST

START_TEST(a_burst_of_news_makes_ten_frames_a_second)
{
    mhi_bar *first = open_bar("first"), *second = open_bar("second");
    for (uint64_t i = 0; i < 1000; i++)
        tell(i % 2 ? second : first, 1, i, 0);
    ck_assert_int_le(fake_terminals[2].writes, 10);
    ck_assert_int_ge(fake_terminals[2].writes, 9);
    end(first, 0, 1000, 0);
    end(second, 0, 1000, 0);
    ck_assert_int_le(fake_terminals[2].writes, 12);
}
END_TEST

START_TEST(an_ended_bar_scrolls_up_and_the_others_stay)
{
    mhi_bar *a = open_bar("a"), *b = open_bar("b"), *c = open_bar("c");
    tell(a, 1000, 1, 0);
    tell(b, 1000, 2, 0);
    tell(c, 1000, 3, 0);
    expect_screen("a  1  22/min  0:03 so far\n"
                  "b  2  42/min  0:03 so far\n"
                  "c  3   1.0/s  0:03 so far|");
    end(b, 1000, 4, 0);
    expect_screen("b  4   1.0/s  in 4.0 s\n"
                  "a  1  16/min  0:04 so far\n"
                  "c  3  47/min  0:04 so far|");
    end(c, 0, 4, 0);
    expect_screen("b  4   1.0/s  in 4.0 s\n"
                  "c  4   1.0/s  in 4.0 s\n"
                  "a  1  16/min  0:04 so far|");
    end(a, 0, 4, 0);
    expect_screen("b  4   1.0/s  in 4.0 s\n"
                  "c  4   1.0/s  in 4.0 s\n"
                  "a  4   1.0/s  in 4.0 s\n|");
}
END_TEST

START_TEST(a_bar_that_was_never_seen_has_its_last_word_all_the_same)
{
    mhi_bar *slow = open_bar("slow"), *quick = open_bar("quick");
    tell(slow, 1000, 1, 0);
    end(quick, 1, 5, 0);
    expect_screen("quick  5   5.0/s  in 1.0 s\n"
                  "slow  1   1.0/s  0:01 so far|");
    end(slow, 0, 1, 0);
}
END_TEST

START_TEST(a_dropped_bar_leaves_nothing)
{
    mhi_bar *first = open_bar("first"), *second = open_bar("second"),
            *third = open_bar("third");
    mhi_bar_drop(third);
    ck_assert_int_eq(fake_terminals[2].writes, 0);
    tell(first, 1000, 1, 0);
    tell(second, 1000, 2, 0);
    mhi_bar_drop(first);
    expect_screen("second  2   1.0/s  0:02 so far|");
    mhi_bar_drop(second);
    expect_screen("|");
}
END_TEST

START_TEST(the_width_is_asked_for_each_frame)
{
    mhi_bar *bar = open_bar("squares");
    tell(bar, 1000, 50, 100);
    fake_columns = 30;
    tell(bar, 1000, 100, 100);
    expect_screen("squares 100%  0:00 left|");
    fake_columns = 0; // not known
    tell(bar, 1000, 100, 100);
    ck_assert_uint_gt(strlen(fake_screen(2)), 60);
    fake_columns = 60;
    mhi_bar_drop(bar);
}
END_TEST

START_TEST(utf8_and_colour_reach_the_terminal)
{
    setenv("LANG", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    mhi_bar *bar = open_bar("処理");
    end(bar, 1000, 1, 2);
    ck_assert_str_eq(fake_terminals[2].last,
                     "\r処理  50% \033[32m███████▌       \033[0m  1/2   1.0/s  "
                     "\033[33mstopped after 1.0 s\033[0m\033[J\n");
}
END_TEST

START_TEST(more_bars_than_rows_take_turns)
{
    mhi_bar *all[20];
    for (int i = 0; i < 20; i++)
        all[i] = open_bar("many");
    for (int i = 0; i < 20; i++)
        tell(all[i], 1000, 1, 0);
    ck_assert_int_eq(fake_terminals[2].row, 15);
    for (int i = 0; i < 20; i++)
        end(all[i], 0, 1, 0);
    ck_assert_int_eq(fake_terminals[2].row, 20);
}
END_TEST

START_TEST(each_descriptor_has_its_own_screen)
{
    mhi_bar *here = open_bar("here");
    ck_assert_int_eq(dup2(2, 5), 5); // what is written is the fake's; but it must be open
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_AUTO, 5), MH_OK);
    mhi_bar *there = open_bar("there");
    tell(here, 1000, 1, 0);
    tell(there, 0, 1, 0);
    end(here, 0, 1, 0);
    expect_screen("here  1   1.0/s  in 1.0 s\n|");
    ck_assert_str_eq(fake_screen(5), "there  1   1.0/s  0:01 so far|");
    end(there, 0, 1, 0);
    ck_assert_str_eq(fake_screen(5), "there  1   1.0/s  in 1.0 s\n|");
}
END_TEST

// ---- elsewhere ------------------------------------------------------------------------------

START_TEST(a_file_gets_lines_at_growing_intervals)
{
    fake_is_terminal = false;
    mhi_bar *bar = open_bar("squares");
    for (int i = 0; i <= 80; i++)
        tell(bar, i > 0 ? 100 : 0, (uint64_t)i * 10, 1000);
    end(bar, 2000, 1000, 1000);
    ck_assert_str_eq(fake_terminals[2].raw,
                     "12:00:00 squares: 0 of 1000 (0%), 0/s, 0:00 so far\n"
                     "12:00:01 squares: 100 of 1000 (10%), 100/s, 0:09 left\n"
                     "12:00:03 squares: 300 of 1000 (30%), 100/s, 0:07 left\n"
                     "12:00:07 squares: 700 of 1000 (70%), 100/s, 0:03 left\n"
                     "12:00:10 squares: 1000 of 1000 (100%), 100/s, in 0:10\n");
}
END_TEST

START_TEST(lines_are_never_more_than_a_minute_apart)
{
    fake_is_terminal = false;
    mhi_bar *bar = open_bar("words");
    for (int i = 0; i < 3600; i++)
        tell(bar, 1000, 1, 0);
    // at 0, 1, 3, 7, 15, 31, 63 seconds, then each minute
    ck_assert_int_eq(fake_terminals[2].writes, 7 + (3599 - 63) / 60);
    mhi_bar_drop(bar);
}
END_TEST

START_TEST(first_and_last_are_always_said)
{
    fake_is_terminal = false;
    mhi_bar *bar = open_bar("words");
    tell(bar, 0, 0, 0);
    tell(bar, 1, 1, 0);
    end(bar, 1, 2, 0);
    ck_assert_str_eq(fake_terminals[2].raw, "12:00:00 words: 0, 0/s, 0:00 so far\n"
                                            "12:00:00 words: 2, 1.0k/s, in 0.0 s\n");
    end(open_bar("more"), 1000, 3, 0);
    ck_assert_int_eq(fake_terminals[2].writes, 3);
}
END_TEST

START_TEST(where_no_bar_is_wanted_there_are_lines)
{
    static const char *const wishes[][2] = {
        {"CI", "1"}, {"TERM", "dumb"}, {"MH_PROGRESS", "lines"}};
    for (int i = 0; i < 3; i++) {
        begin();
        setenv(wishes[i][0], wishes[i][1], 1);
        mhi_bar *bar = open_bar("words");
        tell(bar, 0, 0, 0);
        end(bar, 1000, 2, 0);
        ck_assert_int_eq(fake_terminals[2].writes, 2);
        ck_assert_ptr_null(strpbrk(fake_terminals[2].raw, "\r\033"));
    }
}
END_TEST

START_TEST(off_is_silent)
{
    setenv("MH_PROGRESS", "off", 1);
    mhi_bar *bar = open_bar("words");
    tell(bar, 0, 0, 0);
    end(bar, 1000, 2, 0);
    mhi_bar_drop(open_bar("more"));
    ck_assert_int_eq(fake_terminals[2].writes, 0);
}
END_TEST

START_TEST(a_bar_keeps_the_look_it_was_opened_with)
{
    mhi_bar *bar = open_bar("words");
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_OFF, -1), MH_OK);
    mhi_bar *silent = open_bar("silent");
    tell(silent, 1000, 1, 0);
    tell(bar, 0, 1, 0);
    expect_screen("words  1   1.0/s  0:01 so far|");
    end(silent, 0, 1, 0);
    end(bar, 0, 1, 0);
    expect_screen("words  1   1.0/s  in 1.0 s\n|");
}
END_TEST

// ---- refusals -------------------------------------------------------------------------------

START_TEST(a_wish_without_sense_is_refused)
{
    ck_assert_int_eq(mh_progress_to((mh_progress_mode)4, 2), MH_INVALID);
    ck_assert_int_eq(mh_progress_to((mh_progress_mode)-1, 2), MH_INVALID);
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_BAR, -2), MH_INVALID);
}
END_TEST

START_TEST(whichever_demand_fails_nothing_is_left_behind)
{
    mhi_bar *bar = NULL;
    uint64_t nth = 1;
    for (mh_status status = MH_NO_MEMORY; status != MH_OK; nth++) {
        mhi_fail_after(nth);
        status = mhi_bar_open(&bar, "squares");
        ck_assert(status == MH_OK || status == MH_NO_MEMORY);
        ck_assert(status == MH_OK || bar == NULL);
    }
    ck_assert_uint_le(nth - 1, 3); // the bar, the watch on forks, neither
    mhi_fail_after(1);
    tell(bar, 0, 1, 2); // drawing asks for nothing
    end(bar, 0, 2, 2);
    ck_assert_uint_eq(mhi_demands(), 0);
}
END_TEST

START_TEST(a_forked_child_leaves_its_parents_bars_alone)
{
    mhi_bar *bar = open_bar("parent");
    tell(bar, 1000, 1, 0);
    pid_t child = fork();
    if (child == 0) {
        int before = fake_terminals[2].writes;
        end(bar, 1000, 2, 0);
        bool is_silent = fake_terminals[2].writes == before;
        end(open_bar("child"), 1000, 2, 0);
        _exit(is_silent && fake_terminals[2].writes == before + 1 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    end(bar, 0, 1, 0);
}
END_TEST

static TCase *terminal_tests(void)
{
    TCase *tests = tcase_create("on a terminal");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, one_bar_is_redrawn_in_its_row);
    tcase_add_test(tests, the_bytes_of_a_frame);
    tcase_add_test(tests, nothing_new_still_moves_the_clock);
    tcase_add_test(tests, a_burst_of_news_makes_ten_frames_a_second);
    tcase_add_test(tests, an_ended_bar_scrolls_up_and_the_others_stay);
    tcase_add_test(tests, a_bar_that_was_never_seen_has_its_last_word_all_the_same);
    tcase_add_test(tests, a_dropped_bar_leaves_nothing);
    tcase_add_test(tests, the_width_is_asked_for_each_frame);
    tcase_add_test(tests, utf8_and_colour_reach_the_terminal);
    tcase_add_test(tests, more_bars_than_rows_take_turns);
    tcase_add_test(tests, each_descriptor_has_its_own_screen);
    return tests;
}

static TCase *other_tests(void)
{
    TCase *tests = tcase_create("elsewhere");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, a_file_gets_lines_at_growing_intervals);
    tcase_add_test(tests, lines_are_never_more_than_a_minute_apart);
    tcase_add_test(tests, first_and_last_are_always_said);
    tcase_add_test(tests, where_no_bar_is_wanted_there_are_lines);
    tcase_add_test(tests, off_is_silent);
    tcase_add_test(tests, a_bar_keeps_the_look_it_was_opened_with);
    tcase_add_test(tests, a_wish_without_sense_is_refused);
    tcase_add_test(tests, whichever_demand_fails_nothing_is_left_behind);
    tcase_add_test(tests, a_forked_child_leaves_its_parents_bars_alone);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("screen");
    suite_add_tcase(suite, terminal_tests());
    suite_add_tcase(suite, other_tests());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
