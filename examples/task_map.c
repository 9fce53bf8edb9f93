// Task map: a list of inputs becomes a list of tasks, in one call. Where the handles are not
// wanted, a map (square.c) costs less.
//
// Shows (FEATURES): P5 one task for each input, one for each chunk, and the inputs spread
// evenly over the workers.
//
//     ./task_map [threads|processes|serial]
//
// prints, for every kind:
//
//     one task for each input: (1) (4) (9) (16) (25) (36) (49) (64) (81) (100)
//     one task for each 4: (1 4 9 16) (25 36 49 64) (81 100)
//     spread evenly: 10 results, their sum is 385

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

#define COUNT 10

static long square(long x)
{
    return x * x;
}

MH_ROUTINE(square_each, square, long, long);

// Returns how many tasks there are.
static size_t submit_all(mh_pool *pool, size_t chunk, mh_task **tasks)
{
    static const long inputs[COUNT] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    size_t made = 0;
    mh_submit_each(pool, &square_each, inputs, COUNT, sizeof *inputs, chunk, NULL, tasks,
                   &made);
    return made; // 0 when it did not work
}

static void print_each(mh_pool *pool, size_t chunk)
{
    mh_task *tasks[COUNT];
    size_t count = submit_all(pool, chunk, tasks);
    for (size_t i = 0; i < count; i++) {
        mh_task_wait(tasks[i], MH_FOREVER);
        mh_result part; // a task of several inputs has a result for each
        for (size_t j = 0; mh_task_part(tasks[i], j, &part) == MH_OK; j++)
            printf("%s%ld", j == 0 ? " (" : " ", mh_result_as(long, part));
        printf(")");
        mh_task_drop(tasks[i]);
    }
    printf("\n");
}

// Into how many tasks they are spread depends on the number of workers.
static void print_sum(mh_pool *pool)
{
    mh_task *tasks[COUNT];
    size_t count = submit_all(pool, 0, tasks), results = 0;
    long sum = 0;
    for (size_t i = 0; i < count; i++) {
        mh_task_wait(tasks[i], MH_FOREVER);
        mh_result part;
        for (size_t j = 0; mh_task_part(tasks[i], j, &part) == MH_OK; j++, results++)
            sum += mh_result_as(long, part);
        mh_task_drop(tasks[i]);
    }
    printf("spread evenly: %zu results, their sum is %ld\n", results, sum);
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 3};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    printf("one task for each input:");
    print_each(pool, 1);
    printf("one task for each 4:");
    print_each(pool, 4);
    print_sum(pool);
    mh_pool_close(pool);
    return 0;
}
