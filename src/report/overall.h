// Overall: what all bars of a surface have done together, for the line that stands for those there
// is no room for.
//
// Promises: it counts bars that have ended too, until there is none left; so it does not go back
// when one ends.
#ifndef MHI_OVERALL_H
#define MHI_OVERALL_H

#include "numbers.h"

// Zeroed, it is ready.
typedef struct mhi_overall {
    mhi_progress progress;
    mhi_numbers ended; // sums
    uint64_t ended_count;
    uint64_t opened_ns;
    bool is_begun;
} mhi_overall;

// A bar was opened.
void mhi_overall_begin(mhi_overall *overall, uint64_t opened_ns);

// A bar has ended, with these numbers.
void mhi_overall_end(mhi_overall *overall, const mhi_numbers *numbers);

// Adds the numbers of one bar to a sum, in which `sized` begins as true.
void mhi_overall_add(mhi_numbers *sum, const mhi_numbers *numbers);

#endif
