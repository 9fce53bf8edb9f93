// Hear: how what worker processes say reaches the process that opened their pool.
//
// A worker writes what it has to say into shared memory, and rings (home.h). The supervisor hears
// it then; and so does every thread that is about to hand out a result, so that what a task has
// said is always heard before the task is known to have ended. Hearing is done by one thread at a
// time; another waits until it is done.
#ifndef MHI_HEAR_H
#define MHI_HEAR_H

#include "../base/log.h"
#include "crew.h"

// Hears all that was said before the call. Any thread of the opener that holds no lock: the
// program's log sink is called.
void mhi_crew_hear(mhi_crew *crew);

// What this process may say is what its workers may say.
void mhi_crew_pass_limit(const mhi_crew *crew);

// Whether something was said that was not heard. What a worker said before it ended a slot is seen
// by whoever saw the slot's end: acquire, partner of mhi_home_ring's add.
static inline bool mhi_crew_is_unheard(const mhi_crew *crew)
{
    uint64_t said = atomic_load_explicit(&crew->shop.common->said, memory_order_acquire);
    return said != atomic_load_explicit(&crew->heard, memory_order_acquire);
}

// The same as mhi_crew_hear, quickly where nothing was said.
static inline void mhi_crew_listen(mhi_crew *crew)
{
    bool is_worker = atomic_load_explicit(&mhi_log_limit_at, memory_order_relaxed) != NULL;
    if (is_worker)
        mhi_crew_pass_limit(crew); // nobody tells us when it changes
    if (mhi_crew_is_unheard(crew))
        mhi_crew_hear(crew);
}

// For the supervisor, who was rung for. Goes on for a while, if there is more and more to hear.
void mhi_crew_answer(mhi_crew *crew);

// For the supervisor: the worker of this seat is dead. Hears its last words, whether it could
// still ring for them or not, what it printed to the end, and how much it has dropped.
void mhi_crew_hear_last(mhi_crew *crew, uint32_t number);

// No worker is left: what still lies in their files is read, and nothing is captured any more.
void mhi_crew_hear_out(mhi_crew *crew);

#endif
