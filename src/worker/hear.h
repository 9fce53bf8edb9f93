// Hear: how what worker processes say reaches the process that opened their pool.
//
// A worker writes what it has to say into shared memory, and rings (home.h). The supervisor hears
// it then; and so does every thread that is about to hand out a result, so that what a task has
// said is always heard before the task is known to have ended. Hearing is done by one thread at a
// time; another waits until it is done.
#ifndef MHI_HEAR_H
#define MHI_HEAR_H

#include "crew.h"

// The worker of this seat is dead: hears its last words, and what it printed to the end.
void mhi_crew_hear_last(mhi_crew *crew, uint32_t number);

// No worker is left: the same for all, and nothing is captured any more.
void mhi_crew_hear_out(mhi_crew *crew);

// Hears all that was said before the call. Any thread of the opener that holds none of the locks
// of a user's callback.
void mhi_crew_hear(mhi_crew *crew);

// The same, quickly where nothing was said. What a worker said before it ended a slot is seen by
// whoever saw the slot's end: acquire, partner of mhi_home_ring's add.
static inline void mhi_crew_listen(mhi_crew *crew)
{
    uint64_t said = atomic_load_explicit(&crew->shop.common->said, memory_order_acquire);
    if (said != atomic_load_explicit(&crew->heard, memory_order_acquire))
        mhi_crew_hear(crew);
}

#endif
