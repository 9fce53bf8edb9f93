// Single tasks and sessions that are interrupted: what waits ends as cancelled, everybody is told, new
// work is refused; and after a close the same pool goes on.
#include "support/grouped.h"
#include "support/interrupted.h"
#include "support/traces.h"

enum { QUEUED = 10, TOLD = 10, BEGUN = 11, REFUSED = 12 }; // places on the stage

static void count_end(void *context, mh_task *task, const mh_result *result)
{
    (void)context;
    (void)task;
    count_up(TOLD + (result->outcome == MH_CANCELLED));
}

// One task that runs, where there is a worker for it.
static mh_task *occupy_if_any(mh_pool *pool, int kind)
{
    return kind >= WITH_WORKERS ? occupy(pool, 7) : NULL;
}

static void let_go(mh_task *task)
{
    if (task == NULL)
        return;
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(task), 7);
}

START_TEST(N11_tasks_that_wait_end_as_cancelled_and_what_runs_finishes)
{
    set_stage();
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *running = occupy_if_any(pool, _i), *queued[QUEUED];
    mh_task_options options = {.on_end = count_end};
    for (int i = 0; i < QUEUED; i++)
        queued[i] = submit_with(pool, &echo, i, &options);
    stand found = press();
    ck_assert_uint_eq(found.done, 0);
    ck_assert_uint_eq(found.running, running != NULL);
    ck_assert_uint_eq(found.waiting, QUEUED);
    for (int i = 0; i < QUEUED; i++)
        assert_outcome(queued[i], MH_CANCELLED);
    let_go(running);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(counted(TOLD + 1), QUEUED);
    ck_assert_int_eq(counted(TOLD), 0);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// ---- refused, and taken again -------------------------------------------------------------------

static void assert_refused(mh_pool *pool, mh_session *session)
{
    mh_task *task = NULL;
    mh_map *map = NULL;
    mh_pool *other = NULL;
    int64_t inputs[3] = {1, 2, 3}, outputs[3] = {0, 0, 0};
    mh_source source = mh_source_array(inputs, 3, 8);
    mh_status statuses[] = {
        mh_submit(pool, &echo, MH_BYTES_OF(inputs[0]), NULL, &task),
        mh_submit_each(pool, &echo, inputs, 3, 8, 1, NULL, NULL, NULL),
        mh_map_open(&map, pool, &echo, &source, NULL),
        mh_map_array(pool, &echo, inputs, 3, 8, outputs, 8, NULL),
        mh_session_run(session, NULL, &echo, MH_BYTES_OF(inputs[0]), NULL, NULL),
        mh_session_map(session, NULL, &echo, inputs, 3, 8, NULL, NULL),
        mh_session_refused(session),
        mh_pool_open(&other, &(mh_pool_options){.kind = MH_SERIAL}),
    };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        ck_assert_msg(statuses[i] == MH_STOPPED, "call %d: %s", (int)i,
                      mh_status_text(statuses[i]));
    ck_assert_ptr_null(task);
    ck_assert_ptr_null(map);
    ck_assert_ptr_null(other);
    ck_assert_uint_eq(mh_session_count(session), 0);
}

static mh_status tell_whether_asked(mh_call *call, mh_bytes item)
{
    (void)item;
    int64_t is_asked = mh_is_cancelled(call);
    return mh_return(call, &is_asked, sizeof is_asked);
}
static const mh_routine curious = {.name = "tell whether asked", .run = tell_whether_asked};

START_TEST(N11_with_nothing_running_work_is_refused_until_the_close)
{
    set_stage();
    mh_pool *pool = open_kind(_i / 2, 2);
    mh_session *session = open_session(pool);
    for (int again = 0; again < 3; again++) {
        open_interrupt(_i % 2 == 1);
        ck_assert_int_eq(number_of(submit(pool, &curious, 0)), 0);
        stand found = press();
        ck_assert_uint_eq(found.done, again + 1);
        ck_assert_uint_eq(found.running + found.waiting, 0);
        assert_refused(pool, session);
        ck_assert_int_eq(lines_heard(), 1); // the refusals are no news
        close_interrupt();
        ck_assert_int_eq(mh_session_clear(session), MH_OK);
    }
    ck_assert_int_eq(number_of(submit(pool, &curious, 0)), 0);
    ck_assert_int_eq(mh_session_close(session, MH_FOREVER), MH_OK);
    mh_pool_close(pool);
}
END_TEST

// From the first instant, not only when all pools were swept.
START_TEST(N11_the_first_submission_after_the_signal_is_refused)
{
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, 1);
    raise(SIGINT);
    mh_status status = mh_submit(pool, &echo, MH_BYTES_OF((int64_t){1}), NULL, NULL);
    ck_assert_int_eq(status, MH_STOPPED);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// ---- asked to stop ------------------------------------------------------------------------------

static mh_status wait_until_asked(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    mh_status status = mh_wait_cancelled(call, MH_FOREVER);
    return status == MH_OK ? mh_return(call, item.data, item.size) : status;
}
static const mh_routine patient = {.name = "wait to be asked", .run = wait_until_asked};

static mh_status wait_for_message(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    open_gate(RUNNING, 1);
    int64_t message;
    mh_status status = mh_channel_receive(context.input, &message, sizeof message, NULL,
                                          MH_FOREVER);
    return status == MH_STOPPED ? mh_return(call, item.data, item.size) : MH_ERRORS;
}
static const mh_routine listening = {.name = "wait for a message", .run = wait_for_message};

START_TEST(N11_with_cancel_a_task_that_waits_to_be_asked_hears_of_it)
{
    set_stage();
    open_interrupt(true);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &patient, 7);
    pthread_t presser;
    ck_assert_int_eq(pthread_create(&presser, NULL, press_when_it_runs, NULL), 0);
    ck_assert_int_eq(number_of(task), 7);
    pthread_join(presser, NULL);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

START_TEST(N11_with_cancel_a_task_of_a_session_that_waits_for_a_message_hears_of_it)
{
    set_stage();
    open_interrupt(true);
    mh_pool *pool = open_kind(_i, 1);
    mh_session *session = open_session(pool);
    run_scoped(session, &listening, 7, MH_SCOPES_SESSION);
    pthread_t presser;
    ck_assert_int_eq(pthread_create(&presser, NULL, press_when_it_runs, NULL), 0);
    assert_gives(next_of(session), 0, 7);
    pthread_join(presser, NULL);
    close_both(session, pool);
    close_interrupt();
}
END_TEST

// ---- many of one --------------------------------------------------------------------------------

START_TEST(N11_of_a_task_with_many_parts_no_more_begin)
{
    enum { PARTS = 5 };
    set_stage();
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, 1);
    int64_t inputs[PARTS] = {0, 1, 2, 3, 4};
    mh_task *task;
    ck_assert_int_eq(mh_submit_each(pool, &waiting, inputs, PARTS, 8, PARTS, NULL, &task, NULL),
                     MH_OK);
    pthread_t presser;
    ck_assert_int_eq(pthread_create(&presser, NULL, press_when_it_runs, inputs), 0);
    ck_assert_int_eq(wait_for(task).outcome, MH_CANCELLED);
    pthread_join(presser, NULL);
    for (int i = 0; i < PARTS; i++) {
        mh_result result;
        ck_assert_int_eq(mh_task_part(task, (size_t)i, &result), MH_OK);
        ck_assert_int_eq(result.outcome, i == 0 ? MH_DONE : MH_CANCELLED);
    }
    mh_task_drop(task);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

START_TEST(N11_every_task_of_a_session_comes_out_and_then_it_is_over)
{
    set_stage();
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, 1);
    mh_session *session = open_session(pool);
    run_until_gate(session, &waiting, 0);
    for (int i = 1; i < QUEUED; i++)
        run(session, NULL, &echo, i);
    stand found = press();
    ck_assert_uint_eq(found.running, 1);
    ck_assert_uint_eq(found.waiting, QUEUED - 1);
    open_gate(GO_ON, 1);
    int done = 0, cancelled = 0;
    for (int i = 0; i < QUEUED; i++) {
        mh_result result = next_of(session);
        done += result.outcome == MH_DONE;
        cancelled += result.outcome == MH_CANCELLED;
    }
    ck_assert_int_eq(done, 1);
    ck_assert_int_eq(cancelled, QUEUED - 1);
    assert_none_outstanding(session);
    close_both(session, pool);
    close_interrupt();
}
END_TEST

