// Event: something that happens once, and that any thread or worker of a pool can wait for.
//
//     mh_event *quit;
//     mh_event_open(&quit, pool);
//     ...
//     mh_event_set(quit);                                       // here, or in any task
//     if (mh_event_wait(quit, mh_in_ms(100)) == MH_OK) ...      // there
//
// It is shared by the threads of the process that opened it and by all workers of its pool,
// whatever their kind. A task reaches it through its context (context.h); there it also counts as
// being asked to stop: mh_is_cancelled is true from then on, and mh_wait_cancelled returns.
#ifndef MANYHANDS_EVENT_H
#define MANYHANDS_EVENT_H

#include <stdbool.h>

#include <manyhands/deadline.h>
#include <manyhands/pool.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_event mh_event;

// Opens an event that is not set. It holds the pool's memory until it is closed.
// MH_INVALID, MH_NO_MEMORY, MH_SYSTEM, MH_FULL (too many are open on this pool), MH_CLOSED,
// MH_FORKED. Any thread.
mh_status mh_event_open(mh_event **event, mh_pool *pool);

// Sets it, for good. Setting it again does nothing. Does not block.
// MH_NOT_FOUND: `event` is NULL, which a context has where there is none. MH_FORKED. Any thread
// or worker.
mh_status mh_event_set(mh_event *event);

// Whether it is set. For NULL: false. Does not block. Any thread or worker.
bool mh_event_is_set(const mh_event *event);

// Blocks until it is set or the deadline passes.
// MH_OK, MH_TIMEOUT; MH_STOPPED: called inside a task or item that was asked to stop in another
// way (who waits already hears of that as in channel.h); MH_NOT_FOUND, MH_FORKED. Any thread or
// worker.
mh_status mh_event_wait(mh_event *event, mh_deadline deadline);

// Frees it. Nobody may use it any more, or be in a call that does. NULL does nothing.
// MH_BUSY: it belongs to the context of a task that has not ended; it stays open. MH_INVALID: it
// belongs to a pool or session, or was reached through a context inside a task. Any thread.
mh_status mh_event_close(mh_event *event);

#ifdef __cplusplus
}
#endif
#endif
