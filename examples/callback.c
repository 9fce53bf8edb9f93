// Callback: the program is told when a task has ended, with its result, and need not wait for
// it.
//
// Shows (FEATURES): P10 a callback when a task ends, also when it fails; what it is told for
// is given along as its context.
//
//     ./callback [threads|processes|serial]
//
// prints, for every kind:
//
//     10 halved is 5
//     7 halved: 7 is odd
//     8 halved is 4
//     told 3 times

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

static int told; // callbacks run in the program itself, one at a time for each pool

static mh_status halve(mh_call *call, mh_bytes item)
{
    long number = *(const long *)item.data;
    if (number % 2 != 0)
        return mh_fail(call, 1, "%ld is odd", number);
    number /= 2;
    return mh_return(call, &number, sizeof number);
}

static const mh_routine halve_each = {.name = "halve", .run = halve};

static void print_half(void *context, mh_task *task, const mh_result *result)
{
    const long *number = context;
    (void)task;
    if (result->outcome == MH_DONE)
        printf("%ld halved is %ld\n", *number, mh_result_as(long, *result));
    else
        printf("%ld halved: %s\n", *number, result->message);
    told++;
}

int main(int argc, char **argv)
{
    // One worker, so that these lines always come in the same order.
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 1};
    mh_pool *pool;
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    long numbers[] = {10, 7, 8};
    for (int i = 0; i < 3; i++) {
        mh_task_options tell = {.on_end = print_half, .context = &numbers[i]};
        mh_submit(pool, &halve_each, MH_BYTES_OF(numbers[i]), &tell, NULL);
    }
    mh_pool_wait(pool, false, MH_FOREVER); // also until all have been told
    printf("told %d times\n", told);
    mh_pool_close(pool);
    return 0;
}
