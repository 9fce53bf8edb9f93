// Thread: our threads leave the program's signals to the program's threads, and can be counted.

#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"

static void *look_at_mask(void *mask)
{
    pthread_sigmask(SIG_BLOCK, NULL, mask);
    return NULL;
}

START_TEST(our_threads_block_all_signals_and_the_caller_does_not)
{
    sigset_t before, inside, after;
    mhi_thread thread;
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    ck_assert_int_eq(mhi_thread_start(&thread, look_at_mask, &inside), 0);
    mhi_thread_join(&thread);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    const int signals[] = {SIGINT, SIGTERM, SIGUSR1, SIGALRM, SIGCHLD, SIGWINCH};
    for (int i = 0; i < 6; i++) {
        ck_assert(sigismember(&inside, signals[i]));
        ck_assert_int_eq(sigismember(&after, signals[i]), sigismember(&before, signals[i]));
    }
}
END_TEST

static void *stay(void *may_go)
{
    while (!atomic_load((_Atomic bool *)may_go))
        sched_yield();
    return NULL;
}

START_TEST(threads_are_counted)
{
    enum { MORE = 3 };
    static _Atomic bool may_go;
    mhi_thread threads[MORE];
    ck_assert_int_eq(mhi_thread_start(&threads[0], stay, &may_go),
                     0); // a sanitizer's comes too
    int before = mhi_thread_count();
    ck_assert_int_ge(before, 2);
    for (int i = 1; i < MORE; i++)
        ck_assert_int_eq(mhi_thread_start(&threads[i], stay, &may_go), 0);
    ck_assert_int_eq(mhi_thread_count(), before + MORE - 1);
    atomic_store(&may_go, true);
    for (int i = 0; i < MORE; i++)
        mhi_thread_join(&threads[i]);
}
END_TEST

static int calls;

static void count_call(void)
{
    calls++;
}

START_TEST(once_is_once)
{
    static mhi_once once = MHI_ONCE;
    for (int i = 0; i < 5; i++)
        mhi_once_call(&once, count_call);
    ck_assert_int_eq(calls, 1);
}
END_TEST

START_TEST(each_fork_calls_in_the_child_only)
{
    calls = 0;
    ck_assert_int_eq(mhi_at_fork(count_call), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(calls);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(WEXITSTATUS(status), 1);
    ck_assert_int_eq(calls, 0);
}
END_TEST

START_TEST(signals_have_their_usual_names)
{
    ck_assert_str_eq(mhi_signal_name(SIGSEGV), "SIGSEGV");
    ck_assert_str_eq(mhi_signal_name(SIGKILL), "SIGKILL");
    ck_assert_str_eq(mhi_signal_name(12345), "signal 12345");
}
END_TEST

int main(void)
{
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, our_threads_block_all_signals_and_the_caller_does_not);
    tcase_add_test(threads, threads_are_counted);
    tcase_add_test(threads, once_is_once);
    tcase_add_test(threads, each_fork_calls_in_the_child_only);
    tcase_add_test(threads, signals_have_their_usual_names);
    Suite *suite = suite_create("thread");
    suite_add_tcase(suite, threads);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
