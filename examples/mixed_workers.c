// Mixed workers: each worker has a routine of its own. Two compute a square with a plain
// function; the third has a device that knows squares by heart, and must be started first.
//
// Shows (FEATURES): M8 a list of workers, some plain functions, some stateful.
//
//     ./mixed_workers [threads|processes|serial]
//
// prints, for every kind, the squares of 1 to 10 in order:
//
//     1 4 9 16 25 36 49 64 81 100

#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

#include "kind.h"

#define WORKERS 3
#define COUNT 10

// ---- the plain kind

static long square(int64_t x)
{
    return (long)(x * x);
}

MH_ROUTINE(by_hand, square, int64_t, long);

// ---- the stateful kind

static mh_status start_device(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    long *squares = calloc(COUNT + 1, sizeof *squares);
    if (squares == NULL)
        return mh_fail(call, 1, "no memory for the device");
    for (long x = 0; x <= COUNT; x++)
        squares[x] = x * x;
    *state = squares;
    return MH_OK;
}

static mh_status ask_device(mh_call *call, mh_bytes item)
{
    const long *squares = mh_state(call);
    const int64_t *x = item.data;
    return mh_return(call, &squares[*x], sizeof *squares);
}

static void stop_device(mh_call *call, void *state)
{
    (void)call;
    free(state);
}

static const mh_routine by_device = {
    .name = "device", .setup = start_device, .run = ask_device, .teardown = stop_device};

int main(int argc, char **argv)
{
    const mh_routine *routines[WORKERS] = {&by_hand, &by_hand, &by_device};
    mh_pool *pool;
    mh_pool_options options = {
        .kind = kind_from(argc, argv), .workers = WORKERS, .routines = routines};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_map *map;
    mh_source source = mh_source_range(1, COUNT + 1, 1);
    if (mh_map_open(&map, pool, NULL, &source, NULL) ==
        MH_OK) { // NULL: to each its own routine
        for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
            printf("%ld%c", mh_result_as(long, result), result.index < COUNT - 1 ? ' ' : '\n');
        mh_map_close(map);
    }
    mh_pool_close(pool);
    return 0;
}
