// Orphans: there are none. When the program is killed, everything it had started is gone with it,
// whatever it was doing; and what a task started goes with its worker.
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "support/heard.h"
#include "support/life.h"
#include "support/stage.h"
#include "support/story.h"
#include "support/traces.h"

enum { WORKERS = 2, READY = 0, NEVER = 1 }; // gates

extern char **environ;

static pid_t start_program(void)
{
    char program[] = "sleep", seconds[] = "60";
    char *const words[] = {program, seconds, NULL};
    pid_t pid = 0;
    return posix_spawnp(&pid, "sleep", NULL, NULL, words, environ) == 0 ? pid : 0;
}

// ---- what workers do when the end comes ---------------------------------------------------------

static mh_status be_ready(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    (void)state;
    open_gate(READY, 1);
    return MH_OK;
}

static mh_status never_set_up(mh_call *call, mh_bytes argument, void **state)
{
    be_ready(call, argument, state);
    pass_gate(NEVER);
    return MH_OK;
}

static mh_status do_nothing(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    return MH_OK;
}

static mh_status compute(mh_call *call, mh_bytes item)
{
    (void)item;
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
    setpgid(0, getpgid(getppid())); // and leave the group, into that of the nursery
    return compute(call, item);
}

static mh_status run_program(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    pid_t pid = start_program();
    open_gate(READY, 1);
    waitpid(pid, NULL, 0);
    return MH_OK;
}

// A copy of the worker, without a parent that looks after it. It would end of itself one day, so that a
// test that fails leaves nothing for ever.
static mh_status fork_child(mh_call *call, mh_bytes item)
{
    if (fork() == 0) {
        alarm(60);
        pass_gate(NEVER);
    }
    return compute(call, item);
}

static const mh_routine lives[] = {
    {.name = "idle", .setup = be_ready, .run = do_nothing},
    {.name = "setting up", .setup = never_set_up, .run = do_nothing},
    {.name = "computing", .run = compute},
    {.name = "deaf", .run = be_deaf},
    {.name = "with a program", .run = run_program},
    {.name = "with a child", .run = fork_child},
};
enum { LIVES = sizeof lives / sizeof *lives };

static mh_map *open_life(int kind, int life, mh_pool **pool)
{
    mh_pool_options options = options_of(kind, WORKERS);
    options.routine = &lives[life];
    *pool = open_with(&options);
    mh_map *map = open_map(*pool, NULL, mh_source_range(0, 100, 1),
                           (mh_map_options){.chunk = 1});
    return map;
}

// ---- the program is killed ----------------------------------------------------------------------

static _Noreturn void be_program(int kind, int life)
{
    mh_pool *pool;
    mh_map *map = open_life(kind, life, &pool);
    mh_result result;
    while (mh_map_next(map, &result, MH_FOREVER) == MH_OK)
        continue;
    pass_gate(NEVER);
    _exit(1);
}

START_TEST(N12_nobody_outlives_a_killed_program)
{
    set_stage();
    int life = begin_family();
    pid_t program = fork();
    if (program == 0)
        be_program(WITH_PROCESSES + _i / LIVES, _i % LIVES);
    leave_family();
    for (int i = 0; i < WORKERS; i++)
        pass_gate(READY);
    ck_assert_int_eq(kill(program, SIGKILL), 0);
    ck_assert_int_eq(waitpid(program, NULL, 0), program);
    wait_until_all_are_gone(life);
}
END_TEST

// ---- the nursery is killed ----------------------------------------------------------------------

START_TEST(N12_nobody_outlives_a_killed_nursery)
{
    enum { IDLE_LIVES = 2 }; // the others run items
    listen_to_log(MH_LOG_OFF);
    set_stage();
    int life = begin_family(), which = _i % LIVES;
    mh_pool *pool;
    mh_map *map = open_life(WITH_PROCESSES + _i / LIVES, which, &pool);
    leave_family();
    mh_result result;
    mh_map_next(map, &result, MH_NOW);
    for (int i = 0; i < WORKERS; i++)
        pass_gate(READY);
    ck_assert_int_eq(kill(child_of_mine(), SIGKILL), 0);
    mh_status status;
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK)
        ck_assert(result.outcome != MH_DONE || which == 0);
    ck_assert(status == MH_BROKEN || (status == MH_END && which == 0));
    mh_map_close(map);
    mh_pool_close(pool);
    wait_until_all_are_gone(life);
}
END_TEST

// ---- a worker ends ------------------------------------------------------------------------------

static mh_status leave_program_behind(mh_call *call, mh_bytes item)
{
    (void)item;
    int started = start_program() > 0;
    if (mh_index(call) == 1)
        abort();
    return mh_return(call, &started, sizeof started);
}
static const mh_routine careless = {.name = "careless", .run = leave_program_behind};

START_TEST(N12_what_a_task_left_running_goes_with_its_worker)
{
    listen_to_log(MH_LOG_OFF);
    int life = begin_family();
    mh_pool *pool = open_kind(_i, 1);
    leave_family();
    mh_map *map = open_map(pool, &careless, mh_source_range(0, 3, 1), (mh_map_options){0});
    for (int i = 0; i < 3; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(result.outcome, i == 1 ? MH_CRASHED : MH_DONE);
        ck_assert_int_eq(mh_result_as(int, result), i != 1);
    }
    mh_map_close(map);
    mh_pool_close(pool);
    wait_until_all_are_gone(life);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("orphans");
    TCase *tests = add_case(suite, "processes", 10);
    int all = LIVES * (KINDS - WITH_PROCESSES);
    tcase_add_loop_test(tests, N12_nobody_outlives_a_killed_program, 0, all);
    tcase_add_loop_test(tests, N12_nobody_outlives_a_killed_nursery, 0, all);
    tcase_add_loop_test(tests, N12_what_a_task_left_running_goes_with_its_worker,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
