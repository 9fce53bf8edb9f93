// Screen: stories of bars on a terminal, compared to the last character.

#include "fake_screen.h"

START_TEST(C4_one_bar_is_redrawn_in_its_row)
{
    mhi_sight *bar = fake_open("squares", 100);
    fake_look(0);
    expect_screen("squares   0%                    0/100     0/s  0:00 so far|");
    bar->done = 50;
    fake_look(1000);
    expect_screen("squares  50% #######           50/100    50/s  0:01 left|");
    bar->done = 100;
    fake_now_ns += 1000 * MS;
    fake_end(bar, MHI_CLOSED);
    fake_look(0);
    expect_screen("squares 100% ###############  100/100    50/s  in 2.0 s\n|");
    ck_assert_int_eq(fake_writes, 3);
}
END_TEST

START_TEST(the_bytes_of_a_frame)
{
    mhi_sight *words = fake_open("words", 0), *lines = fake_open("lines", 0);
    fake_look(0);
    ck_assert_str_eq(fake_last, "\rwords  0     0/s  0:00 so far\033[K\n"
                                "lines  0     0/s  0:00 so far\033[J");
    lines->done = 7;
    fake_look(1000);
    ck_assert_str_eq(fake_last, "\r\033[1Awords  0     0/s  0:01 so far\033[K\n"
                                "lines  7   7.0/s  0:01 so far\033[J");
    words->done = 3;
    fake_end(words, MHI_CLOSED);
    fake_look(0);
    ck_assert_str_eq(fake_last, "\r\033[1A\033[K\n\033[J\033[1Awords  3   3.0/s  in 1.0 s\n"
                                "lines  7   7.0/s  0:01 so far");
    fake_say(2, "hello\n");
    ck_assert_str_eq(fake_last, "\r\033[Khello\nlines  7   7.0/s  0:01 so far");
    fake_end(lines, MHI_CLOSED);
    fake_look(0);
    ck_assert_str_eq(fake_last, "\r\033[Klines  7   7.0/s  in 1.0 s\n");
    ck_assert_int_eq(fake_writes, 5);
}
END_TEST

START_TEST(C6_elapsed_moves_while_nothing_finishes)
{
    fake_open("words", 0);
    fake_look(0);
    fake_look(5000);
    expect_screen("words  0     0/s  0:05 so far|");
    fake_look(3600 * 1000);
    expect_screen("words  0     0/s  1:00:05 so far|");
}
END_TEST

START_TEST(C4_there_are_ten_frames_a_second_at_most)
{
    mhi_sight *bar = fake_open("words", 0);
    for (int i = 0; i < 10000; i++, bar->done++)
        fake_look(1);
    ck_assert_int_le(fake_writes, 101); // the first, and ten a second
    ck_assert_int_ge(fake_writes, 99);
    fake_look_now(true);
    fake_look_now(true);
    ck_assert_int_le(fake_writes, 103);
}
END_TEST

START_TEST(a_look_that_comes_a_little_early_is_a_frame_too)
{
    fake_open("words", 0);
    for (int i = 0; i < 100; i++) // a clock that is now late and now early
        fake_look(i % 2 ? 97 : 103);
    ck_assert_int_eq(fake_writes, 100);
}
END_TEST

START_TEST(C4_ended_bars_scroll_up_in_order_of_ending_and_the_others_stay)
{
    mhi_sight *a = fake_open("a", 0), *b = fake_open("b", 0), *c = fake_open("c", 0);
    a->done = 1, b->done = 2, c->done = 3;
    fake_look(3000);
    expect_screen("a  1  20/min  0:03 so far\n"
                  "b  2  40/min  0:03 so far\n"
                  "c  3   1.0/s  0:03 so far|");
    fake_now_ns += 1000 * MS;
    fake_end(b, MHI_CLOSED);
    fake_look(0);
    expect_screen("b  2  30/min  in 4.0 s\n"
                  "a  1  16/min  0:04 so far\n"
                  "c  3  47/min  0:04 so far|");
    fake_end(c, MHI_CLOSED);
    fake_now_ns += 1;
    fake_end(a, MHI_CLOSED); // in one look, the other first
    mhi_sight *d = fake_open("d", 0);
    fake_look(0);
    expect_screen("b  2  30/min  in 4.0 s\n"
                  "c  3  45/min  in 4.0 s\n"
                  "a  1  15/min  in 4.0 s\n"
                  "d  0     0/s  0:00 so far|");
    fake_end(d, MHI_CLOSED);
    fake_look(0);
    expect_screen("b  2  30/min  in 4.0 s\n"
                  "c  3  45/min  in 4.0 s\n"
                  "a  1  15/min  in 4.0 s\n"
                  "d  0     0/s  in 0.0 s\n|");
}
END_TEST

