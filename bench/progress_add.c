// Progress add: what a step of a bar costs.
//
// The bar is open and drawn by the library's thread meanwhile, to nowhere. The peer is the least that a
// counter costs that another thread may read: the same loop with a relaxed atomic increment of a counter
// that nobody else uses.

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <manyhands/progress.h>

#include "benchmarks.h"
#include "measure.h"

typedef struct steps {
    uint64_t count;
    mh_progress *bar;
    _Atomic uint64_t counter;
} steps;

static double step_bar(void *context)
{
    const steps *self = context;
    mh_progress *bar = self->bar;
    const double start = bench_now();
    for (uint64_t i = 0; i < self->count; i++)
        mh_progress_add(bar, 1);
    return bench_now() - start;
}

static double increment(void *context)
{
    steps *self = context;
    const double start = bench_now();
    for (uint64_t i = 0; i < self->count; i++)
        atomic_fetch_add_explicit(&self->counter, 1, memory_order_relaxed);
    return bench_now() - start;
}

void bench_progress_add(const bench_options *options)
{
    steps self = {.count = bench_amount(options, 100 * 1000 * 1000)};
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bench_check(nowhere >= 0, "/dev/null cannot be opened");
    setenv("MH_PROGRESS", "bar", 1);
    bench_require(mh_progress_to(MH_PROGRESS_BAR, nowhere), "bars cannot be sent to /dev/null");
    bench_require(mh_progress_open(&self.bar, "steps", MH_PROGRESS_UNSIZED), "no bar");
    const bench_contest contest = {
        .name = "progress-add",
        .unit = "ns",
        .amount = (double)self.count,
        .ours = {.name = "manyhands", .pass = step_bar, .context = &self},
        .peer = {.name = "relaxed-increment", .pass = increment, .context = &self},
    };
    bench_compare(options, &contest);
    mh_progress_close(self.bar);
    close(nowhere);
}
