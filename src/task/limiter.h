// Limiter, inside: permits, and the desks whose tasks wait for one.
//
// A task's permit is taken for it in the opening process, when it is laid ready, and comes back when it
// ends; so whatever becomes of its worker, none is lost. Tasks that find none are parked: they leave the
// queue, so that others go on, and come back one for each permit that is free again.
#ifndef MHI_LIMITER_H
#define MHI_LIMITER_H

#include "desk.h"

// Whether it was opened in this process: only then desks can be told of its permits.
bool mhi_limiter_is_ours(const mh_limiter *limiter);

// Takes a permit for a task of this process. Does not wait.
bool mhi_limiter_try(mh_limiter *limiter);

// Gives a task's permit back, if it has one, and lets others know.
void mhi_limiter_return_of(mh_task *task);

// A worker process is dead: what it had taken itself comes back, in all limiters.
void mhi_limiters_bury(int32_t pid);

// Where a worker process has given a permit back that other desks may wait for: tells them, once.
void mhi_limiters_pass_on(const mhi_desk *desk);

// ---- under the desk's lock ----------------------------------------------------------------------

// Parks a task, which leaves the queue. MH_NO_MEMORY: it stays there.
mh_status mhi_parking_enter(mhi_desk *desk, mh_task *task);
void mhi_parking_leave(mhi_desk *desk, mh_task *task);

// Tasks for which there is a permit, and a worker, go back to the queue, with the permit: it is not taken for
// one that would only lie ready with it. True: there were some.
bool mhi_parking_serve(mhi_desk *desk);
// Whether there is a permit for one of them, and only a worker is missing.
bool mhi_parking_may_serve(const mhi_desk *desk);

#endif
