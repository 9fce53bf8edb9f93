// Handles of tasks: what they give stays as long as they are held, also after the pool is gone;
// and they may be given back at any time, whatever the task is doing.
#include <pthread.h>

#include "support/heard.h"
#include "support/traces.h"
#include "task_story.h"

// ---- large ones ---------------------------------------------------------------------------------

// Twice what came in: the bytes, and the bytes with all bits turned.
static mh_status double_up(mh_call *call, mh_bytes item)
{
    void *room;
    mh_status status = mh_reserve(call, 2 * item.size, &room);
    if (status != MH_OK)
        return status;
    const unsigned char *from = item.data;
    unsigned char *to = room;
    for (size_t i = 0; i < item.size; i++) {
        to[i] = from[i];
        to[item.size + i] = from[i] ^ 0xff;
    }
    return MH_OK;
}
static const mh_routine doubling = {.name = "double up", .run = double_up};

static void fill(unsigned char *bytes, size_t size, int task)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 4096 + (size_t)task);
}

static mh_task *submit_filled(mh_pool *pool, size_t size, int number)
{
    unsigned char *input = malloc(size + 1);
    ck_assert_ptr_nonnull(input);
    fill(input, size, number);
    mh_task *task = submit_with(pool, &doubling, (mh_bytes){input, size}, (mh_task_options){0});
    memset(input, 0, size); // the task has its own copy
    free(input);
    return task;
}

static void assert_doubled(const mh_result *result, size_t size, int number)
{
    unsigned char *input = malloc(size + 1);
    ck_assert_ptr_nonnull(input);
    fill(input, size, number);
    ck_assert_msg(result->outcome == MH_DONE, "%s", result->message);
    ck_assert_uint_eq(result->size, 2 * size);
    const unsigned char *bytes = result->data;
    ck_assert(size == 0 || memcmp(bytes, input, size) == 0);
    for (size_t i = 0; i < size; i++)
        if (bytes[size + i] != (input[i] ^ 0xff))
            ck_abort_msg("byte %zu of task %d is wrong", size + i, number);
    free(input);
}

