// The end of a session: cancelling what has not begun, asking the rest to stop, terminating
// at any moment, closing at any moment; the neighbours never notice, and nothing is left.
#include <pthread.h>

#include "support/grouped.h"
#include "support/traces.h"

enum { NEVER = GATES - 1 };         // a gate that nobody opens
enum { NEIGHBOURS = 20, SEEN = 2 }; // a place on the stage for each

static mh_status run_on(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_return(call, "half a result", 14);
    open_gate(RUNNING, 1);
    pass_gate(NEVER);
    return MH_OK;
}
static const mh_routine deaf = {.name = "run on", .run = run_on};

static mh_status count_seen(mh_call *call, mh_bytes item)
{
    count_up(SEEN + (int)*(const int64_t *)item.data);
    return mh_return(call, item.data, item.size);
}
static const mh_routine seen = {.name = "count seen", .run = count_seen};

static mh_task_state state_of(mh_session *session, uint64_t number)
{
    return mh_task_state_of(mh_session_task(session, number));
}

static void assert_works(mh_session *session)
{
    uint64_t number = run_scoped(session, &counting, 77, MH_SCOPES_SESSION);
    assert_gives(result_at(session, number), number, 77);
}

// ---- cancelling ---------------------------------------------------------------------------------

START_TEST(Y5_a_cancel_keeps_what_is_queued_from_running_and_lets_the_rest_go_on)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_session *session = open_session(pool), *other = open_session(pool);
    uint64_t queued = 10, running = _i == SERIAL ? 0 : 1;
    if (running == 1)
        run_scoped(session, &gated, 0, MH_SCOPES_SESSION);
    for (uint64_t i = 0; i < queued; i++)
        run(session, NULL, &counting, 1);
    run(other, NULL, &echo, 6);
    if (running == 1)
        pass_gate(RUNNING);
    ck_assert_int_eq(mh_session_cancel(session, false), MH_OK);
    ck_assert_uint_eq(mh_session_count_ended(session), queued);
    ck_assert(!mh_event_is_set(mh_session_context(session).cancel));
    open_gate(GO_ON, 1);
    for (uint64_t i = 0; i < running + queued; i++)
        assert_ended_as(session, i, i < running ? MH_DONE : MH_CANCELLED);
    ck_assert_int_eq(counted(RUNS), (int)running);
    assert_gives(next_of(other), 0, 6);
    assert_works(session);
    close_session(other);
    close_both(session, pool);
}
END_TEST

// The first listens to the session, the second to its own event, the third to the pool's, the
// last to none.
START_TEST(Y5_with_its_events_a_cancel_ends_those_that_listen)
{
    mh_pool_options options = options_of(_i, 4);
    options.global_cancel = true;
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_with(&options);
    mh_session *session = open_session(pool);
    static const mh_scope scopes[] = {MH_SCOPE_SESSION, MH_SCOPE_TASK, MH_SCOPE_GLOBAL,
                                      MH_SCOPE_NONE};
    for (int i = 0; i < 4; i++)
        run_scoped(session, i == 3 ? &gated : &obedient, 0, (mh_scopes){.cancel = scopes[i]});
    for (int i = 0; i < 4; i++)
        pass_gate(RUNNING);
    ck_assert_int_eq(mh_session_cancel(session, true), MH_OK);
    assert_gives(result_at(session, 0), 0, 0);
    assert_gives(result_at(session, 1), 1, 0);
    ck_assert_int_eq(mh_session_cancel_task(session, 2, true), MH_BUSY);
    ck_assert(!mh_event_is_set(mh_pool_context(pool).cancel)); // others listen to it, too
    ck_assert_uint_eq(mh_session_count_ended(session), 2);
    ck_assert_int_eq(mh_event_set(mh_pool_context(pool).cancel), MH_OK);
    assert_gives(result_at(session, 2), 2, 0);
    ck_assert_int_eq(state_of(session, 3), MH_TASK_RUNNING);
    open_gate(GO_ON, 1);
    assert_gives(result_at(session, 3), 3, 0);
    run_scoped(session, &obedient, 5, (mh_scopes){.cancel = MH_SCOPE_SESSION});
    assert_gives(result_at(session, 4), 4, 5); // asked to stop from the beginning
    close_both(session, pool);
}
END_TEST

