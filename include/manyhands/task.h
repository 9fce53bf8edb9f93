// Task: one run of a routine on a pool, with a handle to follow it by.
//
//     mh_task *task;
//     mh_submit(pool, &square_each, MH_BYTES_OF((long){7}), NULL, &task);
//     ...
//     mh_result result;
//     if (mh_task_wait(task, mh_in_ms(10000)) == MH_OK && mh_task_result(task, &result) == MH_OK)
//         printf("%ld\n", mh_result_as(long, result));
//     mh_task_drop(task);
//
// A task is queued, then running, then ended; it ends exactly once: done, failed, crashed, timed
// out or cancelled. Its handle may be dropped at any time, also while it runs: the task goes on,
// only nobody asks for it any more. To run tasks as they come use this; to run one routine over a
// stream, use a map (map.h), which keeps no handles and costs less.
//
// Order. Less is more urgent: of the tasks that wait, those with the lowest priority number start
// first, equal ones in the order they were submitted. So that workers need not wait for the
// program, a few tasks are laid ready for them in advance (`prefetch` in pool.h); when one is
// submitted that is more urgent than those, they are taken back first. With MH_PREFETCH_NONE
// nothing is laid ready that no worker is free for, and the order of starting is exact.
//
// Nested use. A task may submit to the pool it runs on, and wait. While it waits for a task that
// has not begun, its own worker runs that one, and nothing else, on the stack of the waiting
// task; of a task that runs elsewhere it waits for the end. What was laid ready behind the
// waiting task goes to other workers. So one worker is enough for any depth, as far as its stack
// reaches, and no unrelated task ever runs in the middle of another. While a task waits for one
// of another pool, its worker is lost to its own: should that one need it in turn, give the pool
// another worker. A worker process has no way back to the pool it works for: there all of this is
// MH_FORKED, and a pool of its own can be opened.
//
// A handle counts as dropped once mh_task_drop was called as often as it was handed out or held.
// A call with such a handle is MH_INVALID as long as no later task has its place; do not count on
// it.
#ifndef MANYHANDS_TASK_H
#define MANYHANDS_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/bytes.h>
#include <manyhands/context.h>
#include <manyhands/deadline.h>
#include <manyhands/limiter.h>
#include <manyhands/pool.h>
#include <manyhands/result.h>
#include <manyhands/routine.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_task mh_task;

typedef enum mh_task_state {
    MH_TASK_QUEUED,  // it has not begun
    MH_TASK_RUNNING, // its routine runs
    MH_TASK_ENDED,   // there is a result
} mh_task_state;

// Told when a task has ended: exactly once, unless the submit failed; never from inside
// mh_submit. It runs in the opening process, one at a time for each pool, on a thread of the
// pool's own (serial: on the thread that waits). `result` and what it points to live until it
// returns. It may submit, cancel and drop, and may wait for tasks; it cannot wait for the pool or
// close it (MH_DEADLOCK).
typedef void mh_task_end(void *context, mh_task *task, const mh_result *result);

// Zero is the default of every field. Everything is copied by mh_submit.
typedef struct mh_task_options {
    int priority;        // lower starts first
    mh_task_end *on_end; // NULL: nobody is told
    void *context;       // for on_end, and mh_task_context
    bool
        keep_nothing; // on_end gets the result; the task keeps its outcome, no data and no words
    mh_limiter *limiter; // start it only when there is a permit; it must outlive the task
    mh_context
        channels; // of this pool; what mh_context_of finds in it; they must outlive the task
} mh_task_options;

// Hands `routine` and a copy of `input` to the pool; `routine` NULL means each worker's own, as
// in mh_map_open. `*task` belongs to the caller, who drops it; `task` may be NULL where nobody
// will ask, which costs less. `options` may be NULL. Does not block, unless somebody holds
// submissions back (mh_pool_wait): then until that is over, except inside tasks and callbacks of
// the same pool.
// MH_INVALID; MH_NO_MEMORY; MH_TOO_LARGE (the input is larger than the pool's item_limit);
// MH_CLOSED; MH_STOPPED (the program was interrupted); MH_NOT_FOUND (a function that lies in no loaded file); MH_BROKEN (no worker is
// left); MH_FULL (256 different routines); MH_FORKED. Any thread.
mh_status mh_submit(mh_pool *pool, const mh_routine *routine, mh_bytes input,
                    const mh_task_options *options, mh_task **task);

