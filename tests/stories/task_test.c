// Single tasks: submitted, waited for and asked about; whatever goes in and comes out, each
// runs exactly once.
#include <pthread.h>

#include "support/heard.h"
#include "task_story.h"

static int64_t square(int64_t number)
{
    return number * number;
}
MH_ROUTINE(square_each, square, int64_t, int64_t);

static int64_t negate(int64_t number)
{
    return -number;
}
MH_ROUTINE(negate_each, negate, int64_t, int64_t);

// ---- one task -----------------------------------------------------------------------------------

START_TEST(P1_a_task_gives_what_its_routine_returns)
{
    mh_pool *pool = open_kind(_i, 2);
    for (int64_t i = 0; i < 3; i++) {
        mh_task *task = submit(pool, &square_each, i + 7);
        ck_assert_uint_eq(mh_task_id(task), (uint64_t)i);
        ck_assert_ptr_eq(mh_task_pool(task), pool);
        assert_gives(task, (i + 7) * (i + 7));
        mh_result result = result_of(task);
        ck_assert_int_ge(result.worker, 0);
        ck_assert_int_lt(result.worker, mh_pool_workers(pool));
        ck_assert_int_eq(result.pid == getpid(), _i < WITH_PROCESSES);
        ck_assert_uint_eq(result.attempt, 1);
        mh_task_drop(task);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P2_a_task_is_queued_then_running_then_ended)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_result result;
    mh_task *first = keep_one_busy(pool);
    mh_task *second = submit(pool, &patient, 2);
    ck_assert_int_eq(mh_task_state_of(first), MH_TASK_RUNNING);
    ck_assert_int_eq(mh_task_state_of(second), MH_TASK_QUEUED);
    ck_assert_int_eq(mh_task_result(first, &result), MH_BUSY);
    ck_assert_int_eq(mh_task_result(second, &result), MH_BUSY);
    ck_assert_int_eq(mh_task_wait(first, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_task_wait(second, mh_in_ms(10)), MH_TIMEOUT);
    open_gate(GO_ON, 1);
    assert_gives_and_drop(first, 0);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_state_of(second), MH_TASK_RUNNING);
    open_gate(GO_ON, 1);
    assert_gives_and_drop(second, 2);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P2_without_workers_a_task_is_queued_until_somebody_waits)
{
    set_stage();
    mh_pool *pool = open_kind(SERIAL, 1);
    mh_result result;
    mh_task *task = submit(pool, &counting, 1);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_QUEUED);
    ck_assert_int_eq(mh_task_result(task, &result), MH_BUSY);
    ck_assert_int_eq(counted(RUNS), 0);
    assert_gives_and_drop(task, 1);
    ck_assert_int_eq(counted(RUNS), 1);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P2_a_task_can_be_asked_what_it_was_given)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    int64_t number = 12, mark = 0;
    mh_task_options options = {.priority = 3, .context = &mark};
    mh_task *task = submit_with(pool, &patient, MH_BYTES_OF(number), options);
    number = 13; // it has a copy
    ck_assert_ptr_eq(mh_task_context(task), &mark);
    ck_assert_int_eq(mh_task_priority(task), 3);
    mh_bytes input = mh_task_input(task);
    ck_assert_uint_eq(input.size, sizeof number);
    ck_assert_int_eq(*(const int64_t *)input.data, 12);
    open_gate(GO_ON, 1);
    assert_gives(task, 12);
    ck_assert_uint_eq(mh_task_input(task).size, 0);
    ck_assert_ptr_eq(mh_task_context(task), &mark);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

typedef struct own_facts {
    uint64_t index, id;
    mh_pool *pool;
    void *context;
    bool has_handle, runs;
} own_facts;

