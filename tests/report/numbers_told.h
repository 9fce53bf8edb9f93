// Numbers told: what bars and lines are tested with.
#ifndef TESTS_NUMBERS_TOLD_H
#define TESTS_NUMBERS_TOLD_H

#include "../../src/report/numbers.h"

#define MS UINT64_C(1000000)

static inline mhi_numbers squares(void)
{
    return (mhi_numbers){
        .title = "squares",
        .done = 4200,
        .sized = true,
        .total = 10000,
        .elapsed_ns = 3500 * MS,
        .rate = 1200,
        .left_ns = 2900 * MS,
    };
}

static inline mhi_numbers words(void)
{
    mhi_numbers numbers = squares();
    numbers.title = "words";
    numbers.sized = false;
    numbers.left_ns = MHI_LEFT_UNKNOWN;
    return numbers;
}

#endif
