// Winding: how all pools of this process come to begin nothing more, at once.
//
//     asked (one store, also in a signal handler) --> every pool is swept --> gone on, one day
//
// From the moment it is asked, whoever comes by with new work is refused, and every map reads no more of
// its source. The sweep does the rest: it takes back what waits, and wakes who sleeps. It needs no memory,
// so it cannot fail.
#ifndef MHI_WINDING_H
#define MHI_WINDING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/status.h>

#include "../shared/window.h"

// Relaxed: whoever misses it is met by the sweep, under a lock of the pool's or through a brake.
extern _Atomic uint32_t mhi_winding_asked;

// How far the program winds down: MHI_GO, not at all; MHI_WIND_DOWN; MHI_STOP.
static inline mhi_brake mhi_winding(void)
{
    return (mhi_brake)atomic_load_explicit(&mhi_winding_asked, memory_order_relaxed);
}

// Asks for it. Any thread, and signal handlers.
void mhi_winding_ask(mhi_brake brake);

// Where all pools stood when they were swept. Items of maps, and single tasks.
typedef struct mhi_winding_stand {
    size_t pools;
    mhi_stand stand; // waiting: what will not begin
} mhi_winding_stand;
mhi_winding_stand mhi_winding_sweep(void);

// Whoever takes away what the sweep would count waits for it first; it takes no longer than a lock. Nobody
// waits where it will not come.
void mhi_winding_await_sweep(void);
void mhi_winding_sweep_not(void); // handlers may call it

// Pools take work again. What was cancelled stays so.
void mhi_winding_go_on(void);

// In a forked child, whose pools are the parent's.
void mhi_winding_forget(void);

// MH_STOPPED. One line has said what happened, and there may be many refusals: they are told as INFO.
mh_status mhi_winding_refuse(const char *call);

#endif
