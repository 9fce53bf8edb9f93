// Skewed: whether slow items hold up quick ones.
//
// One item in a hundred, at a place that looks random, takes a hundred times longer. A map that
// hands out chunks which are too large, or waits for the slow ones, leaves workers idle. The
// ideal is the time of all the work in one thread, divided by the number of workers. The work
// is a count of steps, not a span on the clock: a worker that is not running must not seem to
// work.

#include <stdint.h>

#include <manyhands/map.h>

#include "benchmarks.h"
#include "measure.h"
#include "numbers.h"

enum { ITEMS = 20000, SKEW = 100, SHORT_NS = 10000 };

static long short_steps; // set before any worker is born

typedef struct skewed {
    mh_pool *pool;
    int workers;
    int64_t items;
    uint64_t sum; // of all results
} skewed;

// A chain of multiplications, each waiting for the one before.
static uint64_t work_for(uint64_t seed, long steps)
{
    for (long step = 0; step < steps; step++)
        seed = seed * 6364136223846793005U + 1442695040888963407U;
    return seed;
}

// Exactly one in each hundred, so that the sum of the work does not depend on luck.
static bool is_slow(uint64_t number)
{
    const uint64_t place = (work_for(number / SKEW, 3) >> 32) % SKEW;
    return number % SKEW == place;
}

static long work_on(long number)
{
    const bool slow = is_slow((uint64_t)number);
    return (long)work_for((uint64_t)number, slow ? SKEW * short_steps : short_steps);
}
MH_ROUTINE(work_on_each, work_on, long, long);

// The best of several tries is the one that nothing disturbed.
static long steps_in(double ns)
{
    const long steps = 1000000;
    double best = 1e18;
    volatile uint64_t seed = 1;
    for (int i = 0; i < 10; i++) {
        const double start = bench_now();
        seed = work_for(seed, steps);
        const double took = bench_now() - start;
        best = took < best ? took : best;
    }
    return (long)(ns * (double)steps / best);
}

static double map_pass(void *context)
{
    const skewed *skewed = context;
    const double start = bench_now();
    mh_map *map;
    const mh_source source = mh_source_range(0, skewed->items, 1);
    bench_require(mh_map_open(&map, skewed->pool, &work_on_each, &source, NULL), "no map");
    uint64_t sum = 0;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
        sum += (uint64_t)mh_result_as(long, result);
    mh_map_close(map);
    const double ns = bench_now() - start;
    bench_check(sum == skewed->sum, "the sum of the skewed map is wrong");
    return ns;
}

static double serial_pass(void *context)
{
    skewed *skewed = context;
    const double start = bench_now();
    uint64_t sum = 0;
    for (long number = 0; number < skewed->items; number++)
        sum += (uint64_t)work_on(number);
    skewed->sum = sum;
    return (bench_now() - start) / skewed->workers;
}

void bench_map_skewed(const bench_options *options)
{
    short_steps = steps_in(SHORT_NS);
    skewed skewed = {.pool = bench_open_pool(MH_THREADS, options),
                     .workers = options->workers,
                     .items = (int64_t)bench_amount(options, ITEMS)};
    serial_pass(&skewed);
    const bench_contest contest = {
        .name = "map-skewed",
        .unit = "ms",
        .amount = 1e6,
        .ours = {.name = "map-skewed", .pass = map_pass, .context = &skewed},
        .peer = {.name = "serial/workers", .pass = serial_pass, .context = &skewed},
    };
    bench_compare(options, &contest);
    mh_pool_close(skewed.pool);
}
