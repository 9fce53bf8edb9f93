// Memory: all allocation of the library, in one place, so that tests can make any of it fail.
#ifndef MHI_MEMORY_H
#define MHI_MEMORY_H

#include <stddef.h>
#include <stdint.h>

// Zeroed memory for `count` things of `size` bytes, or NULL. Freed with mhi_free.
void *mhi_allocate(size_t count, size_t size);

// Changes the size, keeps what fits; new bytes are not cleared. On failure NULL, and `old` stays.
void *mhi_resize(void *old, size_t size);

// NULL is accepted.
void mhi_free(void *memory);

// For tests: the `nth` allocation from now on (1 is the next) fails, and all after it work again. 0
// turns it off. Also counts the other demands that may fail: threads, processes, shared memory.
void mhi_fail_after(uint64_t nth);

// True when the demand about to be made is to fail. Each demand asks once.
int mhi_should_fail(void);

// For tests: how many demands were made since the last mhi_fail_after.
uint64_t mhi_demands(void);

#endif
