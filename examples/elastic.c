// Elastic: a pool that starts workers when there is work for them, and lets them go when there
// is none. Its numbers tell what it is doing.
//
// Shows (FEATURES): P9 workers on demand, up to a maximum that can be changed; idle ones end;
// one is told to end after its task; P16 the numbers of a pool.
//
//     ./elastic
//
// prints, first for threads, then for processes:
//
//     at first: at most 3 workers; 0 queued, 0 running, 0 ended
//     with 5 tasks: at most 3 workers; 2 queued, 3 running, 0 ended
//     idle: at most 3 workers; 0 queued, 0 running, 5 ended
//     3 workers have ended
//     with 2 more tasks: at most 1 workers; 1 queued, 1 running, 5 ended
//     worker 0 ends after its task, another one does the second: done

#include <stdio.h>

#include <manyhands.h>

#include "bell.h"
#include "kind.h"

// Runs until it is asked to stop.
static mh_status listen(mh_call *call, mh_bytes item)
{
    (void)item;
    ring_bell();
    return mh_wait_cancelled(call, MH_FOREVER);
}

static void leave(mh_call *call, void *state)
{
    (void)call;
    (void)state;
    ring_bell();
}

static const mh_routine listener = {.name = "listen", .run = listen, .teardown = leave};

static void submit(mh_pool *pool, mh_task **tasks, int count)
{
    for (int i = 0; i < count; i++)
        mh_submit(pool, NULL, (mh_bytes){NULL, 0}, NULL, &tasks[i]); // NULL: the pool's own
}

static void print_facts(mh_pool *pool, const char *when)
{
    mh_pool_facts facts = {0};
    mh_pool_facts_of(pool, &facts);
    printf("%s: at most %d workers; %d queued, %d running, %d ended\n", when, facts.most,
           (int)facts.queued, (int)facts.running, (int)facts.ended);
}

// Workers come, and go again.
static void grow_and_shrink(mh_pool *pool)
{
    mh_task *tasks[5] = {NULL};
    print_facts(pool, "at first");
    submit(pool, tasks, 5);
    wait_for_bell(3); // so many have begun
    print_facts(pool, "with 5 tasks");
    for (int i = 4; i >= 0; i--) { // the queued ones first
        mh_task_stop(tasks[i]);
        mh_task_drop(tasks[i]);
    }
    mh_pool_wait(pool, false, MH_FOREVER);
    print_facts(pool, "idle");
    wait_for_bell(3); // soon there was nothing for them to do
    printf("3 workers have ended\n");
}

// One worker must do; and it is told to go while it works.
static void replace_worker(mh_pool *pool)
{
    mh_task *tasks[2] = {NULL};
    mh_pool_resize(pool, 1);
    submit(pool, tasks, 2);
    wait_for_bell(1);
    print_facts(pool, "with 2 more tasks");
    mh_pool_end_worker(pool, 0);
    mh_task_stop(tasks[0]);
    wait_for_bell(2); // the worker has ended, and the second task begun
    mh_task_stop(tasks[1]);
    mh_task_wait(tasks[1], MH_FOREVER);
    mh_result result = {.outcome = MH_FAILED};
    mh_task_result(tasks[1], &result);
    printf("worker 0 ends after its task, another one does the second: %s\n",
           mh_outcome_text(result.outcome));
    mh_task_drop(tasks[0]);
    mh_task_drop(tasks[1]);
}

static void run(mh_kind kind)
{
    mh_pool_options options = {.kind = kind,
                               .workers = 3,
                               .on_demand = true,
                               .idle_ms = 20,
                               .routine = &listener,
                               .start = MH_START_FORK};
    mh_pool *pool;
    open_bell(); // each worker rings it when a task begins, and when it ends itself
    if (mh_pool_open(&pool, &options) == MH_OK) {
        grow_and_shrink(pool);
        replace_worker(pool);
        mh_pool_close(pool);
    }
    close_bell();
}

int main(void)
{
    run(MH_THREADS);
    run(MH_PROCESSES);
    return 0;
}
