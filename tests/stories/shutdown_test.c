// Shutting down: what is queued still runs, or is dropped and named; what runs is left alone,
// or not; and however it was done, nothing is lost and nobody waits for ever.
#include <pthread.h>

#include "support/refused.h"
#include "support/submitted.h"

enum { TOLD = 0, DROPPED = 1, LEFT = 2, STOPPED = 3 }; // places on the stage

static void count_end(void *context, mh_task *task, const mh_result *result)
{
    (void)context;
    (void)task;
    count_up(result->outcome == MH_CANCELLED ? DROPPED : TOLD);
}

static const mh_task_options telling = {.on_end = count_end};

static mh_pool *open_listening(int kind, int workers)
{
    set_stage();
    mh_pool *pool = open_kind(kind, workers);
    listen_to_log(MH_LOG_WARNING);
    return pool;
}

static void assert_takes_nothing(mh_pool *pool)
{
    mh_task *const before = (mh_task *)&heard, *task = before;
    const int64_t numbers[] = {1, 2};
    size_t made = 0;
    mh_map *map = NULL;
    mh_source source = mh_source_range(0, 3, 1);
    forget_heard();
    assert_refused(mh_submit(pool, &echo, MH_BYTES_OF(numbers[0]), &telling, &task), MH_CLOSED,
                   "");
    ck_assert_ptr_eq(task, before);
    assert_refused(mh_submit_each(pool, &echo, numbers, 2, 8, 2, NULL, &task, &made), MH_CLOSED,
                   "");
    assert_refused(mh_map_open(&map, pool, &echo, &source, NULL), MH_CLOSED, "");
    ck_assert_int_eq(facts_of(pool).state, MH_POOL_ENDING);
    ck_assert_int_eq(mh_pool_wait(pool, true, MH_FOREVER), MH_OK);
}

// ---- finish -------------------------------------------------------------------------------------

START_TEST(P17_what_is_queued_still_runs_and_nothing_more_is_taken)
{
    enum { TASKS = 100 };
    mh_pool *pool = open_listening(_i, 2);
    mh_task *tasks[TASKS], *none = NULL;
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit_with(pool, &echo, i, &telling);
    for (int again = 0; again < 2; again++)
        ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, again == 1, MH_FOREVER),
                         MH_OK);
    ck_assert_int_eq(counted(TOLD), TASKS);
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    ck_assert_int_eq(mh_pool_never_ran(pool, &none), MH_END);
    ck_assert_ptr_null(none);
    assert_takes_nothing(pool);
    ck_assert_int_eq(counted(TOLD), TASKS);
    mh_pool_close(pool);
}
END_TEST

// ---- drop ---------------------------------------------------------------------------------------

enum { TASKS = 12 };

static void *release_when_dropped(void *pool)
{
    while (facts_of(pool).queued > 0)
        sched_yield();
    open_gate(GO_ON, 1);
    return NULL;
}

// Each task that was dropped, with its input and its context, and no other.
static void assert_never_ran(mh_pool *pool, const int64_t *numbers, int count)
{
    mh_task *task;
    mh_result result;
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(mh_pool_never_ran(pool, &task), MH_OK);
        mh_bytes input = mh_task_input(task);
        ck_assert_uint_eq(input.size, sizeof *numbers);
        ck_assert_mem_eq(input.data, &numbers[i], sizeof *numbers);
        ck_assert_ptr_eq(mh_task_context(task), (void *)numbers);
        ck_assert_int_eq(mh_task_result(task, &result), MH_OK);
        ck_assert_int_eq(result.outcome, MH_CANCELLED);
        ck_assert_int_eq(result.worker, -1);
        mh_task_drop(task);
    }
    ck_assert_int_eq(mh_pool_never_ran(pool, &task), MH_END);
    ck_assert_int_eq(mh_pool_never_ran(pool, &task), MH_END);
}

static const int priorities[TASKS] = {5, 0, 0, -3, 5, 0, -3, 7, 0, -3, 5, 0};
static const int64_t in_order[TASKS] = {3, 6, 9, 1, 2, 5, 8, 11, 0, 4, 10, 7};

