// Numbers: our side of the map benchmarks, through the public headers only, as any user would
// write it: ordered, bounded, lazy, which are the defaults.

#include "numbers.h"

#include <manyhands/map.h>

_Static_assert(sizeof(long) == sizeof(int64_t), "a range gives 64-bit numbers");

static long add_one(long number)
{
    return number + 1;
}
MH_ROUTINE(add_one_each, add_one, long, long);

// MH_ROUTINE makes a private one, others need it too.
const mh_routine bench_numbers_routine = {.name = "add one", .run = add_one_each_run};

mh_pool *bench_open_pool(mh_kind kind, const bench_options *options)
{
    mh_pool *pool;
    const mh_pool_options wanted = {.kind = kind, .workers = options->workers};
    bench_require(mh_pool_open(&pool, &wanted), "no pool");
    return pool;
}

uint64_t bench_numbers_sum(uint64_t count)
{
    return count * (count + 1) / 2;
}

double bench_numbers_pass(void *context)
{
    const bench_numbers *numbers = context;
    const double start = bench_now();
    mh_map *map;
    const mh_source source = mh_source_range(0, (int64_t)numbers->count, 1);
    const mh_map_options options = {.chunk = numbers->chunk};
    bench_require(mh_map_open(&map, numbers->pool, &add_one_each, &source, &options), "no map");
    uint64_t sum = 0;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
        sum += (uint64_t)mh_result_as(long, result);
    mh_map_close(map);
    const double ns = bench_now() - start;
    bench_check(sum == bench_numbers_sum(numbers->count), "the sum of a map is wrong");
    return ns;
}
