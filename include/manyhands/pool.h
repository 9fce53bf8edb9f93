// Pool: a number of workers that wait for work.
//
// A pool is opened with a kind and a number of workers. Work is given to it by maps (map.h) and as single
// tasks (task.h). When all is done it is closed; workers, processes, threads, descriptors and shared
// memory are then gone.
//
//     mh_pool *pool;
//     mh_status status = mh_pool_open(&pool, &(mh_pool_options){.kind = MH_PROCESSES, .workers = 4});
//     ...
//     mh_pool_close(pool);
//
// All kinds do the same work in the same way; they differ in what a crash takes with it. A process
// that dies fails the one item it ran: the pool replaces the worker (setup runs again) and goes on.
//
// A worker process is a copy of the program as it was when the pool was opened. It ignores SIGINT and
// leads a process group of its own. It ends when the pool is closed and when the program dies, however
// that happens. What it writes through stdio is flushed when it ends in order.
#ifndef MANYHANDS_POOL_H
#define MANYHANDS_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/bytes.h>
#include <manyhands/deadline.h>
#include <manyhands/output.h>
#include <manyhands/result.h>
#include <manyhands/routine.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_pool mh_pool;

typedef enum mh_kind {
    MH_THREADS = 0, // threads of this process
    MH_PROCESSES,   // child processes; a crash is one failed item
    MH_SERIAL,      // no worker at all: the thread that waits for a result does the work
} mh_kind;

// How the first of the worker processes comes to be. Forking a program that runs other threads can
// leave locks held for ever in the child; starting the program afresh cannot, but the workers then
// see nothing the program has built in memory, only what setup is given as its argument. Workers are
// started before main() runs in such a fresh copy; main() itself does not run there.
typedef enum mh_start {
    MH_START_AUTO = 0, // fork when the program has one thread, else exec
    MH_START_FORK,     // a copy of the program as it is now
    MH_START_EXEC,     // a fresh start of the same program file
} mh_start;

#define MH_WORKERS_LIMIT 1024

// Zero is the default of every field. Everything is copied by mh_pool_open.
typedef struct mh_pool_options {
    mh_kind kind;
    int workers;                       // 0: mh_cpu_count(NULL); serial: always 1
    mh_start start;                    // processes only
    const mh_routine *routine;         // what sets workers up; maps may use it (map.h)
    const mh_routine *const *routines; // instead of `routine`: one for each worker
    const mh_bytes *arguments;         // one for each worker, for its setup; NULL: empty ones
    size_t item_limit;                 // largest item, and result, in bytes; 0: 1 GiB
    const char *name;                  // to find it by (pools.h); NULL: none
    // How many tasks may lie ready for workers beyond those they run (task.h). 0: the library chooses, by
    // how long tasks take: one for each worker where they are long, thousands where they are short.
    int prefetch;
    // Workers that come and go. Those with a number below `least` are started by the open, and stay; the
    // others, up to `workers`, are started when there is work that no worker is free for, and end when
    // they have had none for idle_ms.
    bool on_demand;
    int least;
    int idle_ms; // 0: 1000; MH_IDLE_FOREVER: they stay
    // Processes only: for each worker a list of "NAME=value", ended by NULL, which it finds in its
    // environment before its setup runs; NULL: none. Unless the program's environment or this list says
    // otherwise, OMP_NUM_THREADS and its kin for the usual BLAS libraries are set in every worker
    // process, so that all workers together have a thread for each processor.
    const char *const *const *environment;
    // What all tasks that ask for it share (context.h): messages that the global input and output hold,
    // and whether there is a global cancel event. 0, and false: there is none.
    int global_input, global_output;
    bool global_cancel;
    bool
        trace; // it is written down when each item was queued, begun and ended, and how (trace.h)
    // Processes only: what becomes of what tasks print (output.h). 0, and NULL: it is left alone.
    mh_output output;
    const char *output_folder; // for MH_OUTPUT_FILES, which needs it
    mh_output_sink *on_output; // instead of `output`
    void *output_context;      // given to it
    // Processes only: a worker that says more (log.h) than is heard does not wait, but drops what finds
    // no room. How many lines were dropped is said in their place.
    bool drop_logs;
} mh_pool_options;

#define MH_PREFETCH_NONE (-1)
#define MH_IDLE_FOREVER (-1)

// Opens a pool. Blocks until the workers exist, not until their setups have run. `options` may be
// NULL. `*pool` belongs to the caller, who closes it.
// MH_INVALID, MH_NO_MEMORY, MH_NOT_FOUND (a function that lies in no loaded file), MH_STOPPED (the program
// was interrupted, interrupt.h), MH_SYSTEM. Any thread.
mh_status mh_pool_open(mh_pool **pool, const mh_pool_options *options);

// How many workers the pool may have at a time, and of which kind. For NULL: 0, and MH_SERIAL.
int mh_pool_workers(const mh_pool *pool);
mh_kind mh_pool_kind(const mh_pool *pool);

// ---- workers that come and go -------------------------------------------------------------------

