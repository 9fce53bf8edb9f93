// Limiter: a number of permits, shared by whoever runs what must not run more often at once.
//
//     mh_limiter *two;
//     mh_limiter_open(&two, 2);
//     mh_submit(pool, &fetch, url, &(mh_task_options){.limiter = two}, &task);   // workers wait
//     ...
//     if (mh_limiter_take(two, mh_in_ms(1000)) == MH_OK) {                       // the caller waits
//         ...
//         mh_limiter_give(two);
//     }
//
// There are two ways to wait, and they may be mixed freely. A task with a limiter is not started
// before it has a permit, and gives it back when it ends, however it ends; meanwhile its worker
// does other work. Or the caller takes a permit itself, and waits for it. One limiter may serve
// any number of routines, pools, threads, and worker processes that were forked after it was
// opened (not those begun by exec, which cannot see it); but tasks are given only limiters of
// their own process. A permit that a worker process took itself, and did not give back before it
// died, comes back when its death is heard of.
//
// Who waits is served in no particular order, except that tasks of one pool keep theirs.
#ifndef MANYHANDS_LIMITER_H
#define MANYHANDS_LIMITER_H

#include <manyhands/deadline.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_limiter mh_limiter;

#define MH_PERMITS_LIMIT 65536

// Opens a limiter with so many permits, 1 to MH_PERMITS_LIMIT.
// MH_INVALID, MH_NO_MEMORY, MH_SYSTEM. Any thread.
mh_status mh_limiter_open(mh_limiter **limiter, int permits);

// Takes a permit, and blocks until there is one or the deadline passes.
// MH_OK, MH_TIMEOUT, MH_INVALID. Any thread, also in a worker process that was forked later.
mh_status mh_limiter_take(mh_limiter *limiter, mh_deadline deadline);

// Gives one back that this process has taken. Does not block.
// MH_INVALID: it has none. Any thread of the process that took it.
mh_status mh_limiter_give(mh_limiter *limiter);

// How many permits there are, and how many nobody holds at this moment. For NULL: 0.
int mh_limiter_permits(const mh_limiter *limiter);
int mh_limiter_available(const mh_limiter *limiter);

// Frees it. No task may be waiting for it, and nobody may use it any more. NULL does nothing.
// MH_BUSY: somebody has a permit, or a task waits for one; it stays open.
mh_status mh_limiter_close(mh_limiter *limiter);

#ifdef __cplusplus
}
#endif
#endif
