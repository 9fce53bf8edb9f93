// Event: sleeping until something may have changed, in any process (an event count).
//
//     uint32_t seen = mhi_event_prepare(&event);   // announces a sleeper
//     if (condition)
//         mhi_event_leave(&event);                 // nothing to wait for
//     else
//         mhi_event_sleep(&event, seen, deadline); // then look again
//
// Whoever makes the condition true signals afterwards. Signalling costs one load while nobody sleeps. No
// wake is ever missed: the store that makes the condition true and the load of `sleepers` are sequential,
// and so are the announcement and the check of the condition (claim.h); so either the signaller sees the sleeper,
// or the sleeper sees the condition (Dekker's argument). A sleeper that is killed leaves `sleepers` one
// too high: that costs a useless system call now and then, and breaks nothing.
//
// The idea is known as an event count (Reed and Kanodia, 1979).
#ifndef MHI_EVENT_H
#define MHI_EVENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct mhi_event {
    _Atomic uint32_t count;    // atomic: goes up with each signal that found a sleeper
    _Atomic uint32_t sleepers; // atomic: how many have announced themselves, or died so
} mhi_event;

uint32_t mhi_event_prepare(mhi_event *event);
void mhi_event_leave(mhi_event *event);

// Sleeps unless there was a signal since prepare. Ends the announcement. False: the deadline passed.
bool mhi_event_sleep(mhi_event *event, uint32_t seen, uint64_t deadline_ns);

// Wakes up to `count` sleepers. Separate, because most of the time there is nobody to wake.
void mhi_event_wake(mhi_event *event, int count);

static inline bool mhi_event_is_awaited(mhi_event *event)
{
    return atomic_load(&event->sleepers) != 0;
}

static inline void mhi_event_signal(mhi_event *event, int count)
{
    if (mhi_event_is_awaited(event))
        mhi_event_wake(event, count);
}

#endif
