// Result: how one piece of work ended, and what came of it.
//
// A result is filled by the call that hands it out (mh_map_next, mh_task_result, mh_pool_next).
// The memory that `data` and `message` point to belongs to that map, task or pool, and stays as
// it is until the next call that hands out a result, or until the close; with a session, until
// the session is cleared or closed. Nothing has to be freed.
//
//     if (result.outcome == MH_DONE)
//         use(result.data, result.size);
//     else
//         fprintf(stderr, "item %llu: %s\n", (unsigned long long)result.index, result.message);
#ifndef MANYHANDS_RESULT_H
#define MANYHANDS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mh_outcome {
    MH_DONE = 0,  // the routine returned MH_OK
    MH_FAILED,    // the routine said that it failed, or the item could not be given to it
    MH_CRASHED,   // the worker process died while it ran this piece of work
    MH_TIMED_OUT, // it ran longer than it may
    MH_CANCELLED, // it never ran, or was killed while it did (mh_task_kill)
} mh_outcome;

typedef struct mh_result {
    mh_outcome outcome;
    int code;             // failed: the routine's own code (mh_fail), else its status
    uint64_t index;       // which item: 0, 1, 2 ... in the order the source gave them
    const void *data;     // done: the result, aligned for any type; NULL when it is empty
    size_t size;          // done: its size in bytes
    const char *message;  // not done: why, in words; "" when done
    int worker;           // the number of the worker that ran it; -1 when none did
    int pid;              // the process it ran in; 0 when none did
    int signal;           // crashed: the signal that killed the worker, else 0
    int exit_code;        // crashed without a signal: what the worker's process returned
    bool likely_oom;      // crashed: the kernel reported running out of memory meanwhile
    uint32_t attempt;     // 1 for the first run
    uint64_t duration_ns; // how long it ran; for items that travelled together, their mean
} mh_result;

// The outcome in one word: "done", "failed", "crashed", "timed out", "cancelled". Static text.
const char *mh_outcome_text(mh_outcome outcome);

// The result as a value of `type`. When the result is not done, or has not exactly the size of
// `type`, the value is all zero bytes: check result.outcome where that matters.
#define mh_result_as(type, result) (*(const type *)mh_result_value(&(result), sizeof(type)))

// What mh_result_as reads: the data, or as many zero bytes. Sizes up to MH_VALUE_LIMIT; for larger
// ones that are not there, the program is stopped, for there is nothing to point to.
#define MH_VALUE_LIMIT 4096
const void *mh_result_value(const mh_result *result, size_t size);

#ifdef __cplusplus
}
#endif
#endif