START_TEST(Y5_one_task_may_be_cancelled_and_told_so)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    run_scoped(session, &gated, 0, (mh_scopes){0});
    run_scoped(session, &obedient, 1, MH_SCOPES_TASK);
    run(session, NULL, &counting, 2); // queued behind both
    pass_gate(RUNNING);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_session_cancel_task(session, 2, true), MH_OK);
    assert_ended_as(session, 2, MH_CANCELLED);
    ck_assert_int_eq(mh_session_cancel_task(session, 2, true), MH_END);
    ck_assert_int_eq(mh_session_cancel_task(session, 0, false), MH_BUSY);
    ck_assert_int_eq(mh_session_cancel_task(session, 0, true), MH_BUSY); // it has no event
    ck_assert_int_eq(mh_session_cancel_task(session, 1, false), MH_BUSY);
    ck_assert_int_eq(state_of(session, 1), MH_TASK_RUNNING);
    ck_assert_int_eq(mh_session_cancel_task(session, 1, true), MH_OK);
    assert_gives(result_at(session, 1), 1, 1);
    ck_assert_int_eq(state_of(session, 0), MH_TASK_RUNNING);
    open_gate(GO_ON, 1);
    assert_gives(result_at(session, 0), 0, 0);
    ck_assert_int_eq(mh_session_cancel_task(session, 0, false), MH_END);
    ck_assert_int_eq(mh_session_cancel_task(session, 3, true), MH_NOT_FOUND);
    close_both(session, pool);
}
END_TEST

// ---- terminating --------------------------------------------------------------------------------

static const mh_deadline limits[] = {MH_NOW, MH_FOREVER};

// With so many results taken, it may be before anything ran, while it runs, or after all.
START_TEST(C3_a_session_may_be_terminated_at_any_moment_and_used_again)
{
    enum { TASKS = 12 };
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    for (int taken = 0; taken <= TASKS; taken++)
        for (int limit = 0; limit < 2; limit++) {
            mh_result result;
            int came = 0;
            for (int64_t i = 0; i < TASKS; i++)
                run(session, NULL, &counting, i);
            for (; came < taken; came++)
                ck_assert_int_eq(next_of(session).outcome, MH_DONE);
            ck_assert_int_eq(mh_session_terminate(session, limits[limit]), MH_OK);
            ck_assert(mh_session_all_ended(session));
            for (; mh_session_next(session, &result, MH_NOW) == MH_OK; came++)
                ck_assert(result.outcome == MH_DONE || result.outcome == MH_CANCELLED);
            ck_assert_int_eq(came, TASKS);
            assert_works(session);
            next_of(session);
            ck_assert_int_eq(mh_session_clear(session), MH_OK);
            ck_assert_int_eq(mh_session_terminate(session, limits[limit]), MH_OK); // of none
        }
    close_both(session, pool);
}
END_TEST

START_TEST(C3_tasks_that_obey_are_waited_for)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    for (int round = 0; round < 5; round++) {
        bool is_thread = _i == THREADS; // which is waited for in any case
        uint64_t first = run_scoped(session, &obedient, 3, (mh_scopes){0});
        run_scoped(session, &obedient, 4, MH_SCOPES_SESSION);
        uint64_t queued = run(session, NULL, &counting, 5);
        pass_gate(RUNNING);
        pass_gate(RUNNING);
        ck_assert_int_eq(mh_session_terminate(session, is_thread ? MH_NOW : MH_FOREVER), MH_OK);
        ck_assert(mh_session_all_ended(session));
        assert_gives(result_at(session, first), first, 3);
        assert_gives(result_at(session, first + 1), first + 1, 4);
        assert_ended_as(session, queued, MH_CANCELLED);
        ck_assert(!mh_event_is_set(mh_session_context(session).cancel));
        assert_works(session);
    }
    close_both(session, pool);
}
END_TEST

// One of the neighbours runs beside, the others are queued behind.
static void run_neighbours(mh_session *session)
{
    run_until_gate(session, &gated, 0);
    for (int64_t i = 0; i < NEIGHBOURS; i++)
        run_scoped(session, &seen, i, MH_SCOPES_SESSION);
}

