// Trace: what it costs to write down each item of a map, and each single task.
//
// The same work on a pool that is traced and on one that is not, in turn; the difference is the
// cost. The pools are serial, where all of the cost falls on one thread and none of it hides
// behind others; so it is the processor time of that thread that is measured. Each pass has a new pool, so that the records are new memory, as they are in
// life. The peer is the least it could cost to see a beginning and an end: two looks at the clock.

#include <stdlib.h>
#include <time.h>

#include "benchmarks.h"
#include "measure.h"
#include "numbers.h"
#include "tasks.h"

enum { ITEMS = 1000000 };

// Nanoseconds of this thread's processor time.
static double time_used(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e9 + (double)used.tv_nsec;
}

static void run_numbers(mh_pool *pool, uint64_t count)
{
    bench_numbers numbers = {pool, 0, count};
    bench_numbers_pass(&numbers);
}

static void run_tasks(mh_pool *pool, uint64_t count)
{
    bench_tasks tasks = {pool, count};
    bench_tasks_wait_pass(&tasks);
}

typedef void run_on(mh_pool *pool, uint64_t count);

static double run_apart(run_on *run, uint64_t count, bool trace)
{
    mh_pool *pool;
    bench_require(mh_pool_open(&pool, &(mh_pool_options){.kind = MH_SERIAL, .trace = trace}),
                  "no pool");
    const double begin = time_used();
    run(pool, count);
    const double ns = time_used() - begin;
    mh_pool_close(pool);
    return ns / (double)count;
}

static double look_twice(uint64_t count)
{
    const double begin = time_used();
    double sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        const double first = bench_now();
        sum += bench_now() - first;
    }
    bench_check(sum >= 0, "the clock went back");
    return (time_used() - begin) / (double)count;
}

static int compare_doubles(const void *one, const void *other)
{
    const double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    return values[count / 2];
}

static void measure(const bench_options *options, const char *name, run_on *run)
{
    const uint64_t count = bench_amount(options, ITEMS);
    double costs[BENCH_ROUNDS_LIMIT], looks[BENCH_ROUNDS_LIMIT];
    run_apart(run, count, true);
    for (int i = 0; i < options->rounds; i++) {
        const double plain = run_apart(run, count, false);
        costs[i] = run_apart(run, count, true) - plain;
        looks[i] = look_twice(count);
    }
    bench_print(name, median(costs, options->rounds), "ns", "clock-twice",
                median(looks, options->rounds));
}

void bench_trace_map(const bench_options *options)
{
    measure(options, "trace-map", run_numbers);
}

void bench_trace_submit(const bench_options *options)
{
    measure(options, "trace-submit", run_tasks);
}
