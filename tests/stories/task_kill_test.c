// A task that is killed: it ends as cancelled, what it started dies with it, another worker
// takes the seat, and what lay beside and behind it runs as if nothing had happened.
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "support/heard.h"
#include "support/life.h"
#include "task_story.h"

enum { NEVER = GATES - 1 }; // a gate that nobody opens
enum {
    SETUPS = 1,
    NUMBERS = 20
}; // places on the stage; a worker counts at SETUPS + its number

static mh_status count_setup(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    count_up(SETUPS + mh_worker(call));
    return MH_OK;
}

static mh_status tell_pid(mh_call *call, mh_bytes item)
{
    (void)item;
    int64_t pid = getpid();
    return mh_return(call, &pid, sizeof pid);
}
static const mh_routine telling = {.name = "tell pid", .setup = count_setup, .run = tell_pid};

static mh_status run_on(mh_call *call, mh_bytes item)
{
    (void)item;
    on_stage()->pid[0] = getpid();
    on_stage()->pid[1] = mh_worker(call);
    mh_return(call, "half a result", 14);
    open_gate(RUNNING, 1);
    pass_gate(NEVER);
    return MH_OK;
}
static const mh_routine endless = {.name = "run on", .run = run_on};

static mh_pool *open_counted(int kind, int workers)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool_options options = options_of(kind, workers);
    options.routine = &telling;
    return open_with(&options);
}

static mh_task *run_endless(mh_pool *pool)
{
    mh_task *task = submit(pool, &endless, 0);
    pass_gate(RUNNING);
    return task;
}

START_TEST(N3_a_killed_task_is_cancelled_and_its_worker_replaced)
{
    mh_pool *pool = open_counted(_i, 1);
    for (int round = 1; round <= 5; round++) {
        mh_task *task = run_endless(pool);
        ck_assert_int_eq(mh_task_kill(task), MH_OK);
        assert_was_cancelled(task);
        ck_assert_int_eq(mh_task_kill(task), MH_END);
        mh_task_drop(task);
        mh_task *next = submit(pool, NULL, 0);
        mh_result result = result_of(next);
        assert_done(&result, mh_task_id(next));
        ck_assert_int_eq(result.worker, 0);
        ck_assert_int_ne(mh_result_as(int64_t, result), on_stage()->pid[0]);
        ck_assert_int_eq(counted(SETUPS), round + 1);
        mh_task_drop(next);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status count_number(mh_call *call, mh_bytes item)
{
    count_up(NUMBERS + (int)*(const int64_t *)item.data);
    return count_and_echo(call, item);
}
static const mh_routine numbered = {.name = "count number", .run = count_number};

// One lies beside the victim, on the other worker; many are laid ready behind both.
START_TEST(N3_the_neighbours_of_a_killed_task_are_unharmed_and_run_once)
{
    enum { NEIGHBOURS = 80 };
    mh_pool *pool = open_counted(_i, 2);
    run_many_short_ones(pool);
    mh_task *victim = run_endless(pool), *beside = keep_one_busy(pool), *behind[NEIGHBOURS];
    for (int64_t i = 0; i < NEIGHBOURS; i++)
        behind[i] = submit(pool, &numbered, i);
    ck_assert_int_eq(mh_task_kill(victim), MH_OK);
    assert_was_cancelled(victim);
    mh_task_drop(victim);
    ck_assert_int_eq(mh_task_state_of(beside), MH_TASK_RUNNING);
    open_gate(GO_ON, 1);
    assert_gives_and_drop(beside, 0);
    for (int64_t i = 0; i < NEIGHBOURS; i++) {
        assert_gives_and_drop(behind[i], i);
        ck_assert_int_eq(counted(NUMBERS + (int)i), 1);
    }
    int seat = on_stage()->pid[1];
    while (counted(SETUPS + seat) < 2)
        sched_yield();
    ck_assert_int_eq(counted(SETUPS + 1 - seat), 1);
    mh_pool_close(pool);
}
END_TEST

static mh_status start_others(mh_call *call, mh_bytes item)
{
    for (int i = 0; i < 3; i++)
        if (fork() == 0)
            for (;;)
                pause();
    return run_on(call, item);
}
static const mh_routine with_family = {.name = "start others", .run = start_others};

START_TEST(N3_what_a_killed_task_has_started_dies_with_it)
{
    int life = begin_family();
    mh_pool *pool = open_counted(_i, 1);
    mh_task *task = submit(pool, &with_family, 0);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_kill(task), MH_OK);
    assert_was_cancelled(task);
    mh_task_drop(task);
    mh_pool_close(pool);
    leave_family();
    wait_until_all_are_gone(life);
}
END_TEST

// ---- from other threads -------------------------------------------------------------------------

static void *kill_when_running(void *task)
{
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_kill(task), MH_OK);
    return NULL;
}