START_TEST(C4_many_that_end_at_one_look_stand_in_order)
{
    static const int moments[] = {5, 2, 9, 2, 7, 1, 8};
    static const char *const titles[] = {"a", "b", "c", "d", "e", "f", "g"};
    fake_now_ns = 1000 * MS;
    for (int i = 0; i < 7; i++) {
        mhi_sight *bar = fake_open(titles[i], 0);
        bar->ended_ns = fake_now_ns + (uint64_t)moments[i] * 100 * MS;
        bar->ending = MHI_CLOSED;
    }
    fake_look(1000);
    expect_screen("f  0     0/s  in 0.1 s\n"
                  "b  0     0/s  in 0.2 s\n"
                  "d  0     0/s  in 0.2 s\n"
                  "a  0     0/s  in 0.5 s\n"
                  "e  0     0/s  in 0.7 s\n"
                  "g  0     0/s  in 0.8 s\n"
                  "c  0     0/s  in 0.9 s\n|");
    ck_assert_int_eq(fake_writes, 1);
}
END_TEST

START_TEST(C4_a_bar_that_opens_late_takes_its_place_by_order_of_opening)
{
    mhi_sight *late = fake_open("second", 0);
    late->key = 0; // not seen at first
    mhi_sight *third = fake_open("third", 0);
    fake_look(1000);
    late->key = 99;
    fake_look(1000);
    expect_screen("second  0     0/s  0:02 so far\n"
                  "third  0     0/s  0:02 so far|");
    (void)third;
}
END_TEST

START_TEST(C5_what_ended_badly_stays_at_its_last_count_and_says_so)
{
    static const mhi_ending endings[] = {MHI_CLOSED,  MHI_LEFT_OPEN, MHI_FAILED,
                                         MHI_CRASHED, MHI_CANCELLED, MHI_FORGOTTEN};
    static const char *const titles[] = {"closed",  "left",      "failed",
                                         "crashed", "cancelled", "forgotten"};
    mhi_sight *bars[6];
    for (int i = 0; i < 6; i++) {
        bars[i] = fake_open(titles[i], 10);
        bars[i]->done = (uint64_t)i + 1;
    }
    mhi_sight *running = fake_open("running", 10);
    running->done = 5;
    fake_look(3200);
    for (int i = 0; i < 6; i++)
        fake_end(bars[i], endings[i]);
    fake_look(0);
    expect_screen("closed  10% #             1/10  19/min  stopped after 3.2 s\n"
                  "left  20% ##            2/10  38/min  left open after 3.2 s\n"
                  "failed  30% ###            3/10  56/min  failed after 3.2 s\n"
                  "crashed  40% ####         4/10   1.3/s  crashed after 3.2 s\n"
                  "cancelled  50% ###      5/10   1.6/s  cancelled after 3.2 s\n"
                  "running  50% ########            5/10   1.6/s  0:04 left|");
}
END_TEST

START_TEST(a_bar_that_was_never_seen_running_has_its_last_word_all_the_same)
{
    fake_open("slow", 0);
    fake_end(fake_open("quick", 0), MHI_CLOSED);
    fake_look(1000);
    expect_screen("quick  0     0/s  in 0.0 s\n"
                  "slow  0     0/s  0:01 so far|");
}
END_TEST

START_TEST(a_bar_that_is_forgotten_or_missing_leaves_nothing)
{
    mhi_sight *first = fake_open("first", 0), *second = fake_open("second", 0);
    mhi_sight *third = fake_open("third", 0);
    fake_look(1000);
    fake_end(second, MHI_FORGOTTEN);
    fake_look(1);
    expect_screen("first  0     0/s  0:01 so far\n"
                  "third  0     0/s  0:01 so far|");
    first->key = 0;
    fake_look(1);
    expect_screen("third  0     0/s  0:01 so far|");
    third->key = 0;
    fake_look(1);
    expect_screen("|");
    fake_end(fake_open("never", 0), MHI_FORGOTTEN);
    fake_look(1);
    ck_assert_int_eq(fake_writes, 4);
}
END_TEST

START_TEST(C5_totals_may_come_and_change)
{
    mhi_sight *bar = fake_open("words", 0);
    bar->done = 10;
    fake_look(1000);
    expect_screen("words  10    10/s  0:01 so far|");
    bar->sized = true;
    bar->total = 20;
    fake_look(100);
    expect_screen("words  50% #########            10/20   9.1/s  0:02 left|");
    bar->total = 1000;
    fake_look(100);
    expect_screen("words   1%                   10/1 000   8.4/s  1:59 left|");
    bar->total = 5; // less than is done
    fake_look(100);
    expect_screen("words 100% ####################  10/5   7.8/s  0:00 left|");
    bar->sized = false;
    fake_look(100);
    expect_screen("words  10   7.2/s  0:01 so far|");
}
END_TEST

