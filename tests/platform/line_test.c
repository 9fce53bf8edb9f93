// Line: whole messages both ways, also between processes, and an end that everybody notices.

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"

static int ends[2];

static void open_line(void)
{
    ck_assert_int_eq(mhi_line_open(ends), 0);
}

static void close_line(void)
{
    mhi_fd_close(ends[0]);
    mhi_fd_close(ends[1]);
}

START_TEST(messages_go_both_ways)
{
    char text[6];
    ck_assert_int_eq(mhi_line_send(ends[0], "there", 6), 0);
    ck_assert_int_eq(mhi_line_send(ends[1], "back!", 6), 0);
    ck_assert_int_eq(mhi_line_receive(ends[1], text, 6), 0);
    ck_assert_str_eq(text, "there");
    ck_assert_int_eq(mhi_line_receive(ends[0], text, 6), 0);
    ck_assert_str_eq(text, "back!");
}
END_TEST

enum { SENDERS = 4, MESSAGES = 500, SIZE = 4096 };

static _Noreturn void send_many(char sender)
{
    char message[SIZE];
    memset(message, sender, sizeof message);
    for (int i = 0; i < MESSAGES; i++)
        if (mhi_line_send(ends[0], message, SIZE) != 0)
            _exit(1);
    _exit(0);
}

START_TEST(what_several_processes_send_at_one_end_is_not_torn)
{
    for (int i = 0; i < SENDERS; i++) {
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
            send_many((char)('a' + i));
    }
    int counts[SENDERS] = {0};
    for (int i = 0; i < SENDERS * MESSAGES; i++) {
        char message[SIZE];
        ck_assert_int_eq(mhi_line_receive(ends[1], message, SIZE), 0);
        ck_assert(message[0] >= 'a' && message[0] < 'a' + SENDERS);
        ck_assert_int_eq(memcmp(message, message + 1, SIZE - 1), 0); // all bytes are the same
        counts[message[0] - 'a']++;
    }
    for (int i = 0; i < SENDERS; i++) {
        int status;
        ck_assert_int_eq(counts[i], MESSAGES);
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

START_TEST(the_death_of_the_other_side_is_an_error_and_no_signal)
{
    char byte;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        mhi_line_send(ends[1], "x", 1);
        _exit(0);
    }
    close(ends[1]);
    ends[1] = -1;
    ck_assert_int_eq(mhi_line_receive(ends[0], &byte, 1), 0);
    ck_assert_int_eq(mhi_line_receive(ends[0], &byte, 1), ECONNRESET);
    ck_assert_int_eq(mhi_line_send(ends[0], "x", 1), ECONNRESET);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static void *receive_one(void *nothing)
{
    char byte;
    (void)nothing;
    return (void *)(intptr_t)mhi_line_receive(ends[0], &byte, 1);
}

// Whether the other thread waits already, or comes later: the end is there.
START_TEST(an_end_wakes_who_waits_at_either_side)
{
    pthread_t thread;
    void *error;
    char byte;
    ck_assert_int_eq(pthread_create(&thread, NULL, receive_one, NULL), 0);
    mhi_line_end(ends[_i]);
    pthread_join(thread, &error);
    ck_assert_int_eq((int)(intptr_t)error, ECONNRESET);
    ck_assert_int_eq(mhi_line_receive(ends[1], &byte, 1), ECONNRESET);
    ck_assert_int_ne(mhi_line_send(ends[0], "x", 1), 0);
}
END_TEST

START_TEST(programs_do_not_get_it)
{
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(fcntl(ends[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}
END_TEST

int main(void)
{
    TCase *lines = tcase_create("lines");
    tcase_add_checked_fixture(lines, open_line, close_line);
    tcase_add_test(lines, messages_go_both_ways);
    tcase_add_test(lines, what_several_processes_send_at_one_end_is_not_torn);
    tcase_add_test(lines, the_death_of_the_other_side_is_an_error_and_no_signal);
    tcase_add_loop_test(lines, an_end_wakes_who_waits_at_either_side, 0, 2);
    tcase_add_test(lines, programs_do_not_get_it);
    Suite *suite = suite_create("channel");
    suite_add_tcase(suite, lines);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
