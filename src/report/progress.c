// Progress: an average over time that forgets slowly, taken twice.
//
// One such average jumps up with every burst and decays after it; the average of that average
// has no jumps. Between two tellings the speed is taken as steady, and the averages are moved
// with the exact solution for a steady speed, so one long step and many short ones come out the
// same. Both begin at 0. How much of the second is still that beginning depends on the time
// alone; the mean since the start stands in for that much.

#include "progress.h"

static const double second_ns = 1e9;
static const double memory_ns = 4e9;    // of each average: together they look back about 8 s
static const double guess_ns = 8.64e15; // a hundred days: nobody knows

// e to the power of -x, for x >= 0: the series where it is quick, squared back. It saves every user of the
// library from linking with libm.
static double decay(double x)
{
    enum { SQUARINGS = 10 };
    double y = x / (1 << SQUARINGS);
    if (y > 1)
        return 0;
    double power = 1 - y * (1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5))));
    for (int i = 0; i < SQUARINGS; i++)
        power *= power;
    return power;
}

void mhi_progress_tell(mhi_progress *progress, uint64_t time_ns, uint64_t done)
{
    if (time_ns <= progress->time_ns)
        return;
    double step_ns = (double)(time_ns - progress->time_ns);
    double items = done > progress->done ? (double)(done - progress->done) : 0;
    double speed = items * second_ns / step_ns;
    double step = step_ns / memory_ns;
    double gain = 1 - decay(step);
    double once = progress->once;
    progress->once += (speed - once) * gain;
    progress->twice += (speed - progress->twice) * gain - (speed - once) * step * (1 - gain);
    progress->time_ns = time_ns;
    progress->done = done;
}

double mhi_progress_mean(uint64_t time_ns, uint64_t done)
{
    return time_ns > 0 ? (double)done * second_ns / (double)time_ns : 0;
}

double mhi_progress_rate(const mhi_progress *progress)
{
    double age = (double)progress->time_ns / memory_ns;
    double beginning = (1 + age) * decay(age);
    double mean = mhi_progress_mean(progress->time_ns, progress->done);
    return (progress->twice > 0 ? progress->twice : 0) + beginning * mean;
}

uint64_t mhi_progress_left_ns(const mhi_progress *progress, uint64_t total)
{
    if (progress->done >= total)
        return 0;
    double rate = mhi_progress_rate(progress);
    double left_ns = rate > 0 ? (double)(total - progress->done) * second_ns / rate : guess_ns;
    return left_ns < guess_ns ? (uint64_t)left_ns : MHI_LEFT_UNKNOWN;
}