START_TEST(P1_inputs_and_results_may_be_large)
{
    enum { TASKS = 3, LARGE = 3 << 20 };
    mh_pool *pool = open_kind(_i, 2);
    mh_task *tasks[TASKS];
    for (int t = 0; t < TASKS; t++)
        tasks[t] = submit_filled(pool, LARGE, t);
    for (int t = 0; t < TASKS; t++) {
        mh_result result = result_of(tasks[t]);
        assert_doubled(&result, LARGE, t);
    }
    for (int t = 0; t < TASKS; t++)
        mh_task_drop(tasks[t]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P1_what_is_larger_than_the_pool_allows_is_refused_or_fails)
{
    enum { LIMIT = 1000 };
    static const char bytes[LIMIT + 1] = "x";
    listen_to_log(MH_LOG_OFF);
    mh_pool_options options = options_of(_i, 1);
    options.item_limit = LIMIT;
    mh_pool *pool = open_with(&options);
    mh_task *task = NULL;
    ck_assert_int_eq(mh_submit(pool, &doubling, (mh_bytes){bytes, LIMIT + 1}, NULL, &task),
                     MH_TOO_LARGE);
    ck_assert_ptr_null(task);
    task = submit_filled(pool, LIMIT, 1);
    mh_result result = result_of(task);
    ck_assert_int_eq(result.outcome, MH_FAILED);
    ck_assert_int_eq(result.code, MH_TOO_LARGE);
    ck_assert_str_ne(result.message, "");
    mh_task_drop(task);
    task = submit_filled(pool, LIMIT / 2, 2);
    result = result_of(task);
    assert_doubled(&result, LIMIT / 2, 2);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

// ---- as long as it is held ----------------------------------------------------------------------

enum { KEPT = 12 };
static const size_t sizes[KEPT] = {0, 1, 8, 100, 1000, 5000, 64, 300000, 7, 4096, 33, 90000};

static void assert_kept(mh_result *results)
{
    for (int t = 0; t < KEPT; t++)
        assert_doubled(&results[t], sizes[t], t);
}

START_TEST(P2_a_result_stays_until_its_handle_is_dropped)
{
    traces before = count_traces();
    mh_pool *pool = open_kind(_i, 2);
    mh_task *tasks[KEPT];
    mh_result results[KEPT];
    for (int t = 0; t < KEPT; t++)
        tasks[t] = submit_filled(pool, sizes[t], t);
    for (int t = 0; t < KEPT; t++)
        results[t] = result_of(tasks[t]);
    for (int round = 0; round < 60; round++) { // others come and go
        mh_task *other = submit_filled(pool, sizes[round % KEPT], 1000 + round);
        ck_assert_int_eq(mh_task_wait(other, MH_FOREVER), MH_OK);
        mh_task_drop(other);
    }
    assert_kept(results);
    mh_pool_close(pool);
    assert_kept(results);
    for (int t = 0; t < KEPT; t++) {
        mh_result again = result_of(tasks[t]);
        assert_doubled(&again, sizes[t], t);
        mh_task_drop(tasks[t]);
    }
    assert_no_traces(&before);
}
END_TEST

static mh_status fail_in_words(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    return mh_fail(call, (int)number, "number %d is no good", (int)number);
}
static const mh_routine failing = {.name = "fail", .run = fail_in_words};

START_TEST(P2_so_do_the_words_of_one_that_failed)
{
    listen_to_log(MH_LOG_OFF); // which tells of those that nobody asks for
    mh_pool *pool = open_kind(_i, 2);
    mh_task *tasks[KEPT];
    mh_result results[KEPT];
    for (int t = 0; t < KEPT; t++)
        tasks[t] = submit(pool, &failing, t);
    for (int t = 0; t < KEPT; t++)
        results[t] = result_of(tasks[t]);
    for (int i = 0; i < 300; i++)
        forget(pool, &failing, 1000 + i);
    wait_for_all(pool);
    mh_pool_close(pool);
    for (int t = 0; t < KEPT; t++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "number %d is no good", t);
        ck_assert_int_eq(results[t].outcome, MH_FAILED);
        ck_assert_int_eq(results[t].code, t);
        ck_assert_str_eq(results[t].message, wanted);
        mh_task_drop(tasks[t]);
    }
}
END_TEST

// ---- beyond the pool ----------------------------------------------------------------------------

START_TEST(P2_a_handle_outlives_its_pool_whatever_the_task_was_doing)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    traces before = count_traces();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *ended = submit(pool, &counting, 5);
    assert_gives(ended, 5);
    mh_task *running = submit(pool, &obedient, 6);
    pass_gate(RUNNING);
    mh_task *queued = submit(pool, &counting, 7);
    mh_pool_close(pool);
    assert_gives_and_drop(ended, 5);
    assert_gives_and_drop(running, 6); // it was asked to stop, and waited for
    assert_was_cancelled(queued);
    mh_task_drop(queued);
    ck_assert_int_eq(counted(RUNS), 2);
    assert_no_traces(&before);
}
END_TEST

START_TEST(P2_without_workers_what_nobody_waited_for_never_runs)
{
    set_stage();
    mh_pool *pool = open_kind(SERIAL, 1);
    mh_task *task = submit(pool, &counting, 7);
    mh_pool_close(pool);
    assert_was_cancelled(task);
    mh_task_drop(task);
    ck_assert_int_eq(counted(RUNS), 0);
}
END_TEST

// ---- dropped ------------------------------------------------------------------------------------

