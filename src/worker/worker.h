// Worker: whoever takes work from a shop, performs it, and ends it.
//
// It is the same for every kind: a thread, a process, the thread that waits for a result. What
// differs is who calls these functions, and what is left when they never return.
#ifndef MHI_WORKER_H
#define MHI_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/routine.h>

#include "../shared/record.h"
#include "channel.h"
#include "shop.h"

enum { MHI_MESSAGE = 1001 };

// One run of a routine, and what has become of it so far.
struct mh_call {
    struct mhi_worker *worker;
    mhi_window *window;    // whose brake to look at; NULL in setup and teardown
    mhi_slot *slot;        // that the item lies in; NULL where it lies in none
    mhi_course *course;    // where it may be asked to stop; NULL in setup and teardown
    mhi_writer *writer;    // where the result goes; NULL in setup, which has none
    struct mh_call *outer; // the call on the same stack that waits for this one
    void *task;            // what the opener runs without a slot; else NULL
    mhi_wires wires;       // what its context consists of
    mhi_ends ends;         // the same, once it was asked for: `has_context`
    bool has_context;
    uint64_t bars; // its number among those that have opened a bar, or 0 (bars.h)
    uint64_t index;
    uint64_t size;     // of the result so far
    mh_status trouble; // a result that could not be taken: nothing the routine says can mend it
    bool has_message;
    int code;
    char message[MHI_MESSAGE];
};

typedef struct mhi_worker {
    mhi_shop *shop;
    mhi_seat *seat; // NULL for the opening process, which only cancels
    uint32_t number;
    bool is_captured; // a process, and what it prints (output.h)
    int32_t pid;
    void *state;
    uint32_t next_window; // where to look first, so that windows take turns
    uint64_t ended_ns;    // when the last slot was ended; 0: some time ago
    bool is_traced;       // what it runs is written down (tracing.h)
    uint64_t item_ns;     // traced: when the item in hand began, the end of the one before it
    uint16_t traced_routine; // traced: of the slot in hand
    mhi_tracer tracer;       // likewise, but for the opener's
    bool found[MHI_ROUTINES];
    mh_routine routine[MHI_ROUTINES];
    mhi_writer writer; // of the slot, or last result, in hand
    mh_call call;
    mh_call *now;  // the innermost call that runs; NULL between calls
    uint64_t bars; // as in a call: of those opened between calls, as in its setup
    struct mhi_worker
        *outer; // of another pool, whose routine waits on this thread for this one
    // of the opening process; under the desk's lock (task/)
    void *waits;                     // for whom its innermost call waits; NULL: it does not
    struct mhi_worker *next_insider; // among those that wait
} mhi_worker;

// The worker that runs on this thread now, or NULL; and the one of this shop among those that do.
extern _Thread_local mhi_worker *mhi_worker_here;
mhi_worker *mhi_worker_of(const mhi_shop *shop);

// In a worker process, the shop of the pool that it works for; whichever thread asks, and whatever pools the
// process has opened since. NULL in others.
extern mhi_shop *mhi_shop_of_process;

// What to run inside another call.
typedef struct mhi_inside {
    uint32_t routine;
    mh_bytes item;
    uint64_t index;
    mhi_window *window;
    mhi_course *course; // of this one item, which runs
    void *task;
    mhi_wires wires;
    uint64_t queued_ns;
} mhi_inside;

// A worker for this seat, or, with MHI_OWNER_OPENER, one that may only end cancelled work.
void mhi_worker_init(mhi_worker *worker, mhi_shop *shop, uint32_t number);

// The whole life of a worker: setup, then slot after slot, sleeping when there are none, until the
// shop ends; then teardown. Returns the phase in which it left: MHI_LEFT or MHI_REFUSED.
mhi_phase mhi_worker_live(mhi_worker *worker);

// The parts of that life, for the serial kind.
mhi_phase mhi_worker_set_up(mhi_worker *worker);
void mhi_worker_tear_down(mhi_worker *worker);

// Takes one slot and performs it. False when there is nothing to take.
bool mhi_worker_step(mhi_worker *worker);

// The same from one window only, whose brake is on: ends what has not begun as cancelled.
bool mhi_worker_cancel_one(mhi_worker *worker, mhi_window *window);

// What a worker does with a slot it has taken: runs its items, until they are whole, or were
// taken back.
void mhi_perform(mhi_worker *worker, mhi_window *window, mhi_slot *slot);

// The routine with this number, as this worker sees it; NULL: it is not to be found.
const mh_routine *mhi_routine_of(mhi_worker *worker, uint32_t number);

// Whether a result can be recorded, whatever it will be.
bool mhi_has_room(mhi_writer *writer);

// Runs a routine on the stack of a call of the same worker that waits for it, with an item that
// lies in no slot. The record goes to `writer`, whose memory is private. False: memory ran out,
// there is no record.
bool mhi_worker_run_inside(mhi_worker *worker, const mhi_inside *inside, mhi_writer *writer);

// Before a routine is given a call, and after: what it came to becomes a record.
static inline void mhi_call_begin(mh_call *call, uint64_t index)
{
    call->index = index;
    call->size = 0;
    call->trouble = MH_OK;
    call->has_message = false;
}

// The routine has returned. What it had taken of messages and not confirmed is sent again.
void mhi_call_leave_context(mh_call *call);

// Whether the event of its context is set. It has one.
bool mhi_call_sees_event(const mh_call *call);

// Whether this thread runs something that is asked to stop.
bool mhi_is_stopped_here(void);

void mhi_call_end_badly(mh_call *call, mh_status status);

static inline void mhi_call_end(mh_call *call, mh_status status)
{
    const mhi_worker *worker = call->worker;
    if (status == MH_OK && call->trouble == MH_OK)
        mhi_writer_commit(call->writer, call->size,
                          mhi_result_note(MH_DONE, worker->number, worker->pid));
    else
        mhi_call_end_badly(call, call->trouble != MH_OK ? call->trouble : status);
}

// Writes the record of something that did not end as done. False: there is no room, and no record.
bool mhi_write_failure(mhi_writer *writer, mh_outcome outcome, uint32_t worker, int32_t pid,
                       const mhi_failure *failure, const char *message);

// Room that is always there for such a record.
enum { MHI_FAILURE_ROOM = sizeof(mhi_failure) + MHI_MESSAGE };

// For tests: called by every worker at each named step, where it may die. NULL otherwise.
typedef enum mhi_step {
    MHI_STEP_TAKEN,    // a slot was taken, nothing of it begun
    MHI_STEP_RUNNING,  // an item is about to be given to the routine
    MHI_STEP_RAN,      // the routine has returned, its result is not recorded
    MHI_STEP_RECORDED, // the result is recorded, the item not counted
    MHI_STEP_COUNTED,  // the item is counted
    MHI_STEP_ENDING,   // all items are counted, the slot is not ended
    MHI_STEP_ENDED,    // the slot was ended
    MHI_STEP_IDLE,     // about to sleep
    MHI_STEPS,
} mhi_step;
extern void (*mhi_step_trap)(mhi_step step);
static inline void mhi_pass(mhi_step step)
{
    if (mhi_step_trap != NULL)
        mhi_step_trap(step);
}

#endif
