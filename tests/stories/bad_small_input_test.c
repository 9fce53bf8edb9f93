// Bad input to the smaller functions: those of routines, bars, the log, words and numbers.
#include <signal.h>
#include <stdint.h>

#include "support/refused.h"
#include "support/story.h"

START_TEST(calls_refuse_null)
{
    void *room = &heard;
    assert_invalid(mh_return(NULL, "x", 1), "mh_return");
    assert_invalid(mh_reserve(NULL, 1, &room), "mh_reserve");
    assert_invalid(mh_fail(NULL, 1, "words"), "mh_fail");
    ck_assert_ptr_eq(room, &heard);
    ck_assert_ptr_null(mh_state(NULL));
    ck_assert_int_eq(mh_worker(NULL), -1);
    ck_assert_uint_eq(mh_index(NULL), 0);
    ck_assert(!mh_is_cancelled(NULL));
}
END_TEST

START_TEST(progress_and_log_refuse_what_is_not_there)
{
    assert_invalid(mh_progress_to((mh_progress_mode)9, -1), "9");
    assert_invalid(mh_progress_to((mh_progress_mode)-1, -1), "-1");
    assert_invalid(mh_progress_to(MH_PROGRESS_LINES, -2), "-2");
    assert_invalid(mh_progress_to(MH_PROGRESS_LINES, 987), "987");
    mh_log_limit((mh_log_level)99);
    ck_assert_msg(was_heard("99"), "%s", heard.text);
    mh_log_to(NULL, NULL);
    mh_log_to(NULL, &heard);
}
END_TEST

START_TEST(words_and_numbers_take_any_value)
{
    ck_assert_str_eq(mh_status_text((mh_status)-1), "no such status");
    ck_assert_str_eq(mh_status_text((mh_status)1000), "no such status");
    ck_assert_str_eq(mh_outcome_text((mh_outcome)-1), "no such outcome");
    ck_assert_str_eq(mh_outcome_text((mh_outcome)5), "no such outcome");
    ck_assert_uint_eq(mh_bytes_of_text(NULL).size, 0);
    ck_assert_uint_eq(mh_bytes_of_text("").size, 1);
    ck_assert_uint_eq(mh_in_ms(0), MH_NOW);
    ck_assert_uint_eq(mh_in_ms(INT64_MIN), MH_NOW);
    ck_assert_uint_eq(mh_in_ms(INT64_MAX), MH_FOREVER);
    ck_assert_uint_gt(mh_in_ms(1), 1000000);
    ck_assert_int_ge(mh_cpu_count(NULL), 1);
    const int *zero = mh_result_value(NULL, MH_VALUE_LIMIT);
    ck_assert_int_eq(*zero, 0);
}
END_TEST

START_TEST(a_value_too_large_to_be_zero_stops_the_program)
{
    mh_result_value(NULL, MH_VALUE_LIMIT + 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bad small input");
    TCase *tests = add_case(suite, "functions", 20);
    tcase_add_checked_fixture(tests, hear_everything, NULL);
    tcase_add_test(tests, calls_refuse_null);
    tcase_add_test(tests, progress_and_log_refuse_what_is_not_there);
    tcase_add_test(tests, words_and_numbers_take_any_value);
    tcase_add_test_raise_signal(tests, a_value_too_large_to_be_zero_stops_the_program, SIGABRT);
    return run_suite(suite);
}
