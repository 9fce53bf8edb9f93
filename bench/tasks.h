// Tasks: empty single tasks, many of them, and our side of the submit benchmarks.
//
// There is nothing to compute and nothing to hand over, so what is measured is what it costs to
// submit a task, to have a worker find it, and to learn that it has ended.
#ifndef BENCH_TASKS_H
#define BENCH_TASKS_H

#include <stdint.h>

#include <manyhands/pool.h>

#include "measure.h"

typedef struct bench_tasks {
    mh_pool *pool;
    uint64_t count;
} bench_tasks;

// Opens a pool of so many workers.
mh_pool *bench_open_workers(mh_kind kind, int workers);

// Does nothing.
extern const mh_routine bench_empty_routine;

// Submits all of them from this thread, each with a handle, by which it is waited for and
// dropped. At most 4096 handles are in hand at a time; then the oldest comes first. The context
// is a bench_tasks.
bench_pass bench_tasks_wait_pass;

// Submits all of them without handles, and waits for the pool. The context is a bench_tasks.
bench_pass bench_tasks_forget_pass;

#endif
