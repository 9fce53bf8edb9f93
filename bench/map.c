// Map: what one item of a map costs, on threads, on processes, and when items travel one by
// one.

#include <stddef.h>

#include "benchmarks.h"
#include "farm.h"
#include "measure.h"
#include "numbers.h"
#include "pipeline.h"

enum { ITEMS_OF_PEERS = 2000000, ITEMS_OF_MAPS = 10000000 };

static void compare_with_pipeline(const bench_options *options, const char *name, size_t chunk)
{
    const uint64_t count = bench_amount(options, ITEMS_OF_PEERS);
    bench_numbers numbers = {bench_open_pool(MH_THREADS, options), chunk, count};
    bench_pipeline pipeline = {options->workers, count};
    const bench_contest contest = {
        .name = name,
        .unit = "ns",
        .amount = (double)count,
        .ours = {.name = name, .pass = bench_numbers_pass, .context = &numbers},
        .peer = {.name = "oneTBB", .pass = bench_pipeline_pass, .context = &pipeline},
    };
    bench_compare(options, &contest);
    mh_pool_close(numbers.pool);
}

void bench_map_threads(const bench_options *options)
{
    compare_with_pipeline(options, "map-threads", 0);
}

void bench_map_one(const bench_options *options)
{
    compare_with_pipeline(options, "map-one", 1);
}

void bench_map_processes(const bench_options *options)
{
    const uint64_t count = bench_amount(options, ITEMS_OF_MAPS);
    // Processes first: they are born by fork, which wants a program without other threads.
    bench_numbers processes = {bench_open_pool(MH_PROCESSES, options), 0, count};
    bench_numbers threads = {bench_open_pool(MH_THREADS, options), 0, count};
    const bench_contest contest = {
        .name = "map-processes",
        .unit = "ns",
        .amount = (double)count,
        .ours = {.name = "map-processes", .pass = bench_numbers_pass, .context = &processes},
        .peer = {.name = "map-threads", .pass = bench_numbers_pass, .context = &threads},
    };
    bench_compare(options, &contest);
    mh_pool_close(threads.pool);
    mh_pool_close(processes.pool);
}

void bench_map_processes_mpi(const bench_options *options)
{
    const uint64_t count = bench_amount(options, ITEMS_OF_PEERS);
    bench_numbers processes = {bench_open_pool(MH_PROCESSES, options), 0, count};
    bench_farm farm;
    bench_farm_init(&farm, options, count);
    const bench_contest contest = {
        .name = "map-processes-mpi",
        .unit = "ns",
        .amount = (double)count,
        .ours = {.name = "map-processes", .pass = bench_numbers_pass, .context = &processes},
        .peer = {"MPI-farm", bench_farm_pass, &farm, farm.missing},
    };
    bench_compare(options, &contest);
    mh_pool_close(processes.pool);
}
