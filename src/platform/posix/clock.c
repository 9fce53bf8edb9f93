// Clock: the monotonic clock, read without a system call on the systems we know.

#include <time.h>

#include "../platform.h"

#ifdef CLOCK_MONOTONIC_COARSE
static const clockid_t coarse = CLOCK_MONOTONIC_COARSE;
#else
static const clockid_t coarse = CLOCK_MONOTONIC;
#endif

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t mhi_clock_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t mhi_clock_coarse_ns(void)
{
    return read_clock(coarse);
}
