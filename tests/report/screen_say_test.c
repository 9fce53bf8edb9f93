// Screen, lines that are said: stories of what others write while bars are drawn.

#include <pthread.h>

#include "fake_screen.h"
#include "support/asleep.h"

static mhi_sight *open_two(void)
{
    mhi_sight *first = fake_open("first", 0);
    fake_open("second", 0);
    fake_look(1000);
    return first;
}

START_TEST(C7_a_line_stands_above_the_bars)
{
    open_two();
    fake_say(2, "hello\n");
    expect_screen("hello\n"
                  "first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far|");
    ck_assert_int_eq(fake_writes, 2);
    fake_say(2, "two\nlines\n");
    fake_look(1000);
    expect_screen("hello\ntwo\nlines\n"
                  "first  0     0/s  0:02 so far\n"
                  "second  0     0/s  0:02 so far|");
    ck_assert_int_eq(fake_writes, 4);
}
END_TEST

START_TEST(C7_last_words_and_lines_stand_in_the_order_they_came)
{
    mhi_sight *first = open_two();
    fake_say(2, "a\n");
    fake_end(first, MHI_CLOSED);
    fake_look(0);
    fake_say(2, "b\n");
    expect_screen("a\n"
                  "first  0     0/s  in 1.0 s\n"
                  "b\n"
                  "second  0     0/s  0:01 so far|");
}
END_TEST

START_TEST(a_line_without_an_end_gets_one)
{
    open_two();
    fake_say(2, "hello");
    fake_say(2, "");
    expect_screen("hello\n"
                  "first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far|");
}
END_TEST

START_TEST(a_line_wider_than_the_terminal_is_wrapped_by_it)
{
    fake_resize(40, 24);
    open_two();
    fake_say(2, "It was the best of times, it was the worst of times.\n");
    fake_say(2, "This is exactly forty columns wide, yes!\n");
    fake_look(100);
    expect_screen("It was the best of times, it was the wor\n"
                  "st of times.\n"
                  "This is exactly forty columns wide, yes!\n"
                  "first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far|");
}
END_TEST

START_TEST(more_lines_than_rows_scroll_away)
{
    fake_resize(60, 4);
    open_two();
    for (int i = 0; i < 5; i++)
        fake_say(2, "1\n2\n3\n");
    expect_window("2\n3\n"
                  "first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far|");
    ck_assert_int_eq(fake_terminals[2].row, 16);
}
END_TEST

START_TEST(without_bars_a_line_is_just_written)
{
    fake_say(2, "hello\n");
    ck_assert_str_eq(fake_last, "hello\n");
    fake_look(0);
    fake_say(2, "no end");
    ck_assert_str_eq(fake_last, "no end");
    mhi_sight *bar = fake_open("words", 0);
    fake_look(0);
    fake_end(bar, MHI_CLOSED);
    fake_look(0);
    fake_say(2, "after\n");
    ck_assert_str_eq(fake_last, "after\n");
}
END_TEST

START_TEST(a_line_for_elsewhere_leaves_the_bars_alone)
{
    open_two();
    fake_say(3, "elsewhere\n");
    ck_assert_str_eq(fake_last, "elsewhere\n");
    expect_screen("first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far|");
}
END_TEST

START_TEST(C7_another_descriptor_of_the_same_terminal_is_the_same_screen)
{
    fake_twin = 1;
    open_two();
    fake_say(1, "hello\n");
    expect_screen("hello\n"
                  "first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far|");
}
END_TEST

// ---- a first frame ------------------------------------------------------------------------------

static void write_late(int fd, const char *text, size_t size)
{
    if (strcmp(text, "hello\n") == 0) {
        open_gate(RUNNING, 1);
        pass_gate(GO_ON);
    }
    fake_write(fd, text, size);
}

static void *say_hello(void *nothing)
{
    fake_say(2, "hello\n");
    return nothing;
}

static void *draw_first(void *nothing)
{
    on_stage()->pid[0] = gettid();
    fake_look(0);
    return nothing;
}

START_TEST(C7_the_first_frame_waits_for_a_line_that_is_being_written)
{
    pthread_t speaker, drawer;
    mhi_screen_target slow = fake_target;
    slow.write = write_late;
    set_stage();
    mhi_screen_on(&slow);
    ck_assert_int_eq(pthread_create(&speaker, NULL, say_hello, NULL), 0);
    pass_gate(RUNNING);
    fake_open("bar", 0);
    ck_assert_int_eq(pthread_create(&drawer, NULL, draw_first, NULL), 0);
    while (on_stage()->pid[0] == 0 || !is_asleep(on_stage()->pid[0]))
        sched_yield(); // or gone, if it has not waited
    open_gate(GO_ON, 1);
    pthread_join(speaker, NULL);
    pthread_join(drawer, NULL);
    expect_screen("hello\n"
                  "bar  0     0/s  0:00 so far|");
}
END_TEST

START_TEST(C9_who_leaves_begins_on_a_fresh_line)
{
    open_two();
    mhi_screen_leave();
    expect_screen("first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far\n|");
    mhi_screen_leave();
    fake_say(2, "bye\n");
    expect_screen("first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far\n"
                  "bye\n|");
    fake_look(100);
    expect_screen("first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far\n"
                  "bye\n"
                  "first  0     0/s  0:01 so far\n"
                  "second  0     0/s  0:01 so far|");
}
END_TEST

START_TEST(lines_and_bars_on_one_terminal_get_along)
{
    fake_open("drawn", 0);
    fake_now_ns++;
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_LINES, 2), MH_OK);
    mhi_sight *told = fake_open("told", 0);
    fake_look(1000);
    fake_end(told, MHI_CANCELLED);
    fake_look(0);
    expect_screen("12:00:01 told: 0, 0/s, 0:01 so far\n"
                  "12:00:01 told: 0, 0/s, cancelled after 1.0 s\n"
                  "drawn  0     0/s  0:01 so far|");
}
END_TEST

static TCase *tests(void)
{
    TCase *tests = tcase_create("say");
    tcase_add_checked_fixture(tests, fake_begin, NULL);
    tcase_add_test(tests, C7_a_line_stands_above_the_bars);
    tcase_add_test(tests, C7_last_words_and_lines_stand_in_the_order_they_came);
    tcase_add_test(tests, a_line_without_an_end_gets_one);
    tcase_add_test(tests, a_line_wider_than_the_terminal_is_wrapped_by_it);
    tcase_add_test(tests, more_lines_than_rows_scroll_away);
    tcase_add_test(tests, without_bars_a_line_is_just_written);
    tcase_add_test(tests, a_line_for_elsewhere_leaves_the_bars_alone);
    tcase_add_test(tests, C7_another_descriptor_of_the_same_terminal_is_the_same_screen);
    tcase_add_test(tests, C7_the_first_frame_waits_for_a_line_that_is_being_written);
    tcase_add_test(tests, C9_who_leaves_begins_on_a_fresh_line);
    tcase_add_test(tests, lines_and_bars_on_one_terminal_get_along);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("say");
    suite_add_tcase(suite, tests());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
