// Chance: random numbers that a seed decides, the same everywhere.
#ifndef CHANCE_H
#define CHANCE_H

#include <stdbool.h>
#include <stdint.h>

// A bijection of all numbers, in which no pattern is left.
static inline uint64_t mixed(uint64_t number)
{
    number ^= number >> 31;
    number *= UINT64_C(0x7fb5d329728ea185);
    number ^= number >> 27;
    number *= UINT64_C(0x81dadef4bc2dd44d);
    return number ^ number >> 33;
}

// The next number of a row, 0 to below - 1.
static inline uint64_t chance(uint64_t *seed, uint64_t below)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    return mixed(*seed) % below;
}

static inline bool one_in(uint64_t *seed, uint64_t count)
{
    return chance(seed, count) == 0;
}

#endif
