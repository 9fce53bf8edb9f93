// Open: what it costs to open a pool of four worker processes, and to close it again.
//
// The peer is the least it takes to have as many processes, the workers and the one that
// watches over them: five times a fork and the wait for its end.

#include <sys/wait.h>
#include <unistd.h>

#include <manyhands/pool.h>

#include "benchmarks.h"
#include "measure.h"

enum { WORKERS = 4 };

static double pool_pass(void *context)
{
    (void)context;
    const double start = bench_now();
    mh_pool *pool;
    const mh_pool_options options = {.kind = MH_PROCESSES, .workers = WORKERS};
    bench_require(mh_pool_open(&pool, &options), "no pool");
    mh_pool_close(pool);
    return bench_now() - start;
}

static double fork_pass(void *context)
{
    (void)context;
    const double start = bench_now();
    for (int i = 0; i < WORKERS + 1; i++) {
        const pid_t child = fork();
        if (child == 0)
            _exit(0);
        if (child < 0 || waitpid(child, NULL, 0) != child)
            return -1;
    }
    return bench_now() - start;
}

void bench_open(const bench_options *options)
{
    const bench_contest contest = {
        .name = "open",
        .unit = "us",
        .amount = 1e3,
        .ours = {.name = "open", .pass = pool_pass},
        .peer = {.name = "5-forks", .pass = fork_pass},
    };
    bench_compare(options, &contest);
}
