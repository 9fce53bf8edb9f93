// Tasks: our side of the submit benchmarks, through the public headers only, as any user would
// write it.

#include "tasks.h"

#include <stddef.h>

#include <manyhands/task.h>

enum { RING = 4096 };

static mh_status do_nothing(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    return MH_OK;
}
const mh_routine bench_empty_routine = {.name = "do nothing", .run = do_nothing};

mh_pool *bench_open_workers(mh_kind kind, int workers)
{
    mh_pool *pool;
    const mh_pool_options options = {.kind = kind, .workers = workers};
    bench_require(mh_pool_open(&pool, &options), "no pool");
    return pool;
}

static void submit(mh_pool *pool, mh_task **task)
{
    const mh_bytes nothing = {0};
    bench_require(mh_submit(pool, &bench_empty_routine, nothing, NULL, task),
                  "a task was refused");
}

static void finish(mh_task *task)
{
    bench_require(mh_task_wait(task, MH_FOREVER), "a task could not be waited for");
    mh_task_drop(task);
}

// To look at the outcome of all would be more than is measured; so these stand for the others.
static void finish_and_look(mh_task *task)
{
    mh_result result;
    bench_require(mh_task_wait(task, MH_FOREVER), "a task could not be waited for");
    bench_require(mh_task_result(task, &result), "a task has no result");
    bench_check(result.outcome == MH_DONE, "a task has not done its work");
    mh_task_drop(task);
}

static void check_that_all_ended(mh_pool *pool)
{
    mh_pool_facts facts;
    bench_require(mh_pool_facts_of(pool, &facts), "no facts");
    bench_check(facts.ended == facts.submitted, "a task got lost");
}

double bench_tasks_wait_pass(void *context)
{
    static mh_task *ring[RING];
    const bench_tasks *tasks = context;
    const uint64_t count = tasks->count;
    const double start = bench_now();
    for (uint64_t number = 0; number < count; number++) {
        mh_task **place = &ring[number % RING];
        if (number >= RING)
            finish(*place);
        submit(tasks->pool, place);
    }
    for (uint64_t number = count < RING ? 0 : count - RING; number < count; number++)
        finish_and_look(ring[number % RING]);
    const double ns = bench_now() - start;
    check_that_all_ended(tasks->pool);
    return ns;
}

double bench_tasks_forget_pass(void *context)
{
    const bench_tasks *tasks = context;
    const double start = bench_now();
    for (uint64_t number = 0; number < tasks->count; number++)
        submit(tasks->pool, NULL);
    bench_require(mh_pool_wait(tasks->pool, false, MH_FOREVER), "the pool never finished");
    const double ns = bench_now() - start;
    check_that_all_ended(tasks->pool);
    return ns;
}
