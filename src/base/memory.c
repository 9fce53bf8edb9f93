// Memory: calloc, realloc and free, with a counter in front of them.
//
// The counter costs one relaxed addition per allocation; allocations are rare (opening things), never
// per item.

#include "memory.h"

#include <stdatomic.h>
#include <stdlib.h>

static _Atomic uint64_t demands; // atomic, relaxed: a count that orders nothing
static _Atomic uint64_t fail_at; // atomic, relaxed; 0: never

int mhi_should_fail(void)
{
    uint64_t number = atomic_fetch_add_explicit(&demands, 1, memory_order_relaxed) + 1;
    return number == atomic_load_explicit(&fail_at, memory_order_relaxed);
}

void mhi_fail_after(uint64_t nth)
{
    atomic_store_explicit(&demands, 0, memory_order_relaxed);
    atomic_store_explicit(&fail_at, nth, memory_order_relaxed);
}

uint64_t mhi_demands(void)
{
    return atomic_load_explicit(&demands, memory_order_relaxed);
}

void *mhi_allocate(size_t count, size_t size)
{
    return mhi_should_fail() ? NULL : calloc(count > 0 ? count : 1, size > 0 ? size : 1);
}

void *mhi_resize(void *old, size_t size)
{
    return mhi_should_fail() ? NULL : realloc(old, size > 0 ? size : 1);
}

void mhi_free(void *memory)
{
    free(memory);
}
