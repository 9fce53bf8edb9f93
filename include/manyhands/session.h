// Session: a group of tasks, numbered and optionally named, that end together.
//
//     mh_session *session;
//     mh_session_open(&session, pool, NULL);
//     mh_session_run(session, "low", &find_primes, MH_BYTES_OF(low), NULL, NULL);
//     mh_session_run(session, "high", &find_primes, MH_BYTES_OF(high), NULL, NULL);
//     for (mh_result result; mh_session_next(session, &result, MH_FOREVER) == MH_OK;)
//         printf("%s: %ld\n", mh_session_name(session, result.index), mh_result_as(long, result));
//     mh_session_close(session, MH_NOW);
//
// Numbers. Tasks of a session are counted 0, 1, 2 ... in the order in which they were run;
// `index` of every result that a session hands out is that number. A name is unique in its
// session.
//
// Results. Each is handed out once by the calls named next: as they end (mh_session_next), or in
// the order given (mh_session_next_in_order); the two may be mixed. MH_END means that none is
// outstanding; more may be run after that. Apart from this, any result can be looked at by its
// number, as often as one likes. They live until the session is cleared or closed. A task that
// failed, crashed or was cancelled is a result like any other.
//
// Messages. A session has an input channel, an output channel and a cancel event (context.h),
// unless its options say otherwise; tasks that are run with those scopes share them.
// mh_session_context is the program's end.
//
// On a serial pool tasks run while the program waits for them; with MH_NOW none does.
//
// Any thread may use a session, several at once; inside its own tasks, a task may wait for a
// session while no other thread does (else MH_DEADLOCK).
#ifndef MANYHANDS_SESSION_H
#define MANYHANDS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/bytes.h>
#include <manyhands/context.h>
#include <manyhands/deadline.h>
#include <manyhands/pool.h>
#include <manyhands/result.h>
#include <manyhands/routine.h>
#include <manyhands/status.h>
#include <manyhands/task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_session mh_session;

#define MH_NO_CHANNEL (-1)

// Zero is the default of every field.
typedef struct mh_session_options {
    // Messages that its input holds, and each of its tasks' own; 0: 64; MH_NO_CHANNEL: there is
    // none, nor for its tasks. The same for the output.
    int input, output;
    bool no_cancel; // there is no cancel event, nor for its tasks
} mh_session_options;

// Opens a session without tasks. `options` may be NULL. It holds the pool's memory until it is
// closed.
// MH_INVALID, MH_NO_MEMORY, MH_SYSTEM, MH_FULL (too many channels on this pool), MH_CLOSED,
// MH_FORKED. Any thread.
mh_status mh_session_open(mh_session **session, mh_pool *pool,
                          const mh_session_options *options);

// ---- running tasks ------------------------------------------------------------------------------

// Zero is the default of every field.
typedef struct mh_run_options {
    int priority;        // as in mh_task_options
    mh_limiter *limiter; // likewise
    mh_scopes scopes;    // which channels and event the task gets
} mh_run_options;

// Runs `routine` over a copy of `input` as the session's next task, and tells its `*number`,
// unless that is NULL. `name` is copied; NULL: it has none. Does not wait for the task.
// MH_BUSY: a task of this session has that name; MH_NOT_FOUND: a scope was asked for that does
// not exist; and all statuses of mh_submit. Any thread.
mh_status mh_session_run(mh_session *session, const char *name, const mh_routine *routine,
                         mh_bytes input, const mh_run_options *options, uint64_t *number);

// A task for each of `count` inputs, which lie in an array and have `size` bytes each; they are
// named `prefix` and 0, 1, 2 ... Tells the `*first` of their numbers, which follow each other,
// unless that is NULL. `prefix` NULL: no names. All of them or none stays; of tasks with channels
// of their own some may have begun. Statuses as mh_session_run.
mh_status mh_session_map(mh_session *session, const char *prefix, const mh_routine *routine,
                         const void *inputs, size_t count, size_t size,
                         const mh_run_options *options, uint64_t *first);

// The status of the first mh_session_run or mh_session_map that was refused since the open or the
// last clear; MH_OK: none was. So a chain of them needs one check.
mh_status mh_session_refused(const mh_session *session);

// ---- results ------------------------------------------------------------------------------------