static void assert_neighbours_unharmed(mh_session *session)
{
    ck_assert_int_eq(state_of(session, 0), MH_TASK_RUNNING);
    ck_assert(!mh_event_is_set(mh_session_context(session).cancel));
    open_gate(GO_ON, 1);
    assert_gives(next_in_order(session), 0, 0);
    for (int i = 0; i < NEIGHBOURS; i++) {
        assert_gives(next_in_order(session), (uint64_t)i + 1, i);
        ck_assert_int_eq(counted(SEEN + i), 1);
    }
    close_session(session);
}

START_TEST(C3_processes_that_do_not_obey_are_killed_and_the_neighbours_notice_nothing)
{
    for (int closes = 0; closes < 2; closes++) {
        mh_pool *pool = open_quiet(_i, 2);
        mh_session *session = open_session(pool), *other = open_session(pool);
        run_until_gate(session, &deaf, 0);
        run_neighbours(other);
        run(session, NULL, &counting, 1);
        mh_deadline deadline = closes == 0 ? mh_in_ms(20) : MH_NOW;
        if (closes == 0) {
            ck_assert_int_eq(mh_session_terminate(session, deadline), MH_OK);
            assert_ended_as(session, 0, MH_CANCELLED);
            ck_assert_ptr_null(result_at(session, 0).data);
            assert_ended_as(session, 1, MH_CANCELLED);
            assert_works(session);
        }
        ck_assert_int_eq(mh_session_close(session, deadline), MH_OK);
        assert_neighbours_unharmed(other);
        mh_pool_close(pool);
    }
}
END_TEST

START_TEST(C3_threads_that_obey_end_and_the_neighbours_notice_nothing)
{
    for (int closes = 0; closes < 2; closes++) {
        mh_pool *pool = open_quiet(THREADS, 2);
        mh_session *session = open_session(pool), *other = open_session(pool);
        run_until_gate(session, &obedient, 0);
        run_neighbours(other);
        if (closes == 0)
            ck_assert_int_eq(mh_session_terminate(session, MH_NOW), MH_OK);
        close_session(session);
        ck_assert_int_eq(counted(RUNS), 1);
        assert_neighbours_unharmed(other);
        mh_pool_close(pool);
    }
}
END_TEST

static void *terminate_it(void *session)
{
    pass_gate(GO_ON + 1);
    ck_assert_int_eq(mh_session_terminate(session, MH_FOREVER), MH_OK);
    return session;
}

START_TEST(C3_who_waits_for_a_session_sees_that_another_thread_terminates_it)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_session *session = open_session(pool);
    for (int round = 0; round < 10; round++) {
        pthread_t thread;
        uint64_t first = run_until_gate(session, &obedient, round);
        run(session, NULL, &counting, round);
        ck_assert_int_eq(pthread_create(&thread, NULL, terminate_it, session), 0);
        open_gate(GO_ON + 1, 1);
        assert_gives(next_in_order(session), first, round);
        ck_assert_int_eq(next_in_order(session).outcome, MH_CANCELLED);
        pthread_join(thread, NULL);
    }
    close_both(session, pool);
}
END_TEST

static mh_session *session_here;

static mh_status stay(mh_call *call, mh_bytes item)
{
    mh_wait_cancelled(call, MH_FOREVER);
    return mh_return(call, item.data, item.size);
}
static const mh_routine staying = {.name = "stay", .run = stay};

// As a last word it has more to be done, which does not end by itself either.
static mh_status leave_work_when_stopped(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    mh_wait_cancelled(call, MH_FOREVER);
    return mh_session_run(session_here, NULL, &staying, item, NULL, NULL);
}
static const mh_routine leaving_work = {.name = "leave work", .run = leave_work_when_stopped};

START_TEST(C3_what_is_run_while_a_session_is_terminated_ends_with_it)
{
    mh_pool *pool = open_quiet(THREADS, 1 + _i);
    session_here = open_session(pool);
    for (int round = 0; round < 5; round++) {
        uint64_t first = run_until_gate(session_here, &leaving_work, round);
        ck_assert_int_eq(mh_session_terminate(session_here, MH_FOREVER), MH_OK);
        ck_assert_int_eq(result_at(session_here, first).outcome, MH_DONE);
        ck_assert(mh_session_all_ended(session_here));
        ck_assert_uint_eq(mh_session_count(session_here), 2 * ((size_t)round + 1));
    }
    assert_works(session_here);
    close_both(session_here, pool);
}
END_TEST

