// Screen, its room: stories of more bars than rows, and of terminals that change their size.

#include "fake_screen.h"

static const char *row_of(int number) // from 0, of the window
{
    static char row[400];
    const char *from = fake_terminal_rows(&fake_terminals[2], fake_terminals[2].top);
    for (; number > 0 && from != NULL; number--)
        from = strchr(from, '\n') != NULL ? strchr(from, '\n') + 1 : NULL;
    ck_assert_ptr_nonnull(from);
    snprintf(row, sizeof row, "%.*s", (int)strcspn(from, "\n"), from);
    return row;
}

static void open_many(int count, uint64_t total)
{
    static char titles[FAKE_BARS][16];
    for (int i = 0; i < count; i++) {
        snprintf(titles[i], sizeof titles[i], "bar %d", i);
        fake_open(titles[i], total);
    }
}

START_TEST(C5_two_hundred_bars_in_24_rows)
{
    open_many(200, 100);
    for (int i = 0; i < 200; i++)
        fake_bars[i].done = 50;
    fake_look(1000);
    ck_assert_int_eq(fake_terminals[2].row, 22); // 23 rows, and one stays free
    ck_assert_str_eq(row_of(0), "bar 0  50% ########            50/100    50/s  0:01 left");
    ck_assert_str_eq(row_of(20), "bar 20  50% ########           50/100    50/s  0:01 left");
    ck_assert_str_eq(row_of(21), "and 179 more");
    ck_assert_str_eq(row_of(22), "all 200  50% ####       10 000/20 000   10k/s  0:01 left|");
    fake_look(100);
    ck_assert_int_eq(fake_terminals[2].row, 22);
}
END_TEST

START_TEST(C5_when_bars_end_others_take_their_rows)
{
    open_many(200, 100);
    fake_look(1000);
    for (int i = 0; i < 170; i++) {
        fake_bars[i].done = 100;
        fake_end(&fake_bars[i], MHI_CLOSED);
    }
    fake_look(1000);
    ck_assert_int_eq(fake_terminals[2].row, 170 + 22);
    ck_assert_str_eq(row_of(1), "bar 170   0%                    0/100     0/s  0:02 so far");
    ck_assert_str_eq(row_of(21), "bar 190   0%                    0/100     0/s  0:02 so far");
    ck_assert_str_eq(row_of(22), "and 9 more");
    ck_assert_str_eq(row_of(23), "all 200  85% #######    17 000/20 000  8.2k/s  0:01 left|");
    for (int i = 170; i < 177; i++)
        fake_end(&fake_bars[i], MHI_CLOSED);
    fake_look(0);
    ck_assert_str_eq(row_of(22), "bar 198   0%                    0/100     0/s  0:02 so far");
    ck_assert_str_eq(row_of(23), "bar 199   0%                    0/100     0/s  0:02 so far|");
    ck_assert_int_eq(fake_terminals[2].row, 177 + 22);
}
END_TEST

START_TEST(C5_the_line_for_all_tells_what_is_known)
{
    fake_resize(60, 4);
    open_many(8, 100);
    fake_bars[0].done = fake_bars[0].skipped = 60;
    fake_bars[7].done = 20;
    fake_bars[7].bad = 2;
    fake_look(1000);
    expect_screen("bar 0  60% ###      60/100  60 skipped     0/s  0:01 so far\n"
                  "and 7 more\n"
                  "all 8  10% #            80/800  2 bad    20/s  0:36 left|");
    fake_bars[3].sized = false;
    fake_look(1000);
    expect_screen("bar 0  60% ###      60/100  60 skipped     0/s  0:02 so far\n"
                  "and 7 more\n"
                  "all 8  80  60 skipped  2 bad    10/s  0:02 so far|");
}
END_TEST

START_TEST(C5_the_line_for_all_never_goes_back_when_a_bar_ends)
{
    fake_resize(60, 4);
    open_many(6, 10);
    for (int i = 0; i < 3; i++)
        fake_bars[i].done = 10;
    fake_look(1000);
    ck_assert_str_eq(row_of(2), "all 6  50% #########            30/60    30/s  0:01 left|");
    fake_end(&fake_bars[0], MHI_CLOSED);
    fake_end(&fake_bars[5], MHI_FAILED); // at 0; the 10 it had will not be done
    fake_look(0);
    ck_assert_str_eq(row_of(3), "all 6  60% ###########          30/50    30/s  0:01 left|");
}
END_TEST

START_TEST(C5_after_all_have_ended_the_next_begin_anew)
{
    fake_resize(60, 3);
    open_many(3, 10);
    fake_look(1000);
    for (int i = 0; i < 3; i++)
        fake_end(&fake_bars[i], MHI_CLOSED);
    fake_look(0);
    open_many(4, 10);
    fake_look(2000);
    expect_window("bar 2   0%                0/10     0/s  stopped after 1.0 s\n"
                  "bar 0   0%                       0/10     0/s  0:02 so far\n"
                  "all 4   0%                       0/40     0/s  0:02 so far|");
}
END_TEST

START_TEST(C5_never_more_rows_than_the_terminal_has_less_one)
{
    open_many(20, 10);
    for (int lines = 30; lines > 0; lines--) {
        fake_begin();
        fake_terminal_clear(&fake_terminals[2]);
        fake_resize(60, lines);
        fake_look(200);
        int most = lines - 1 < 20 ? lines - 1 : 20;
        ck_assert_int_eq(fake_terminals[2].row + 1, most > 1 ? most : 1);
        ck_assert_int_eq(fake_terminals[2].top, 0);
        if (lines == 3)
            expect_screen("bar 0   0%                       0/10     0/s  0:05 so far\n"
                          "all 20   0%                     0/200     0/s  0:05 so far|");
        if (lines == 2)
            expect_screen("all 20   0%                     0/200     0/s  0:05 so far|");
        if (lines == 1)
            expect_screen("|");
    }
}
END_TEST

