// Numbers: the stream of work that the map benchmarks share, and our side of it.
//
// The numbers 0, 1, 2 ... go in, each plus one comes out, as 8 bytes. There is nothing to
// compute, so what is measured is what it costs to hand an item to a worker and its result
// back. The sum of all results proves that every item was run once.
#ifndef BENCH_NUMBERS_H
#define BENCH_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include <manyhands/pool.h>

#include "measure.h"
#include "options.h"

typedef struct bench_numbers {
    mh_pool *pool;
    size_t chunk; // as in mh_map_options
    uint64_t count;
} bench_numbers;

// Opens a pool of one worker per CPU.
mh_pool *bench_open_pool(mh_kind kind, const bench_options *options);

// Maps over all the numbers, and checks the sum. The context is a bench_numbers.
bench_pass bench_numbers_pass;

// Adds one to a long.
extern const mh_routine bench_numbers_routine;

// The sum of all results over so many numbers.
uint64_t bench_numbers_sum(uint64_t count);

#endif
