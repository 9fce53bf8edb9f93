// As completed: goes through tasks in the order in which they end, and sleeps in between.
//
// Shows (FEATURES): P7 tasks as they complete, with a deadline, without polling.
//
//     ./as_completed [threads|processes|serial]
//
// prints, for every kind (which one came when is told on standard error, for it differs):
//
//     8 tasks completed: 0 7 16 19 14 111 20 23 steps

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

#define COUNT 8

// How many steps a number needs to come to 1, when even numbers are halved, and odd ones are
// multiplied by 3 and increased by 1.
static long count_steps(long number)
{
    long steps = 0;
    for (; number != 1; steps++)
        number = number % 2 == 0 ? number / 2 : number * 3 + 1;
    return steps;
}

MH_ROUTINE(count_steps_each, count_steps, long, long);

static void print_as_completed(mh_task *const *tasks, size_t count)
{
    long steps[COUNT] = {0};
    int completed = 0;
    mh_completions *completions;
    if (mh_completions_open(&completions, tasks, count) != MH_OK)
        return;
    for (mh_task *task; mh_completions_next(completions, &task, mh_in_ms(60000)) == MH_OK;) {
        mh_result result;
        if (mh_task_result(task, &result) != MH_OK)
            continue;
        fprintf(stderr, "task %d completed\n", (int)result.index);
        steps[result.index] = mh_result_as(long, result);
        completed++;
    }
    mh_completions_close(completions);
    printf("%d tasks completed:", completed);
    for (int i = 0; i < COUNT; i++)
        printf(" %ld", steps[i]);
    printf(" steps\n");
}

int main(int argc, char **argv)
{
    const long numbers[COUNT] = {1, 3, 7, 9, 11, 27, 18, 25};
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 4};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_task *tasks[COUNT];
    size_t made = 0;
    mh_submit_each(pool, &count_steps_each, numbers, COUNT, sizeof *numbers, 1, NULL, tasks,
                   &made);
    print_as_completed(tasks, made);
    for (size_t i = 0; i < made; i++)
        mh_task_drop(tasks[i]);
    mh_pool_close(pool);
    return 0;
}
