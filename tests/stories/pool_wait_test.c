// Waiting for a pool: until all its work is done and told, from any number of threads; and,
// where that is asked for, with new work held back until then.
#include <pthread.h>

#include "support/submitted.h"

enum { TOLD = 0, RELEASED = 1, PASSED = 2, RAN = 3 }; // places on the stage

static void count_end(void *context, mh_task *task, const mh_result *result)
{
    (void)context;
    (void)task;
    if (result->outcome == MH_DONE)
        count_up(TOLD);
}

static const mh_task_options telling = {.on_end = count_end};

START_TEST(P6_when_the_wait_is_over_all_has_ended_and_all_was_told)
{
    enum { TASKS = 300 };
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    for (int round = 1; round <= 3; round++) {
        for (int i = 0; i < TASKS; i++)
            submit_and_forget(pool, &echo, i, &telling);
        ck_assert_int_eq(mh_pool_wait(pool, round == 2, MH_FOREVER), MH_OK);
        ck_assert_int_eq(counted(TOLD), round * TASKS);
        mh_pool_facts facts = facts_of(pool);
        ck_assert_uint_eq(facts.ended, (uint64_t)round * TASKS);
        ck_assert_int_eq(facts.state, MH_POOL_OPEN);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P6_a_pool_without_work_need_not_be_waited_for)
{
    mh_pool *pool = open_kind(_i, 2);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_NOW), MH_OK);
    ck_assert_int_eq(mh_pool_wait(pool, true, MH_NOW), MH_OK);
    ck_assert_int_eq(number_of(submit(pool, &echo, 1)), 1); // nothing is held back
    mh_pool_close(pool);
}
END_TEST

START_TEST(P6_the_deadline_may_pass_first)
{
    set_stage();
    mh_pool *pool = open_kind(_i % KINDS, 1);
    bool hold_back = _i >= KINDS;
    mh_task *task = occupy(pool, 6);
    ck_assert_int_eq(mh_pool_wait(pool, hold_back, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_pool_wait(pool, hold_back, mh_in_ms(10)), MH_TIMEOUT);
    ck_assert_int_eq(facts_of(pool).state, MH_POOL_OPEN); // nobody waits any more
    mh_task *second = submit(pool, &echo, 7);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(mh_pool_wait(pool, hold_back, MH_FOREVER), MH_OK);
    ck_assert_int_eq(number_of(task), 6);
    ck_assert_int_eq(number_of(second), 7);
    mh_pool_close(pool);
}
END_TEST

// ---- several threads ----------------------------------------------------------------------------

typedef struct waiter {
    pthread_t thread;
    mh_pool *pool;
    bool hold_back;
} waiter;

static void *wait_for_pool(void *argument)
{
    waiter *self = argument;
    ck_assert_int_eq(mh_pool_wait(self->pool, self->hold_back, MH_FOREVER), MH_OK);
    ck_assert_int_eq(counted(RELEASED), 1);
    return NULL;
}

static void begin_to_wait(waiter *self, mh_pool *pool, bool hold_back)
{
    *self = (waiter){.pool = pool, .hold_back = hold_back};
    ck_assert_int_eq(pthread_create(&self->thread, NULL, wait_for_pool, self), 0);
}

static void release(int tasks)
{
    count_up(RELEASED);
    open_gate(GO_ON, tasks);
}

static void await_state(mh_pool *pool, mh_pool_state state)
{
    while (facts_of(pool).state != state)
        sched_yield();
}

START_TEST(P6_several_threads_may_wait_at_once_each_in_its_way)
{
    enum { WAITERS = 6 };
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    waiter waiters[WAITERS];
    mh_task *task = occupy(pool, 3);
    for (int i = 0; i < WAITERS; i++)
        begin_to_wait(&waiters[i], pool, i % 2 == 1);
    await_state(pool, MH_POOL_HELD);
    release(1);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(waiters[i].thread, NULL);
    ck_assert_int_eq(facts_of(pool).state, MH_POOL_OPEN);
    ck_assert_int_eq(number_of(task), 3);
    ck_assert_int_eq(number_of(submit(pool, &echo, 4)), 4);
    mh_pool_close(pool);
}
END_TEST

// With no worker the threads that wait share the work among them.
START_TEST(P6_with_no_worker_several_threads_may_wait_as_well)
{
    enum { WAITERS = 4, TASKS = 100 };
    set_stage();
    mh_pool *pool = open_kind(SERIAL, 1);
    waiter waiters[WAITERS];
    for (int i = 0; i < TASKS; i++)
        submit_and_forget(pool, &echo, i, &telling);
    release(0);
    for (int i = 0; i < WAITERS; i++)
        begin_to_wait(&waiters[i], pool, i % 2 == 1);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(waiters[i].thread, NULL);
    ck_assert_int_eq(counted(TOLD), TASKS);
    mh_pool_close(pool);
}
END_TEST

static void *wait_for_task(void *task)
{
    ck_assert_int_eq(number_of(task), 3);
    return NULL;
}

START_TEST(P6_with_no_worker_a_deadline_passes_while_another_thread_works)
{
    set_stage();
    mh_pool *pool = open_kind(SERIAL, 1);
    pthread_t worker;
    mh_task *running = submit(pool, &waiting, 3), *queued = submit(pool, &echo, 4);
    ck_assert_int_eq(pthread_create(&worker, NULL, wait_for_task, running), 0);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_wait(queued, mh_in_ms(10)), MH_TIMEOUT);
    ck_assert_int_eq(mh_task_wait_count(&queued, 1, 1, NULL, mh_in_ms(10)), MH_TIMEOUT);
    ck_assert_int_eq(mh_pool_wait(pool, false, mh_in_ms(10)), MH_TIMEOUT);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(queued), 4);
    pthread_join(worker, NULL);
    mh_pool_close(pool);
}
END_TEST

