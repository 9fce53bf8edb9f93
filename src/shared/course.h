// Course: how far the owner of a slot has come with it, and what is asked of it, in one word.
//
//     bits 63..56 asked of the item that runs | 55..32 items in the slot | 31..0 step
//
// The step is 2 i when item i is the next to begin, and 2 i + 1 while it runs. Both sides of a slot may
// change the word, so each change is one compare-and-swap, and every race has one winner: an item begins,
// or it is taken back; it becomes whole, or it is killed. In a window whose items are never taken back
// (a map's) the owner is alone with the word, and simply stores it.
//
// All is sequential where nothing else is said: a look at the word may be the last one before a sleep
// (event.h).
#ifndef MHI_COURSE_H
#define MHI_COURSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef _Atomic uint64_t mhi_course;

enum { MHI_ASKED_STOP = 1, MHI_ASKED_KILL = 2 };
enum { MHI_COURSE_ITEMS = 0xffffff }; // most items of a slot

#define MHI_ASKED_ALL (UINT64_C(0xff) << 56)

static inline uint64_t mhi_course_word(uint32_t count, uint32_t step)
{
    return (uint64_t)count << 32 | step;
}

static inline uint32_t mhi_course_step(uint64_t word)
{
    return (uint32_t)word;
}

static inline uint32_t mhi_course_count(uint64_t word)
{
    return (uint32_t)(word >> 32) & MHI_COURSE_ITEMS;
}

static inline uint32_t mhi_course_asked(uint64_t word)
{
    return (uint32_t)(word >> 56);
}

// Items that have begun, and items that are whole.
static inline uint32_t mhi_course_begun(uint64_t word)
{
    return (uint32_t)(((uint64_t)mhi_course_step(word) + 1) / 2);
}

static inline uint32_t mhi_course_whole(uint64_t word)
{
    return mhi_course_step(word) / 2;
}

// Owner: begins the next item, number `item`. False: it was taken back, and all behind it.
static inline bool mhi_course_begin(mhi_course *course, uint32_t item)
{
    uint64_t word = atomic_load_explicit(course, memory_order_relaxed); // the swap decides
    while (mhi_course_count(word) > item)
        if (atomic_compare_exchange_weak(course, &word, word + 1))
            return true;
    return false;
}

// Owner: the item that runs is whole. False: it is being killed, and so is this process.
static inline bool mhi_course_end(mhi_course *course)
{
    uint64_t word = atomic_load_explicit(course, memory_order_relaxed); // the swap decides
    while ((mhi_course_asked(word) & MHI_ASKED_KILL) == 0)
        if (atomic_compare_exchange_weak(course, &word, (word & ~MHI_ASKED_ALL) + 1))
            return true;
    return false;
}

// Opener: leaves only the first `keep` items in the slot, of which as many have begun as `*word` says. False:
// more has begun meanwhile, or ended; `*word` says what is true now.
// NOLINTNEXTLINE(readability-non-const-parameter): a swap that fails writes it
static inline bool mhi_course_cut(mhi_course *course, uint64_t *word, uint32_t keep)
{
    uint64_t cut = (*word & MHI_ASKED_ALL) | mhi_course_word(keep, mhi_course_step(*word));
    return atomic_compare_exchange_strong(course, word, cut);
}

// Opener: asks something of item `item`. False: it does not run now, or that has been asked before.
static inline bool mhi_course_ask(mhi_course *course, uint32_t item, uint32_t what)
{
    uint64_t word = atomic_load(course);
    while (mhi_course_step(word) == 2 * item + 1 && (mhi_course_asked(word) & what) == 0)
        if (atomic_compare_exchange_weak(course, &word, word | (uint64_t)what << 56))
            return true;
    return false;
}

// Supervisor, for a dead owner: whatever ran is whole now, and its record is written, by `word`. False: the
// opener has asked or taken back something meanwhile; `*word` says what is true now.
// NOLINTNEXTLINE(readability-non-const-parameter): a swap that fails writes it
static inline bool mhi_course_settle(mhi_course *course, uint64_t *word)
{
    uint64_t after = mhi_course_word(mhi_course_count(*word), 2 * mhi_course_begun(*word));
    return atomic_compare_exchange_strong(course, word, after);
}

#endif
