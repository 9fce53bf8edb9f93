// Screen: stories of where bars go and what they look like, and of what happens without memory and
// after a fork.

#include <sys/wait.h>
#include <unistd.h>

#include "fake_screen.h"

START_TEST(each_descriptor_has_its_own_screen)
{
    mhi_sight *here = fake_open("here", 0);
    ck_assert_int_eq(dup2(2, 5), 5); // what is written is the fake's; but it must be open
    fake_now_ns++;
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_AUTO, 5), MH_OK);
    fake_open("there", 0);
    fake_look(1000); // only now both are seen
    fake_end(here, MHI_CLOSED);
    fake_look(0);
    expect_screen("here  0     0/s  in 1.0 s\n|");
    ck_assert_str_eq(fake_terminal_rows(&fake_terminals[5], 0),
                     "there  0     0/s  0:01 so far|");
}
END_TEST

START_TEST(two_descriptors_of_one_terminal_share_it)
{
    fake_open("here", 0);
    ck_assert_int_eq(dup2(2, 5), 5);
    fake_twin = 5;
    fake_now_ns++;
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_AUTO, 5), MH_OK);
    fake_open("there", 0);
    fake_look(1000);
    expect_screen("here  0     0/s  0:01 so far\n"
                  "there  0     0/s  0:01 so far|");
    ck_assert_int_eq(fake_writes, 1);
}
END_TEST

START_TEST(a_bar_keeps_the_look_it_was_opened_with)
{
    fake_open("words", 0);
    fake_now_ns++;
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_OFF, -1), MH_OK);
    mhi_sight *silent = fake_open("silent", 0);
    fake_look(1000);
    fake_end(silent, MHI_CLOSED);
    fake_look(1000);
    expect_screen("words  0     0/s  0:02 so far|");
}
END_TEST

START_TEST(a_wish_without_sense_is_refused)
{
    ck_assert_int_eq(mh_progress_to((mh_progress_mode)5, 2), MH_INVALID);
    ck_assert_int_eq(mh_progress_to((mh_progress_mode)-1, 2), MH_INVALID);
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_BAR, -2), MH_INVALID);
}
END_TEST

START_TEST(whichever_memory_is_missing_no_last_word_is_lost)
{
    mhi_fail_after((uint64_t)_i + 1);
    mhi_sight *first = fake_open("first", 0), *second = fake_open("second", 0);
    fake_look(0);
    fake_look(100);
    fake_say(2, "hello\n");
    fake_end(second, MHI_CLOSED);
    fake_look(0);
    fake_end(first, MHI_CLOSED);
    fake_look(100);
    expect_screen("hello\n"
                  "second  0     0/s  in 0.1 s\n"
                  "first  0     0/s  in 0.1 s\n|");
    mhi_fail_after(0);
}
END_TEST

START_TEST(without_any_memory_every_last_word_and_line_is_there)
{
    mhi_sight *first = fake_open("first", 0);
    for (int i = 0; i < 3; i++) {
        mhi_fail_after(1);
        fake_look(100);
        fake_say(2, "hello\n");
    }
    mhi_fail_after(1);
    fake_end(fake_open("second", 0), MHI_CLOSED);
    fake_look(0);
    mhi_fail_after(1);
    fake_end(first, MHI_CLOSED);
    fake_look(0);
    expect_screen("hello\n"
                  "hello\n"
                  "hello\n"
                  "second  0     0/s  in 0.0 s\n"
                  "first  0     0/s  in 0.3 s\n|");
    mhi_fail_after(0);
}
END_TEST

START_TEST(a_frame_like_the_last_one_asks_for_no_memory)
{
    for (int i = 0; i < 50; i++)
        fake_open("many", 100);
    fake_look(100);
    fake_look(100);
    mhi_fail_after(0);
    fake_look(100);
    ck_assert_uint_eq(mhi_demands(), 0);
}
END_TEST

START_TEST(a_forked_child_leaves_its_parents_bars_alone)
{
    mhi_sight *bar = fake_open("parent", 0);
    fake_look(1000);
    pid_t child = fork();
    if (child == 0) {
        fake_say(2, "a line\n");
        bool is_plain = strcmp(fake_last, "a line\n") == 0;
        memset(fake_bars, 0, sizeof fake_bars);
        fake_look(1000);
        _exit(is_plain && fake_writes == 2 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    fake_end(bar, MHI_CLOSED);
    fake_look(0);
    expect_screen("parent  0     0/s  in 1.0 s\n|");
}
END_TEST

static TCase *tests(void)
{
    TCase *tests = tcase_create("wishes");
    tcase_add_checked_fixture(tests, fake_begin, NULL);
    tcase_add_test(tests, each_descriptor_has_its_own_screen);
    tcase_add_test(tests, two_descriptors_of_one_terminal_share_it);
    tcase_add_test(tests, a_bar_keeps_the_look_it_was_opened_with);
    tcase_add_test(tests, a_wish_without_sense_is_refused);
    tcase_add_loop_test(tests, whichever_memory_is_missing_no_last_word_is_lost, 0, 12);
    tcase_add_test(tests, without_any_memory_every_last_word_and_line_is_there);
    tcase_add_test(tests, a_frame_like_the_last_one_asks_for_no_memory);
    tcase_add_test(tests, a_forked_child_leaves_its_parents_bars_alone);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("wishes");
    suite_add_tcase(suite, tests());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
