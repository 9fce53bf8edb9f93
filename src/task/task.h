// Task, inside: one run of a routine, from its submission to its end.
//
// A task lives in one place at a time: in the queue, in a slot of the window, inside a call that waits for
// it, or ended. All of that is under the lock of its desk (desk.h). What others may look at without the
// lock is its state, which becomes `ended` once, after everything that a result consists of was written.
//
// Memory. A task belongs to its desk, and goes back there when nobody has it any more: no handle, no
// completions, and not the desk itself, which has it until it has ended and its end was told. The
// memory stays a task's, so that a handle that was dropped can be known as such.
#ifndef MHI_TASK_H
#define MHI_TASK_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <manyhands/task.h>

#include "../shared/course.h"
#include "../shared/record.h"
#include "boxes.h"

typedef struct mhi_desk mhi_desk;
typedef struct mhi_waiter mhi_waiter;

typedef enum mhi_where {
    MHI_NOWHERE, // not submitted yet, or ended
    MHI_QUEUED,  // in the queue
    MHI_PARKED,  // it would be next, but its limiter has no permit
    MHI_PLACED,  // in a slot; whether it has begun is in the slot's course
    MHI_INSIDE,  // running on the stack of a call that waits for it
} mhi_where;

// One waiter's interest in one task. Belongs to the waiter; under the lock of the task's desk while linked.
typedef struct mhi_watch {
    struct mhi_watch *next; // of the same task
    mhi_waiter *waiter;
    mh_task *task;
    struct mhi_watch *after,
        *before; // of the same waiter, not ended; or, `after`, ended; under its lock
} mhi_watch;

// How a task ended that has no records, because the library ended it.
typedef struct mhi_end {
    const char *reason; // lives as long as the desk; NULL: there are records
    int32_t code;
    uint8_t outcome; // an mh_outcome
    bool never_ran;  // it still has its input
} mhi_end;

// What the user has of a task: bits 63..32 handles | 31..0 everybody who has it, handles included.
#define MHI_HANDLE (UINT64_C(1) << 32 | 1)

enum { MHI_TASK_ROOM = 64 };

// What most tasks need stands in front, in as few cache lines as possible.
struct mh_task {
    // atomic
    _Atomic uint64_t holders;  // see MHI_HANDLE
    _Atomic uint32_t is_ended; // release: partner of whoever looks, and then reads the result
    // under the desk's lock
    uint8_t where;       // an mhi_where
    bool has_permit : 1; // of its limiter
    bool is_lent : 1;    // its routine has a handle of it (mh_task_of), until it ends
    bool is_cut : 1;     // later parts were taken away: it was stopped, or no worker is left
    bool keeps_nothing;  // fixed after submit
    bool seen_stuck;     // under the lock of all tasks that wait: it would wait for ever
    mh_task *next;       // in its run, its slot, or a list of the desk
    mh_task *prev;       // in its run or slot; once ended, the next one that never ran
    uint64_t order;      // of its submission: first come, first served
    int32_t priority;
    uint32_t at; // its place in the queue's heap; MHI_NO_PLACE: it is no head of a run
    // fixed after submit
    mhi_desk *desk;
    uint64_t id;
    uint32_t parts; // inputs, and so results
    uint16_t routine;
    // under the desk's lock
    uint16_t slot;      // placed: of the window
    uint32_t item;      // placed: its first item in the slot
    uint32_t seen;      // under the lock of all tasks that wait: looked at in this round
    mhi_course *course; // placed or inside: where it is running
    mhi_watch *watches;
    void
        *data; // the input; once ended the records of the results: `room`, or memory of its own
    uint64_t size; // of that, in bytes
    // fixed after submit
    mh_task_end *on_end;
    mh_limiter *limiter;
    mhi_wiring *wiring; // NULL: it has no context; until it has ended
    void *context;
    // under the lock of all tasks that wait (await.c)
    mhi_waiter *waits; // running: it waits there
    // fixed once it has ended
    mhi_end end;
    uint64_t duration_ns;
    uint64_t queued_ns; // fixed after submit; 0 where nothing is traced
    alignas(16) char room[MHI_TASK_ROOM];
};

#define MHI_NO_PLACE UINT32_MAX

static inline bool mhi_task_is_ended(const mh_task *task)
{
    return atomic_load_explicit(&task->is_ended, memory_order_acquire) != 0;
}

// As mh_task_state_of and mh_task_result, without hearing what the task has said (listen.c): for
// who is under a lock, and hears it afterwards.
mh_task_state mhi_task_state(const mh_task *task);
mh_status mhi_task_result(const mh_task *task, mh_result *result);

// Whether a handle may be used here: MH_INVALID (NULL, or dropped), MH_FORKED.
mh_status mhi_task_check(const mh_task *task, const char *call);

// Gives back what one holder has of it. Any thread, with or without the lock.
void mhi_task_release(mh_task *task, uint64_t what);
void mhi_task_release_under_lock(mh_task *task); // of the desk; what the desk itself has of it

// A copy of `size` bytes as its data, in place of what it has. MH_NO_MEMORY: it has what it had.
mh_status mhi_task_keep(mh_task *task, const void *bytes, uint64_t size);
void mhi_task_keep_nothing(mh_task *task);

// Leaves of the records only what are numbers. Under the desk's lock, like every look at such a task.
void mhi_task_strip(mh_task *task);

// The result of part `number`, once it has ended, whether it keeps it for the user or not. False: there are fewer.
bool mhi_task_read(const mh_task *task, uint64_t number, mh_result *result);

// What its result is as a whole: the first part that is not done, else the first.
void mhi_task_sum_up(const mh_task *task, mh_result *result);

#endif
