// Options: what the command line asks for, and what follows from it for every benchmark.
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { BENCH_ROUNDS_LIMIT = 99 };

typedef struct bench_options {
    bool quick;          // a glance: fewer rounds, and a tenth of the work
    int rounds;          // of each side, without the one that warms up
    double round_ns;     // the least time of a round
    int workers;         // the CPUs of this machine
    const char *program; // the path of the driver, for what lies beside it
    char *const *names;  // the benchmarks to run; none: all
    int name_count;
} bench_options;

// Reads the command line. Explains itself and ends the program when asked to, or when it makes
// no sense. Names are not checked here.
bench_options bench_options_read(int count, char **arguments);

// Whether the benchmark of this name is to be run.
bool bench_is_wanted(const bench_options *options, const char *name);

// `amount` of work, or a tenth of it when only a glance is wanted.
uint64_t bench_amount(const bench_options *options, uint64_t amount);

#endif
