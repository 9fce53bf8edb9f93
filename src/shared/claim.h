// Claim: one word that says who owns a piece of shared memory.
//
//     EMPTY --put--> READY --take: names its owner--> TAKEN(owner) --end--> ENDED --clear--> EMPTY
//                      ^                                  |
//                      '--- give back, if the owner died -'
//
// Ownership is only ever taken by one compare-and-swap, and the word names the owner, so at any instant,
// whoever was killed, it is known exactly who held what. Everything else in the piece of memory is plain
// data of the current owner: what an owner wrote is seen by the next one, because each hand-over is a
// release that the next owner's acquire reads. After a death only the supervisor hands over, and only
// once the dead worker has been reaped.
//
//     bits 63..32 generation (one more at each put) | 31..8 owner | 7..0 state
#ifndef MHI_CLAIM_H
#define MHI_CLAIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef _Atomic uint64_t mhi_claim;

typedef enum mhi_state { MHI_EMPTY, MHI_READY, MHI_TAKEN, MHI_ENDED } mhi_state;

// The owner that is no worker: the opening process itself.
enum { MHI_OWNER_OPENER = 0xffffff };

static inline mhi_state mhi_claim_state(uint64_t word)
{
    return (mhi_state)(word & 0xff);
}

static inline uint32_t mhi_claim_owner(uint64_t word)
{
    return (uint32_t)(word >> 8) & 0xffffff;
}

static inline uint64_t mhi_claim_word(uint64_t before, uint32_t owner, mhi_state state)
{
    return (before & ~UINT64_C(0xffffffff)) | (uint64_t)owner << 8 | (uint64_t)state;
}

// The state now, for whoever waits for it: partner of every hand-over below. Sequential, because it may be the
// last look before a sleep (event.h).
static inline mhi_state mhi_claim_look(const mhi_claim *claim)
{
    return mhi_claim_state(atomic_load(claim));
}

// EMPTY -> READY, by the producer, who owns what is EMPTY. Sequential, because what follows is a look
// at who sleeps (event.h); its release is the partner of mhi_claim_take.
static inline void mhi_claim_put(mhi_claim *claim)
{
    uint64_t word = atomic_load_explicit(claim, memory_order_relaxed) + (UINT64_C(1) << 32);
    atomic_store(claim, mhi_claim_word(word, 0, MHI_READY));
}

// READY -> TAKEN(owner), by anyone; false when somebody was faster or there is nothing to take.
static inline bool mhi_claim_take(mhi_claim *claim, uint32_t owner)
{
    uint64_t word = atomic_load(claim); // sequential, as in mhi_claim_look; the swap decides
    return mhi_claim_state(word) == MHI_READY &&
           atomic_compare_exchange_strong_explicit(claim, &word,
                                                   mhi_claim_word(word, owner, MHI_TAKEN),
                                                   memory_order_acquire, memory_order_relaxed);
}

// TAKEN -> EMPTY, READY or ENDED, by the owner, or by the supervisor for a dead one. Sequential, as put is;
// its release is the partner of mhi_claim_look and mhi_claim_take.
static inline void mhi_claim_leave(mhi_claim *claim, mhi_state state)
{
    uint64_t word = atomic_load_explicit(claim, memory_order_relaxed);
    atomic_store(claim, mhi_claim_word(word, 0, state));
}

// ENDED -> EMPTY, by the consumer. Release: partner of whoever looks for EMPTY.
static inline void mhi_claim_clear(mhi_claim *claim)
{
    uint64_t word = atomic_load_explicit(claim, memory_order_relaxed);
    atomic_store_explicit(claim, mhi_claim_word(word, 0, MHI_EMPTY), memory_order_release);
}

// Whether `owner` holds it now.
static inline bool mhi_claim_held_by(const mhi_claim *claim, uint32_t owner)
{
    uint64_t word = atomic_load_explicit(claim, memory_order_acquire);
    return mhi_claim_state(word) == MHI_TAKEN && mhi_claim_owner(word) == owner;
}

#endif
