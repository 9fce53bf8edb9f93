// Submit: what one empty task costs from its submit to its end, with a handle and without one,
// beside other libraries, and processes beside threads.

#include <stdint.h>

#include "benchmarks.h"
#include "measure.h"
#include "task_peers.h"
#include "tasks.h"

enum { TASKS = 1000000 };

static void compare(const bench_options *options, const char *name, bench_pass *pass,
                    bench_side peer)
{
    uint64_t count = bench_amount(options, TASKS);
    bench_tasks tasks = {bench_open_workers(MH_THREADS, BENCH_TASK_WORKERS), count};
    peer.context = &count;
    const bench_contest contest = {
        .name = name,
        .unit = "ns",
        .amount = (double)count,
        .ours = {.name = name, .pass = pass, .context = &tasks},
        .peer = peer,
    };
    bench_compare(options, &contest);
    mh_pool_close(tasks.pool);
}

static bench_side gomp(void)
{
    return (bench_side){
        .name = "libgomp", .pass = bench_gomp_pass, .missing = bench_gomp_missing};
}

void bench_submit_wait_gomp(const bench_options *options)
{
    compare(options, "submit-wait-gomp", bench_tasks_wait_pass, gomp());
}

void bench_submit_wait_tbb(const bench_options *options)
{
    compare(options, "submit-wait-tbb", bench_tasks_wait_pass,
            (bench_side){.name = "oneTBB", .pass = bench_task_group_pass});
}

void bench_submit_wait_glib(const bench_options *options)
{
    compare(options, "submit-wait-glib", bench_tasks_wait_pass,
            (bench_side){
                .name = "GThreadPool", .pass = bench_glib_pass, .missing = bench_glib_missing});
}

void bench_submit_forget(const bench_options *options)
{
    compare(options, "submit-forget", bench_tasks_forget_pass, gomp());
}

void bench_submit_processes(const bench_options *options)
{
    const uint64_t count = bench_amount(options, TASKS);
    // Processes first: they are born by fork, which wants a program without other threads.
    bench_tasks processes = {bench_open_workers(MH_PROCESSES, BENCH_TASK_WORKERS), count};
    bench_tasks threads = {bench_open_workers(MH_THREADS, BENCH_TASK_WORKERS), count};
    const bench_contest contest = {
        .name = "submit-processes",
        .unit = "ns",
        .amount = (double)count,
        .ours = {.name = "submit-processes",
                 .pass = bench_tasks_wait_pass,
                 .context = &processes},
        .peer = {.name = "submit-threads", .pass = bench_tasks_wait_pass, .context = &threads},
    };
    bench_compare(options, &contest);
    mh_pool_close(threads.pool);
    mh_pool_close(processes.pool);
}
