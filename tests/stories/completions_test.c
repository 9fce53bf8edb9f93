// Completions: going through tasks as they end, one by one, of one pool or of several; each
// comes once, in the order of ending.
#include <pthread.h>
#include <sched.h>

#include "support/heard.h"
#include "task_story.h"

static mh_pool *open_gated(int kind, mh_task **tasks)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(kind, OWN_GATES);
    for (int i = 0; i < OWN_GATES; i++)
        tasks[i] = submit(pool, &gated, i);
    for (int i = 0; i < OWN_GATES; i++)
        pass_gate(RUNNING);
    return pool;
}

static mh_completions *open_completions(mh_task *const *tasks, size_t count)
{
    mh_completions *ended = NULL;
    ck_assert_int_eq(mh_completions_open(&ended, tasks, count), MH_OK);
    ck_assert_uint_eq(mh_completions_left(ended), count);
    return ended;
}

// The next one, which must be there or come.
static mh_task *next_of(mh_completions *ended)
{
    mh_task *task = NULL;
    size_t left = mh_completions_left(ended);
    ck_assert_int_eq(mh_completions_next(ended, &task, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(mh_completions_left(ended), left - 1);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
    return task;
}

static void assert_no_more(mh_completions *ended)
{
    mh_task *task = NULL;
    ck_assert_uint_eq(mh_completions_left(ended), 0);
    ck_assert_int_eq(mh_completions_next(ended, &task, MH_FOREVER), MH_END);
    ck_assert_int_eq(mh_completions_next(ended, &task, MH_NOW), MH_END);
    ck_assert_ptr_null(task);
}

// ---- as they end --------------------------------------------------------------------------------

START_TEST(P7_tasks_come_as_they_end_not_as_they_were_submitted)
{
    static const int order[OWN_GATES] = {1, 2, 0};
    mh_task *tasks[OWN_GATES], *early = NULL;
    mh_pool *pool = open_gated(_i, tasks);
    mh_completions *ended = open_completions(tasks, OWN_GATES);
    for (int i = 0; i < OWN_GATES; i++) {
        ck_assert_int_eq(mh_completions_next(ended, &early, MH_NOW), MH_TIMEOUT);
        ck_assert_int_eq(mh_completions_next(ended, &early, mh_in_ms(5)), MH_TIMEOUT);
        open_gate(GO_ON + order[i], 1);
        ck_assert_ptr_eq(next_of(ended), tasks[order[i]]);
    }
    ck_assert_ptr_null(early);
    assert_no_more(ended);
    mh_completions_close(ended);
    for (int i = 0; i < OWN_GATES; i++)
        assert_gives_and_drop(tasks[i], i);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P7_the_order_of_ending_is_kept_until_somebody_asks)
{
    static const int order[OWN_GATES] = {2, 0, 1};
    mh_task *tasks[OWN_GATES];
    mh_pool *pool = open_gated(_i, tasks);
    mh_completions *ended = open_completions(tasks, OWN_GATES);
    for (int i = 0; i < OWN_GATES; i++) {
        open_gate(GO_ON + order[i], 1);
        assert_gives(tasks[order[i]], order[i]); // it has ended before the next one may
    }
    for (int i = 0; i < OWN_GATES; i++)
        ck_assert_ptr_eq(next_of(ended), tasks[order[i]]);
    assert_no_more(ended);
    mh_completions_close(ended);
    for (int i = 0; i < OWN_GATES; i++)
        mh_task_drop(tasks[i]);
    mh_pool_close(pool);
}
END_TEST

enum { MANY = 1500 };
static mh_task *many[MANY];
static bool has_come[MANY];

static void submit_many(mh_pool *const *pools, int pool_count)
{
    memset(has_come, 0, sizeof has_come);
    for (int64_t i = 0; i < MANY; i++)
        many[i] = submit(pools[i % pool_count], &counting, i);
}

static void assert_all_come_once(mh_completions *ended)
{
    while (mh_completions_left(ended) > 0) {
        mh_result result = result_of(next_of(ended));
        ck_assert_int_eq(result.outcome, MH_DONE);
        int64_t number = mh_result_as(int64_t, result);
        ck_assert(!has_come[number]);
        has_come[number] = true;
    }
    for (int i = 0; i < MANY; i++)
        ck_assert(has_come[i]);
    assert_no_more(ended);
}

START_TEST(P7_each_of_many_comes_once_also_when_its_handle_was_dropped)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    submit_many(&pool, 1);
    mh_completions *ended = open_completions(many, MANY);
    for (int i = 0; i < MANY; i++)
        mh_task_drop(many[i]); // the completions hold them
    assert_all_come_once(ended);
    mh_completions_close(ended);
    ck_assert_int_eq(counted(RUNS), MANY);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P7_tasks_of_different_pools_come_together)
{
    mh_pool *pools[KINDS];
    set_stage();
    for (int kind = 0; kind < KINDS; kind++)
        pools[kind] = open_kind(KINDS - 1 - kind, 2); // processes first
    submit_many(pools, KINDS);
    mh_completions *ended = open_completions(many, MANY);
    assert_all_come_once(ended);
    mh_completions_close(ended);
    for (int i = 0; i < MANY; i++)
        mh_task_drop(many[i]);
    for (int kind = 0; kind < KINDS; kind++)
        mh_pool_close(pools[kind]);
}
END_TEST

START_TEST(P7_a_task_without_workers_comes_though_one_elsewhere_takes_long)
{
    mh_task *tasks[OWN_GATES], *mixed[2];
    mh_pool *pool = open_gated(_i, tasks), *serial = open_kind(SERIAL, 1);
    for (int place = 0; place < 2; place++) {
        mixed[1 - place] = tasks[place];
        mixed[place] = submit(serial, &counting, 5);
        mh_completions *ended = open_completions(mixed, 2);
        ck_assert_ptr_eq(next_of(ended), mixed[place]);
        open_gate(GO_ON + place, 1);
        ck_assert_ptr_eq(next_of(ended), tasks[place]);
        assert_no_more(ended);
        mh_completions_close(ended);
        mh_task_drop(mixed[place]);
    }
    open_gate(GO_ON + 2, 1);
    for (int i = 0; i < OWN_GATES; i++)
        assert_gives_and_drop(tasks[i], i);
    mh_pool_close(pool);
    mh_pool_close(serial);
}
END_TEST

START_TEST(P7_more_tasks_may_be_added_at_any_time)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    mh_completions *ended = open_completions(NULL, 0);
    assert_no_more(ended);
    int64_t sum = 0, added = 0;
    for (; added < 3; added++) {
        mh_task *task = submit(pool, &counting, added);
        ck_assert_int_eq(mh_completions_add(ended, task), MH_OK);
        mh_task_drop(task);
    }
    for (mh_task *task; mh_completions_next(ended, &task, MH_FOREVER) == MH_OK;) {
        mh_result result = result_of(task);
        sum += mh_result_as(int64_t, result);
        if (added < 100) { // one comes, one is added
            mh_task *another = submit(pool, &counting, added++);
            ck_assert_int_eq(mh_completions_add(ended, another), MH_OK);
            mh_task_drop(another);
        }
    }
    ck_assert_int_eq(sum, 100 * 99 / 2);
    assert_no_more(ended);
    mh_completions_close(ended);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P7_a_task_that_stands_there_twice_comes_twice)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    mh_task *task = submit(pool, &counting, 4), *twice[] = {task, task};
    mh_completions *ended = open_completions(twice, 2);
    ck_assert_ptr_eq(next_of(ended), task);
    ck_assert_ptr_eq(next_of(ended), task);
    ck_assert_int_eq(mh_completions_add(ended, task), MH_OK); // it has ended long ago
    ck_assert_ptr_eq(next_of(ended), task);
    assert_no_more(ended);
    mh_completions_close(ended);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

