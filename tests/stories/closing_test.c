// Closing and ending a pool that has tasks: ended, it does them all and its workers say their
// last words; closed, it cancels what has not begun; either way each task ends once and is told
// of once.
#include "support/heard.h"
#include "support/submitted.h"
#include "support/traces.h"

enum { TOLD = 0, CANCELLED = 1, CHILDREN = 2 }; // places on the stage

static void count_end(void *context, mh_task *task, const mh_result *result)
{
    (void)context;
    (void)task;
    count_up(result->outcome == MH_CANCELLED ? CANCELLED : TOLD);
}

static const mh_task_options telling = {.on_end = count_end};

// ---- closing ------------------------------------------------------------------------------------

static mh_status run_until_cancelled(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(RUNNING, 1);
    return mh_wait_cancelled(call, MH_FOREVER);
}
static const mh_routine tireless = {.name = "until cancelled", .run = run_until_cancelled};

START_TEST(P17_closing_asks_what_runs_to_stop_and_cancels_what_is_queued)
{
    enum { TASKS = 40 };
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    int running = _i == SERIAL ? 0 : 1;
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit_with(pool, &tireless, i, &telling);
    if (running)
        pass_gate(RUNNING);
    mh_pool_close(pool);
    ck_assert_int_eq(counted(TOLD), running);
    ck_assert_int_eq(counted(CANCELLED), TASKS - running);
    for (int i = 0; i < TASKS; i++) { // the handles outlive the pool
        ck_assert_int_eq(mh_task_state_of(tasks[i]), MH_TASK_ENDED);
        assert_outcome(tasks[i], i < running ? MH_DONE : MH_CANCELLED);
    }
}
END_TEST

START_TEST(P17_a_pool_may_be_closed_at_any_moment_and_leaves_no_trace)
{
    set_stage();
    mh_log_limit(MH_LOG_OFF);
    traces before = count_traces();
    for (int round = 0; round < 30; round++) {
        int tasks = round * round % 23;
        on_stage()->count[TOLD] = on_stage()->count[CANCELLED] = 0;
        mh_pool *pool = open_kind(_i, 1 + round % 3);
        mh_task *kept = submit_with(pool, &echo, round, &telling);
        for (int i = 1; i < tasks; i++)
            submit_and_forget(pool, &echo, i, &telling);
        if (round % 2 == 1)
            assert_waits(kept);
        mh_pool_close(pool);
        ck_assert_int_eq(counted(TOLD) + counted(CANCELLED), tasks > 1 ? tasks : 1);
        if (round % 2 == 1)
            ck_assert_int_eq(number_of(kept), round);
        else
            mh_task_drop(kept);
    }
    assert_no_traces(&before);
}
END_TEST

// ---- ending -------------------------------------------------------------------------------------

static mh_status begin_to_count(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    *state = calloc(1, sizeof(int64_t));
    return *state != NULL ? MH_OK : MH_NO_MEMORY;
}

static mh_status count_item(mh_call *call, mh_bytes item)
{
    ++*(int64_t *)mh_state(call);
    return mh_return(call, item.data, item.size);
}

static void tell_count(mh_call *call, void *state)
{
    mh_return(call, state, sizeof(int64_t));
    free(state);
}
static const mh_routine counting = {
    .name = "count", .setup = begin_to_count, .run = count_item, .teardown = tell_count};

static mh_pool *open_counting(int kind, int workers)
{
    mh_pool_options options = options_of(kind, workers);
    options.routine = &counting;
    set_stage();
    return open_with(&options);
}

static int64_t read_counts(mh_pool *pool)
{
    int64_t sum = 0;
    mh_status status;
    mh_result last;
    int workers = 0;
    for (; (status = mh_pool_next(pool, &last, MH_FOREVER)) == MH_OK; workers++) {
        ck_assert_int_eq(last.outcome, MH_DONE);
        sum += mh_result_as(int64_t, last);
    }
    ck_assert_int_eq(status, MH_END);
    ck_assert_int_eq(workers, mh_pool_workers(pool));
    return sum;
}

