// Numbers: all that is told about a bar at one moment, whatever it then looks like.
#ifndef MHI_NUMBERS_H
#define MHI_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "../shared/ending.h"
#include "progress.h"

typedef struct mhi_numbers {
    const char *title;
    uint64_t done; // counts skipped work too
    uint64_t skipped;
    uint64_t bad;
    uint64_t total;
    bool sized; // whether `total` is known
    uint64_t elapsed_ns;
    mhi_ending ending;
    double rate;      // items per second, skipped ones not counted
    uint64_t left_ns; // MHI_LEFT_UNKNOWN: not known
} mhi_numbers;

// Fills in `rate` and `left_ns`, and tells `progress` of the rest. The last word has the mean.
void mhi_numbers_estimate(mhi_numbers *numbers, mhi_progress *progress);

// From 0 to 1. Only where the total is known.
double mhi_numbers_fraction(const mhi_numbers *numbers);

// 100 means all, so it is not said a little early.
int mhi_numbers_percent(const mhi_numbers *numbers);

// Closed before all was done.
bool mhi_numbers_are_short(const mhi_numbers *numbers);

#endif
