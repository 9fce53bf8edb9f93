// Wait for completion: waits until a pool has done all it was given. Nobody else may add work
// meanwhile, but the work itself may: each order here, once it is baked, is submitted again to
// be packed, and that is waited for as well.
//
// Shows (FEATURES): P6 waiting for a pool, with a deadline, and new submissions held back; P10
// a callback that submits; P16 the numbers of a pool.
//
//     ./wait_completion [threads|processes|serial]
//
// prints, for every kind:
//
//     the pool has finished its work
//     submitted: 8, ended: 8, queued: 0, running: 0
//     packed: 10 20 30 40

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

#define ORDERS 4

static long packed[ORDERS];

static long bake(long order)
{
    return order * 10;
}

static long pack(long loaf)
{
    return loaf;
}

MH_ROUTINE(bake_each, bake, long, long);
MH_ROUTINE(pack_each, pack, long, long);

// Callbacks run in the program itself, one at a time.
static void on_packed(void *context, mh_task *task, const mh_result *result)
{
    (void)context;
    (void)task;
    long loaf = mh_result_as(long, *result);
    packed[loaf / 10 - 1] = loaf;
}

static void on_baked(void *context, mh_task *task, const mh_result *result)
{
    (void)context;
    mh_bytes loaf = {result->data, result->size};
    mh_task_options options = {.on_end = on_packed};
    mh_submit(mh_task_pool(task), &pack_each, loaf, &options, NULL);
}

static void work(mh_pool *pool)
{
    const long orders[ORDERS] = {1, 2, 3, 4};
    mh_submit_each(pool, &bake_each, orders, ORDERS, sizeof *orders, 1,
                   &(mh_task_options){.on_end = on_baked}, NULL, NULL);
    if (mh_pool_wait(pool, true, mh_in_ms(10000)) != MH_OK)
        return;
    printf("the pool has finished its work\n");
    mh_pool_facts facts;
    mh_pool_facts_of(pool, &facts);
    printf("submitted: %d, ended: %d, queued: %d, running: %d\n", (int)facts.submitted,
           (int)facts.ended, (int)facts.queued, (int)facts.running);
    printf("packed: %ld %ld %ld %ld\n", packed[0], packed[1], packed[2], packed[3]);
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 2};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    work(pool);
    mh_pool_close(pool);
    return 0;
}
