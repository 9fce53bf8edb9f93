// Facts: what a pool is doing, asked from outside and from inside a task, while nothing moves;
// so that each number is known exactly.
#include "support/submitted.h"

static void assert_tasks(mh_pool *pool, uint64_t queued, uint64_t running, uint64_t ended)
{
    mh_pool_facts facts = facts_of(pool);
    ck_assert_uint_eq(facts.queued, queued);
    ck_assert_uint_eq(facts.running, running);
    ck_assert_uint_eq(facts.ended, ended);
}

START_TEST(P16_a_pool_tells_what_is_queued_running_and_ended_and_who_is_busy)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    assert_tasks(pool, 0, 0, 0);
    mh_task *tasks[5] = {occupy(pool, 0), occupy(pool, 1)};
    for (int i = 2; i < 5; i++)
        tasks[i] = submit(pool, &waiting, i);
    assert_tasks(pool, 3, 2, 0);
    mh_pool_facts facts = facts_of(pool);
    ck_assert_int_eq(facts.state, MH_POOL_OPEN);
    ck_assert_int_eq(facts.most, 2);
    ck_assert_int_eq(facts.workers, 2);
    ck_assert_int_eq(facts.busy, 2);
    ck_assert_int_eq(mh_task_cancel(tasks[4]), MH_OK);
    assert_tasks(pool, 2, 2, 1);
    open_gate(GO_ON, 1);
    pass_gate(RUNNING); // one has ended, so another runs
    assert_tasks(pool, 1, 2, 2);
    open_gate(GO_ON, 3);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    assert_tasks(pool, 0, 0, 5);
    await_idle(pool);
    ck_assert_int_eq(facts_of(pool).idle, 2);
    for (int i = 0; i < 5; i++)
        mh_task_drop(tasks[i]);
    assert_tasks(pool, 0, 0, 5); // what was, was
    mh_pool_close(pool);
}
END_TEST

START_TEST(P16_with_no_worker_tasks_are_queued_until_somebody_waits)
{
    mh_pool *pool = open_kind(SERIAL, 1);
    mh_task *tasks[4];
    for (int i = 0; i < 4; i++)
        tasks[i] = submit(pool, &echo, i);
    assert_tasks(pool, 4, 0, 0);
    ck_assert_int_eq(mh_task_cancel(tasks[3]), MH_OK);
    assert_tasks(pool, 3, 0, 1);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    assert_tasks(pool, 0, 0, 4);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    assert_outcome(tasks[3], MH_CANCELLED);
    mh_pool_close(pool);
}
END_TEST

static mh_status tell_facts(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_pool_facts facts;
    mh_status status = mh_pool_facts_of(mh_task_pool(mh_task_of(call)), &facts);
    return status == MH_OK ? mh_return(call, &facts, sizeof facts) : status;
}
static const mh_routine telling = {.name = "tell facts", .run = tell_facts};

START_TEST(P16_a_task_may_ask_its_own_pool)
{
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &telling, 0);
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.outcome, MH_DONE);
    const mh_pool_facts *facts = result.data;
    ck_assert_uint_eq(facts->submitted, 1);
    ck_assert_uint_eq(facts->running, 1);
    ck_assert_uint_eq(facts->queued + facts->ended, 0);
    ck_assert_int_eq(facts->busy, 1);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P16_the_items_of_a_map_keep_workers_busy_and_are_no_tasks)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &waiting, mh_source_range(0, 1, 1), (mh_map_options){0});
    mh_result result;
    ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT);
    pass_gate(RUNNING);
    assert_tasks(pool, 0, 0, 0);
    ck_assert_int_ge(facts_of(pool).busy, 1);
    open_gate(GO_ON, 1);
    take(map);
    mh_map_close(map);
    await_idle(pool);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P16_a_pool_that_takes_no_more_work_says_so)
{
    mh_pool *pool = open_kind(_i, 2);
    ck_assert_int_eq(facts_of(pool).state, MH_POOL_OPEN);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    ck_assert_int_eq(facts_of(pool).state, MH_POOL_ENDING);
    mh_pool_close(pool);
    pool = open_kind(_i, 2);
    ck_assert_int_eq(number_of(submit(pool, &echo, 3)), 3);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(facts_of(pool).state, MH_POOL_ENDING);
    assert_tasks(pool, 0, 0, 1);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool facts");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests,
                        P16_a_pool_tells_what_is_queued_running_and_ended_and_who_is_busy,
                        WITH_WORKERS, KINDS);
    tcase_add_test(tests, P16_with_no_worker_tasks_are_queued_until_somebody_waits);
    tcase_add_loop_test(tests, P16_a_task_may_ask_its_own_pool, 0, WITH_PROCESSES);
    tcase_add_loop_test(tests, P16_the_items_of_a_map_keep_workers_busy_and_are_no_tasks,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P16_a_pool_that_takes_no_more_work_says_so, 0, KINDS);
    return run_suite(suite);
}
