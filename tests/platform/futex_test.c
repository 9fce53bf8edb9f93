// Futex: sleeping on a word, with a deadline, across processes; and the clock that deadlines
// are told in.

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"

START_TEST(the_clock_never_goes_back)
{
    uint64_t before = mhi_clock_ns();
    ck_assert_uint_gt(before, 0);
    for (int i = 0; i < 100000; i++) {
        uint64_t now = mhi_clock_ns();
        if (now < before)
            ck_abort_msg("it went back");
        before = now;
    }
    ck_assert_uint_le(mhi_clock_coarse_ns(), mhi_clock_ns());
}
END_TEST

START_TEST(another_word_is_not_slept_on)
{
    _Atomic uint32_t word = 5;
    ck_assert(mhi_futex_wait(&word, 4, UINT64_MAX));
    ck_assert(mhi_futex_wait(&word, 6, UINT64_MAX));
}
END_TEST

START_TEST(a_deadline_that_passed_is_told)
{
    _Atomic uint32_t word = 5;
    ck_assert(!mhi_futex_wait(&word, 5, 0));
    ck_assert(!mhi_futex_wait(&word, 5, mhi_clock_ns()));
    uint64_t deadline = mhi_clock_ns() + 2000000;
    while (mhi_futex_wait(&word, 5, deadline))
        continue;
    ck_assert_uint_ge(mhi_clock_ns(), deadline);
}
END_TEST

START_TEST(deadlines_far_away_are_not_now)
{
    _Atomic uint32_t word = 5;
    const uint64_t far[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX / 2,
                            (uint64_t)INT64_MAX + 1};
    pid_t pid = fork(); // who sleeps for ever is killed
    if (pid == 0) {
        bool in_time = mhi_futex_wait(&word, 5, far[_i]);
        _exit(in_time ? 0 : 1);
    }
    siginfo_t ended = {.si_pid = 0};
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
        if (ended.si_pid != 0)
            ck_assert_int_eq(ended.si_status, 0); // an early return is allowed
        sched_yield();
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
END_TEST

typedef struct pair {
    _Atomic uint32_t word;
    _Atomic uint32_t asleep;
} pair;

static void sleep_until_changed(pair *on)
{
    atomic_fetch_add(&on->asleep, 1);
    while (atomic_load(&on->word) == 0)
        mhi_futex_wait(&on->word, 0, UINT64_MAX);
}

START_TEST(a_wake_crosses_processes)
{
    pair *on = mmap(NULL, sizeof *on, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                    0);
    ck_assert_ptr_ne(on, MAP_FAILED);
    pid_t pid = fork();
    if (pid == 0) {
        sleep_until_changed(on);
        _exit(0);
    }
    while (atomic_load(&on->asleep) == 0)
        sched_yield();
    atomic_store(&on->word, 1);
    mhi_futex_wake(&on->word, 1);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    munmap(on, sizeof *on);
}
END_TEST

static void *sleep_in_a_thread(void *on)
{
    sleep_until_changed(on);
    return NULL;
}

START_TEST(a_wake_of_many_reaches_all)
{
    enum { SLEEPERS = 8 };
    pair on = {0};
    pthread_t threads[SLEEPERS];
    for (int i = 0; i < SLEEPERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, sleep_in_a_thread, &on), 0);
    while (atomic_load(&on.asleep) < SLEEPERS)
        sched_yield();
    atomic_store(&on.word, 1);
    mhi_futex_wake(&on.word, SLEEPERS);
    for (int i = 0; i < SLEEPERS; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

int main(void)
{
    TCase *futexes = tcase_create("futexes");
    tcase_add_test(futexes, the_clock_never_goes_back);
    tcase_add_test(futexes, another_word_is_not_slept_on);
    tcase_add_test(futexes, a_deadline_that_passed_is_told);
    tcase_add_loop_test(futexes, deadlines_far_away_are_not_now, 0, 4);
    tcase_add_test(futexes, a_wake_crosses_processes);
    tcase_add_test(futexes, a_wake_of_many_reaches_all);
    Suite *suite = suite_create("futex");
    suite_add_tcase(suite, futexes);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