// One task for each `chunk` of `count` inputs, which lie in an array and have `size` bytes each;
// 0: as many as spread them evenly over the workers. The inputs of a task run one after the
// other, and it ends with the last. Handles go to `tasks`, which has room for as many as there
// can be (mh_chunks), and their number to `*made`; `tasks` may be NULL. All or nothing. Statuses
// as mh_submit.
mh_status mh_submit_each(mh_pool *pool, const mh_routine *routine, const void *inputs,
                         size_t count, size_t size, size_t chunk,
                         const mh_task_options *options, mh_task **tasks, size_t *made);

// How many tasks mh_submit_each makes of them.
size_t mh_chunks(const mh_pool *pool, size_t count, size_t chunk);

// ---- waiting and asking -------------------------------------------------------------------------

// Waits until the task has ended, however. Any number of threads may wait for the same one.
// MH_OK; MH_TIMEOUT; MH_DEADLOCK: it is called by the task itself, or by one that it waits for;
// MH_INVALID, MH_FORKED. Any thread.
mh_status mh_task_wait(mh_task *task, mh_deadline deadline);

// Waits until `needed` of `count` tasks have ended; for 1, `*which` tells the number of one that
// has. `which` may be NULL. To go through many tasks as they end, use completions
// (completions.h). Statuses as mh_task_wait; MH_INVALID also when `needed` is more than `count`.
mh_status mh_task_wait_count(mh_task *const *tasks, size_t count, size_t needed, size_t *which,
                             mh_deadline deadline);

// How far it is. For NULL, or a dropped handle: ended. Does not block. Any thread.
mh_task_state mh_task_state_of(const mh_task *task);

// How the task ended. What it points to lives until the handle is dropped. With `keep_nothing`,
// only the numbers. `index` is mh_task_id.
// MH_BUSY: it has not ended yet. MH_INVALID, MH_FORKED. Does not block. Any thread.
mh_status mh_task_result(const mh_task *task, mh_result *result);

// A task of several inputs (mh_submit_each) has a result for each, whose index is mh_task_id +
// `number`; mh_task_result then gives the first that is not done, else the first. `number` counts
// from 0.
// MH_END: there are fewer. Else as mh_task_result.
size_t mh_task_parts(const mh_task *task);
mh_status mh_task_part(const mh_task *task, size_t number, mh_result *result);

// The number of its input, or of the first of several, on its pool: inputs are counted 0, 1, 2
// ... in the order of submission. Inside the routine, mh_index is the same.
uint64_t mh_task_id(const mh_task *task);

// What it was given: its input, while it has not ended or never ran (else empty); its context;
// its pool.
mh_bytes mh_task_input(const mh_task *task);
void *mh_task_context(const mh_task *task);
mh_pool *mh_task_pool(const mh_task *task);

// The task whose routine makes this call, on threads and serial; NULL in a worker process, in a
// setup or teardown, and in an item of a map. Not held: it is valid while the routine runs.
mh_task *mh_task_of(const mh_call *call);

// ---- changing one's mind ------------------------------------------------------------------------

// Its priority; and another one, while it is queued, as if it had been submitted with it now.
// MH_BUSY: it runs already. MH_END: it has ended. MH_INVALID, MH_FORKED. Any thread.
int mh_task_priority(const mh_task *task);
mh_status mh_task_set_priority(mh_task *task, int priority);

// Three words, three meanings. Each returns MH_OK when it took effect; MH_END: the task had ended
// before, and its result is there; MH_INVALID, MH_FORKED. None blocks. Any thread.
//
// cancel: a queued task will never run, for certain, and has ended as cancelled when this returns.
// MH_BUSY: it runs already; nothing was done.
mh_status mh_task_cancel(mh_task *task);

// stop: cancels a queued task, and asks a running one to end soon: mh_is_cancelled is true from
// now on, and mh_wait_cancelled returns. What becomes of it is what its routine makes of it.
mh_status mh_task_stop(mh_task *task);

// kill: cancels a queued task, and ends the worker process of a running one, with all that it has
// started. The task ends as cancelled, another worker takes the seat, and other tasks never
// notice. MH_INVALID: it runs on a thread, which cannot be killed; stop it. MH_BUSY: it is just
// ending by itself, or another thread is just killing it.
mh_status mh_task_kill(mh_task *task);

// One more handle to the same task, to be dropped as well. Returns `task`.
mh_task *mh_task_hold(mh_task *task);

// Gives a handle back. The task goes on, if it has not ended. NULL does nothing. Any thread. A
// handle may outlive its pool; the memory of the pool then goes with its last handle.
void mh_task_drop(mh_task *task);

#ifdef __cplusplus
}
#endif
#endif
