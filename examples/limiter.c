// Limiter: a function that may not run more than once at a time, whoever calls it: workers or
// the program itself. The caller waits for its turn.
//
// Shows (FEATURES): P14 a limiter where the caller waits, shared by the program, threads and
// processes.
//
//     ./limiter [threads|processes|serial]
//
// prints, for every kind:
//
//     called by the program: 4 times
//     called by workers: 16 times, at most 1 at once
//     while somebody else has the permit: the deadline passed first

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"
#include "span.h"

#define CALLS 16

static mh_limiter *one;

// Tells from when to when it ran.
static struct span measure(long steps)
{
    struct span span = {0, 0};
    if (mh_limiter_take(one, MH_FOREVER) != MH_OK)
        return span;
    span.begin_ns = now_ns();
    for (volatile long i = 0; i < steps; i++)
        continue;
    span.end_ns = now_ns();
    mh_limiter_give(one);
    return span;
}

MH_ROUTINE(measure_each, measure, long, struct span);

static void call_by_workers(mh_pool *pool)
{
    struct span spans[CALLS];
    long inputs[CALLS];
    for (int i = 0; i < CALLS; i++)
        inputs[i] = 100000;
    mh_task *tasks[CALLS];
    size_t made = 0;
    mh_submit_each(pool, &measure_each, inputs, CALLS, sizeof *inputs, 1, NULL, tasks, &made);
    for (size_t i = 0; i < made; i++) {
        mh_result result = {.outcome = MH_FAILED};
        mh_task_wait(tasks[i], MH_FOREVER);
        mh_task_result(tasks[i], &result);
        spans[i] = mh_result_as(struct span, result);
        mh_task_drop(tasks[i]);
    }
    printf("called by workers: %zu times, at most %d at once\n", made,
           most_at_once(spans, (int)made));
}

int main(int argc, char **argv)
{
    // The limiter comes first, so that worker processes know it.
    mh_pool_options options = {
        .kind = kind_from(argc, argv), .workers = 4, .start = MH_START_FORK};
    mh_pool *pool;
    if (mh_limiter_open(&one, 1) != MH_OK || mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    int called = 0;
    for (; called < 4; called++)
        measure(1000); // like any other function
    printf("called by the program: %d times\n", called);
    call_by_workers(pool);
    mh_limiter_take(one, MH_FOREVER);
    printf("while somebody else has the permit: %s\n",
           mh_status_text(mh_limiter_take(one, MH_NOW)));
    mh_limiter_give(one);
    mh_pool_close(pool);
    mh_limiter_close(one);
    return 0;
}
