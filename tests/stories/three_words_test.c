// Three words, three meanings: cancel is for what has not begun, and certain; stop asks what
// runs to end soon; kill ends the worker process of what runs, and nobody else notices.
#include <pthread.h>
#include <sched.h>

#include "support/heard.h"
#include "task_story.h"

enum { QUEUED = 40 };

// ---- cancel -------------------------------------------------------------------------------------

START_TEST(N3_what_is_queued_is_cancelled_for_certain)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    run_many_short_ones(pool); // so that many are laid ready at a time
    mh_task *busy = _i == SERIAL ? NULL : keep_one_busy(pool), *tasks[QUEUED];
    for (int64_t i = 0; i < QUEUED; i++)
        tasks[i] = submit(pool, &counting, i);
    for (int64_t i = 0; i < QUEUED; i += 2) {
        ck_assert_int_eq(mh_task_cancel(tasks[i]), MH_OK);
        ck_assert_int_eq(mh_task_state_of(tasks[i]), MH_TASK_ENDED); // at once
        assert_was_cancelled(tasks[i]);
        ck_assert_int_eq(mh_task_cancel(tasks[i]), MH_END);
    }
    open_gate(GO_ON, busy == NULL ? 0 : 1);
    wait_for_all(pool);
    for (int64_t i = 0; i < QUEUED; i++) {
        mh_result result = result_of(tasks[i]);
        ck_assert_int_eq(result.outcome, i % 2 == 0 ? MH_CANCELLED : MH_DONE);
        ck_assert_int_eq(result.worker, i % 2 == 0 ? -1 : 0);
        ck_assert_int_eq(result.pid == 0, i % 2 == 0);
        mh_task_drop(tasks[i]);
    }
    ck_assert_int_eq(counted(RUNS), QUEUED / 2 + (busy == NULL ? 0 : 1));
    mh_task_drop(busy);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N3_a_cancelled_task_can_still_be_asked_what_it_was_to_work_on)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *busy = _i == SERIAL ? NULL : keep_one_busy(pool);
    mh_task *task = submit(pool, &counting, 4711);
    ck_assert_int_eq(mh_task_cancel(task), MH_OK);
    mh_bytes input = mh_task_input(task);
    ck_assert_uint_eq(input.size, sizeof(int64_t));
    ck_assert_int_eq(*(const int64_t *)input.data, 4711);
    mh_task_drop(task);
    open_gate(GO_ON, busy == NULL ? 0 : 1);
    mh_task_drop(busy);
    mh_pool_close(pool);
}
END_TEST

static mh_status ask_whether_cancelled(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    int64_t is_cancelled = mh_is_cancelled(call);
    if (mh_wait_cancelled(call, MH_NOW) != (is_cancelled ? MH_OK : MH_TIMEOUT))
        return mh_fail(call, 1, "waiting and asking do not agree");
    return mh_return(call, &is_cancelled, sizeof is_cancelled);
}
static const mh_routine asking = {.name = "ask", .run = ask_whether_cancelled};

START_TEST(N3_what_runs_is_not_cancelled_and_does_not_hear_of_it)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &asking, 0);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_cancel(task), MH_BUSY);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_RUNNING);
    open_gate(GO_ON, 1);
    assert_gives_and_drop(task, false);
    mh_pool_close(pool);
}
END_TEST

// ---- stop ---------------------------------------------------------------------------------------

static mh_status give_up_when_stopped(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(RUNNING, 1);
    while (!mh_is_cancelled(call))
        sched_yield();
    return mh_fail(call, 5, "stopped half way");
}
static const mh_routine giving_up = {.name = "give up when stopped",
                                     .run = give_up_when_stopped};

