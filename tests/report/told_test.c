// Told: stories of bars that bring their numbers themselves.

#include <sys/wait.h>
#include <unistd.h>

#include "../../src/report/report.h"
#include "fake_screen.h"

static mhi_bar *open_bar(const char *title)
{
    mhi_bar *bar = NULL;
    ck_assert_int_eq(mhi_bar_open(&bar, title), MH_OK);
    return bar;
}

static void tell(mhi_bar *bar, uint64_t done, bool ended)
{
    mh_progress_facts facts = {.done = done, .ended = ended};
    mhi_bar_tell(bar, &facts);
}

// Its moments come from the real clock; so only titles and counts are looked at.
static void expect_rows(const char *first, const char *second)
{
    char rows[2][FAKE_COLUMNS] = {"", ""};
    sscanf(fake_terminal_rows(&fake_terminals[2], 0), "%[^ |] %*[^\n]\n%[^ |]", rows[0],
           rows[1]);
    ck_assert_str_eq(rows[0], first);
    ck_assert_str_eq(rows[1], second);
}

START_TEST(a_bar_is_seen_once_it_is_told_something)
{
    mhi_bar *first = open_bar("first"), *second = open_bar("second");
    mhi_bar *third = open_bar("third");
    ck_assert_int_eq(fake_writes, 0);
    tell(second, 1, false);
    expect_rows("second", "");
    fake_now_ns += 100 * MS;
    tell(first, 1, false);
    expect_rows("first", "second");
    tell(second, 2, true);
    expect_rows("second", "first");
    mhi_bar_drop(third);
    tell(first, 2, true);
}
END_TEST

START_TEST(a_dropped_bar_leaves_nothing)
{
    mhi_bar *first = open_bar("first"), *second = open_bar("second");
    tell(first, 1, false);
    fake_now_ns += 100 * MS;
    tell(second, 1, false);
    mhi_bar_drop(first);
    expect_rows("second", "");
    mhi_bar_drop(second);
    expect_screen("|");
}
END_TEST

START_TEST(whichever_demand_fails_nothing_is_left_behind)
{
    mhi_bar *bar = NULL;
    uint64_t nth = 1;
    for (mh_status status = MH_NO_MEMORY; status != MH_OK; nth++) {
        mhi_fail_after(nth);
        status = mhi_bar_open(&bar, "squares");
        ck_assert(status == MH_OK || status == MH_NO_MEMORY);
        ck_assert(status == MH_OK || bar == NULL);
    }
    ck_assert_uint_le(nth - 1, 4); // the bar, the watch on forks, room for a look, none
    mhi_fail_after(0);
    tell(bar, 2, true);
}
END_TEST

START_TEST(a_forked_child_leaves_its_parents_bars_alone)
{
    mhi_bar *bar = open_bar("parent");
    tell(bar, 1, false);
    pid_t child = fork();
    if (child == 0) {
        tell(bar, 2, true);
        bool is_silent = fake_writes == 1;
        tell(open_bar("child"), 2, true);
        _exit(is_silent && fake_writes == 2 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    tell(bar, 1, true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("told");
    TCase *tests = tcase_create("told");
    tcase_add_checked_fixture(tests, fake_begin, NULL);
    tcase_add_test(tests, a_bar_is_seen_once_it_is_told_something);
    tcase_add_test(tests, a_dropped_bar_leaves_nothing);
    tcase_add_test(tests, whichever_demand_fails_nothing_is_left_behind);
    tcase_add_test(tests, a_forked_child_leaves_its_parents_bars_alone);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
