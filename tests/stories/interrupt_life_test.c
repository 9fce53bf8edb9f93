// The life of the helper: it takes the signals it was asked to take, leaves those that are ignored, and
// gives them back; children know nothing of it; and it leaves no trace.
#include <errno.h>
#include <sys/wait.h>

#include "support/asleep.h"
#include "support/interrupted.h"
#include "support/traces.h"

enum { CALLED = 30 }; // a place on the stage

static void count_call(int number)
{
    (void)number;
    count_up(CALLED);
}

static struct sigaction action_for(int number)
{
    struct sigaction action;
    ck_assert_int_eq(sigaction(number, NULL, &action), 0);
    return action;
}

static void assert_same_action(int number, const struct sigaction *wanted)
{
    struct sigaction now = action_for(number);
    ck_assert(now.sa_handler == wanted->sa_handler);
    ck_assert_int_eq(now.sa_flags, wanted->sa_flags);
    ck_assert(sigismember(&now.sa_mask, SIGUSR1) == sigismember(&wanted->sa_mask, SIGUSR1));
}

// ---- handlers -----------------------------------------------------------------------------------

static void set_action(int number, int which)
{
    struct sigaction action = {.sa_handler = which == 0   ? SIG_DFL
                                             : which == 1 ? SIG_IGN
                                                          : count_call,
                               .sa_flags = which == 2 ? SA_NODEFER : 0};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR1);
    ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

static void assert_is_heard(int number, const struct sigaction *before, bool is_heard)
{
    if (is_heard)
        ck_assert(action_for(number).sa_handler != before->sa_handler);
    else
        assert_same_action(number, before);
}

START_TEST(N11_what_was_there_before_comes_back_and_ignored_signals_stay_ignored)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    int which = _i % 3, signals = _i / 3;
    listen_to_log(MH_LOG_WARNING);
    struct sigaction before[2];
    for (int i = 0; i < 2; i++) {
        set_action(numbers[i], which);
        before[i] = action_for(numbers[i]);
    }
    traces traces_before = count_traces();
    for (int again = 0; again < 3; again++) {
        mh_interrupt_options options = {.signals = (mh_interrupt_signals)signals};
        ck_assert_int_eq(mh_interrupt_open(&options), MH_OK);
        assert_is_heard(SIGINT, &before[0], which != 1 && signals != MH_ON_SIGTERM);
        assert_is_heard(SIGTERM, &before[1], which != 1 && signals != MH_ON_SIGINT);
        close_interrupt();
        assert_same_action(SIGINT, &before[0]);
        assert_same_action(SIGTERM, &before[1]);
        assert_no_traces(&traces_before);
    }
    ck_assert_int_eq(lines_heard(), 0);
}
END_TEST

START_TEST(N11_a_signal_that_is_ignored_interrupts_nothing)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    listen_to_log(MH_LOG_WARNING);
    ck_assert_int_eq(mh_interrupt_open(NULL), MH_OK);
    mh_pool *pool = open_kind(_i, 1);
    raise(SIGINT);
    raise(SIGINT);
    ck_assert(!mh_is_interrupted());
    ck_assert_int_eq(number_of(submit(pool, &echo, 3)), 3);
    raise(SIGTERM);
    await_stand();
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// Put over ours since, it stays; and when it calls ours, that passes on to what was there before.
static struct sigaction covered;

static void call_covered(int number)
{
    covered.sa_handler(number);
}

START_TEST(N11_a_handler_that_was_put_over_ours_stays)
{
    set_stage();
    listen_to_log(MH_LOG_WARNING);
    signal(SIGINT, count_call);
    ck_assert_int_eq(mh_interrupt_open(NULL), MH_OK);
    covered = action_for(SIGINT);
    signal(SIGINT, call_covered);
    raise(SIGINT); // reaches ours
    await_stand();
    ck_assert_int_eq(counted(CALLED), 0);
    close_interrupt();
    ck_assert(action_for(SIGINT).sa_handler == call_covered);
    raise(SIGINT);
    ck_assert_int_eq(counted(CALLED), 1);
    ck_assert(!mh_is_interrupted());
}
END_TEST

