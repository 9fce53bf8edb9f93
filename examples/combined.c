// Combined: a function with a callback, a named pool of at most two workers, and tasks that
// keep no result; what comes out is stored by the callback. A limiter sees to it that nobody
// else touches the store meanwhile.
//
// Shows (FEATURES): P12 the options of a function, of its pool and of its tasks; P10 a
// callback with the result, which the task does not keep; P14 a limiter where the caller
// waits; P17 a pool is shut down when its work is done.
//
//     ./combined
//
// prints:
//
//     in the tasks: done, 0 bytes; done, 0 bytes; done, 0 bytes; done, 0 bytes
//     4 stored values, their sum is 30

#include <stdio.h>

#include <manyhands.h>

#define CALLS 4

static mh_limiter *one; // with whose permit the store may be touched
static long stored_values[CALLS];
static int stored;

static void store(void *context, mh_task *task, const mh_result *result)
{
    (void)context;
    (void)task;
    if (mh_limiter_take(one, MH_FOREVER) != MH_OK)
        return;
    stored_values[stored++] = mh_result_as(long, *result);
    mh_limiter_give(one);
}

static long square(long x)
{
    return x * x;
}

MH_THREADED(square_later, square, long, long, .pool_name = "combined", .pool.workers = 2,
            .task.on_end = store, .task.keep_nothing = true);

static void print_and_drop(mh_task **tasks)
{
    printf("in the tasks:");
    for (int i = 0; i < CALLS; i++) {
        mh_result result;
        if (mh_task_result(tasks[i], &result) == MH_OK)
            printf(" %s, %zu bytes%c", mh_outcome_text(result.outcome), result.size,
                   i < CALLS - 1 ? ';' : '\n');
        mh_task_drop(tasks[i]);
    }
}

int main(void)
{
    if (mh_limiter_open(&one, 1) != MH_OK)
        return 1;
    mh_task *tasks[CALLS] = {NULL};
    for (long i = 0; i < CALLS; i++)
        square_later(i + 1, &tasks[i]);
    mh_pool *pool = mh_pool_find("combined"); // the first call has opened it
    mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, MH_FOREVER);
    print_and_drop(tasks);
    mh_pool_close(pool);
    long sum = 0;
    for (int i = 0; i < stored; i++)
        sum += stored_values[i];
    printf("%d stored values, their sum is %ld\n", stored, sum);
    mh_limiter_close(one);
    return 0;
}