START_TEST(P17_workers_of_an_ended_pool_do_all_its_tasks_before_their_last_words)
{
    enum { TASKS = 200 };
    for (int ends_first = 0; ends_first < 2; ends_first++) {
        mh_pool *pool = open_counting(_i, 3);
        mh_task *tasks[TASKS];
        for (int i = 0; i < TASKS; i++)
            tasks[i] = submit_with(pool, NULL, i, &telling);
        if (ends_first)
            ck_assert_int_eq(mh_pool_end(pool), MH_OK);
        ck_assert_int_eq(read_counts(pool), TASKS);
        for (int i = 0; i < TASKS; i++)
            ck_assert_int_eq(number_of(tasks[i]), i);
        mh_pool_close(pool);
        ck_assert_int_eq(counted(TOLD), TASKS);
    }
}
END_TEST

START_TEST(P17_an_ended_pool_takes_no_more_tasks_and_finishes_what_it_has)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_counting(_i, 1);
    mh_task *tasks[10], *refused = NULL;
    for (int i = 0; i < 10; i++)
        tasks[i] = submit(pool, NULL, i);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    int64_t number = 5;
    forget_heard();
    ck_assert_int_eq(mh_submit(pool, NULL, MH_BYTES_OF(number), NULL, &refused), MH_CLOSED);
    ck_assert_ptr_null(refused);
    ck_assert_int_eq(lines_heard(), 1);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK); // does nothing more
    ck_assert_int_eq(read_counts(pool), 10);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P17_last_words_come_after_a_shutdown_as_well)
{
    mh_pool *pool = open_counting(_i, 2);
    for (int i = 0; i < 50; i++)
        submit_and_forget(pool, NULL, i, &telling);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(read_counts(pool), 50);
    mh_pool_close(pool);
}
END_TEST

// A crash while the pool ends: the tasks behind it are not lost, whoever does them.
static mh_status crash_first(mh_call *call, mh_bytes item)
{
    if (mh_index(call) == 0) {
        pass_gate(GO_ON);
        abort();
    }
    return mh_return(call, item.data, item.size);
}
static const mh_routine crashing = {.name = "crash first", .run = crash_first};

START_TEST(P17_a_crash_while_the_pool_ends_loses_no_task)
{
    enum { TASKS = 20 };
    set_stage();
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit_with(pool, &crashing, i, &telling);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(wait_for(tasks[0]).outcome, MH_CRASHED);
    for (int i = 1; i < TASKS; i++) {
        mh_result result = wait_for(tasks[i]);
        ck_assert(result.outcome == MH_DONE || result.outcome == MH_CANCELLED);
    }
    mh_pool_close(pool);
    ck_assert_int_eq(counted(TOLD) + counted(CANCELLED), TASKS);
    for (int i = 0; i < TASKS; i++)
        mh_task_drop(tasks[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("closing with tasks");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests, P17_closing_asks_what_runs_to_stop_and_cancels_what_is_queued, 0,
                        KINDS);
    tcase_add_loop_test(tests, P17_a_pool_may_be_closed_at_any_moment_and_leaves_no_trace, 0,
                        KINDS);
    tcase_add_loop_test(
        tests, P17_workers_of_an_ended_pool_do_all_its_tasks_before_their_last_words, 0, KINDS);
    tcase_add_loop_test(tests, P17_an_ended_pool_takes_no_more_tasks_and_finishes_what_it_has,
                        0, KINDS);
    tcase_add_loop_test(tests, P17_last_words_come_after_a_shutdown_as_well, 0, KINDS);
    tcase_add_loop_test(tests, P17_a_crash_while_the_pool_ends_loses_no_task, WITH_PROCESSES,
                        KINDS);
    return run_suite(suite);
}