static mh_status receive_until_stopped(mh_call *call, mh_bytes item)
{
    int64_t message;
    mh_channel *input = mh_context_of(call).input;
    open_gate(RUNNING, 1);
    mh_status status = mh_channel_receive(input, &message, 8, NULL, MH_FOREVER);
    count_up(status == MH_STOPPED ? RUNS : SEEN);
    return mh_return(call, item.data, item.size);
}
static const mh_routine receiving = {.name = "receive", .run = receive_until_stopped};

START_TEST(C3_a_close_ends_tasks_that_wait_for_messages)
{
    mh_pool *pool = open_quiet(_i, 2);
    for (int round = 1; round <= 5; round++) {
        mh_session *session = open_session(pool);
        run_scoped(session, &receiving, 0, MH_SCOPES_SESSION);
        run_scoped(session, &receiving, 0, MH_SCOPES_TASK);
        pass_gate(RUNNING);
        pass_gate(RUNNING);
        close_session(session);
        ck_assert_int_eq(counted(RUNS), 2 * round);
        ck_assert_int_eq(counted(SEEN), 0);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- leaving ------------------------------------------------------------------------------------

// Tasks that have begun, in processes, do not hear of it.
static void leave_after(mh_pool *pool, int kind, int results)
{
    mh_session *session = open_session(pool);
    mh_channel *input = mh_session_context(session).input;
    const int64_t order = 1;
    for (int i = 0; i < 3; i++) {
        run_scoped(session, &counting, i, MH_SCOPES_TASK);
        run(session, NULL, &failing, i);
        ck_assert_int_eq(mh_channel_send(input, MH_BYTES_OF(order), MH_NOW), MH_OK);
    }
    for (int i = 0; i < results; i++)
        next_of(session);
    if (results % 2 == 1 && kind >= WITH_PROCESSES)
        run_until_gate(session, &deaf, 0);
    ck_assert_int_eq(mh_session_close(session, MH_NOW), MH_OK);
}

START_TEST(C3_a_session_may_be_left_at_any_moment_and_nothing_stays_behind)
{
    set_stage();
    listen_to_log(MH_LOG_OFF);
    traces before = count_traces();
    mh_pool *pool = open_kind(_i, 2);
    leave_after(pool, _i, 6);
    traces open = count_traces();
    for (int results = 0; results <= 6; results++)
        leave_after(pool, _i, results);
    ck_assert_int_eq(count_traces().fds, open.fds);
    while (count_traces().processes < open.processes)
        sched_yield(); // the one that takes the place of a killed one may not be born yet
    ck_assert_int_eq(count_traces().processes, open.processes);
    mh_pool_close(pool);
    assert_no_traces(&before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ends of sessions");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(
        tests, Y5_a_cancel_keeps_what_is_queued_from_running_and_lets_the_rest_go_on, 0, KINDS);
    tcase_add_loop_test(tests, Y5_with_its_events_a_cancel_ends_those_that_listen, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, Y5_one_task_may_be_cancelled_and_told_so, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, C3_a_session_may_be_terminated_at_any_moment_and_used_again, 0,
                        KINDS);
    tcase_add_loop_test(tests, C3_tasks_that_obey_are_waited_for, WITH_WORKERS, KINDS);
    tcase_add_loop_test(
        tests, C3_processes_that_do_not_obey_are_killed_and_the_neighbours_notice_nothing,
        WITH_PROCESSES, KINDS);
    tcase_add_test(tests, C3_threads_that_obey_end_and_the_neighbours_notice_nothing);
    tcase_add_loop_test(tests,
                        C3_who_waits_for_a_session_sees_that_another_thread_terminates_it,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, C3_what_is_run_while_a_session_is_terminated_ends_with_it, 0, 2);
    tcase_add_loop_test(tests, C3_a_close_ends_tasks_that_wait_for_messages, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, C3_a_session_may_be_left_at_any_moment_and_nothing_stays_behind,
                        0, KINDS);
    return run_suite(suite);
}
