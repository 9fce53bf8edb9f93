// Fork: a counter that every fork raises in the child.
//
// Comparing two numbers is all that a call has to do to refuse what belongs to another process; asking
// for the process id would be a system call each time.

#include "fork.h"

#include "../platform/platform.h"
#include "assert.h"
#include "log.h"

static mhi_once once = MHI_ONCE;
_Atomic uint32_t mhi_fork_count; // relaxed: only ever written in a child that has one thread

enum { LOCKS = 8 };
static _Atomic(mhi_mutex *) locks[LOCKS]; // those to be freed
static _Atomic uint32_t lock_count;

static void count_fork(void)
{
    atomic_fetch_add_explicit(&mhi_fork_count, 1, memory_order_relaxed);
    mhi_log_begin_child();
    for (uint32_t i = 0; i < LOCKS; i++) {
        mhi_mutex *lock = atomic_load(&locks[i]);
        if (lock != NULL)
            mhi_mutex_init(lock);
    }
}

void mhi_fork_frees(mhi_mutex *lock)
{
    uint32_t place = atomic_fetch_add(&lock_count, 1);
    mhi_assert(place < LOCKS);
    atomic_store(&locks[place], lock);
}

static void begin(void)
{
    mhi_at_fork(count_fork);
}

uint32_t mhi_fork_generation(void)
{
    mhi_once_call(&once, begin);
    return mhi_fork_generation_now();
}