static void *add_tasks(void *argument)
{
    mh_completions *ended = argument;
    for (int i = 1; i < MANY; i++)
        ck_assert_int_eq(mh_completions_add(ended, many[i]), MH_OK);
    return NULL;
}

START_TEST(P7_another_thread_may_add_while_this_one_waits)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    pthread_t thread;
    submit_many(&pool, 1);
    mh_completions *ended = open_completions(many, 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, add_tasks, ended), 0);
    mh_task *task;
    for (int come = 0; come < MANY;) { // it may be asked before there are more
        mh_status status = mh_completions_next(ended, &task, MH_FOREVER);
        ck_assert(status == MH_OK || status == MH_END);
        come += status == MH_OK;
        if (status == MH_END)
            sched_yield();
    }
    pthread_join(thread, NULL);
    assert_no_more(ended);
    mh_completions_close(ended);
    for (int i = 0; i < MANY; i++)
        assert_gives_and_drop(many[i], i);
    mh_pool_close(pool);
}
END_TEST

typedef struct addition {
    mh_completions *ended;
    mh_task *task;
} addition;

static void *add_later(void *argument)
{
    const addition *self = argument;
    for (int i = 0; i < 300; i++)
        sched_yield(); // most often somebody sleeps there by now; it must work in any case
    ck_assert_int_eq(mh_completions_add(self->ended, self->task), MH_OK);
    return NULL;
}

