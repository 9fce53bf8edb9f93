// Desk: where a pool's single tasks are kept, from submission to end, in the opening process.
//
//     mh_submit --> queue --> slots of one window --> workers --> collected --> ended --> told
//
// Tasks wait in a queue, by priority. A few are laid ready in the slots of one window, which is
// like that of a map, except that what has not begun can be taken back (course.h): for a more
// urgent task, to be cancelled, to be run inside a task that waits for it, or because another
// worker has nothing to do.
//
// Three things are done here, always together and under one lock, by mhi_desk_turn: what has
// become whole is collected, and its tasks are ended; slots are filled; more workers are asked
// for. No thread is tied to it. Whoever waits for a task does it, and while nobody waits, the
// clerk (clerk.c): a thread of the pool's own, which also tells the ends (on_end).
//
// Lock order: a desk, then a crew, or a limiter, or what is all pools' (families, boxes, the drawer). No user's code runs under any of them.
#ifndef MHI_DESK_H
#define MHI_DESK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <manyhands/completions.h>

#include "../platform/platform.h"
#include "../worker/crew.h"
#include "queue.h"
#include "task.h"

// A thread that waits; on its stack, or in a completions object.
struct mhi_waiter {
    mhi_event event; // signalled when there is less left, or it is to attend
    // atomic, sequential: what is left is told before the look at where it sleeps, and the other
    // way round
    _Atomic uint64_t left; // ends that it still waits for; 0: it is done
    _Atomic uint32_t news; // it watches more than it did, or is to wait elsewhere
    // under the lock of the desk where it waits
    mhi_waiter *next, *prev; // among those that wait there without attending
    mhi_waiter *next_idler;
    // fixed while it waits
    bool is_inside; // it is a worker of this desk's, and rather runs what it waits for
    bool roams;     // it watches tasks of several desks
    mhi_mutex lock;
    // under lock
    mhi_window *attends; // the window it attends to; NULL: it sleeps on `event`
    mhi_watch *pending;  // what it watches that has not ended
    bool keeps_ended;    // completions: what has ended is kept, in order
    mhi_watch *ended, **ended_end;
};

// What is in one slot of the window.
typedef struct mhi_place {
    mh_task *first, *last;
    uint64_t read;       // bytes of records that have been read
    uint32_t next, prev; // among the places in use
    bool is_used;
} mhi_place;

#define MHI_NO_SLOT UINT32_MAX

// Tasks of a desk that wait for a permit of one limiter (limiter.h).
typedef struct mhi_parking {
    mh_limiter *limiter;
    mhi_desk *desk;
    mhi_queue queue;
    struct mhi_parking *next;       // of the same desk; under its lock
    struct mhi_parking *of_limiter; // of the same limiter; under the lock of all limiters
} mhi_parking;

// Memory for tasks, taken many at a time.
enum { MHI_SLAB_TASKS = 64 };
typedef struct mhi_slab {
    struct mhi_slab *next;
    mh_task task[MHI_SLAB_TASKS];
} mhi_slab;

// What a look at the places has found. A quick look ends at the first slot that nobody has taken,
// for those behind it were filled later.
typedef struct mhi_tally {
    uint32_t taken;       // slots that workers have in hand
    uint64_t begun;       // tasks in them that have begun, and are not ended
    uint64_t behind;      // tasks in them that wait for the one before them
    int32_t least_urgent; // no task in any place has a larger priority number
} mhi_tally;

enum { MHI_CACHED_ROUTINES = 8 };

