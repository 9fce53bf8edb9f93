// Farm: the same stream of numbers through a farm of MPI ranks, the peer of processes.
//
// The farm is a program of its own (mpi_farm.c), started anew for every pass: ranks that wait
// for the next one would spin, and take the processors away from our side. It measures itself,
// so that its start does not count.
#ifndef BENCH_FARM_H
#define BENCH_FARM_H

#include <stdint.h>

#include "measure.h"
#include "options.h"

typedef struct bench_farm {
    char program[4096];
    char ranks[16];
    char count[24];
    const char *missing; // why it cannot run here; NULL: it can
} bench_farm;

// Looks for the farm's program beside the driver, and for mpirun.
void bench_farm_init(bench_farm *farm, const bench_options *options, uint64_t count);

// The context is a bench_farm.
bench_pass bench_farm_pass;

#endif