START_TEST(C5_in_a_single_row_last_words_and_lines_are_still_told)
{
    fake_resize(60, 1);
    mhi_sight *bar = fake_open("words", 0);
    fake_look(1000);
    fake_say(2, "hello\n");
    fake_end(bar, MHI_CLOSED);
    fake_look(0);
    expect_screen("hello\nwords  0     0/s  in 1.0 s\n|");
}
END_TEST

START_TEST(C5_width_is_asked_at_each_frame)
{
    fake_open("squares", 100)->done = 50;
    fake_look(1000);
    fake_resize(30, 24);
    fake_look(1000);
    expect_screen("squares  50%  0:02 left|");
    fake_resize(100, 24);
    fake_look(1000);
    expect_screen("squares  50% ####################                       50/100    18/s  "
                  "0:03 left|");
    fake_resize(4, 24);
    fake_look(1000);
    expect_screen("|");
}
END_TEST

START_TEST(C5_a_terminal_that_becomes_narrower_keeps_no_torn_rows)
{
    fake_say(2, "before\n");
    open_many(3, 100);
    fake_look(1000);
    fake_resize(25, 24); // each row of 59 columns is three now
    ck_assert_int_eq(fake_terminals[2].row, 1 + 3 * 3 - 1);
    fake_look(1000);
    expect_screen("before\n"
                  "bar 0   0%  0:02 so far\n"
                  "bar 1   0%  0:02 so far\n"
                  "bar 2   0%  0:02 so far|");
    fake_resize(10, 24);
    fake_end(&fake_bars[1], MHI_CLOSED);
    fake_look(1000);
    expect_screen("before\n"
                  "stopped\n"
                  "bar~   0%\n"
                  "bar~   0%|");
}
END_TEST

START_TEST(C5_a_line_said_right_after_a_resize_tears_nothing)
{
    open_many(3, 100);
    fake_look(1000);
    fake_resize(25, 24);
    fake_say(2, "hello\n");
    expect_screen("hello\n|"); // the bars as they were do not fit
    fake_say(2, "world\n");
    expect_screen("hello\nworld\n|");
    fake_look(100);
    expect_screen("hello\nworld\n"
                  "bar 0   0%  0:01 so far\n"
                  "bar 1   0%  0:01 so far\n"
                  "bar 2   0%  0:01 so far|");
    fake_resize(100, 30);
    fake_say(2, "wider\n");
    expect_screen("hello\nworld\nwider\n"
                  "bar 0   0%  0:01 so far\n"
                  "bar 1   0%  0:01 so far\n"
                  "bar 2   0%  0:01 so far|");
}
END_TEST

START_TEST(C5_a_terminal_that_becomes_lower_shows_what_fits)
{
    open_many(10, 10);
    fake_look(1000);
    ck_assert_int_eq(fake_terminals[2].row, 9);
    fake_resize(60, 5);
    fake_look(1000);
    expect_window("bar 0   0%                       0/10     0/s  0:02 so far\n"
                  "bar 1   0%                       0/10     0/s  0:02 so far\n"
                  "and 8 more\n"
                  "all 10   0%                     0/100     0/s  0:02 so far|");
    fake_resize(60, 24);
    fake_look(1000);
    ck_assert_int_eq(fake_terminals[2].row - fake_terminals[2].top + 1, 15);
}
END_TEST

START_TEST(a_terminal_of_unknown_size_is_80_by_24)
{
    fake_terminals[2].columns = 0;
    open_many(30, 10);
    fake_terminals[2].columns = 160;
    fake_is_terminal = false; // so the size is not known ...
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_BAR, -1), MH_OK);
    fake_look(1000);
    fake_terminal_write(&fake_terminals[2], fake_last, strlen(fake_last));
    ck_assert_int_eq(fake_terminals[2].row, 22);
    ck_assert_str_eq(
        row_of(0),
        "bar 0   0%                                           0/10     0/s  0:01 so far");
}
END_TEST

static TCase *tests(void)
{
    TCase *tests = tcase_create("room");
    tcase_add_checked_fixture(tests, fake_begin, NULL);
    tcase_add_test(tests, C5_two_hundred_bars_in_24_rows);
    tcase_add_test(tests, C5_when_bars_end_others_take_their_rows);
    tcase_add_test(tests, C5_the_line_for_all_tells_what_is_known);
    tcase_add_test(tests, C5_the_line_for_all_never_goes_back_when_a_bar_ends);
    tcase_add_test(tests, C5_after_all_have_ended_the_next_begin_anew);
    tcase_add_test(tests, C5_never_more_rows_than_the_terminal_has_less_one);
    tcase_add_test(tests, C5_in_a_single_row_last_words_and_lines_are_still_told);
    tcase_add_test(tests, C5_width_is_asked_at_each_frame);
    tcase_add_test(tests, C5_a_terminal_that_becomes_narrower_keeps_no_torn_rows);
    tcase_add_test(tests, C5_a_line_said_right_after_a_resize_tears_nothing);
    tcase_add_test(tests, C5_a_terminal_that_becomes_lower_shows_what_fits);
    tcase_add_test(tests, a_terminal_of_unknown_size_is_80_by_24);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("room");
    suite_add_tcase(suite, tests());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