// ---- held back ----------------------------------------------------------------------------------

static void *submit_while_held(void *pool)
{
    int64_t number = 8;
    mh_task *task = NULL, *each[3];
    size_t made = 0;
    const int64_t numbers[] = {1, 2, 3};
    ck_assert_int_eq(mh_submit(pool, &echo, MH_BYTES_OF(number), NULL, &task), MH_OK);
    ck_assert_int_eq(counted(RELEASED), 1); // not before
    count_up(PASSED);
    ck_assert_int_eq(mh_submit_each(pool, &echo, numbers, 3, 8, 1, NULL, each, &made), MH_OK);
    ck_assert_uint_eq(made, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(number_of(each[i]), i + 1);
    return task;
}

START_TEST(P6_what_is_submitted_meanwhile_is_held_back_and_goes_on_afterwards)
{
    enum { SUBMITTERS = 4, LOOKS = 300 };
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    pthread_t submitters[SUBMITTERS];
    waiter holder;
    mh_task *task = occupy(pool, 3);
    begin_to_wait(&holder, pool, true);
    await_state(pool, MH_POOL_HELD);
    for (int i = 0; i < SUBMITTERS; i++)
        ck_assert_int_eq(pthread_create(&submitters[i], NULL, submit_while_held, pool), 0);
    for (int i = 0; i < LOOKS; i++) {
        ck_assert_uint_eq(facts_of(pool).submitted, 1);
        ck_assert_int_eq(counted(PASSED), 0);
        sched_yield();
    }
    release(1);
    pthread_join(holder.thread, NULL);
    for (int i = 0; i < SUBMITTERS; i++) {
        void *second;
        pthread_join(submitters[i], &second);
        ck_assert_int_eq(number_of(second), 8);
    }
    ck_assert_uint_eq(facts_of(pool).ended, 1 + 4 * SUBMITTERS);
    ck_assert_int_eq(number_of(task), 3);
    mh_pool_close(pool);
}
END_TEST

static void *submit_as_soon_as_allowed(void *pool)
{
    return submit(pool, &echo, 9);
}

START_TEST(P6_a_hold_ends_with_its_deadline)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    pthread_t submitter;
    void *second;
    mh_task *task = occupy(pool, 3);
    ck_assert_int_eq(pthread_create(&submitter, NULL, submit_as_soon_as_allowed, pool), 0);
    ck_assert_int_eq(mh_pool_wait(pool, true, mh_in_ms(20)), MH_TIMEOUT);
    pthread_join(submitter, &second); // though the first one still runs
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_RUNNING);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(task), 3);
    ck_assert_int_eq(number_of(second), 9);
    mh_pool_close(pool);
}
END_TEST

