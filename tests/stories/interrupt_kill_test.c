// The second signal: the program dies by it at once, and with it its workers and what they have started,
// whatever the library's own thread is doing.
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "support/heard.h"
#include "support/life.h"
#include "support/stage.h"
#include "support/story.h"

enum { WORKERS = 2, READY = 0, NEVER = 1, TOLD = 2 }; // gates
enum { PIDS = 0, CALLED = 0 };                        // places on the stage

extern char **environ;

// ---- what runs when it comes --------------------------------------------------------------------

static mh_status compute(mh_call *call, mh_bytes item)
{
    (void)item;
    on_stage()->pid[PIDS + mh_worker(call)] = getpid();
    open_gate(READY, 1);
    while (mh_worker(call) >= 0)
        sched_yield();
    return MH_OK;
}

static mh_status be_deaf(mh_call *call, mh_bytes item)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    return compute(call, item);
}

static mh_status run_program(mh_call *call, mh_bytes item)
{
    char program[] = "sleep", seconds[] = "60";
    char *const words[] = {program, seconds, NULL};
    pid_t pid = 0;
    if (posix_spawnp(&pid, "sleep", NULL, NULL, words, environ) != 0)
        return MH_SYSTEM;
    return compute(call, item);
}

// It would end of itself one day, so that a test that fails leaves nothing for ever.
static mh_status fork_child(mh_call *call, mh_bytes item)
{
    if (fork() == 0) {
        alarm(60);
        pass_gate(NEVER);
    }
    return compute(call, item);
}

static const mh_routine lives[] = {
    {.name = "computing", .run = compute},
    {.name = "deaf", .run = be_deaf},
    {.name = "with a program", .run = run_program},
    {.name = "with a child", .run = fork_child},
};
enum { LIVES = sizeof lives / sizeof *lives };

// ---- the program --------------------------------------------------------------------------------

static void begin_program(void)
{
    alarm(60);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    mh_log_limit(MH_LOG_OFF);
    if (mh_interrupt_open(NULL) != MH_OK)
        _exit(2);
}

static mh_map *begin_map(int kind, const mh_routine *routine)
{
    mh_pool *pool = NULL;
    mh_map *map = NULL;
    mh_pool_options options = options_of(kind, WORKERS);
    mh_source source = mh_source_range(0, 1000, 1);
    mh_map_options each = {.chunk = 1};
    if (mh_pool_open(&pool, &options) != MH_OK ||
        mh_map_open(&map, pool, routine, &source, &each) != MH_OK)
        _exit(3);
    return map;
}

static _Noreturn void wait_for_results(int kind, const mh_routine *routine)
{
    mh_map *map = begin_map(kind, routine);
    mh_result result;
    while (mh_map_next(map, &result, MH_FOREVER) == MH_OK)
        continue;
    _exit(4);
}

// A thread that the signals come to, since the others may be asleep in the library.
static void *raise_two(void *numbers)
{
    const int *which = numbers;
    for (int i = 0; i < WORKERS; i++)
        pass_gate(READY);
    raise(which[0]);
    raise(which[1]);
    _exit(5); // they did not kill
}

static int wait_status(pid_t program)
{
    int status = 0;
    ck_assert_int_eq(waitpid(program, &status, 0), program);
    return status;
}

static void assert_dies_by(pid_t program, int number)
{
    int status = wait_status(program);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == number,
                  "the program ended with %x", status);
}

static void assert_worker_is_gone(int number)
{
    pid_t pid = on_stage()->pid[PIDS + number];
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(kill(pid, 0), -1);
}

START_TEST(N11_the_second_signal_kills_the_program_and_all_it_has_started)
{
    static int numbers[4][2] = {
        {SIGINT, SIGINT}, {SIGTERM, SIGTERM}, {SIGINT, SIGTERM}, {SIGTERM, SIGINT}};
    int *which = numbers[_i % 4];
    set_stage();
    int life = begin_family();
    pid_t program = fork();
    if (program == 0) {
        begin_program();
        pthread_t thread;
        if (pthread_create(&thread, NULL, raise_two, which) != 0)
            _exit(6);
        wait_for_results(WITH_PROCESSES + _i / 4 % 2, &lives[_i / 8]);
    }
    leave_family();
    assert_dies_by(program, which[1]);
    wait_until_all_are_gone(life);
    for (int i = 0; i < WORKERS; i++)
        assert_worker_is_gone(i);
}
END_TEST

START_TEST(N11_the_second_signal_kills_a_program_without_worker_processes)
{
    static int numbers[2] = {SIGINT, SIGINT};
    set_stage();
    pid_t program = fork();
    if (program == 0) {
        begin_program();
        open_gate(READY, _i == SERIAL); // one runs at a time
        pthread_t thread;
        if (pthread_create(&thread, NULL, raise_two, numbers) != 0)
            _exit(6);
        wait_for_results(_i, &lives[0]);
    }
    assert_dies_by(program, SIGINT);
}
END_TEST

