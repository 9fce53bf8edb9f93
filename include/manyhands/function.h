// Function: a function that runs elsewhere whenever it is called, and returns a task.
//
//     static long square(long x) { return x * x; }
//     MH_THREADED(square_later, square, long, long, .home = MH_HOME_STANDING);
//
//     mh_task *task;
//     square_later(7, &task);                      // the compiler checks the 7
//     mh_task_wait(task, MH_FOREVER);
//
// The object behind it is an mh_function; it can be made and called without the macro as well:
//
//     static mh_function tagger = MH_FUNCTION(&tag, .kind = MH_PROCESSES, .home = MH_HOME_PRIVATE);
//     mh_function_call(&tagger, line, &task);
//
// What is known only when the program runs, such as a limiter, can be written into `options` of the object
// before the first call: square_later_function.options.task.limiter = two.
//
// Its workers are started by the first call. Where they live is the function's `home`. When the program
// is done with it, mh_function_close waits for the calls that are under way; mh_pools_close (pools.h)
// does so for all functions and pools at once.
#ifndef MANYHANDS_FUNCTION_H
#define MANYHANDS_FUNCTION_H

#include <stdbool.h>

#include <manyhands/bytes.h>
#include <manyhands/deadline.h>
#include <manyhands/pool.h>
#include <manyhands/routine.h>
#include <manyhands/status.h>
#include <manyhands/task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mh_home {
    MH_HOME_OWN = 0, // a worker for each call that is under way; they end soon after
    MH_HOME_STANDING, // one worker for all calls, which stays, keeps its state (setup), and is replaced
                      // when it crashes
    MH_HOME_PRIVATE, // a pool that only this function uses
    MH_HOME_NAMED,   // the pool of that name, opened by whoever needs it first
} mh_home;

// Zero is the default of every field.
typedef struct mh_function_options {
    mh_kind kind; // of the workers, where they are this function's own
    mh_home home;
    const char *pool_name; // named: of the pool; giving one makes the home MH_HOME_NAMED
    // Of the pool, where this function opens it: how its processes start, its item_limit ... `kind` comes from
    // above, and with a home of one's own, or standing, so does the number of workers.
    mh_pool_options pool;
    mh_bytes argument;    // own, standing, private: for the setup of each worker
    mh_task_options task; // of every call
    int mh_end_;          // not to be set: it lets the macros below take any number of fields
} mh_function_options;

// Storage belongs to the user, and is to be static or to outlive all calls. Made by MH_FUNCTION.
typedef struct mh_function {
    // fixed
    const mh_routine *routine;
    mh_function_options options;
    // the library's
    mh_pool *pool;
    unsigned generation;
    unsigned long long serial;
} mh_function;

#define MH_FUNCTION(...) \
    { \
        .routine = MH_FIRST_(__VA_ARGS__, 0), \
        .options = {MH_REST_(__VA_ARGS__, .mh_end_ = 0)}, .pool = NULL, .generation = 0, \
        .serial = 0 \
    }
#define MH_FIRST_(first, ...) first
#define MH_REST_(first, ...) __VA_ARGS__

// Submits one call with a copy of `input`. `task` as in mh_submit. The first call opens the pool.
// Statuses as mh_submit and mh_pool_open; MH_INVALID also when the options contradict each other. In a forked child
// it begins anew, with a pool of the child's own. Any thread.
mh_status mh_function_call(mh_function *function, mh_bytes input, mh_task **task);

// The pool that its calls run on; NULL before the first call. Of a home that is not named, it is the
// function's: do not close it.
mh_pool *mh_function_pool(mh_function *function);

// Waits for the calls under way, and ends the function's own workers; the pool of a named home stays. The
// function can be called again afterwards.
// MH_OK; MH_TIMEOUT: not all ended in time, nothing was closed; MH_DEADLOCK, MH_INVALID, MH_FORKED.
mh_status mh_function_close(mh_function *function, mh_deadline deadline);

// MH_THREADED(name, function, input_type, result_type, fields of mh_function_options ...) declares
// `mh_status name(input_type input, mh_task **task)`, which runs `function` on a worker. The object behind
// it is `name##_function`, the routine `name##_routine`.
#define MH_THREADED(name, function, input_type, ...) \
    MH_ROUTINE(name##_routine, function, input_type, MH_FIRST_(__VA_ARGS__, 0)); \
    static mh_function name##_function = { \
        .routine = &name##_routine, \
        .options = {MH_REST_(__VA_ARGS__, .mh_end_ = 0)}, \
        .pool = NULL, \
        .generation = 0, \
        .serial = 0, \
    }; \
    static inline mh_status name(input_type mh_input_, mh_task **mh_task_) \
    { \
        return mh_function_call(&name##_function, MH_BYTES_OF(mh_input_), mh_task_); \
    } \
    typedef int name##_is_threaded

// The same on worker processes.
#define MH_PROCESSED(name, function, input_type, ...) \
    MH_THREADED(name, function, input_type, __VA_ARGS__, .kind = MH_PROCESSES)

#ifdef __cplusplus
}
#endif
#endif