// Hands out the next result that was not handed out yet: of whichever task has ended first, or of
// the one with the lowest number. Blocks until it has ended or the deadline passes; with MH_NOW
// never.
// MH_OK; MH_END: none is outstanding; MH_TIMEOUT; MH_DEADLOCK (above, or a task that waits for
// itself); MH_INVALID, MH_FORKED. Any thread.
mh_status mh_session_next(mh_session *session, mh_result *result, mh_deadline deadline);
mh_status mh_session_next_in_order(mh_session *session, mh_result *result,
                                   mh_deadline deadline);

// The result of one task, by its number or its name, handed out before or not. Blocks until it
// has ended or the deadline passes.
// MH_NOT_FOUND: there is no such task. Else as mh_session_next.
mh_status mh_session_result(mh_session *session, uint64_t number, mh_result *result,
                            mh_deadline deadline);
mh_status mh_session_result_of(mh_session *session, const char *name, mh_result *result,
                               mh_deadline deadline);

// ---- waiting and asking -------------------------------------------------------------------------

typedef enum mh_until {
    MH_ALL_ENDED = 0, // every task has ended
    MH_FIRST_ENDED,   // one has
    MH_FIRST_FAILED,  // one has ended other than done, or all have ended
} mh_until;

// Blocks until that is so, or the deadline passes. Of tasks that have ended already, too. Without
// tasks: MH_OK at once.
// MH_OK, MH_TIMEOUT, MH_DEADLOCK, MH_INVALID, MH_FORKED. Any thread.
mh_status mh_session_wait(mh_session *session, mh_until until, mh_deadline deadline);

// How many tasks there are, and how many of them have ended. For NULL: 0. Do not block. Any thread.
size_t mh_session_count(const mh_session *session);
size_t mh_session_count_ended(const mh_session *session);
bool mh_session_any_ended(const mh_session *session);
bool mh_session_all_ended(const mh_session *session);

// The numbers of the tasks that have ended, or that have not, in rising order; at most `room` of
// them are written to `numbers`. Returns how many there are.
size_t mh_session_list(const mh_session *session, bool ended, uint64_t *numbers, size_t room);

// The number of the task with that name. MH_NOT_FOUND: there is none, the name is free. Any thread.
mh_status mh_session_find(const mh_session *session, const char *name, uint64_t *number);
bool mh_session_is_free(const mh_session *session, const char *name);

// The name of a task, "" where it has none; its handle, for the calls of task.h. They live until
// the session is cleared or closed; the handle belongs to the session. For a number that is none:
// NULL.
const char *mh_session_name(const mh_session *session, uint64_t number);
mh_task *mh_session_task(const mh_session *session, uint64_t number);

// The program's end of the session's channels and event, and of those of one task, whatever their
// scope. They live until the session is closed; those of one task until it is cleared.
mh_context mh_session_context(const mh_session *session);
mh_context mh_session_task_context(const mh_session *session, uint64_t number);

// ---- changing one's mind, and the end -----------------------------------------------------------

// Cancels the tasks that have not begun; with `set_events`, also sets the cancel events that the
// tasks of this session listen to, but for the pool's global one. An event that is set stays so:
// tasks that are run later and share it are asked to stop from the beginning. Running ones go on,
// or end when they see their event. Does not block. The second: one task only. MH_END: it has
// ended; MH_BUSY: it runs, and there was no event to set; MH_NOT_FOUND. Any thread.
mh_status mh_session_cancel(mh_session *session, bool set_events);
mh_status mh_session_cancel_task(mh_session *session, uint64_t number, bool set_event);

// Ends all tasks: cancels those that have not begun, asks those that run to stop, and waits. When
// the deadline passes, those that still run in worker processes are killed, and end as cancelled;
// those on threads cannot be killed, and are waited for. No event is set, and the session can be
// used again; other sessions of the pool notice nothing.
// MH_OK; MH_DEADLOCK: a task of the session calls this; the others have been asked by then;
// MH_INVALID, MH_FORKED. Any thread.
mh_status mh_session_terminate(mh_session *session, mh_deadline deadline);

// Drops all tasks that have ended and were handed out, with their results; their names are free,
// and their numbers are not used again. For long-lived sessions of several rounds. Does not
// block. Any thread.
mh_status mh_session_clear(mh_session *session);

// Terminates the session, as above, and frees it with all results and channels. Nobody may use it
// any more. NULL does nothing.
// MH_OK; MH_DEADLOCK, MH_INVALID: it stays open; in a forked child, frees the child's copy.
mh_status mh_session_close(mh_session *session, mh_deadline deadline);

#ifdef __cplusplus
}
#endif
#endif