// Every other one without a handle: it is named all the same.
static void queue_by_priority(mh_pool *pool)
{
    mh_task_options options = {.on_end = count_end, .context = (void *)in_order};
    for (int i = 0; i < TASKS; i++) {
        options.priority = priorities[i];
        if (i % 2 == 0)
            submit_and_forget(pool, &echo, i, &options);
        else
            mh_task_drop(submit_with(pool, &echo, i, &options));
    }
}

START_TEST(P17_what_is_queued_may_be_dropped_and_is_named_in_order)
{
    set_stage();
    mh_pool_options options = options_of(_i % KINDS, 1);
    options.prefetch = _i < KINDS ? 0 : MH_PREFETCH_NONE;
    mh_pool *pool = open_with(&options);
    listen_to_log(MH_LOG_WARNING);
    mh_task *running = _i % KINDS == SERIAL ? NULL : occupy(pool, 3);
    queue_by_priority(pool);
    pthread_t releaser;
    ck_assert_int_eq(pthread_create(&releaser, NULL, release_when_dropped, pool), 0);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_DROP, false, MH_FOREVER), MH_OK);
    pthread_join(releaser, NULL);
    ck_assert_int_eq(counted(DROPPED), TASKS);
    ck_assert_int_eq(counted(TOLD), 0);
    if (running != NULL)
        ck_assert_int_eq(number_of(running), 3); // it was not disturbed
    assert_never_ran(pool, in_order, TASKS);
    assert_takes_nothing(pool);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P17_when_the_deadline_passes_what_has_not_begun_is_dropped)
{
    mh_pool *pool = open_listening(_i, 1);
    mh_task *running = occupy(pool, 3);
    queue_by_priority(pool);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, mh_in_ms(20)),
                     MH_TIMEOUT);
    mh_pool_facts facts = facts_of(pool);
    ck_assert_uint_eq(facts.queued, 0);
    ck_assert_uint_eq(facts.running, 1);
    ck_assert_uint_eq(facts.ended, TASKS);
    assert_never_ran(pool, in_order, TASKS);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(number_of(running), 3);
    assert_takes_nothing(pool);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P17_tasks_that_never_ran_may_be_kept_beyond_the_pool)
{
    set_stage();
    mh_pool *pool = open_kind(SERIAL, 1);
    mh_task *task = NULL;
    submit_and_forget(pool, &echo, 77, NULL);
    submit_and_forget(pool, &echo, 78, NULL); // nobody asks for that one
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_DROP, false, MH_NOW), MH_OK);
    ck_assert_int_eq(mh_pool_never_ran(pool, &task), MH_OK);
    mh_pool_close(pool);
    ck_assert_int_eq(*(const int64_t *)mh_task_input(task).data, 77);
    mh_task_drop(task);
}
END_TEST

// ---- kill and force -----------------------------------------------------------------------------

// On a thread it ends when it is asked to, in a process it does not.
static mh_status run_on_and_on(mh_call *call, mh_bytes item)
{
    int64_t is_process;
    memcpy(&is_process, item.data, sizeof is_process);
    open_gate(RUNNING, 1);
    if (is_process)
        pass_gate(GO_ON); // which nobody opens
    mh_status status = mh_wait_cancelled(call, MH_FOREVER);
    count_up(STOPPED);
    return status;
}
static const mh_routine tireless = {.name = "run on and on", .run = run_on_and_on};

