// Progress: how fast it goes and how long it will take, out of a few numbers told from time to
// time.
//
// Promises: a burst moves the rate gently, a lasting change within several seconds; how often
// it is told makes no difference; nothing is allocated, no clock is read. How it looks is
// bar.h's matter.
#ifndef MHI_PROGRESS_H
#define MHI_PROGRESS_H

#include <stdint.h>

// Zeroed, it is ready: nothing was done at time 0.
typedef struct mhi_progress {
    uint64_t time_ns;
    uint64_t done;
    double once;  // the speed, smoothed; items per second
    double twice; // the smoothed speed, smoothed again
} mhi_progress;

#define MHI_LEFT_UNKNOWN UINT64_MAX

// By `time_ns`, `done` items are done. A time that is not later than the last is passed over.
void mhi_progress_tell(mhi_progress *progress, uint64_t time_ns, uint64_t done);

// Items per second, lately. 0 while nothing is known.
double mhi_progress_rate(const mhi_progress *progress);

// Items per second, from the start to `time_ns`.
double mhi_progress_mean(uint64_t time_ns, uint64_t done);

// Until `total` items are done, if it goes on like this. MHI_LEFT_UNKNOWN where that would be
// no more than a guess.
uint64_t mhi_progress_left_ns(const mhi_progress *progress, uint64_t total);

#endif
