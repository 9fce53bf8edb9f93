// Numbers: what follows from a few counters and a clock.
//
// Work that is skipped takes no time. So it is left out of what the speed is learnt from, and it is
// not in what is left to do.

#include "numbers.h"

static uint64_t less(uint64_t number, uint64_t skipped)
{
    return number > skipped ? number - skipped : 0;
}

void mhi_numbers_estimate(mhi_numbers *numbers, mhi_progress *progress)
{
    uint64_t worked = less(numbers->done, numbers->skipped);
    mhi_progress_tell(progress, numbers->elapsed_ns, worked);
    numbers->rate = numbers->ending == MHI_RUNS
                        ? mhi_progress_rate(progress)
                        : mhi_progress_mean(numbers->elapsed_ns, worked);
    numbers->left_ns = numbers->sized && numbers->ending == MHI_RUNS
                           ? mhi_progress_left_ns(progress,
                                                  less(numbers->total, numbers->skipped))
                           : MHI_LEFT_UNKNOWN;
}

double mhi_numbers_fraction(const mhi_numbers *numbers)
{
    return numbers->done < numbers->total ? (double)numbers->done / (double)numbers->total : 1;
}

int mhi_numbers_percent(const mhi_numbers *numbers)
{
    int percent = (int)(mhi_numbers_fraction(numbers) * 100);
    return percent == 100 && numbers->done < numbers->total ? 99 : percent;
}

bool mhi_numbers_are_short(const mhi_numbers *numbers)
{
    return numbers->ending == MHI_CLOSED && numbers->sized && numbers->done < numbers->total;
}
