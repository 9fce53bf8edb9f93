// Unordered: takes results as they finish. A sum does not care about order, so nothing waits
// for a slow item. Each result still knows the index of its item.
//
// Shows (FEATURES): M4 results as they finish; M6 the length of a sized map, before it has
// begun.
//
//     ./unordered [threads|processes|serial]
//
// prints, for every kind:
//
//     100000 numbers
//     sum of steps: 10753840
//     the longest way has 350 steps, from 77031

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

// How many steps a number needs to come to 1, when even numbers are halved, and odd ones are
// multiplied by 3 and increased by 1.
static long count_steps(int64_t number)
{
    long steps = 0;
    for (; number != 1; steps++)
        number = number % 2 == 0 ? number / 2 : number * 3 + 1;
    return steps;
}

MH_ROUTINE(count_steps_each, count_steps, int64_t, long);

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 4};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_map *map;
    mh_source source = mh_source_range(1, 100001, 1);
    if (mh_map_open(&map, pool, &count_steps_each, &source,
                    &(mh_map_options){.unordered = true}) == MH_OK) {
        printf("%llu numbers\n", (unsigned long long)mh_map_length(map));
        long sum = 0, longest = 0;
        uint64_t from = 0;
        for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;) {
            long steps = mh_result_as(long, result);
            sum += steps;
            if (steps > longest) {
                longest = steps;
                from = result.index + 1;
            }
        }
        mh_map_close(map);
        printf("sum of steps: %ld\n", sum);
        printf("the longest way has %ld steps, from %llu\n", longest, (unsigned long long)from);
    }
    mh_pool_close(pool);
    return 0;
}
