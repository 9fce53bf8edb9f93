// Futex: sleeping on a word of memory, across processes.
//
// The words lie in a shared mapping, so the calls are not the private ones.

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../platform.h"

bool mhi_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / 1000000000u),
                             .tv_nsec = (long)(deadline_ns % 1000000000u)};
    // FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock; plain FUTEX_WAIT a span.
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected,
                          deadline_ns == UINT64_MAX ? NULL : &until, NULL,
                          FUTEX_BITSET_MATCH_ANY);
    return !(result < 0 && errno == ETIMEDOUT);
}

void mhi_futex_wake(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}
