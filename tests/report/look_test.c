// Look: stories of environments.

#include <check.h>
#include <stdlib.h>

#include <manyhands/log.h>

#include "../../src/report/look.h"

static int warnings;

static void count_warning(void *context, mh_log_level level, const char *text)
{
    (void)context;
    (void)text;
    warnings += level == MH_LOG_WARNING;
}

// A person at a good terminal.
static void begin(void)
{
    static const char *const names[] = {"MH_PROGRESS", "MH_LOG",   "CI",  "NO_COLOR",
                                        "LC_ALL",      "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    setenv("TERM", "xterm", 1);
    mh_log_to(count_warning, NULL);
    warnings = 0;
}

static mhi_look choose(mh_progress_mode wanted, bool is_terminal)
{
    mhi_surroundings around = mhi_look_around();
    return mhi_look_choose(&around, wanted, is_terminal);
}

static void expect_mode(bool is_terminal, mh_progress_mode mode)
{
    ck_assert_int_eq(choose(MH_PROGRESS_AUTO, is_terminal).mode, mode);
}

START_TEST(a_terminal_gets_a_bar_and_a_file_gets_lines)
{
    expect_mode(true, MH_PROGRESS_BAR);
    expect_mode(false, MH_PROGRESS_LINES);
}
END_TEST

START_TEST(ci_gets_lines)
{
    setenv("CI", "true", 1);
    expect_mode(true, MH_PROGRESS_LINES);
    setenv("CI", "", 1);
    expect_mode(true, MH_PROGRESS_BAR);
}
END_TEST

START_TEST(a_terminal_that_cannot_move_its_cursor_gets_lines)
{
    setenv("TERM", "dumb", 1);
    expect_mode(true, MH_PROGRESS_LINES);
    unsetenv("TERM");
    expect_mode(true, MH_PROGRESS_LINES);
}
END_TEST

START_TEST(the_program_may_choose)
{
    setenv("CI", "true", 1);
    ck_assert_int_eq(choose(MH_PROGRESS_BAR, false).mode, MH_PROGRESS_BAR);
    ck_assert_int_eq(choose(MH_PROGRESS_LINES, true).mode, MH_PROGRESS_LINES);
    ck_assert_int_eq(choose(MH_PROGRESS_OFF, true).mode, MH_PROGRESS_OFF);
}
END_TEST

START_TEST(the_environment_goes_before_the_program)
{
    setenv("MH_PROGRESS", "off", 1);
    ck_assert_int_eq(choose(MH_PROGRESS_BAR, true).mode, MH_PROGRESS_OFF);
    setenv("MH_PROGRESS", "bar", 1);
    ck_assert_int_eq(choose(MH_PROGRESS_OFF, false).mode, MH_PROGRESS_BAR);
    setenv("MH_PROGRESS", "lines", 1);
    ck_assert_int_eq(choose(MH_PROGRESS_BAR, true).mode, MH_PROGRESS_LINES);
    setenv("MH_PROGRESS", "json", 1);
    ck_assert_int_eq(choose(MH_PROGRESS_BAR, true).mode, MH_PROGRESS_JSON);
    setenv("MH_PROGRESS", "auto", 1);
    ck_assert_int_eq(choose(MH_PROGRESS_OFF, true).mode, MH_PROGRESS_BAR);
    ck_assert_int_eq(warnings, 0);
}
END_TEST

START_TEST(a_word_that_means_nothing_is_told_and_passed_over)
{
    setenv("MH_PROGRESS", "loud", 1);
    ck_assert_int_eq(choose(MH_PROGRESS_LINES, true).mode, MH_PROGRESS_LINES);
    ck_assert_int_eq(warnings, 1);
}
END_TEST

START_TEST(colour_is_for_terminals_unless_it_is_not_wanted)
{
    ck_assert(choose(MH_PROGRESS_BAR, true).colour);
    ck_assert(!choose(MH_PROGRESS_BAR, false).colour);
    setenv("NO_COLOR", "1", 1);
    ck_assert(!choose(MH_PROGRESS_BAR, true).colour);
    setenv("NO_COLOR", "", 1);
    ck_assert(choose(MH_PROGRESS_BAR, true).colour);
}
END_TEST

START_TEST(the_first_locale_that_is_set_decides_on_utf8)
{
    ck_assert(!choose(MH_PROGRESS_BAR, true).utf8);
    setenv("LANG", "de_DE.UTF-8", 1);
    ck_assert(choose(MH_PROGRESS_BAR, true).utf8);
    setenv("LC_CTYPE", "C", 1);
    ck_assert(!choose(MH_PROGRESS_BAR, true).utf8);
    setenv("LC_ALL", "C.utf8", 1);
    ck_assert(choose(MH_PROGRESS_BAR, true).utf8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("look");
    TCase *tests = tcase_create("look");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, a_terminal_gets_a_bar_and_a_file_gets_lines);
    tcase_add_test(tests, ci_gets_lines);
    tcase_add_test(tests, a_terminal_that_cannot_move_its_cursor_gets_lines);
    tcase_add_test(tests, the_program_may_choose);
    tcase_add_test(tests, the_environment_goes_before_the_program);
    tcase_add_test(tests, a_word_that_means_nothing_is_told_and_passed_over);
    tcase_add_test(tests, colour_is_for_terminals_unless_it_is_not_wanted);
    tcase_add_test(tests, the_first_locale_that_is_set_decides_on_utf8);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
