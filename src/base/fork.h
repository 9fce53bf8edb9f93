// Fork: noticing that this process is a child of the one that opened something.
#ifndef MHI_FORK_H
#define MHI_FORK_H

#include <stdatomic.h>
#include <stdint.h>

#include "../platform/platform.h"

// The generation of this process: one more than its parent's, counted from the first call.
uint32_t mhi_fork_generation(void);

// The same, without seeing to it that forks are counted: for whoever holds something that was opened.
extern _Atomic uint32_t mhi_fork_count;
static inline uint32_t mhi_fork_generation_now(void)
{
    return atomic_load_explicit(&mhi_fork_count, memory_order_relaxed);
}

// In every child that is forked from now on nobody holds this lock, whoever did in the parent. Once for each,
// for a lock that lives as long as the program. Any thread.
void mhi_fork_frees(mhi_mutex *lock);

#endif