START_TEST(N11_a_signal_right_before_the_close_is_still_told)
{
    enum { ROUNDS = 50 };
    mh_pool *pool = open_kind(_i, 1);
    for (int i = 0; i < ROUNDS; i++) {
        open_interrupt(false);
        raise(SIGINT);
        close_interrupt();
        ck_assert_int_eq(lines_heard(), 1);
        ck_assert_int_eq(number_of(submit(pool, &echo, i)), i);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(N11_misuse_is_refused)
{
    be_a_program();
    listen_to_log(MH_LOG_WARNING);
    ck_assert_int_eq(mh_interrupt_close(), MH_NOT_FOUND);
    mh_interrupt_options wrong = {.signals = (mh_interrupt_signals)3};
    ck_assert_int_eq(mh_interrupt_open(&wrong), MH_INVALID);
    ck_assert_int_eq(lines_heard(), 2);
    ck_assert_int_eq(mh_interrupt_open(NULL), MH_OK);
    ck_assert_int_eq(mh_interrupt_open(NULL), MH_BUSY);
    close_interrupt();
    ck_assert_int_eq(mh_interrupt_close(), MH_NOT_FOUND);
    ck_assert(action_for(SIGINT).sa_handler == SIG_DFL);
}
END_TEST

// ---- what it leaves alone -----------------------------------------------------------------------

static void *interrupt_a_reader(void *reader)
{
    await_waiters(1);
    errno = 1234;
    ck_assert_int_eq(pthread_kill(*(pthread_t *)reader, SIGINT), 0);
    await_stand();
    open_gate(GO_ON, 1);
    return NULL;
}

// The thread sanitizer keeps a signal back that interrupts a read, until the read has ended.
START_TEST(N11_a_read_that_is_interrupted_goes_on)
{
    set_stage();
    for (int again = 0; again < 2 && !has_thread_sanitizer; again++) {
        open_interrupt(false);
        pthread_t self = pthread_self(), other;
        ck_assert_int_eq(pthread_create(&other, NULL, interrupt_a_reader, &self), 0);
        say_that_it_waits();
        char byte = 0;
        ck_assert_int_eq(read(GATE_FD + 2 * GO_ON, &byte, 1), 1);
        ck_assert_int_eq(byte, 'g');
        pthread_join(other, NULL);
        close_interrupt();
    }
}
END_TEST

START_TEST(N11_errno_is_what_it_was)
{
    open_interrupt(false);
    errno = 1234;
    raise(SIGINT);
    ck_assert_int_eq(errno, 1234);
    await_stand();
    close_interrupt();
}
END_TEST

START_TEST(N11_worker_processes_are_still_forked)
{
    be_a_program();
    listen_to_log(MH_LOG_INFO);
    ck_assert_int_eq(mh_interrupt_open(NULL), MH_OK);
    mh_pool *pool = open_with(&(mh_pool_options){.kind = MH_PROCESSES, .workers = 1});
    ck_assert(was_heard("begin by fork") || has_thread_sanitizer);
    ck_assert_int_eq(number_of(submit(pool, &echo, 3)), 3);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

static mh_status look_around(mh_call *call, mh_bytes item)
{
    (void)item;
    struct sigaction for_int, for_term;
    mh_log_limit(MH_LOG_OFF);
    sigaction(SIGINT, NULL, &for_int);
    sigaction(SIGTERM, NULL, &for_term);
    int64_t found = (for_int.sa_handler == SIG_IGN) + 2 * (for_term.sa_handler == SIG_DFL) +
                    4 * mh_is_interrupted() + 8 * (mh_interrupt_close() == MH_NOT_FOUND);
    raise(SIGINT); // as it would come from a terminal
    return mh_return(call, &found, sizeof found);
}
static const mh_routine looking = {.name = "look around", .run = look_around};

START_TEST(N11_workers_ignore_a_ctrl_c_and_know_nothing_of_it)
{
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, 1);
    ck_assert_int_eq(number_of(submit(pool, &looking, 0)), 1 + 2 + 8);
    ck_assert(!mh_is_interrupted());
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// ---- children of the program --------------------------------------------------------------------

static int64_t sum_in_own_pool(void)
{
    mh_pool *pool;
    int64_t numbers[] = {1, 2, 3};
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = MH_SERIAL}) != MH_OK)
        return 0;
    if (mh_map_array(pool, &echo, numbers, 3, 8, numbers, 8, NULL) != MH_OK)
        return 0;
    mh_pool_close(pool);
    return numbers[0] + numbers[1] + numbers[2];
}