// ---- from inside --------------------------------------------------------------------------------

static mh_status count_run(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    count_up(RAN);
    return MH_OK;
}
static const mh_routine counting = {.name = "count", .run = count_run};

// It runs while submissions are held back, and submits all the same.
static mh_status have_children(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    mh_pool *pool = mh_task_pool(mh_task_of(call));
    mh_task *child = NULL;
    mh_status status = mh_submit(pool, &counting, item, NULL, &child);
    for (int i = 0; i < 4 && status == MH_OK; i++)
        status = mh_submit(pool, &counting, item, NULL, NULL);
    if (status == MH_OK)
        status = mh_task_wait(child, MH_FOREVER);
    mh_task_drop(child);
    return status;
}
static const mh_routine parent = {.name = "have children", .run = have_children};

START_TEST(P6_tasks_may_submit_while_others_are_held_back_and_it_is_waited_for)
{
    set_stage();
    mh_pool *pool = open_kind(THREADS, 1 + _i);
    waiter holder;
    mh_task *task = submit(pool, &parent, 0);
    pass_gate(RUNNING);
    begin_to_wait(&holder, pool, true);
    await_state(pool, MH_POOL_HELD);
    release(1);
    pthread_join(holder.thread, NULL);
    ck_assert_int_eq(counted(RAN), 5);
    assert_outcome(task, MH_DONE);
    mh_pool_close(pool);
}
END_TEST

static void submit_more(void *context, mh_task *task, const mh_result *result)
{
    int *left = context;
    (void)result;
    if (*left > 0) {
        --*left;
        submit_and_forget(mh_task_pool(task), &counting, *left,
                          &(mh_task_options){.on_end = submit_more, .context = context});
    }
}

START_TEST(P6_callbacks_may_submit_while_others_are_held_back_and_it_is_waited_for)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    for (int round = 1; round <= 4; round++) {
        int left = 20;
        submit_and_forget(pool, &counting, 0,
                          &(mh_task_options){.on_end = submit_more, .context = &left});
        ck_assert_int_eq(mh_pool_wait(pool, round % 2 == 0, MH_FOREVER), MH_OK);
        ck_assert_int_eq(left, 0);
        ck_assert_int_eq(counted(RAN), round * 21);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting for a pool");
    TCase *tests = add_case(suite, "kinds", 15);
    int first = WITH_WORKERS;
    tcase_add_loop_test(tests, P6_when_the_wait_is_over_all_has_ended_and_all_was_told, 0,
                        KINDS);
    tcase_add_loop_test(tests, P6_a_pool_without_work_need_not_be_waited_for, 0, KINDS);
    tcase_add_loop_test(tests, P6_the_deadline_may_pass_first, first, KINDS);
    tcase_add_loop_test(tests, P6_the_deadline_may_pass_first, KINDS + first, 2 * KINDS);
    tcase_add_loop_test(tests, P6_several_threads_may_wait_at_once_each_in_its_way, first,
                        KINDS);
    tcase_add_test(tests, P6_with_no_worker_several_threads_may_wait_as_well);
    tcase_add_test(tests, P6_with_no_worker_a_deadline_passes_while_another_thread_works);
    tcase_add_loop_test(tests,
                        P6_what_is_submitted_meanwhile_is_held_back_and_goes_on_afterwards,
                        first, KINDS);
    tcase_add_loop_test(tests, P6_a_hold_ends_with_its_deadline, first, KINDS);
    tcase_add_loop_test(
        tests, P6_tasks_may_submit_while_others_are_held_back_and_it_is_waited_for, 0, 2);
    tcase_add_loop_test(tests,
                        P6_callbacks_may_submit_while_others_are_held_back_and_it_is_waited_for,
                        0, KINDS);
    return run_suite(suite);
}