START_TEST(C6_skipped_work_is_done_but_tells_nothing_about_speed)
{
    mhi_sight *bar = fake_open("words", 1000);
    bar->done = bar->skipped = 900;
    fake_look(0);
    expect_screen("words  90% ###########      900/1 000     0/s  0:00 so far|");
    bar->done = 910;
    fake_look(1000);
    expect_screen("words  91% ###########      910/1 000    10/s  0:09 left|");
    fake_resize(80, 24);
    fake_look(100);
    bar->done = bar->total;
    fake_now_ns = 10000 * MS;
    fake_end(bar, MHI_CLOSED);
    fake_look(0);
    expect_screen(
        "words 100% ####################  1 000/1 000  900 skipped    10/s  in 0:10\n|");
}
END_TEST

START_TEST(C6_a_burst_does_not_make_the_time_left_jump)
{
    mhi_sight *bar = fake_open("words", 2000);
    for (int i = 0; i < 300; i++, bar->done += 1)
        fake_look(100);
    expect_screen("words  14% #                299/2 000    10/s  2:51 left|");
    bar->done += 50; // as many as in five seconds, at once
    fake_look(100);
    expect_screen("words  17% ##               350/2 000    10/s  2:43 left|");
    for (int i = 0; i < 40; i++, bar->done += 1)
        fake_look(100);
    expect_screen("words  19% ##               389/2 000    15/s  1:52 left|");
}
END_TEST

START_TEST(C4_wide_characters_are_counted)
{
    setenv("LANG", "C.UTF-8", 1);
    fake_prepare();
    fake_open("画像を処理しています", 10)->done = 5;
    fake_open("e\u0301te\u0301", 10)->done = 5;
    fake_open("🎉🎉", 0)->done = 5;
    fake_look(1000);
    expect_screen("画像を処理しています  50% ███      5/10   5.0/s  0:01 left\n"
                  "e\u0301te\u0301  50% ██████████▌             5/10   5.0/s  0:01 left\n"
                  "🎉🎉  5   5.0/s  0:01 so far|");
    fake_resize(20, 24);
    fake_look(100);
    expect_window("画像を処…  50%\n"
                  "e\u0301te\u0301  50%  0:02 left\n"
                  "🎉🎉  5|");
}
END_TEST

START_TEST(C5_colour_and_blocks_are_for_those_who_can_see_them)
{
    setenv("LANG", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    fake_prepare();
    mhi_sight *bar = fake_open("処理", 2);
    bar->done = 1;
    fake_now_ns += 1000 * MS;
    fake_end(bar, MHI_CLOSED);
    fake_look(0);
    ck_assert_str_eq(fake_last, "処理  50% \033[32m███████▌       \033[0m  1/2   1.0/s  "
                                "\033[33mstopped after 1.0 s\033[0m\n");
}
END_TEST

START_TEST(no_title_can_tear_the_screen)
{
    fake_open("a\nb\r\033[2Jc\177", 0);
    fake_open("\xFF\xE5\x87", 0);
    fake_look(0);
    expect_screen("a?b??[2Jc?  0     0/s  0:00 so far\n"
                  "???  0     0/s  0:00 so far|");
}
END_TEST

static TCase *tests(void)
{
    TCase *tests = tcase_create("screen");
    tcase_add_checked_fixture(tests, fake_begin, NULL);
    tcase_add_test(tests, C4_one_bar_is_redrawn_in_its_row);
    tcase_add_test(tests, the_bytes_of_a_frame);
    tcase_add_test(tests, C6_elapsed_moves_while_nothing_finishes);
    tcase_add_test(tests, C4_there_are_ten_frames_a_second_at_most);
    tcase_add_test(tests, a_look_that_comes_a_little_early_is_a_frame_too);
    tcase_add_test(tests, C4_ended_bars_scroll_up_in_order_of_ending_and_the_others_stay);
    tcase_add_test(tests, C4_many_that_end_at_one_look_stand_in_order);
    tcase_add_test(tests, C4_a_bar_that_opens_late_takes_its_place_by_order_of_opening);
    tcase_add_test(tests, C5_what_ended_badly_stays_at_its_last_count_and_says_so);
    tcase_add_test(tests, a_bar_that_was_never_seen_running_has_its_last_word_all_the_same);
    tcase_add_test(tests, a_bar_that_is_forgotten_or_missing_leaves_nothing);
    tcase_add_test(tests, C5_totals_may_come_and_change);
    tcase_add_test(tests, C6_skipped_work_is_done_but_tells_nothing_about_speed);
    tcase_add_test(tests, C6_a_burst_does_not_make_the_time_left_jump);
    tcase_add_test(tests, C4_wide_characters_are_counted);
    tcase_add_test(tests, C5_colour_and_blocks_are_for_those_who_can_see_them);
    tcase_add_test(tests, no_title_can_tear_the_screen);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("screen");
    suite_add_tcase(suite, tests());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