struct mhi_desk {
    // fixed after open
    mh_pool *pool; // NULL once that is closed; under lock from then on
    mhi_crew *crew;
    mhi_window *window;
    int prefetch; // as in mh_pool_options
    uint32_t generation;
    mhi_mutex lock;
    // under lock
    mhi_queue queue;
    mhi_parking *parkings; // tasks whose limiters have no permit
    uint64_t parked;       // how many
    mhi_place *places;
    uint32_t slots;
    uint32_t used_first, used_last; // places in use, in the order of filling
    uint32_t
        next_slot; // where to look for an empty one: a position, never wrapped, as the ring's hint is
    uint32_t permitted; // the slot filled last with a task that has a permit
    uint32_t marked;    // a slot whose end tells us to lay more ready; MHI_NO_SLOT
    mhi_arena
        early;     // views for reading what workers are still writing; opened when first needed
    uint64_t used; // places in use
    uint64_t placed;  // tasks in them
    uint64_t inside;  // tasks that run on the stack of others
    mhi_tally tally;  // as of the last look, and of what was laid ready since
    uint64_t mean_ns; // of a task, as the last ones were; 0: not known yet
    uint64_t ids, orders, submitted, ended;
    mh_task *free; // memory for tasks
    mhi_slab *slabs;
    uint64_t made;      // tasks there is memory for
    uint64_t come_back; // of these, once the pool is closed: nobody has them any more
    struct {
        mh_routine routine;
        uint32_t number;
    } cached[MHI_CACHED_ROUTINES];   // by where their functions lie
    bool is_shown;                   // workers look at the window
    mh_task *to_tell, *to_tell_last; // ended, with an on_end
    bool is_telling;
    uint32_t holding;   // threads that hold submissions back
    bool is_closing;    // no more is submitted
    bool keeps_dropped; // what is dropped is kept to be handed out (never_ran)
    bool is_over;       // the pool is being closed: nobody may wait here any more
    bool ends_crew;     // the crew is to end when nothing is left
    bool looks_again;   // something has ended just before it was wanted
    bool is_blind; // what a worker still has in hand cannot be read early, for want of memory
    bool is_serial;
    bool is_helping; // serial: the thread at the desk is about to run a task
    bool has_clerk, clerk_leaves;
    char reason[MHI_REASON + 64]; // why what was left was cancelled
    mhi_thread clerk;
    mh_task *never_ran, *never_ran_last;
    mhi_waiter *attending; // looks at `told`, or sleeps on `ended`
    mhi_waiter *waiting;   // others
    mhi_waiter *idlers;    // wait for nothing to be left
    mhi_worker *insiders;  // its own workers that wait, wherever that is
    uint32_t visitors;     // threads in mhi_desk_wait
    // atomic
    _Atomic uint32_t
        is_unheard;   // tasks that have ended said something nobody has heard (listen.c)
    mhi_event opened; // submissions are no longer held back
    _Atomic(mh_task *)
        returned; // memory given back without the lock; the address of `gone`: the pool is closed
    mh_task gone;
};

// One more desk for a pool. `window` is the task window of its shop.
mh_status mhi_desk_open(mhi_desk **desk, mh_pool *pool, mhi_crew *crew, int prefetch);

// Ends everything that is left, as cancelled, and waits for what runs and for the last on_end.
void mhi_desk_finish(mhi_desk *desk);

// The pool goes; the desk goes with it, or with the last handle.
void mhi_desk_close(mhi_desk *desk);

// Serial: runs a task on this thread, if there is one that nobody else is running.
bool mhi_desk_help(void *desk);
// Serial: somebody else may run what there is. Under the lock.
void mhi_desk_call_helpers(mhi_desk *desk);

// ---- parts, all under the lock ------------------------------------------------------------------

// Collects, fills, asks for workers. Quickly: for a thread that only comes by, as in a submit.
void mhi_desk_turn(mhi_desk *desk);
void mhi_desk_turn_quickly(mhi_desk *desk);

// Whether there is more for workers than they can see.
void mhi_desk_ask_to_tell(mhi_desk *desk, bool more);

// Memory for a task. NULL: there is none.
mh_task *mhi_desk_new_task(mhi_desk *desk);

// collect.c: what is whole in the window is ended; counts what is not.
void mhi_desk_collect(mhi_desk *desk, bool quickly);
// fill.c: lays ready what there is room for.
void mhi_desk_fill(mhi_desk *desk);
// recall.c: takes back from a slot everything that has not begun, from task `from` on (NULL: all
// of it), into the queue.
void mhi_desk_recall(mhi_desk *desk, uint32_t slot, const mh_task *from);
void mhi_desk_recall_all(mhi_desk *desk);
// Serial: nobody is about to run a task, so none lies ready with a permit that somebody else
// could use. True: there was one.
bool mhi_desk_recall_permit(mhi_desk *desk);
void mhi_desk_cut_parts(mhi_desk *desk, const mh_task *task);
void mhi_desk_even_out(mhi_desk *desk);
// Whether what is laid ready now would begin at once.
bool mhi_desk_is_worker_free(const mhi_desk *desk);
// Back into the queue, with its priority and order. Cannot fail.
void mhi_desk_requeue(mhi_desk *desk, mh_task *task);
// Takes one task out of the queue or the window, wherever it waits. False: it has begun, or has
// ended.
bool mhi_desk_withdraw(mhi_desk *desk, mh_task *task);
// Where no worker is left: what has begun ends with the parts that ran.
void mhi_desk_end_begun(mhi_desk *desk);
// Whether it runs, or has run, and not just waits.
bool mhi_task_has_begun(const mh_task *task);
// By the word of its course: nothing of it runs, or will. It may not have been collected yet.
bool mhi_task_is_whole(const mh_task *task, uint64_t word);
// Where it lies, the opener is told when it ends.
void mhi_desk_want(mhi_desk *desk, const mh_task *task);

// end.c: the one function that ends a task. `records` are those of its results, `used` bytes; NULL:
// `outcome`, for this reason, was all that became of it.
void mhi_desk_end(mhi_desk *desk, mh_task *task, const char *records, uint64_t used);
// The same for a task that came to its end between its parts: those that are not there never began.
void mhi_desk_end_cut(mhi_desk *desk, mh_task *task, const char *records, uint64_t used);
void mhi_desk_end_as(mhi_desk *desk, mh_task *task, mh_outcome outcome, int code,
                     const char *reason);
