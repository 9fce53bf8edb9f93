// Line up: two threads meet at a line, awake, so that they leave it at the same moment; and then each slides
// against the other by chance.
#ifndef TESTS_LINE_UP_H
#define TESTS_LINE_UP_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "platform/platform.h"

enum { TURNS_MOST = 30 };

static inline uint64_t draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

// A random number of empty turns.
static inline void take_turns(uint64_t *seed)
{
    for (uint64_t turns = draw(seed) % TURNS_MOST; turns > 0; turns--)
        mhi_cpu_relax();
    if (draw(seed) % 16 == 0)
        sched_yield();
}

// Whoever comes an odd time waits for the other.
static inline void meet(_Atomic uint64_t *line)
{
    uint64_t met = (atomic_fetch_add(line, 1) + 2) / 2 * 2;
    for (int turns = 1; atomic_load(line) < met; turns++)
        if (turns % 1000 == 0)
            sched_yield();
}

#endif
