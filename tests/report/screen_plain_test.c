// Screen, elsewhere than on a terminal: stories of lines and objects in files.

#include <unistd.h>

#include "fake_screen.h"

static int lines_written(void)
{
    int count = 0;
    for (size_t i = 0; i < fake_raw_size[2]; i++)
        count += fake_raw[2][i] == '\n';
    return count;
}

START_TEST(C5_a_file_gets_lines_at_growing_intervals)
{
    fake_is_terminal = false;
    mhi_sight *bar = fake_open("squares", 1000);
    fake_look(0);
    for (int i = 0; i < 80; i++) {
        bar->done += 10;
        fake_look(100);
    }
    fake_now_ns = 10000 * MS;
    bar->done = 1000;
    fake_end(bar, MHI_CLOSED);
    fake_look(0);
    expect_raw("12:00:00 squares: 0 of 1000 (0%), 0/s, 0:00 so far\n"
               "12:00:01 squares: 100 of 1000 (10%), 100/s, 0:09 left\n"
               "12:00:03 squares: 300 of 1000 (30%), 100/s, 0:07 left\n"
               "12:00:07 squares: 700 of 1000 (70%), 100/s, 0:03 left\n"
               "12:00:10 squares: 1000 of 1000 (100%), 100/s, in 0:10\n");
}
END_TEST

START_TEST(C5_lines_are_never_more_than_a_minute_apart)
{
    fake_is_terminal = false;
    fake_open("words", 0);
    for (int i = 0; i < 3600; i++)
        fake_look(1000);
    // 0, 1, 3, 7, 15, 31, 63 seconds after the first, then each minute
    ck_assert_int_eq(fake_writes, 7 + (3599 - 63) / 60);
}
END_TEST

START_TEST(C5_first_and_last_are_always_said)
{
    fake_is_terminal = false;
    mhi_sight *bar = fake_open("words", 0);
    fake_look(0);
    fake_look(1);
    fake_look_now(true);
    bar->done = 2;
    fake_now_ns += 1 * MS;
    fake_end(bar, MHI_LEFT_OPEN);
    fake_look(0);
    expect_raw("12:00:00 words: 0, 0/s, 0:00 so far\n"
               "12:00:00 words: 2, 1.0k/s, left open after 0.0 s\n");
    fake_end(fake_open("more", 0), MHI_CLOSED);
    fake_look(0);
    ck_assert_int_eq(fake_writes, 3);
}
END_TEST

START_TEST(C5_many_bars_share_a_file)
{
    fake_is_terminal = false;
    mhi_sight *first = fake_open("first", 0);
    fake_look(0);
    mhi_sight *second = fake_open("second", 0);
    first->done = 1;
    fake_look(1000);
    first->done = second->done = 2;
    fake_end(second, MHI_CRASHED);
    fake_now_ns++;
    fake_end(first, MHI_CLOSED);
    fake_open("third", 0);
    fake_look(0);
    expect_raw("12:00:00 first: 0, 0/s, 0:00 so far\n"
               "12:00:01 first: 1, 1.0/s, 0:01 so far\n"
               "12:00:01 second: 0, 0/s, 0:01 so far\n"
               "12:00:01 second: 2, 2.0/s, crashed after 1.0 s\n"
               "12:00:01 first: 2, 2.0/s, in 1.0 s\n"
               "12:00:01 third: 0, 0/s, 0:00 so far\n");
    ck_assert_int_eq(fake_writes, 3); // one for each look
}
END_TEST

START_TEST(C5_two_files_get_their_own_lines)
{
    fake_is_terminal = false;
    fake_open("here", 0);
    ck_assert_int_eq(dup2(2, 5), 5);
    fake_now_ns++;
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_JSON, 5), MH_OK);
    fake_open("there", 0);
    fake_look(1000);
    expect_raw("12:00:01 here: 0, 0/s, 0:01 so far\n");
    ck_assert_str_eq(fake_raw[5],
                     "{\"time\":\"2026-01-01T12:00:01.000Z\",\"title\":\"there\",\"done\":0,"
                     "\"total\":null,\"skipped\":0,\"bad\":0,\"elapsed\":1.000,"
                     "\"rate\":0.000000,\"left\":null,\"state\":\"running\"}\n");
}
END_TEST

START_TEST(C5_json_comes_at_growing_intervals_too)
{
    setenv("MH_PROGRESS", "json", 1);
    fake_prepare();
    mhi_sight *bar = fake_open("a \"b\"\n", 100);
    fake_look(0);
    for (int i = 0; i < 70; i++, bar->done++)
        fake_look(100);
    fake_end(bar, MHI_FAILED);
    fake_look(0);
    ck_assert_int_eq(lines_written(), 5); // 0, 1, 3, 7 seconds, and the last
    ck_assert_int_eq(fake_writes, 5);
    ck_assert_str_eq(fake_last,
                     "{\"time\":\"2026-01-01T12:00:07.000Z\",\"title\":\"a \\\"b\\\"\\u000a\","
                     "\"done\":70,\"total\":100,\"skipped\":0,\"bad\":0,\"elapsed\":7.000,"
                     "\"rate\":10.000000,\"left\":null,\"state\":\"failed\"}\n");
}
END_TEST

START_TEST(C5_where_no_bar_is_wanted_there_are_lines)
{
    static const char *const wishes[][2] = {
        {"CI", "1"}, {"TERM", "dumb"}, {"MH_PROGRESS", "lines"}};
    setenv(wishes[_i][0], wishes[_i][1], 1);
    fake_prepare();
    mhi_sight *bar = fake_open("words", 0);
    fake_look(0);
    fake_now_ns += 1000 * MS;
    fake_end(bar, MHI_CLOSED);
    fake_look(0);
    ck_assert_int_eq(fake_writes, 2);
    ck_assert_ptr_null(strpbrk(fake_raw[2], "\r\033"));
}
END_TEST

START_TEST(C5_off_is_silent)
{
    setenv("MH_PROGRESS", "off", 1);
    fake_prepare();
    mhi_sight *bar = fake_open("words", 0);
    fake_look(0);
    fake_end(bar, MHI_FAILED);
    fake_look(1000);
    ck_assert_int_eq(fake_writes, 0);
}
END_TEST

START_TEST(lines_that_are_said_to_the_same_file_come_between)
{
    fake_is_terminal = false;
    fake_open("words", 0);
    fake_look(0);
    fake_say(2, "hello\n");
    fake_look(1000);
    expect_raw("12:00:00 words: 0, 0/s, 0:00 so far\n"
               "hello\n"
               "12:00:01 words: 0, 0/s, 0:01 so far\n");
}
END_TEST

static TCase *tests(void)
{
    TCase *tests = tcase_create("plain");
    tcase_add_checked_fixture(tests, fake_begin, NULL);
    tcase_add_test(tests, C5_a_file_gets_lines_at_growing_intervals);
    tcase_add_test(tests, C5_lines_are_never_more_than_a_minute_apart);
    tcase_add_test(tests, C5_first_and_last_are_always_said);
    tcase_add_test(tests, C5_many_bars_share_a_file);
    tcase_add_test(tests, C5_two_files_get_their_own_lines);
    tcase_add_test(tests, C5_json_comes_at_growing_intervals_too);
    tcase_add_loop_test(tests, C5_where_no_bar_is_wanted_there_are_lines, 0, 3);
    tcase_add_test(tests, C5_off_is_silent);
    tcase_add_test(tests, lines_that_are_said_to_the_same_file_come_between);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("plain");
    suite_add_tcase(suite, tests());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
