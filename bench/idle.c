// Idle: what a pool costs that has nothing to do.
//
// Pools of each kind that have worked a little, so that whoever spins after work would still
// spin. The aim stands for "0.00 s": more than that, in five seconds, and somebody wakes up to
// look.

#include <time.h>

#include "benchmarks.h"
#include "family.h"
#include "measure.h"
#include "numbers.h"

static const double aim_seconds = 0.005;

static void sleep_for(double seconds)
{
    const time_t whole = (time_t)seconds;
    nanosleep(&(struct timespec){whole, (long)((seconds - (double)whole) * 1e9)}, NULL);
}

static void measure(const bench_options *options, mh_kind kind, const char *name)
{
    bench_numbers numbers = {bench_open_pool(kind, options), 0, 10000};
    bench_numbers_pass(&numbers);
    sleep_for(0.1);
    static bench_family family;
    bench_family_find(&family); // once, for looking costs more than an idle pool should
    const int count = family.count;
    const double before = bench_family_seconds(&family);
    sleep_for(options->quick ? 1 : 5);
    const double used = bench_family_seconds(&family) - before;
    bench_family_find(&family);
    bench_check(family.count == count, "processes came or went while the pool was idle");
    bench_print(name, used, "s", "aim", aim_seconds);
    mh_pool_close(numbers.pool);
}

void bench_idle(const bench_options *options)
{
    measure(options, MH_SERIAL, "idle-serial");
    measure(options, MH_THREADS, "idle-threads");
    measure(options, MH_PROCESSES, "idle-processes");
}
