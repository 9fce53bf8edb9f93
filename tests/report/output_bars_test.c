// Printout and screen: what is captured stands above the bars, by whole lines and whole groups.

#include "fake_screen.h"
#include "report/output.h"

static const mhi_subject task_7 = {MH_OUTPUT_OF_TASK, 0, 7, 2, 1234};

static mhi_printout *open_printout(mh_output mode)
{
    mhi_printout *printout = NULL;
    const mhi_output_options options = {.mode = mode};
    ck_assert_int_eq(mhi_printout_open(&printout, &options, mhi_screen_say), MH_OK);
    fake_open("bar", 0);
    fake_look(1000);
    return printout;
}

static void take(mhi_printout *printout, uint32_t stream, const char *text)
{
    mhi_printout_take(printout, &(mhi_piece){.subject = task_7,
                                             .stream = stream,
                                             .bytes = text,
                                             .size = strlen(text),
                                             .has_ended = *text == '\0'});
}

// The error stream is the terminal with the bars.
START_TEST(C8_lines_of_tasks_stand_above_the_bars)
{
    mhi_printout *printout = open_printout(MH_OUTPUT_PREFIX);
    take(printout, 1, "one\ntw");
    expect_screen("[worker 2, task 7] one\n"
                  "bar  0     0/s  0:01 so far|");
    take(printout, 1, "o");
    fake_look(1000);
    take(printout, 0, "");
    expect_screen("[worker 2, task 7] one\n"
                  "[worker 2, task 7] two\n"
                  "bar  0     0/s  0:02 so far|");
    mhi_printout_close(printout);
}
END_TEST

START_TEST(C8_a_task_is_written_above_the_bars_in_one)
{
    mhi_printout *printout = open_printout(MH_OUTPUT_TASKS);
    int before = fake_writes;
    take(printout, 1, "one\ntw");
    take(printout, 1, "o");
    ck_assert_int_eq(fake_writes, before);
    take(printout, 0, "");
    ck_assert_int_eq(fake_writes, before + 1);
    expect_screen("---- task 7 (worker 2), stderr\none\ntwo\n"
                  "bar  0     0/s  0:01 so far|");
    mhi_printout_close(printout);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output above bars");
    TCase *tests = tcase_create("above");
    tcase_add_checked_fixture(tests, fake_begin, NULL);
    tcase_add_test(tests, C8_lines_of_tasks_stand_above_the_bars);
    tcase_add_test(tests, C8_a_task_is_written_above_the_bars_in_one);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