// What is added has ended long ago, or runs soon, or is for the waiting thread to run.
START_TEST(P7_who_sleeps_there_hears_of_what_another_thread_adds)
{
    mh_task *tasks[OWN_GATES], *come;
    mh_pool *pool = open_gated(THREADS, tasks), *other = open_kind(_i / 2, 1);
    mh_completions *ended = open_completions(tasks, 1);
    for (int round = 0; round < 20; round++) {
        pthread_t thread;
        addition one = {.ended = ended, .task = submit(other, &counting, round)};
        if (_i % 2 == 0)
            assert_gives(one.task, round);
        ck_assert_int_eq(pthread_create(&thread, NULL, add_later, &one), 0);
        ck_assert_int_eq(mh_completions_next(ended, &come, MH_FOREVER), MH_OK);
        ck_assert_ptr_eq(come, one.task);
        pthread_join(thread, NULL);
        mh_task_drop(one.task);
    }
    mh_completions_close(ended);
    for (int i = 0; i < OWN_GATES; i++) {
        open_gate(GO_ON + i, 1);
        assert_gives_and_drop(tasks[i], i);
    }
    mh_pool_close(pool);
    mh_pool_close(other);
}
END_TEST

START_TEST(P7_one_may_leave_in_the_middle_and_several_may_watch_the_same_tasks)
{
    mh_task *tasks[OWN_GATES];
    mh_pool *pool = open_gated(_i, tasks);
    mh_completions *one = open_completions(tasks, OWN_GATES);
    mh_completions *other = open_completions(tasks, OWN_GATES);
    open_gate(GO_ON, 1);
    ck_assert_ptr_eq(next_of(one), tasks[0]);
    mh_completions_close(one); // the tasks go on
    mh_completions_close(NULL);
    open_gate(GO_ON + 1, 1);
    open_gate(GO_ON + 2, 1);
    for (int i = 0; i < OWN_GATES; i++)
        next_of(other);
    assert_no_more(other);
    mh_completions_close(other);
    for (int i = 0; i < OWN_GATES; i++)
        assert_gives_and_drop(tasks[i], i);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P7_tasks_that_are_cancelled_come_as_well)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *busy = _i == SERIAL ? NULL : submit(pool, &obedient, 0);
    if (busy != NULL)
        pass_gate(RUNNING);
    mh_task *tasks[] = {submit(pool, &counting, 0), submit(pool, &counting, 1)};
    mh_completions *ended = open_completions(tasks, 2);
    ck_assert_int_eq(mh_task_cancel(tasks[1]), MH_OK);
    ck_assert_ptr_eq(next_of(ended), tasks[1]);
    mh_pool_close(pool); // this cancels the other one
    ck_assert_ptr_eq(next_of(ended), tasks[0]);
    assert_was_cancelled(tasks[0]);
    assert_no_more(ended);
    mh_completions_close(ended);
    mh_task_drop(tasks[0]);
    mh_task_drop(tasks[1]);
    mh_task_drop(busy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("completions");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, P7_tasks_come_as_they_end_not_as_they_were_submitted,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P7_the_order_of_ending_is_kept_until_somebody_asks, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, P7_each_of_many_comes_once_also_when_its_handle_was_dropped, 0,
                        KINDS);
    tcase_add_test(tests, P7_tasks_of_different_pools_come_together);
    tcase_add_loop_test(tests, P7_a_task_without_workers_comes_though_one_elsewhere_takes_long,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P7_more_tasks_may_be_added_at_any_time, 0, KINDS);
    tcase_add_loop_test(tests, P7_a_task_that_stands_there_twice_comes_twice, 0, KINDS);
    tcase_add_loop_test(tests, P7_another_thread_may_add_while_this_one_waits, 0, KINDS);
    tcase_add_loop_test(tests, P7_who_sleeps_there_hears_of_what_another_thread_adds, 0,
                        2 * KINDS);
    tcase_add_loop_test(tests,
                        P7_one_may_leave_in_the_middle_and_several_may_watch_the_same_tasks,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P7_tasks_that_are_cancelled_come_as_well, 0, KINDS);
    return run_suite(suite);
}
