// Priorities: tasks of many priorities that are all queued before the first of them may run.
#ifndef BENCH_PRIORITIES_H
#define BENCH_PRIORITIES_H

#include <stddef.h>

#include "gate.h"

typedef struct bench_priorities {
    bench_gate *gate; // holds the worker meanwhile
    size_t count;
    int *each; // one for each task, lower runs first
} bench_priorities;

#endif