static mh_limiter *limiter;

START_TEST(N11_tasks_that_wait_for_a_permit_end_as_well)
{
    set_stage();
    open_interrupt(false);
    ck_assert_int_eq(mh_limiter_open(&limiter, 1), MH_OK);
    mh_pool *pool = open_kind(_i, 2);
    mh_task_options options = {.limiter = limiter};
    mh_task *first = submit_with(pool, &waiting, 7, &options), *parked[QUEUED];
    pass_gate(RUNNING);
    for (int i = 0; i < QUEUED; i++)
        parked[i] = submit_with(pool, &echo, i, &options);
    press();
    for (int i = 0; i < QUEUED; i++)
        assert_outcome(parked[i], MH_CANCELLED);
    let_go(first);
    mh_pool_close(pool);
    ck_assert_int_eq(mh_limiter_available(limiter), 1);
    ck_assert_int_eq(mh_limiter_close(limiter), MH_OK);
    close_interrupt();
}
END_TEST

// Each asks for another before it ends, as long as it is given one.
static void submit_again(void *context, mh_task *task, const mh_result *result)
{
    (void)result;
    count_up(BEGUN);
    mh_task_options options = {.on_end = submit_again, .context = context};
    mh_status status = mh_submit(mh_task_pool(task), &echo, MH_BYTES_OF((int64_t){1}), &options,
                                 NULL);
    if (status != MH_OK)
        count_up(status == MH_STOPPED ? REFUSED : REFUSED + 1);
}