static mh_status tell_own_facts(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_task *own = mh_task_of(call);
    own_facts told = {.index = mh_index(call), .has_handle = own != NULL};
    if (own != NULL) {
        told.id = mh_task_id(own);
        told.pool = mh_task_pool(own);
        told.context = mh_task_context(own);
        told.runs = mh_task_state_of(own) == MH_TASK_RUNNING;
    }
    return mh_return(call, &told, sizeof told);
}
static const mh_routine knowing = {.name = "tell own facts", .run = tell_own_facts};

START_TEST(P11_a_routine_knows_the_task_it_runs_for)
{
    mh_pool *pool = open_kind(_i, 2);
    for (int i = 0; i < 5; i++) {
        mh_task *task = submit_with(pool, &knowing, (mh_bytes){0},
                                    (mh_task_options){.context = &i});
        mh_result result = result_of(task);
        own_facts told = mh_result_as(own_facts, result);
        ck_assert_uint_eq(told.index, (uint64_t)i);
        ck_assert_int_eq(told.has_handle, _i < WITH_PROCESSES); // a process is too far away
        if (told.has_handle) {
            ck_assert_uint_eq(told.id, (uint64_t)i);
            ck_assert_ptr_eq(told.pool, pool);
            ck_assert_ptr_eq(told.context, &i);
            ck_assert_int_eq(told.runs, true);
        }
        mh_task_drop(task);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P1_a_pool_that_was_ended_takes_no_task)
{
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = NULL;
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    ck_assert_int_eq(mh_submit(pool, &square_each, (mh_bytes){0}, NULL, &task), MH_CLOSED);
    ck_assert_ptr_null(task);
    mh_pool_close(pool);
}
END_TEST

// ---- what goes in, and what comes out -----------------------------------------------------------

START_TEST(P1_nothing_may_go_in_and_nothing_come_out)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    for (int i = 0; i < 20; i++) {
        mh_task *task = submit_with(pool, &counting, (mh_bytes){0}, (mh_task_options){0});
        mh_result result = result_of(task);
        assert_done(&result, (uint64_t)i);
        ck_assert_uint_eq(result.size, 0);
        ck_assert_ptr_null(result.data);
        mh_task_drop(task);
    }
    ck_assert_int_eq(counted(RUNS), 20);
    mh_pool_close(pool);
}
END_TEST

static mh_status start_at_100(mh_call *call, mh_bytes argument, void **state)
{
    static int64_t hundred = 100;
    (void)call;
    (void)argument;
    *state = &hundred;
    return MH_OK;
}

static mh_status add_to_state(mh_call *call, mh_bytes item)
{
    const int64_t *state = mh_state(call);
    int64_t sum = *state + *(const int64_t *)item.data;
    return mh_return(call, &sum, sizeof sum);
}
static const mh_routine adding = {.name = "add", .setup = start_at_100, .run = add_to_state};

START_TEST(P1_one_pool_runs_different_routines_side_by_side)
{
    enum { ROUNDS = 100 };
    mh_pool_options options = options_of(_i, 2);
    options.routine = &adding;
    mh_pool *pool = open_with(&options);
    mh_task *tasks[ROUNDS][3];
    for (int64_t i = 0; i < ROUNDS; i++) {
        tasks[i][0] = submit(pool, &square_each, i);
        tasks[i][1] = submit(pool, NULL, i); // the workers' own, with their state
        tasks[i][2] = submit(pool, &negate_each, i);
    }
    for (int64_t i = 0; i < ROUNDS; i++) {
        assert_gives_and_drop(tasks[i][0], i * i);
        assert_gives_and_drop(tasks[i][1], 100 + i);
        assert_gives_and_drop(tasks[i][2], -i);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P1_tasks_and_maps_share_a_pool)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &square_each, mh_source_range(0, 300, 1), (mh_map_options){0});
    for (int64_t i = 0; i < 300; i++) {
        mh_task *task = submit(pool, &negate_each, i);
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        ck_assert_int_eq(mh_result_as(int64_t, result), i * i);
        assert_gives_and_drop(task, -i);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- many ---------------------------------------------------------------------------------------

START_TEST(P1_each_of_many_tasks_runs_once)
{
    enum { TASKS = 3000 };
    set_stage();
    mh_pool *pool = open_kind(_i, 3);
    static mh_task *tasks[TASKS];
    for (int64_t i = 0; i < TASKS; i++)
        tasks[i] = submit(pool, &counting, i);
    for (int64_t i = TASKS - 1; i >= 0; i--)
        assert_gives(tasks[i], i);
    ck_assert_int_eq(counted(RUNS), TASKS);
    for (int64_t i = 0; i < TASKS; i++)
        mh_task_drop(tasks[i]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P1_forgotten_tasks_run_as_well)
{
    enum { TASKS = 3000 };
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    for (int64_t i = 0; i < TASKS; i++)
        forget(pool, &counting, i);
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), TASKS);
    mh_pool_close(pool);
}
END_TEST

