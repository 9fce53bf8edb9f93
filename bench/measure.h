// Measuring: the clock, rounds of two sides in turn, their medians, and the one form of a line.
//
// Every benchmark compares our side with a peer's in the same run, so that a line means
// something on any machine. This header is all that the benchmarks share about measuring.
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include <manyhands/status.h>

#include "options.h"

// Nanoseconds of the monotonic clock.
double bench_now(void);

// Does the work of one side once, and says how many nanoseconds that took; a negative number
// when it could not be done.
typedef double bench_pass(void *context);

typedef struct bench_side {
    const char *name; // one word
    bench_pass *pass;
    void *context;
    const char *missing; // NULL, or why this side cannot be measured here
} bench_side;

typedef struct bench_contest {
    const char *name; // of the line
    const char *unit; // one word
    double amount;  // the work of one pass: a value is ns / amount, or amount / ns for a speed
    bool speed;     // more is better
    bool peer_once; // the peer is so slow that a single pass must do
    bench_side ours;
    bench_side peer;
} bench_contest;

// Measures both sides in turn, one round each to warm up and then as many as the options say,
// and prints the line with the two medians.
void bench_compare(const bench_options *options, const bench_contest *contest);

// Prints one line: bench NAME VALUE UNIT | PEER VALUE UNIT | ratio R
void bench_print(const char *name, double ours, const char *unit, const char *peer_name,
                 double peer);

// Ends this benchmark with an error in words. `bench_require` does so unless the status is
// MH_OK, `bench_check` unless the condition holds.
_Noreturn void bench_fail(const char *what);
void bench_require(mh_status status, const char *what);
static inline void bench_check(bool condition, const char *what)
{
    if (!condition)
        bench_fail(what);
}

#endif
