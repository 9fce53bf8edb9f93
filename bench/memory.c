// Memory: whether a long stream costs more memory than a short one.
//
// One map over processes, of 30 million items. The memory of the whole family is read after the
// first million, when everything has been touched that a map needs, and after the last.

#include <stdint.h>

#include <manyhands/map.h>

#include "benchmarks.h"
#include "family.h"
#include "measure.h"
#include "numbers.h"

enum { EARLY = 1000000, LATE = 30000000, AIM_KIB = 1024 };

static double family_memory_after(mh_map *map, uint64_t count)
{
    mh_result result;
    while (mh_map_count(map) < count)
        bench_require(mh_map_next(map, &result, MH_FOREVER), "no result");
    static bench_family family;
    bench_family_find(&family); // anew: a worker may have been replaced
    return bench_family_memory(&family);
}

void bench_memory(const bench_options *options)
{
    const uint64_t late = bench_amount(options, LATE);
    mh_pool *pool = bench_open_pool(MH_PROCESSES, options);
    const mh_source source = mh_source_range(0, (int64_t)late, 1);
    mh_map *map;
    bench_require(mh_map_open(&map, pool, &bench_numbers_routine, &source, NULL), "no map");
    family_memory_after(map, 0); // so that what the reading itself needs is there before
    const double before = family_memory_after(map, bench_amount(options, EARLY));
    const double after = family_memory_after(map, late);
    bench_print("memory", after - before, "KiB", "aim", AIM_KIB);
    mh_map_close(map);
    mh_pool_close(pool);
}
