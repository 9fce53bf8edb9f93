// Status: every word has its own text, deadlines never run backwards, values are read safely.

#include <check.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

#include "platform/platform.h"

// ---- texts --------------------------------------------------------------------------------------

enum { STATUSES = MH_SYSTEM + 1, OUTCOMES = MH_CANCELLED + 1 };

START_TEST(every_status_has_a_text_of_its_own)
{
    const char *text = mh_status_text((mh_status)_i);
    ck_assert_uint_gt(strlen(text), 0);
    ck_assert_int_ne(text[strlen(text) - 1], '.');
    ck_assert_str_ne(text, "no such status");
    for (int other = 0; other < _i; other++)
        ck_assert_str_ne(text, mh_status_text((mh_status)other));
}
END_TEST

START_TEST(any_number_may_be_asked_for_its_status)
{
    const int strange[] = {STATUSES, -1, 1000, INT_MAX, INT_MIN};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        ck_assert_str_eq(mh_status_text((mh_status)strange[i]), "no such status");
}
END_TEST

START_TEST(outcomes_are_one_word_each)
{
    static const char *const words[OUTCOMES] = {"done", "failed", "crashed", "timed out",
                                                "cancelled"};
    ck_assert_str_eq(mh_outcome_text((mh_outcome)_i), words[_i]);
}
END_TEST

START_TEST(any_number_may_be_asked_for_its_outcome)
{
    const int strange[] = {OUTCOMES, -1, 255, INT_MAX, INT_MIN};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        ck_assert_str_eq(mh_outcome_text((mh_outcome)strange[i]), "no such outcome");
}
END_TEST

// ---- bytes --------------------------------------------------------------------------------------

START_TEST(a_text_travels_with_its_end)
{
    const char *text = "seven";
    mh_bytes bytes = mh_bytes_of_text(text);
    ck_assert_ptr_eq(bytes.data, text);
    ck_assert_uint_eq(bytes.size, 6);
    ck_assert_uint_eq(mh_bytes_of_text("").size, 1);
    ck_assert_uint_eq(mh_bytes_of_text(NULL).size, 0);
    ck_assert_ptr_null(mh_bytes_of_text(NULL).data);
}
END_TEST

// ---- deadlines ----------------------------------------------------------------------------------

START_TEST(no_time_at_all_is_now)
{
    ck_assert_uint_eq(mh_in_ms(0), MH_NOW);
    ck_assert_uint_eq(mh_in_ms(-1), MH_NOW);
    ck_assert_uint_eq(mh_in_ms(INT64_MIN), MH_NOW);
}
END_TEST

START_TEST(a_deadline_lies_between_the_clocks_before_and_after)
{
    uint64_t before = mhi_clock_ns();
    mh_deadline deadline = mh_in_ms(1234);
    uint64_t after = mhi_clock_ns();
    ck_assert_uint_ge(deadline, before + UINT64_C(1234000000));
    ck_assert_uint_le(deadline, after + UINT64_C(1234000000));
}
END_TEST

START_TEST(a_very_long_time_is_for_ever)
{
    ck_assert_uint_eq(mh_in_ms(INT64_MAX), MH_FOREVER);
    ck_assert_uint_eq(mh_in_ms(INT64_MAX / 2), MH_FOREVER);
    // The longest that can be told apart from for ever, and less: later is never earlier.
    mh_deadline previous = MH_NOW;
    for (int64_t ms = 1; ms > 0 && ms < INT64_MAX / 4; ms *= 3) {
        mh_deadline deadline = mh_in_ms(ms);
        ck_assert_uint_ge(deadline, previous);
        previous = deadline;
    }
    ck_assert_uint_eq(previous, MH_FOREVER);
}
END_TEST

// ---- values -------------------------------------------------------------------------------------

START_TEST(a_value_is_read_when_it_is_there)
{
    long seven = 7;
    mh_result result = {.outcome = MH_DONE, .data = &seven, .size = sizeof seven};
    ck_assert_int_eq(mh_result_as(long, result), 7);
}
END_TEST

START_TEST(a_value_that_is_not_there_is_zero)
{
    typedef struct large {
        char bytes[MH_VALUE_LIMIT];
    } large;
    static const large zero;
    long seven = 7;
    mh_result failed = {.outcome = MH_FAILED, .data = &seven, .size = sizeof seven};
    ck_assert_int_eq(mh_result_as(long, failed), 0);
    mh_result narrow = {.outcome = MH_DONE, .data = &seven, .size = sizeof seven - 1};
    ck_assert_int_eq(mh_result_as(long, narrow), 0);
    mh_result empty = {.outcome = MH_DONE};
    ck_assert_int_eq(mh_result_as(long, empty), 0);
    ck_assert_mem_eq(mh_result_value(&empty, sizeof zero), &zero, sizeof zero);
    ck_assert_ptr_nonnull(mh_result_value(&empty, 0));
    ck_assert_ptr_nonnull(mh_result_value(NULL, 8));
}
END_TEST

START_TEST(a_missing_value_beyond_the_limit_stops_the_program)
{
    mh_result empty = {.outcome = MH_DONE};
    mh_result_value(&empty, MH_VALUE_LIMIT + 1);
}
END_TEST

int main(void)
{
    TCase *texts = tcase_create("texts");
    tcase_add_loop_test(texts, every_status_has_a_text_of_its_own, 0, STATUSES);
    tcase_add_test(texts, any_number_may_be_asked_for_its_status);
    tcase_add_loop_test(texts, outcomes_are_one_word_each, 0, OUTCOMES);
    tcase_add_test(texts, any_number_may_be_asked_for_its_outcome);
    tcase_add_test(texts, a_text_travels_with_its_end);
    TCase *deadlines = tcase_create("deadlines");
    tcase_add_test(deadlines, no_time_at_all_is_now);
    tcase_add_test(deadlines, a_deadline_lies_between_the_clocks_before_and_after);
    tcase_add_test(deadlines, a_very_long_time_is_for_ever);
    TCase *values = tcase_create("values");
    tcase_add_test(values, a_value_is_read_when_it_is_there);
    tcase_add_test(values, a_value_that_is_not_there_is_zero);
    tcase_add_test_raise_signal(values, a_missing_value_beyond_the_limit_stops_the_program,
                                SIGABRT);
    Suite *suite = suite_create("status");
    suite_add_tcase(suite, texts);
    suite_add_tcase(suite, deadlines);
    suite_add_tcase(suite, values);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