// As a terminal does it: from outside, one after the other.
START_TEST(N11_the_signals_may_come_from_outside)
{
    set_stage();
    int life = begin_family();
    pid_t program = fork();
    if (program == 0) {
        begin_program();
        mh_map *map = begin_map(_i, &lives[0]);
        mh_result result;
        while (mh_map_next(map, &result, mh_in_ms(20)) != MH_END)
            if (mh_is_interrupted())
                open_gate(TOLD, 1);
        _exit(4);
    }
    leave_family();
    for (int i = 0; i < WORKERS; i++)
        pass_gate(READY);
    ck_assert_int_eq(kill(program, SIGINT), 0);
    pass_gate(TOLD);
    ck_assert_int_eq(kill(program, SIGINT), 0);
    assert_dies_by(program, SIGINT);
    wait_until_all_are_gone(life);
}
END_TEST

// ---- when all else is stuck ---------------------------------------------------------------------

static void never_return(void *context, mh_log_level level, const char *line)
{
    (void)context;
    (void)level;
    if (strstr(line, "interrupted") != NULL) {
        open_gate(TOLD, 1);
        pass_gate(NEVER);
    }
}

static void *raise_when_stuck(void *nothing)
{
    for (int i = 0; i < WORKERS; i++)
        pass_gate(READY);
    raise(SIGINT);
    pass_gate(TOLD);
    raise(SIGINT);
    (void)nothing;
    _exit(5);
}

START_TEST(N11_the_second_signal_kills_though_the_first_is_still_being_told)
{
    set_stage();
    int life = begin_family();
    pid_t program = fork();
    if (program == 0) {
        begin_program();
        mh_log_limit(MH_LOG_WARNING);
        mh_log_to(never_return, NULL);
        pthread_t thread;
        if (pthread_create(&thread, NULL, raise_when_stuck, NULL) != 0)
            _exit(6);
        wait_for_results(_i, &lives[3]);
    }
    leave_family();
    assert_dies_by(program, SIGINT);
    wait_until_all_are_gone(life);
}
END_TEST

// ---- a program that had a handler, and lives on -------------------------------------------------

static void count_call(int number)
{
    (void)number;
    count_up(CALLED);
}

static int live_on(int kind)
{
    signal(SIGINT, count_call);
    mh_log_limit(MH_LOG_OFF);
    if (mh_interrupt_open(NULL) != MH_OK)
        return 2;
    mh_pool *pool = NULL;
    mh_map *map = NULL;
    mh_pool_options options = options_of(kind, WORKERS);
    mh_source source = mh_source_range(0, 1000, 1);
    mh_map_options each = {.chunk = 1};
    if (mh_pool_open(&pool, &options) != MH_OK ||
        mh_map_open(&map, pool, &lives[3], &source, &each) != MH_OK)
        return 3;
    mh_result result;
    mh_map_next(map, &result, MH_NOW);
    for (int i = 0; i < WORKERS; i++)
        pass_gate(READY);
    raise(SIGINT);
    if (counted(CALLED) != 0)
        return 4;
    raise(SIGINT);
    if (counted(CALLED) != 1)
        return 5;
    for (mh_status status; (status = mh_map_next(map, &result, MH_FOREVER)) != MH_STOPPED;)
        if (status != MH_OK || result.outcome != MH_CRASHED)
            return 6;
    raise(SIGINT);
    if (counted(CALLED) != 2)
        return 7;
    mh_map_close(map);
    mh_pool_close(pool);
    if (mh_interrupt_close() != MH_OK || mh_pool_open(&pool, &options) != MH_OK)
        return 8;
    mh_pool_close(pool);
    return 0;
}

START_TEST(N11_a_handler_that_was_there_before_gets_the_second_signal)
{
    set_stage();
    int life = begin_family();
    pid_t program = fork();
    if (program == 0) {
        alarm(60);
        _exit(live_on(_i));
    }
    leave_family();
    int status = wait_status(program);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the program ended with %x",
                  status);
    wait_until_all_are_gone(life);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the second signal");
    TCase *tests = add_case(suite, "kinds", 60);
    tcase_add_loop_test(tests, N11_the_second_signal_kills_the_program_and_all_it_has_started,
                        0, 8 * LIVES);
    tcase_add_loop_test(tests, N11_the_second_signal_kills_a_program_without_worker_processes,
                        0, WITH_PROCESSES);
    tcase_add_loop_test(tests, N11_the_signals_may_come_from_outside, WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N11_the_second_signal_kills_though_the_first_is_still_being_told,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N11_a_handler_that_was_there_before_gets_the_second_signal,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