START_TEST(P2_a_task_whose_handle_was_dropped_goes_on)
{
    enum { QUEUED = 50 };
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    run_many_short_ones(pool);
    mh_task *running = keep_one_busy(pool);
    for (int64_t i = 0; i < QUEUED; i++)
        mh_task_drop(submit(pool, &counting, i)); // while it is queued
    mh_task_drop(running);
    open_gate(GO_ON, 1);
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), QUEUED + 1);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P2_without_workers_dropped_tasks_run_as_well)
{
    set_stage();
    mh_pool *pool = open_kind(SERIAL, 1);
    for (int64_t i = 0; i < 50; i++)
        mh_task_drop(submit(pool, &counting, i));
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), 50);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P2_a_held_handle_is_dropped_as_often_as_it_was_held)
{
    set_stage();
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &counting, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_eq(mh_task_hold(task), task);
    for (int i = 0; i < 3; i++)
        assert_gives_and_drop(task, 3);
    mh_result result = result_of(task);
    mh_task_drop(task);
    ck_assert_int_eq(mh_task_wait(task, MH_NOW), MH_INVALID);
    ck_assert_int_eq(mh_task_result(task, &result), MH_INVALID);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
    ck_assert_int_eq(mh_task_cancel(task), MH_INVALID);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P2_no_handle_at_all_is_refused_or_nothing)
{
    mh_result result;
    listen_to_log(MH_LOG_OFF);
    ck_assert_int_eq(mh_task_wait(NULL, MH_FOREVER), MH_INVALID);
    ck_assert_int_eq(mh_task_result(NULL, &result), MH_INVALID);
    ck_assert_int_eq(mh_task_state_of(NULL), MH_TASK_ENDED);
    ck_assert_int_eq(mh_task_cancel(NULL), MH_INVALID);
    ck_assert_int_eq(mh_task_stop(NULL), MH_INVALID);
    ck_assert_int_eq(mh_task_kill(NULL), MH_INVALID);
    ck_assert_int_eq(mh_task_set_priority(NULL, 1), MH_INVALID);
    mh_task_drop(NULL);
}
END_TEST

typedef struct user {
    mh_pool *pool;
    pthread_t thread;
} user;

// Some are given back at once, some while they may be running, some after their end.
static void *submit_and_drop(void *argument)
{
    const user *self = argument;
    mh_task *last = NULL;
    for (int64_t i = 0; i < 300; i++) {
        mh_task *task = submit(self->pool, &counting, i);
        if (i % 3 == 0)
            assert_gives(task, i);
        mh_task_drop(i % 3 == 1 ? last : task);
        last = i % 3 == 1 ? task : last;
    }
    mh_task_drop(last);
    return NULL;
}

START_TEST(P2_many_threads_drop_handles_while_tasks_end)
{
    enum { USERS = 4 };
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    user users[USERS];
    for (int u = 0; u < USERS; u++) {
        users[u].pool = pool;
        ck_assert_int_eq(pthread_create(&users[u].thread, NULL, submit_and_drop, &users[u]), 0);
    }
    for (int u = 0; u < USERS; u++)
        pthread_join(users[u].thread, NULL);
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), USERS * 300);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handles of tasks");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, P1_inputs_and_results_may_be_large, 0, KINDS);
    tcase_add_loop_test(tests, P1_what_is_larger_than_the_pool_allows_is_refused_or_fails, 0,
                        KINDS);
    tcase_add_loop_test(tests, P2_a_result_stays_until_its_handle_is_dropped, 0, KINDS);
    tcase_add_loop_test(tests, P2_so_do_the_words_of_one_that_failed, 0, KINDS);
    tcase_add_loop_test(tests, P2_a_handle_outlives_its_pool_whatever_the_task_was_doing,
                        WITH_WORKERS, KINDS);
    tcase_add_test(tests, P2_without_workers_what_nobody_waited_for_never_runs);
    tcase_add_loop_test(tests, P2_a_task_whose_handle_was_dropped_goes_on, WITH_WORKERS, KINDS);
    tcase_add_test(tests, P2_without_workers_dropped_tasks_run_as_well);
    tcase_add_loop_test(tests, P2_a_held_handle_is_dropped_as_often_as_it_was_held, 0, KINDS);
    tcase_add_test(tests, P2_no_handle_at_all_is_refused_or_nothing);
    tcase_add_loop_test(tests, P2_many_threads_drop_handles_while_tasks_end, 0, KINDS);
    return run_suite(suite);
}