// Changes the most workers the pool may have at a time, up to MH_WORKERS_LIMIT. More are started at once, or,
// on demand, when they are needed; of fewer, those with the highest numbers end after what they run. Does
// not block. mh_pool_add does the same by a difference, which may be negative.
// MH_INVALID: also for a serial pool, and beyond a list of routines, arguments or environments that the
// pool was opened with. MH_CLOSED, MH_NO_MEMORY, MH_SYSTEM, MH_FORKED. Any thread, also inside tasks.
mh_status mh_pool_resize(mh_pool *pool, int workers);
mh_status mh_pool_add(mh_pool *pool, int workers);

// One worker ends after what it runs now, with its teardown. Its seat stays empty: a pool on demand fills it
// when it is needed, others when they are resized. Does not block.
// MH_NOT_FOUND: no worker has that number now. Else as mh_pool_resize.
mh_status mh_pool_end_worker(mh_pool *pool, int number);

typedef enum mh_pool_state {
    MH_POOL_OPEN,   // it takes work
    MH_POOL_HELD,   // submissions are held back (mh_pool_wait)
    MH_POOL_ENDING, // it takes no more work
} mh_pool_state;

// What a pool is doing, as of one moment: queued + running + ended == submitted, busy + idle == workers.
typedef struct mh_pool_facts {
    mh_pool_state state;
    int most;           // workers it may have
    int workers;        // workers it has, or is just starting
    int busy, idle;     // of these: with work in hand, without
    uint64_t submitted; // single tasks so far (maps are not counted)
    uint64_t queued, running, ended;
} mh_pool_facts;

// MH_INVALID, MH_FORKED. Any thread, also inside tasks.
mh_status mh_pool_facts_of(mh_pool *pool, mh_pool_facts *facts);

// ---- waiting and ending -------------------------------------------------------------------------

// Waits until no single task is queued or running, and every on_end has returned. With `hold_back`, other
// threads that submit meanwhile wait until this call is over; tasks and callbacks of the pool itself may
// submit, and what they submit is waited for as well. Without it, work that is submitted meanwhile is
// waited for too.
// MH_OK; MH_TIMEOUT; MH_DEADLOCK: called by a task or callback of this pool; MH_INVALID, MH_FORKED.
mh_status mh_pool_wait(mh_pool *pool, bool hold_back, mh_deadline deadline);

typedef enum mh_shutdown {
    MH_SHUTDOWN_FINISH = 0, // what is queued still runs
    MH_SHUTDOWN_DROP,       // what is queued never runs, and ends as cancelled
    MH_SHUTDOWN_KILL,       // likewise, and what runs is asked to stop, in processes killed
} mh_shutdown;

// Takes no more work, and waits until no task is left. If the deadline passes first, whatever has not begun is
// dropped; with `by_force`, what runs is then dealt with as by MH_SHUTDOWN_KILL: killed processes are waited
// for, threads that go on are not. Which tasks never ran is told by mh_pool_never_ran. It may be called again, for
// instance harder. The pool can still be asked, and must be closed.
// MH_OK: nothing is left, whatever it took; MH_TIMEOUT: some tasks still run; MH_DEADLOCK, MH_INVALID, MH_FORKED.
mh_status mh_pool_shutdown(mh_pool *pool, mh_shutdown how, bool by_force, mh_deadline deadline);

// Hands out a task that the shutdown has kept from running, each once, in the order they would have run in. The
// handle belongs to the caller; mh_task_input tells what it was to work on.
// MH_END: there is none, or no more. MH_INVALID, MH_FORKED. Does not block. Any thread.
struct mh_task;
mh_status mh_pool_never_ran(mh_pool *pool, struct mh_task **task);

// Takes no more work, and lets the workers end when what was submitted is done: each runs its teardown. Does
// not block. Further calls do nothing.
// MH_BUSY: a map is still open. MH_INVALID, MH_FORKED. Any thread.
mh_status mh_pool_end(mh_pool *pool);

// Hands out the last result of one worker: what its teardown returned, with its number as `worker`
// and `index`. Ends the pool first, as mh_pool_end does. Each worker whose routine has a teardown,
// and that ended in order, gives one; they come as workers end, and stay valid until the close. A worker that
// dies when the pool is ending is not replaced any more, and gives none.
// MH_END: all were handed out. MH_TIMEOUT. MH_BUSY, MH_INVALID, MH_FORKED. Any thread.
mh_status mh_pool_next(mh_pool *pool, mh_result *last, mh_deadline deadline);

// Ends the pool, waits for its workers, and frees everything. Items and tasks that are being run are not
// interrupted, though asked to stop: a close waits for them. Queued tasks are cancelled; to let them run
// first, see mh_pool_wait and mh_pool_shutdown. Maps that are still open are cancelled; they must still be
// closed, before or after. NULL does nothing. In a forked child it frees the child's copy and leaves
// the workers to the parent. Any thread, once, but not from inside a routine or callback of the pool: there it does
// nothing but say so.
void mh_pool_close(mh_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