static void shut_down_tireless(int kind, mh_shutdown how, bool by_force, mh_deadline deadline)
{
    mh_pool *pool = open_listening(kind, 2);
    mh_log_limit(MH_LOG_OFF); // deaths are told
    bool is_process = kind >= WITH_PROCESSES;
    mh_task *tasks[4], *task;
    for (int i = 0; i < 4; i++)
        tasks[i] = submit_with(pool, &tireless, is_process, &telling);
    pass_gate(RUNNING);
    pass_gate(RUNNING);
    mh_status status = mh_pool_shutdown(pool, how, by_force, deadline);
    if (status == MH_TIMEOUT && by_force && !is_process) // threads are asked, not waited for
        status = mh_pool_shutdown(pool, how, false, MH_FOREVER);
    ck_assert_int_eq(status, MH_OK);
    ck_assert_int_eq(counted(DROPPED), is_process ? 4 : 2); // the killed count as cancelled
    ck_assert_int_eq(counted(STOPPED), is_process ? 0 : 2);
    for (int i = 0; i < 4; i++) {
        mh_result result = wait_for(tasks[i]);
        bool ended = i < 2 && !is_process;
        ck_assert_int_eq(result.outcome, ended ? MH_DONE : MH_CANCELLED);
    }
    for (int i = 2; i < 4; i++) {
        ck_assert_int_eq(mh_pool_never_ran(pool, &task), MH_OK);
        ck_assert_ptr_eq(task, tasks[i]);
        mh_task_drop(task);
    }
    ck_assert_int_eq(mh_pool_never_ran(pool, &task), MH_END); // the others did run
    for (int i = 0; i < 4; i++)
        mh_task_drop(tasks[i]);
    mh_pool_close(pool);
}

START_TEST(P17_what_runs_may_be_killed_at_once)
{
    shut_down_tireless(_i, MH_SHUTDOWN_KILL, false, MH_FOREVER);
}
END_TEST

START_TEST(P17_by_force_what_runs_is_ended_when_the_deadline_passes)
{
    shut_down_tireless(_i, MH_SHUTDOWN_FINISH, true, mh_in_ms(20));
    shut_down_tireless(_i, MH_SHUTDOWN_DROP, true, mh_in_ms(20));
}
END_TEST

START_TEST(P17_a_thread_that_does_not_stop_is_not_waited_for)
{
    mh_pool *pool = open_listening(THREADS, 1);
    mh_task *running = occupy(pool, 3), *queued = submit(pool, &echo, 4);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, true, mh_in_ms(20)),
                     MH_TIMEOUT);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_KILL, true, mh_in_ms(20)), MH_TIMEOUT);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(number_of(running), 3);
    assert_outcome(queued, MH_CANCELLED);
    mh_pool_close(pool);
}
END_TEST

static void *shut_down(void *pool)
{
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, MH_FOREVER), MH_OK);
    count_up(LEFT);
    return NULL;
}

START_TEST(P17_several_threads_may_shut_down_at_once)
{
    enum { THREADS_HERE = 4 };
    mh_pool *pool = open_listening(_i, 2);
    pthread_t threads[THREADS_HERE];
    for (int i = 0; i < 100; i++)
        submit_and_forget(pool, &echo, i, &telling);
    for (int i = 0; i < THREADS_HERE; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, shut_down, pool), 0);
    for (int i = 0; i < THREADS_HERE; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(counted(LEFT), THREADS_HERE);
    ck_assert_int_eq(counted(TOLD), 100);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shutting down");
    TCase *tests = add_case(suite, "kinds", 15);
    int first = WITH_WORKERS;
    tcase_add_loop_test(tests, P17_what_is_queued_still_runs_and_nothing_more_is_taken, 0,
                        KINDS);
    tcase_add_loop_test(tests, P17_what_is_queued_may_be_dropped_and_is_named_in_order, 0,
                        2 * KINDS);
    tcase_add_loop_test(tests, P17_when_the_deadline_passes_what_has_not_begun_is_dropped,
                        first, KINDS);
    tcase_add_test(tests, P17_tasks_that_never_ran_may_be_kept_beyond_the_pool);
    tcase_add_loop_test(tests, P17_what_runs_may_be_killed_at_once, first, KINDS);
    tcase_add_loop_test(tests, P17_by_force_what_runs_is_ended_when_the_deadline_passes, first,
                        KINDS);
    tcase_add_test(tests, P17_a_thread_that_does_not_stop_is_not_waited_for);
    tcase_add_loop_test(tests, P17_several_threads_may_shut_down_at_once, 0, KINDS);
    return run_suite(suite);
}
