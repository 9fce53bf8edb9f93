// Terminal: stories of pseudo-terminals, pipes and files.

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "../../src/platform/platform.h"

static int keeper, terminal;

static void begin(void)
{
    keeper = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(keeper >= 0 && grantpt(keeper) == 0 && unlockpt(keeper) == 0);
    terminal = open(ptsname(keeper), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(terminal, 0);
}

START_TEST(a_terminal_has_a_size_and_a_pipe_has_none)
{
    int ends[2], columns = -1, rows = -1;
    const struct winsize size = {.ws_row = 17, .ws_col = 33};
    ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
    ck_assert(mhi_terminal_is(terminal));
    mhi_terminal_size(terminal, &columns, &rows);
    ck_assert_int_eq(columns, 33);
    ck_assert_int_eq(rows, 17);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert(!mhi_terminal_is(ends[1]));
    mhi_terminal_size(ends[1], &columns, &rows);
    ck_assert_int_eq(columns, 0);
    ck_assert_int_eq(rows, 0);
}
END_TEST

START_TEST(two_ways_to_a_terminal_lead_to_the_same)
{
    int again = open(ptsname(keeper), O_WRONLY | O_NOCTTY), copy = dup(terminal), ends[2];
    int null = open("/dev/null", O_WRONLY);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert(mhi_terminal_is_same(terminal, terminal));
    ck_assert(mhi_terminal_is_same(terminal, again));
    ck_assert(mhi_terminal_is_same(terminal, copy));
    ck_assert(!mhi_terminal_is_same(terminal, null));
    ck_assert(!mhi_terminal_is_same(terminal, ends[1]));
    ck_assert(mhi_terminal_is_same(ends[0], ends[1]));
    ck_assert(!mhi_terminal_is_same(terminal, -1));
}
END_TEST

START_TEST(all_is_written_although_the_pipe_refuses_to_wait)
{
    enum { SIZE = 1 << 20 };
    static char text[SIZE], heard[4096];
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    pid_t reader = fork();
    if (reader == 0) {
        ssize_t size, all = 0;
        close(ends[1]);
        while ((size = read(ends[0], heard, sizeof heard)) > 0)
            all += size;
        _exit(all == SIZE ? 0 : 1);
    }
    mhi_terminal_write(ends[1], text, SIZE);
    close(ends[1]);
    ck_assert_int_eq(waitpid(reader, &status, 0), reader);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("terminal");
    TCase *tests = tcase_create("terminal");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, a_terminal_has_a_size_and_a_pipe_has_none);
    tcase_add_test(tests, two_ways_to_a_terminal_lead_to_the_same);
    tcase_add_test(tests, all_is_written_although_the_pipe_refuses_to_wait);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