START_TEST(N3_another_thread_may_kill_what_this_one_waits_for)
{
    mh_pool *pool = open_counted(_i, 1);
    mh_task *task = submit(pool, &endless, 0);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, kill_when_running, task), 0);
    assert_was_cancelled(task);
    pthread_join(thread, NULL);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

enum { KILLERS = 4 };
static _Atomic int took_effect;

static void *kill_it(void *task)
{
    mh_status status = mh_task_kill(task);
    ck_assert(status == MH_OK || status == MH_BUSY || status == MH_END);
    atomic_fetch_add(&took_effect, status == MH_OK);
    return NULL;
}

START_TEST(N3_of_several_that_kill_the_same_task_one_does)
{
    mh_pool *pool = open_counted(_i, 1);
    for (int round = 0; round < 10; round++) {
        mh_task *task = run_endless(pool);
        pthread_t threads[KILLERS];
        atomic_store(&took_effect, 0);
        for (int k = 0; k < KILLERS; k++)
            ck_assert_int_eq(pthread_create(&threads[k], NULL, kill_it, task), 0);
        for (int k = 0; k < KILLERS; k++)
            pthread_join(threads[k], NULL);
        ck_assert_int_eq(took_effect, 1);
        assert_was_cancelled(task);
        mh_task_drop(task);
    }
    ck_assert_int_ge(counted(SETUPS), 10);
    ck_assert_int_le(counted(SETUPS), 11); // one death each
    mh_pool_close(pool);
}
END_TEST

// ---- with callbacks -----------------------------------------------------------------------------

typedef struct note {
    mh_task *to_kill;
    int times;
    mh_outcome outcome;
    mh_status killed;
} note;

static void note_end(void *context, mh_task *task, const mh_result *result)
{
    note *self = context;
    (void)task;
    self->times++;
    self->outcome = result->outcome;
    if (self->to_kill != NULL)
        self->killed = mh_task_kill(self->to_kill);
}

START_TEST(N3_a_callback_may_kill_and_is_told_of_a_killed_task_once)
{
    mh_pool *pool = open_counted(_i, 2);
    note victims = {0}, killers = {0};
    int64_t nothing = 0;
    mh_task *victim = submit_with(pool, &endless, MH_BYTES_OF(nothing),
                                  (mh_task_options){.on_end = note_end, .context = &victims});
    pass_gate(RUNNING);
    killers.to_kill = victim;
    mh_task *killer = submit_with(pool, &counting, MH_BYTES_OF(nothing),
                                  (mh_task_options){.on_end = note_end, .context = &killers});
    wait_for_all(pool);
    ck_assert_int_eq(killers.times, 1);
    ck_assert_int_eq(killers.killed, MH_OK);
    ck_assert_int_eq(victims.times, 1);
    ck_assert_int_eq(victims.outcome, MH_CANCELLED);
    assert_was_cancelled(victim);
    mh_task_drop(victim);
    mh_task_drop(killer);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("killed tasks");
    TCase *tests = add_case(suite, "processes", 20);
    tcase_add_loop_test(tests, N3_a_killed_task_is_cancelled_and_its_worker_replaced,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N3_the_neighbours_of_a_killed_task_are_unharmed_and_run_once,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N3_what_a_killed_task_has_started_dies_with_it, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(tests, N3_another_thread_may_kill_what_this_one_waits_for,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N3_of_several_that_kill_the_same_task_one_does, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(tests, N3_a_callback_may_kill_and_is_told_of_a_killed_task_once,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