START_TEST(N3_a_stop_asks_and_the_routine_decides_what_becomes_of_it)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    mh_task *stopped = submit(pool, &obedient, 6), *failed = submit(pool, &giving_up, 7);
    pass_gate(RUNNING);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_stop(stopped), MH_OK);
    assert_gives(stopped, 6);
    ck_assert_int_eq(mh_task_state_of(failed), MH_TASK_RUNNING); // nobody has asked it
    ck_assert_int_eq(mh_task_stop(failed), MH_OK);
    mh_result result = result_of(failed);
    ck_assert_int_eq(result.outcome, MH_FAILED);
    ck_assert_int_eq(result.code, 5);
    ck_assert_str_eq(result.message, "stopped half way");
    mh_task_drop(stopped);
    mh_task_drop(failed);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N3_a_stop_is_for_one_task_and_not_for_those_after_or_beside_it)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    run_many_short_ones(pool);
    mh_task *beside = submit(pool, &asking, 0), *stopped = submit(pool, &obedient, 1);
    pass_gate(RUNNING);
    pass_gate(RUNNING);
    mh_task *after[4];
    for (int i = 0; i < 4; i++)
        after[i] = submit(pool, &asking, 0);
    ck_assert_int_eq(mh_task_stop(stopped), MH_OK);
    assert_gives_and_drop(stopped, 1);
    open_gate(GO_ON, 5);
    assert_gives_and_drop(beside, false);
    for (int i = 0; i < 4; i++)
        assert_gives_and_drop(after[i], false);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N3_a_stop_cancels_what_is_queued)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *busy = _i == SERIAL ? NULL : keep_one_busy(pool);
    mh_task *task = submit(pool, &counting, 1);
    ck_assert_int_eq(mh_task_stop(task), MH_OK);
    assert_was_cancelled(task);
    mh_task_drop(task);
    open_gate(GO_ON, busy == NULL ? 0 : 1);
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), busy == NULL ? 0 : 1);
    mh_task_drop(busy);
    mh_pool_close(pool);
}
END_TEST

static void *stop_when_running(void *task)
{
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_stop(task), MH_OK);
    return NULL;
}

START_TEST(N3_another_thread_may_stop_what_this_one_waits_for)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &obedient, 2);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, stop_when_running, task), 0);
    assert_gives(task, 2);
    pthread_join(thread, NULL);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

static mh_status stop_oneself(mh_call *call, mh_bytes item)
{
    (void)item;
    int64_t stopped = mh_task_stop(mh_task_of(call)) == MH_OK && mh_is_cancelled(call);
    return mh_return(call, &stopped, sizeof stopped);
}
static const mh_routine resigned = {.name = "stop oneself", .run = stop_oneself};

START_TEST(N3_a_task_may_stop_itself)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    assert_gives_and_drop(submit(pool, &resigned, 0), true);
    mh_pool_close(pool);
}
END_TEST

// ---- all three ----------------------------------------------------------------------------------

START_TEST(N3_what_has_ended_is_beyond_all_three_words)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &counting, 3);
    for (int round = 0; round < 2; round++) {
        assert_gives(task, 3);
        ck_assert_int_eq(mh_task_cancel(task), MH_END);
        ck_assert_int_eq(mh_task_stop(task), MH_END);
        ck_assert_int_eq(mh_task_kill(task), MH_END);
    }
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

static void *kill_and_stop(void *task)
{
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_kill(task), MH_INVALID);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_RUNNING);
    ck_assert_int_eq(mh_task_stop(task), MH_OK);
    return NULL;
}

START_TEST(N3_a_thread_cannot_be_killed)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &obedient, 2);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, kill_and_stop, task), 0);
    assert_gives(task, 2);
    pthread_join(thread, NULL);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N3_a_kill_cancels_what_is_queued)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *busy = _i == SERIAL ? NULL : keep_one_busy(pool);
    mh_task *task = submit(pool, &counting, 1);
    ck_assert_int_eq(mh_task_kill(task), MH_OK);
    assert_was_cancelled(task);
    mh_task_drop(task);
    open_gate(GO_ON, busy == NULL ? 0 : 1);
    wait_for_all(pool);
    if (busy != NULL)
        assert_gives_and_drop(busy, 0); // it was not touched
    ck_assert_int_eq(counted(RUNS), busy == NULL ? 0 : 1);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cancel, stop, kill");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, N3_what_is_queued_is_cancelled_for_certain, 0, KINDS);
    tcase_add_loop_test(tests, N3_a_cancelled_task_can_still_be_asked_what_it_was_to_work_on, 0,
                        KINDS);
    tcase_add_loop_test(tests, N3_what_runs_is_not_cancelled_and_does_not_hear_of_it,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, N3_a_stop_asks_and_the_routine_decides_what_becomes_of_it,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, N3_a_stop_is_for_one_task_and_not_for_those_after_or_beside_it,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, N3_a_stop_cancels_what_is_queued, 0, KINDS);
    tcase_add_loop_test(tests, N3_another_thread_may_stop_what_this_one_waits_for, 0, KINDS);
    tcase_add_loop_test(tests, N3_a_task_may_stop_itself, 0, WITH_PROCESSES);
    tcase_add_loop_test(tests, N3_what_has_ended_is_beyond_all_three_words, 0, KINDS);
    tcase_add_loop_test(tests, N3_a_thread_cannot_be_killed, 0, WITH_PROCESSES);
    tcase_add_loop_test(tests, N3_a_kill_cancels_what_is_queued, 0, KINDS);
    return run_suite(suite);
}