// Where it is traced: the parts of a task from `from` on never ran, and end now.
void mhi_desk_trace_rest(mhi_desk *desk, const mh_task *task, uint32_t from,
                         mh_outcome outcome);
// Cancels all that has not begun.
void mhi_desk_drop_all(mhi_desk *desk, const char *reason);
bool mhi_desk_is_idle(const mhi_desk *desk);
// Runs the callbacks that are due, without the lock meanwhile.
void mhi_desk_tell(mhi_desk *desk);
void mhi_desk_tell_idlers(mhi_desk *desk);
// Once nothing is left of a pool that ends, its workers may leave. Lets the lock go meanwhile.
void mhi_desk_end_crew_if_due(mhi_desk *desk);
// mind.c: kills every worker process that runs a task.
void mhi_desk_kill_all(mhi_desk *desk);

// await.c: waits for what is pending, wherever it is; where this thread is a worker, runs it.
// MH_TIMEOUT; MH_END: nothing is pending; MH_DEADLOCK: that would wait for itself.
mh_status mhi_await(mhi_waiter *waiter, mh_deadline deadline);

// clerk.c: sees to it that somebody looks after the desk while nobody waits.
mh_status mhi_clerk_start(mhi_desk *desk);
void mhi_clerk_wake(mhi_desk *desk);
void mhi_clerk_end(mhi_desk *desk);
// Calls a task's on_end; and whether this thread is inside such a call of this desk now.
void mhi_clerk_call(mhi_desk *desk, mh_task *task, const mh_result *result);
bool mhi_clerk_is_here(const mhi_desk *desk);

// wait.c: waits at a desk until nothing of the waiter's is left, doing what there is to do.
typedef enum mhi_waited {
    MHI_WAITED, // nothing is left
    MHI_LATE,   // the deadline has passed
    MHI_LOOK_AROUND, // the desk closes, or there may be something to do for this thread, here or elsewhere
} mhi_waited;
mhi_waited mhi_desk_wait(mhi_desk *desk, mhi_waiter *waiter, mh_deadline deadline);
// listen.c: under the lock, when ends were seen: what those tasks have said may be unheard.
void mhi_desk_note_unheard(mhi_desk *desk);
// Without any lock, before the user is told of an end: hears it. Relaxed: whoever has seen the end
// (is_ended, acquire) sees the note.
void mhi_desk_hear(mhi_desk *desk);
static inline void mhi_desk_listen(mhi_desk *desk)
{
    if (atomic_load_explicit(&desk->is_unheard, memory_order_relaxed) != 0)
        mhi_desk_hear(desk);
}

// inside.c: the same, and where this thread is a worker of the desk's, runs what it waits for.
mhi_waited mhi_desk_wait_or_run(mhi_desk *desk, mhi_waiter *waiter, mh_deadline deadline);
// The task that makes this call, of a desk of this process; NULL: it is none.
mh_task *mhi_task_of_call(const mh_call *call);

// circles.c: the innermost task on this thread, of any pool; NULL: none. It begins to wait:
// false, where it would wait for itself; and is done with that.
mh_task *mhi_task_here(void);
bool mhi_circles_begin(mh_task *here, mhi_waiter *waiter);
void mhi_circles_end(mh_task *here, mhi_waiter *outer);

void mhi_waiter_init(mhi_waiter *waiter);
void mhi_waiter_fini(mhi_waiter *waiter);
void mhi_watch_link(mhi_watch *watch, mh_task *task, mhi_waiter *waiter);
// The same for who takes no turn at this desk afterwards.
void mhi_watch_link_and_look(mhi_watch *watch, mh_task *task, mhi_waiter *waiter);
void mhi_watch_unlink(mhi_watch *watch);
// What a waiter watches of this desk's, and a worker could begin; NULL: there is none.
mh_task *mhi_waiter_startable(mhi_waiter *waiter, const mhi_desk *desk);
void mhi_waiter_wake(mhi_waiter *waiter);
// A worker begins to wait, and is done with it: it is woken when it could begin what it waits
// for. Returns for whom it waited before.
mhi_waiter *mhi_insider_begin(mhi_desk *desk, mhi_worker *worker, mhi_waiter *waiter);
void mhi_insider_end(mhi_desk *desk, mhi_worker *worker, mhi_waiter *outer);
void mhi_desk_wake_insiders(mhi_desk *desk);
// It waits until nothing is left at the desk, which takes it off the list then.
void mhi_waiter_join_idlers(mhi_waiter *waiter, mhi_desk *desk);
// A watch is no longer pending. Under the waiter's lock.
void mhi_waiter_forget(mhi_waiter *waiter, mhi_watch *watch);

// completions.c: adds a task whose handle is good, with memory from mhi_allocate. Cannot fail.
void mhi_completions_add(mh_completions *completions, mh_task *task, mhi_watch *watch);

#endif
