// Submit: hands one task to a pool, does not wait for it, and asks for its result later.
//
// Shows (FEATURES): P1 a function with its arguments is submitted, and there is a handle, or
// none where nobody will ask; P2 waiting with a deadline, and the result; P3 a priority.
//
//     ./submit [threads|processes|serial]
//
// prints, for every kind:
//
//     3 x bread: 900 cents

#include <stdio.h>
#include <string.h>

#include <manyhands.h>

#include "kind.h"

struct order {
    char what[16];
    int count;
};

static long price(struct order order)
{
    return order.count * (strcmp(order.what, "bread") == 0 ? 300 : 150);
}

MH_ROUTINE(price_each, price, struct order, long); // a plain function becomes a routine

static void print_price(mh_pool *pool, struct order order)
{
    mh_task_options later = {.priority = 100}; // others have 0, and go first
    mh_task *task;
    if (mh_submit(pool, &price_each, MH_BYTES_OF(order), &later, &task) != MH_OK)
        return; // the reason is in the log, which goes to standard error
    mh_result result;
    if (mh_task_wait(task, mh_in_ms(10000)) == MH_OK && mh_task_result(task, &result) == MH_OK)
        printf("%d x %s: %ld cents\n", order.count, order.what, mh_result_as(long, result));
    else
        printf("task %d is not finished\n", (int)mh_task_id(task));
    mh_task_drop(task);
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = kind_from(argc, argv)}) != MH_OK)
        return 1;
    struct order bread = {"bread", 3}, milk = {"milk", 2};
    mh_submit(pool, &price_each, MH_BYTES_OF(milk), NULL, NULL); // nobody will ask for it
    print_price(pool, bread);
    mh_pool_close(pool);
    return 0;
}