static int be_child(void)
{
    if (action_for(SIGINT).sa_handler != SIG_DFL || action_for(SIGTERM).sa_handler != SIG_DFL)
        return 1;
    if (mh_is_interrupted() || mh_interrupt_close() != MH_NOT_FOUND)
        return 2;
    if (sum_in_own_pool() != 6)
        return 3;
    if (has_thread_sanitizer || has_address_sanitizer) // see story.h
        return 0;
    if (mh_interrupt_open(NULL) != MH_OK)
        return 4;
    raise(SIGINT);
    if (!mh_is_interrupted() || sum_in_own_pool() != 0)
        return 5;
    if (mh_interrupt_close() != MH_OK || sum_in_own_pool() != 6)
        return 6;
    return 0;
}

static void assert_child_ends_with(int wanted, int (*life)(void))
{
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        mh_log_limit(MH_LOG_OFF);
        _exit(life());
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(status == wanted, "the child ended with %x, not %x", status, wanted);
}

static int raise_in_child(void)
{
    raise(SIGINT);
    return 1;
}

START_TEST(N11_a_forked_child_has_what_was_there_before_and_may_open_its_own)
{
    bool is_interrupted = _i % 2 == 1;
    open_interrupt(false);
    mh_pool *pool = open_kind(_i / 2, 1);
    if (is_interrupted)
        press();
    assert_child_ends_with(0, be_child);
    assert_child_ends_with(SIGINT, raise_in_child);
    ck_assert(mh_is_interrupted() == is_interrupted);
    if (!is_interrupted) {
        ck_assert_int_eq(number_of(submit(pool, &echo, 5)), 5);
        ck_assert_int_eq(lines_heard(), 0);
        press();
    }
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// Another thread opens and closes all the time while this one forks.
static _Atomic bool is_over;

static void *open_and_close(void *nothing)
{
    while (!is_over) {
        mh_interrupt_open(NULL);
        mh_interrupt_close();
    }
    return nothing;
}

static int raise_or_end(void)
{
    return mh_is_interrupted() ? 1 : 0;
}

START_TEST(N11_a_fork_at_any_moment_finds_it_closed)
{
    enum { FORKS = 100 };
    be_a_program();
    mh_log_limit(MH_LOG_OFF);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, open_and_close, NULL), 0);
    for (int i = 0; i < FORKS; i++) {
        // In a child forked amid a sigaction the thread sanitizer may drop a signal.
        bool raises = i % 2 == 1 && !has_thread_sanitizer;
        assert_child_ends_with(raises ? SIGINT : 0, raises ? raise_in_child : raise_or_end);
    }
    is_over = true;
    pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the life of the interrupt helper");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(
        tests, N11_what_was_there_before_comes_back_and_ignored_signals_stay_ignored, 0, 9);
    tcase_add_loop_test(tests, N11_a_signal_that_is_ignored_interrupts_nothing, 0, KINDS);
    tcase_add_test(tests, N11_a_handler_that_was_put_over_ours_stays);
    tcase_add_loop_test(tests, N11_a_signal_right_before_the_close_is_still_told, 0, KINDS);
    tcase_add_test(tests, N11_misuse_is_refused);
    tcase_add_test(tests, N11_a_read_that_is_interrupted_goes_on);
    tcase_add_test(tests, N11_errno_is_what_it_was);
    tcase_add_test(tests, N11_worker_processes_are_still_forked);
    tcase_add_loop_test(tests, N11_workers_ignore_a_ctrl_c_and_know_nothing_of_it,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(
        tests, N11_a_forked_child_has_what_was_there_before_and_may_open_its_own, 0, 2 * KINDS);
    tcase_add_test(tests, N11_a_fork_at_any_moment_finds_it_closed);
    return run_suite(suite);
}
