// Line: whole messages both ways, also between processes, and an end that everybody notices.

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

// It had not read all that was sent to it, which the system takes for a misfortune.
START_TEST(what_was_sent_before_a_death_is_received_after_it)
{
    char text[6];
    ck_assert_int_eq(mhi_line_send(ends[0], "never read", 11), 0);
    ck_assert_int_eq(mhi_line_send(ends[1], "bye 1", 6), 0);
    ck_assert_int_eq(mhi_line_send(ends[1], "bye 2", 6), 0);
    mhi_fd_close(ends[1]);
    ends[1] = -1;
    ck_assert_int_eq(mhi_line_receive(ends[0], text, 6), 0);
    ck_assert_str_eq(text, "bye 1");
    ck_assert_int_eq(mhi_line_receive(ends[0], text, 6), 0);
    ck_assert_str_eq(text, "bye 2");
    ck_assert_int_eq(mhi_line_receive(ends[0], text, 6), ECONNRESET);
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

// ---- descriptors that travel along --------------------------------------------------------------

static int open_text(const char *text)
{
    int file;
    ck_assert_int_eq(mhi_file_open_to_append(&file), 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    return file;
}

static void assert_text(int file, const char *text)
{
    char found[32] = "";
    ck_assert_uint_eq(mhi_file_read(file, 0, found, sizeof found), strlen(text));
    ck_assert_str_eq(found, text);
    ck_assert_int_eq(fcntl(file, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    mhi_fd_close(file);
}

START_TEST(descriptors_travel_with_a_message)
{
    int sent[2] = {open_text("one"), open_text("two")}, received[2];
    char text[6];
    ck_assert_int_eq(mhi_line_send_fds(ends[0], "there", 6, sent), 0);
    ck_assert_int_eq(mhi_line_send_fds(ends[0], "plain", 6, (int[2]){-1, -1}), 0);
    ck_assert_int_eq(mhi_line_send(ends[0], "again", 6), 0);
    ck_assert_int_eq(mhi_line_receive_fds(ends[1], text, 6, received), 0);
    ck_assert_str_eq(text, "there");
    assert_text(received[0], "one");
    assert_text(received[1], "two");
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(mhi_line_receive_fds(ends[1], text, 6, received), 0);
        ck_assert_int_eq(received[0], -1);
        ck_assert_int_eq(received[1], -1);
        assert_text(sent[i], i == 0 ? "one" : "two");
    }
    ck_assert_str_eq(text, "again");
}
END_TEST

START_TEST(who_has_too_many_descriptors_gets_the_message_without)
{
    int sent[2] = {open_text("one"), open_text("two")}, received[2];
    char text[6];
    int next = dup(0);
    close(next);
    ck_assert_int_eq(mhi_line_send_fds(ends[0], "there", 6, sent), 0);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = (rlim_t)next;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(mhi_line_receive_fds(ends[1], text, 6, received), 0);
    ck_assert_str_eq(text, "there");
    ck_assert_int_eq(received[0], -1);
    ck_assert_int_eq(received[1], -1);
    ck_assert_int_eq(mhi_line_send(ends[1], "back!", 6), 0); // the line is as good as before
}
END_TEST

START_TEST(a_line_that_ended_takes_no_descriptors)
{
    int sent[2] = {open_text("one"), -1}, received[2];
    char byte;
    mhi_line_end(ends[1]);
    ck_assert_int_eq(mhi_line_send_fds(ends[0], "x", 1, sent), ECONNRESET);
    ck_assert_int_eq(mhi_line_receive_fds(ends[0], &byte, 1, received), ECONNRESET);
    ck_assert_int_eq(received[0], -1);
    mhi_fd_close(sent[0]);
}
END_TEST

START_TEST(a_listener_hears_or_gives_up)
{
    char byte;
    ck_assert_int_eq(mhi_line_listen(ends[0], -1, 0), MHI_HEARD_NOTHING);
    ck_assert_int_eq(mhi_line_listen(ends[0], -1, 1), MHI_HEARD_NOTHING);
    ck_assert_int_eq(mhi_line_send(ends[1], "x", 1), 0);
    ck_assert_int_eq(mhi_line_listen(ends[0], -1, 0), MHI_HEARD_LINE);
    ck_assert_int_eq(mhi_line_listen(ends[0], -1, -1), MHI_HEARD_LINE);
    ck_assert_int_eq(mhi_line_receive(ends[0], &byte, 1), 0);
    mhi_line_end(ends[1]);
    ck_assert_int_eq(mhi_line_listen(ends[0], -1, -1), MHI_HEARD_LINE);
}
END_TEST

int main(void)
{
    TCase *lines = tcase_create("lines");
    tcase_add_checked_fixture(lines, open_line, close_line);
    tcase_add_test(lines, messages_go_both_ways);
    tcase_add_test(lines, what_several_processes_send_at_one_end_is_not_torn);
    tcase_add_test(lines, the_death_of_the_other_side_is_an_error_and_no_signal);
    tcase_add_test(lines, what_was_sent_before_a_death_is_received_after_it);
    tcase_add_loop_test(lines, an_end_wakes_who_waits_at_either_side, 0, 2);
    tcase_add_test(lines, programs_do_not_get_it);
    tcase_add_test(lines, descriptors_travel_with_a_message);
    tcase_add_test(lines, who_has_too_many_descriptors_gets_the_message_without);
    tcase_add_test(lines, a_line_that_ended_takes_no_descriptors);
    tcase_add_test(lines, a_listener_hears_or_gives_up);
    Suite *suite = suite_create("channel");
    suite_add_tcase(suite, lines);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