START_TEST(N11_chains_of_tasks_come_to_an_end)
{
    enum { CHAINS = 5 };
    set_stage();
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, 2);
    mh_task_options options = {.on_end = submit_again};
    for (int i = 0; i < CHAINS; i++)
        submit_and_forget(pool, &echo, i, &options);
    await_count(BEGUN, 100);
    press();
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(counted(REFUSED), CHAINS);
    ck_assert_int_eq(counted(REFUSED + 1), 0);
    mh_pool_facts facts = facts_of(pool);
    ck_assert_uint_eq(facts.ended, facts.submitted);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

START_TEST(N11_all_pools_of_the_program_are_stopped_and_counted_together)
{
    set_stage();
    open_interrupt(false);
    mh_pool *pools[KINDS];
    mh_task *running[KINDS], *queued[KINDS];
    for (int i = 0; i < KINDS; i++) {
        pools[i] = open_kind(i, 1);
        running[i] = occupy_if_any(pools[i], i);
        queued[i] = submit(pools[i], &echo, i);
    }
    stand found = press();
    ck_assert_uint_eq(found.done, 0);
    ck_assert_uint_eq(found.running, KINDS - WITH_WORKERS);
    ck_assert_uint_eq(found.waiting, KINDS);
    for (int i = 0; i < KINDS; i++) {
        assert_outcome(queued[i], MH_CANCELLED);
        let_go(running[i]);
        mh_pool_close(pools[i]);
    }
    close_interrupt();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tasks that are interrupted");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, N11_tasks_that_wait_end_as_cancelled_and_what_runs_finishes, 0,
                        KINDS);
    tcase_add_loop_test(tests, N11_with_nothing_running_work_is_refused_until_the_close, 0,
                        2 * KINDS);
    tcase_add_loop_test(tests, N11_the_first_submission_after_the_signal_is_refused, 0, KINDS);
    tcase_add_loop_test(tests, N11_with_cancel_a_task_that_waits_to_be_asked_hears_of_it, 0,
                        KINDS);
    tcase_add_loop_test(
        tests, N11_with_cancel_a_task_of_a_session_that_waits_for_a_message_hears_of_it, 0,
        KINDS);
    tcase_add_loop_test(tests, N11_of_a_task_with_many_parts_no_more_begin, 0, KINDS);
    tcase_add_loop_test(tests, N11_every_task_of_a_session_comes_out_and_then_it_is_over,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, N11_tasks_that_wait_for_a_permit_end_as_well, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, N11_chains_of_tasks_come_to_an_end, WITH_WORKERS, KINDS);
    tcase_add_test(tests, N11_all_pools_of_the_program_are_stopped_and_counted_together);
    return run_suite(suite);
}
