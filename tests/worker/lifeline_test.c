// Lifelines: those that are there are cut, all others are left alone; and whoever removes one waits for who
// cuts.
#include <check.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"
#include "support/asleep.h"
#include "support/story.h"
#include "worker/lifeline.h"

enum { OURS, THEIRS };

static void open_line(int ends[2])
{
    ck_assert_int_eq(mhi_line_open(ends), 0);
}

static bool is_cut(const int ends[2])
{
    char byte;
    return recv(ends[THEIRS], &byte, 1, MSG_DONTWAIT) == 0;
}

START_TEST(all_that_are_there_are_cut_and_no_other)
{
    enum { LINES = 10 };
    int lines[LINES][2];
    for (int i = 0; i < LINES; i++) {
        open_line(lines[i]);
        mhi_lifeline_add(lines[i][OURS], -1);
    }
    for (int i = 0; i < LINES; i += 2) {
        ck_assert(!mhi_lifeline_remove(lines[i][OURS]));
        ck_assert(!mhi_lifeline_remove(lines[i][OURS]));
    }
    mhi_lifelines_cut(MH_FOREVER);
    mhi_lifelines_let_go();
    for (int i = 0; i < LINES; i++) {
        ck_assert(is_cut(lines[i]) == (i % 2 == 1));
        ck_assert(mhi_lifeline_remove(lines[i][OURS]) == (i % 2 == 1));
    }
}
END_TEST

START_TEST(more_than_there_is_room_for_do_no_harm)
{
    int ends[2];
    open_line(ends);
    mhi_lifeline_add(ends[OURS], -1);
    for (int i = 0; i < 1000; i++)
        mhi_lifeline_add(100000 + i, -1); // of no open descriptor
    mhi_lifelines_cut(MH_FOREVER);
    mhi_lifelines_let_go();
    ck_assert(is_cut(ends));
    for (int i = 0; i < 1000; i++)
        mhi_lifeline_remove(100000 + i);
    ck_assert(mhi_lifeline_remove(ends[OURS]));
}
END_TEST

// It is readable at once when the process is dead, and that is waited for.
START_TEST(the_death_at_the_other_end_is_waited_for)
{
    int ends[2];
    open_line(ends);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(ends[OURS]);
        _exit(recv(ends[THEIRS], &byte, 1, 0) == 0 ? 3 : 4);
    }
    int watch = mhi_process_watch(child);
    ck_assert_int_ge(watch, 0);
    mhi_lifeline_add(ends[OURS], watch);
    mhi_lifelines_cut(mhi_clock_ns() + UINT64_C(30000000000));
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, WNOHANG), child);
    ck_assert_int_eq(WEXITSTATUS(status), 3);
    mhi_lifelines_let_go();
    ck_assert(mhi_lifeline_remove(ends[OURS]));
}
END_TEST

// A process that does not die is not waited for for ever.
START_TEST(there_is_a_deadline)
{
    int ends[2];
    open_line(ends);
    int watch = mhi_process_watch(getpid());
    mhi_lifeline_add(ends[OURS], watch);
    mhi_lifelines_cut(mhi_clock_ns() + 1000000);
    mhi_lifelines_let_go();
    ck_assert(mhi_lifeline_remove(ends[OURS]));
}
END_TEST

static void *remove_line(void *ends)
{
    say_that_it_waits();
    bool was_cut = mhi_lifeline_remove(((int *)ends)[OURS]);
    count_up(0);
    return was_cut ? ends : NULL;
}

START_TEST(who_removes_one_waits_for_who_cuts)
{
    set_stage();
    for (int again = 0; again < 4; again++) {
        int ends[2];
        open_line(ends);
        mhi_lifeline_add(ends[OURS], -1);
        mhi_lifelines_cut(MH_FOREVER);
        pthread_t remover;
        ck_assert_int_eq(pthread_create(&remover, NULL, remove_line, ends), 0);
        await_waiters(1);
        ck_assert_int_eq(counted(0), again);
        mhi_lifelines_let_go();
        void *was_cut;
        pthread_join(remover, &was_cut);
        ck_assert_ptr_eq(was_cut, ends);
        ck_assert_int_eq(counted(0), again + 1);
        close(ends[OURS]);
        close(ends[THEIRS]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lifelines");
    TCase *tests = add_case(suite, "lifelines", 30);
    tcase_add_test(tests, all_that_are_there_are_cut_and_no_other);
    tcase_add_test(tests, more_than_there_is_room_for_do_no_harm);
    tcase_add_test(tests, the_death_at_the_other_end_is_waited_for);
    tcase_add_test(tests, there_is_a_deadline);
    tcase_add_test(tests, who_removes_one_waits_for_who_cuts);
    return run_suite(suite);
}
