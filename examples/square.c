// Square: a function, an array, four worker processes.
//
// Shows (FEATURES): M1 threads or processes by changing one word, M4 results in input order,
// M12 a progress bar (on standard error).
//
//     ./square [threads|processes|serial]
//
// prints, for every kind:
//
//     1
//     4
//     9
//     16
//     25

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

static long square(long x)
{
    return x * x;
}

MH_ROUTINE(square_each, square, long, long); // a plain function becomes a routine

int main(int argc, char **argv)
{
    long input[] = {1, 2, 3, 4, 5};
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 4};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1; // the reason is in the log, which goes to standard error
    mh_map *map;
    mh_source source = mh_source_array(input, 5, sizeof *input);
    if (mh_map_open(&map, pool, &square_each, &source,
                    &(mh_map_options){.progress = "squares"}) == MH_OK) {
        for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
            printf("%ld\n", mh_result_as(long, result));
        mh_map_close(map);
    }
    mh_pool_close(pool);
    return 0;
}
