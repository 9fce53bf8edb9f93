// Overall: a sum of bars that have ended, to which those that run are added at each look.
//
// What a bar that ended early has left undone will never be done, so it is no part of the whole.

#include "overall.h"

void mhi_overall_begin(mhi_overall *overall, uint64_t opened_ns)
{
    if (!overall->is_begun) {
        *overall = (mhi_overall){.ended.sized = true, .opened_ns = opened_ns, .is_begun = true};
    } else if (opened_ns < overall->opened_ns) {
        overall->opened_ns = opened_ns;
    }
}

void mhi_overall_add(mhi_numbers *sum, const mhi_numbers *numbers)
{
    sum->done += numbers->done;
    sum->skipped += numbers->skipped;
    sum->bad += numbers->bad;
    sum->total += numbers->total;
    sum->sized = sum->sized && numbers->sized;
}

void mhi_overall_end(mhi_overall *overall, const mhi_numbers *numbers)
{
    mhi_numbers whole = *numbers;
    whole.total = whole.done;
    whole.sized = true; // now it is known
    mhi_overall_add(&overall->ended, &whole);
    overall->ended_count++;
}