typedef struct user {
    mh_pool *pool;
    int64_t number;
    pthread_t thread;
} user;

enum { USERS = 6, TASKS_EACH = 200 };

static void *submit_many(void *argument)
{
    const user *self = argument;
    for (int64_t i = 0; i < TASKS_EACH; i++) {
        mh_task *task = submit(self->pool, &counting, self->number + i);
        forget(self->pool, &counting, i);
        assert_gives_and_drop(task, self->number + i);
    }
    return NULL;
}

START_TEST(P1_many_threads_may_submit_at_once)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    user users[USERS];
    for (int u = 0; u < USERS; u++) {
        users[u] = (user){.pool = pool, .number = 1000 * u};
        ck_assert_int_eq(pthread_create(&users[u].thread, NULL, submit_many, &users[u]), 0);
    }
    for (int u = 0; u < USERS; u++)
        pthread_join(users[u].thread, NULL);
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), 2 * USERS * TASKS_EACH);
    mh_pool_close(pool);
}
END_TEST

static void *expect_99(void *task)
{
    assert_gives(task, 99);
    return NULL;
}

START_TEST(P2_many_threads_may_wait_for_the_same_task)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &patient, 99);
    pthread_t threads[USERS];
    for (int u = 0; u < USERS; u++)
        ck_assert_int_eq(pthread_create(&threads[u], NULL, expect_99, task), 0);
    pass_gate(RUNNING);
    open_gate(GO_ON, 1);
    for (int u = 0; u < USERS; u++)
        pthread_join(threads[u], NULL);
    ck_assert_int_eq(counted(RUNS), 1);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tasks");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, P1_a_task_gives_what_its_routine_returns, 0, KINDS);
    tcase_add_loop_test(tests, P2_a_task_is_queued_then_running_then_ended, WITH_WORKERS,
                        KINDS);
    tcase_add_test(tests, P2_without_workers_a_task_is_queued_until_somebody_waits);
    tcase_add_loop_test(tests, P2_a_task_can_be_asked_what_it_was_given, 0, KINDS);
    tcase_add_loop_test(tests, P11_a_routine_knows_the_task_it_runs_for, 0, KINDS);
    tcase_add_loop_test(tests, P1_a_pool_that_was_ended_takes_no_task, 0, KINDS);
    tcase_add_loop_test(tests, P1_nothing_may_go_in_and_nothing_come_out, 0, KINDS);
    tcase_add_loop_test(tests, P1_one_pool_runs_different_routines_side_by_side, 0, KINDS);
    tcase_add_loop_test(tests, P1_tasks_and_maps_share_a_pool, 0, KINDS);
    tcase_add_loop_test(tests, P1_each_of_many_tasks_runs_once, 0, KINDS);
    tcase_add_loop_test(tests, P1_forgotten_tasks_run_as_well, 0, KINDS);
    tcase_add_loop_test(tests, P1_many_threads_may_submit_at_once, 0, KINDS);
    tcase_add_loop_test(tests, P2_many_threads_may_wait_for_the_same_task, 0, KINDS);
    return run_suite(suite);
}
