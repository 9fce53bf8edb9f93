// Progress: stories of speed, each told with its own clock.

#include <check.h>
#include <stdlib.h>

#include "../../src/report/progress.h"

#define SECOND UINT64_C(1000000000)
#define MS UINT64_C(1000000)

// Tells of `items` more in each of `count` steps; returns when that was.
static uint64_t go_on(mhi_progress *progress, uint64_t step_ns, int count, uint64_t items)
{
    for (int i = 0; i < count; i++)
        mhi_progress_tell(progress, progress->time_ns + step_ns, progress->done + items);
    return progress->time_ns;
}

START_TEST(nothing_is_known_at_the_start)
{
    mhi_progress progress = {0};
    ck_assert_double_eq(mhi_progress_rate(&progress), 0);
    ck_assert_double_eq(mhi_progress_mean(0, 0), 0);
    ck_assert_uint_eq(mhi_progress_left_ns(&progress, 10), MHI_LEFT_UNKNOWN);
}
END_TEST

START_TEST(a_steady_speed_is_right_from_the_first_telling)
{
    mhi_progress progress = {0};
    go_on(&progress, 100 * MS, 1, 50);
    ck_assert_double_eq_tol(mhi_progress_rate(&progress), 500, 1e-6);
    go_on(&progress, 100 * MS, 600, 50);
    ck_assert_double_eq_tol(mhi_progress_rate(&progress), 500, 1e-6);
    ck_assert_double_eq_tol(mhi_progress_mean(progress.time_ns, progress.done), 500, 1e-6);
}
END_TEST

START_TEST(a_first_telling_within_a_microsecond_is_right_too)
{
    mhi_progress progress = {0};
    mhi_progress_tell(&progress, 1000, 3);
    ck_assert_double_eq_tol(mhi_progress_rate(&progress), 3e6, 1);
}
END_TEST

START_TEST(a_young_rate_is_the_mean)
{
    mhi_progress progress = {0};
    go_on(&progress, 100 * MS, 9, 0); // four workers with work of one second
    go_on(&progress, 100 * MS, 1, 4);
    ck_assert_double_eq_tol(mhi_progress_rate(&progress), 4, 0.2);
    go_on(&progress, 100 * MS, 9, 0);
    go_on(&progress, 100 * MS, 1, 4);
    ck_assert_double_eq_tol(mhi_progress_rate(&progress), 4, 0.4);
}
END_TEST

START_TEST(how_often_it_is_told_makes_no_difference)
{
    mhi_progress often = {0}, seldom = {0};
    go_on(&often, 10 * MS, 1000, 2);
    go_on(&often, 10 * MS, 300, 9);
    go_on(&seldom, 10 * SECOND, 1, 2000);
    go_on(&seldom, 3 * SECOND, 1, 2700);
    ck_assert_double_eq_tol(mhi_progress_rate(&often), mhi_progress_rate(&seldom), 1e-6);
}
END_TEST

START_TEST(a_burst_does_not_make_it_jump)
{
    mhi_progress progress = {0};
    go_on(&progress, 100 * MS, 300, 10);
    go_on(&progress, 1 * MS, 1, 500); // as much as in 5 seconds, at once
    ck_assert_double_lt(mhi_progress_rate(&progress), 101);
    double most = 0;
    for (int i = 0; i < 300; i++) {
        go_on(&progress, 100 * MS, 1, 10);
        double rate = mhi_progress_rate(&progress);
        most = rate > most ? rate : most;
    }
    ck_assert_double_lt(most, 150);
    ck_assert_double_gt(most, 120);
}
END_TEST

START_TEST(batches_that_come_every_three_seconds_look_nearly_steady)
{
    mhi_progress progress = {0};
    for (int i = 0; i < 40; i++) {
        go_on(&progress, 100 * MS, 29, 0);
        go_on(&progress, 100 * MS, 1, 30);
        if (i < 10)
            continue;
        ck_assert_double_eq_tol(mhi_progress_rate(&progress), 10, 1.5);
    }
}
END_TEST

START_TEST(a_lasting_change_is_followed)
{
    mhi_progress progress = {0};
    go_on(&progress, 100 * MS, 600, 10);
    go_on(&progress, 100 * MS, 300, 40);
    ck_assert_double_eq_tol(mhi_progress_rate(&progress), 400, 4);
    go_on(&progress, 100 * MS, 600, 0);
    ck_assert_double_lt(mhi_progress_rate(&progress), 1);
}
END_TEST

START_TEST(time_that_stands_still_or_goes_back_is_passed_over)
{
    mhi_progress progress = {0};
    go_on(&progress, SECOND, 2, 10);
    mhi_progress_tell(&progress, 2 * SECOND, 1000);
    mhi_progress_tell(&progress, 1 * SECOND, 1000);
    ck_assert_uint_eq(progress.done, 20);
    ck_assert_double_eq_tol(mhi_progress_rate(&progress), 10, 1e-6);
    mhi_progress_tell(&progress, 3 * SECOND, 5);
    ck_assert_double_lt(mhi_progress_rate(&progress), 10);
    ck_assert_double_gt(mhi_progress_rate(&progress), 0);
}
END_TEST

START_TEST(time_left_is_what_remains_at_this_rate)
{
    mhi_progress progress = {0};
    go_on(&progress, SECOND, 4, 10);
    ck_assert_uint_eq((mhi_progress_left_ns(&progress, 100) + MS) / SECOND, 6);
    ck_assert_uint_eq(mhi_progress_left_ns(&progress, 40), 0);
    ck_assert_uint_eq(mhi_progress_left_ns(&progress, 39), 0);
}
END_TEST

START_TEST(a_time_left_of_years_is_not_told)
{
    mhi_progress progress = {0};
    go_on(&progress, SECOND, 10, 0);
    ck_assert_uint_eq(mhi_progress_left_ns(&progress, 1), MHI_LEFT_UNKNOWN);
    go_on(&progress, SECOND, 10, 1);
    ck_assert_uint_eq(mhi_progress_left_ns(&progress, UINT64_MAX), MHI_LEFT_UNKNOWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tests = tcase_create("progress");
    tcase_add_test(tests, nothing_is_known_at_the_start);
    tcase_add_test(tests, a_steady_speed_is_right_from_the_first_telling);
    tcase_add_test(tests, a_first_telling_within_a_microsecond_is_right_too);
    tcase_add_test(tests, a_young_rate_is_the_mean);
    tcase_add_test(tests, how_often_it_is_told_makes_no_difference);
    tcase_add_test(tests, a_burst_does_not_make_it_jump);
    tcase_add_test(tests, batches_that_come_every_three_seconds_look_nearly_steady);
    tcase_add_test(tests, a_lasting_change_is_followed);
    tcase_add_test(tests, time_that_stands_still_or_goes_back_is_passed_over);
    tcase_add_test(tests, time_left_is_what_remains_at_this_rate);
    tcase_add_test(tests, a_time_left_of_years_is_not_told);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
