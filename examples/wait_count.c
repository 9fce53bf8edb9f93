// Wait count: one of several tasks is enough, and later all of them. The first answer counts,
// from whichever of three oracles it comes; the others are then asked to stop.
//
// Shows (FEATURES): P15 waiting for some of several tasks, or for all; N3 asking running ones
// to stop.
//
//     ./wait_count
//
// prints:
//
//     threads: oracle 2 says 42, and all 3 have ended
//     processes: oracle 2 says 42, and all 3 have ended

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

#define ORACLES 3

// Only one of them has an answer; the others think until they are asked to stop.
static mh_status ask_oracle(mh_call *call, mh_bytes item)
{
    int number = *(const int *)item.data;
    if (number != 2)
        return mh_wait_cancelled(call, MH_FOREVER);
    return mh_return(call, &(int){42}, sizeof(int));
}

static const mh_routine ask_each = {.name = "ask oracle", .run = ask_oracle};

static void print_first_answer(const char *kind, mh_task **tasks, size_t count)
{
    size_t which = 0;
    mh_result result;
    if (mh_task_wait_count(tasks, count, 1, &which, mh_in_ms(10000)) == MH_OK &&
        mh_task_result(tasks[which], &result) == MH_OK)
        printf("%s: oracle %zu says %d", kind, which, mh_result_as(int, result));
    for (size_t i = 0; i < count; i++)
        mh_task_stop(tasks[i]);
    if (mh_task_wait_count(tasks, count, count, NULL, mh_in_ms(10000)) == MH_OK)
        printf(", and all %zu have ended\n", count);
}

static void ask_all(const char *kind)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_named(kind), .workers = ORACLES};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return;
    const int numbers[ORACLES] = {0, 1, 2};
    mh_task *tasks[ORACLES];
    size_t made = 0;
    if (mh_submit_each(pool, &ask_each, numbers, ORACLES, sizeof *numbers, 1, NULL, tasks,
                       &made) == MH_OK)
        print_first_answer(kind, tasks, made);
    for (size_t i = 0; i < made; i++)
        mh_task_drop(tasks[i]);
    mh_pool_close(pool);
}

int main(void)
{
    ask_all("threads");
    ask_all("processes");
    return 0;
}
