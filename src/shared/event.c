// Event: the slow side of an event count, on a futex.

#include "event.h"

#include "../platform/platform.h"

uint32_t mhi_event_prepare(mhi_event *event)
{
    atomic_fetch_add(&event->sleepers, 1);
    return atomic_load(&event->count);
}

void mhi_event_leave(mhi_event *event)
{
    atomic_fetch_sub(&event->sleepers, 1);
}

bool mhi_event_sleep(mhi_event *event, uint32_t seen, uint64_t deadline_ns)
{
    bool in_time = mhi_futex_wait(&event->count, seen, deadline_ns);
    atomic_fetch_sub(&event->sleepers, 1);
    return in_time;
}

void mhi_event_wake(mhi_event *event, int count)
{
    atomic_fetch_add(&event->count, 1);
    mhi_futex_wake(&event->count, count);
}
