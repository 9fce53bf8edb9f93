// Routine: the function that workers run, with what a worker needs before and after.
//
// The plain kind is a function from one value to another, made a routine by one line:
//
//     static long square(long x) { return x * x; }
//     MH_ROUTINE(square_each, square, long, long);
//
// The full kind sees bytes, keeps state, and can say why it failed. `setup` runs once in each worker,
// inside the worker (its thread, its process), before its first item, with that worker's own
// argument. `run` runs once for each item. `teardown` runs once when the worker ends in order, and may
// hand back a last result (mh_pool_next). A worker that crashed is replaced, and setup runs again.
//
//     static mh_status load(mh_call *call, mh_bytes argument, void **state);
//     static mh_status tag(mh_call *call, mh_bytes line);
//     static void unload(mh_call *call, void *state);
//     static const mh_routine tagger = {.name = "tag", .setup = load, .run = tag, .teardown = unload};
//
// Worker processes find these functions by the program or shared library they lie in and their place
// there, so they must be ordinary functions of a loaded file, not code made at run time.
#ifndef MANYHANDS_ROUTINE_H
#define MANYHANDS_ROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <manyhands/bytes.h>
#include <manyhands/deadline.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

// One run of a routine, as seen from inside. It is valid until the function it was given to returns,
// and only on the thread it was given to.
typedef struct mh_call mh_call;

// Copied by the calls that take one, so it may lie anywhere; its name is cut to 47 characters.
typedef struct mh_routine {
    const char *name; // for people; may be NULL
    mh_status (*setup)(mh_call *call, mh_bytes argument, void **state); // may be NULL
    mh_status (*run)(mh_call *call, mh_bytes item);                     // must be there
    void (*teardown)(mh_call *call, void *state);                       // may be NULL
} mh_routine;

// Inside run and teardown: makes a copy of `size` bytes the result. The last one given counts. No
// call of it, and MH_OK, is an empty result.
// MH_TOO_LARGE or MH_NO_MEMORY: the item fails with that, whatever the routine returns afterwards.
mh_status mh_return(mh_call *call, const void *data, size_t size);

// Inside run and teardown: makes `size` bytes the result and gives their address, to be written in
// place, without a copy. They are not cleared. A further call changes the size and keeps what was
// written, as far as it fits; it may move it. Statuses as mh_return.
mh_status mh_reserve(mh_call *call, size_t size, void **data);

// Inside setup, run and teardown: says why it failed. `code` is the routine's own number; the words,
// as for printf, are cut to 1000 bytes. Returns the status to return: `return mh_fail(call, ...)`.
mh_status mh_fail(mh_call *call, int code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

// What setup left in `*state`, in this worker; NULL when there was no setup.
void *mh_state(const mh_call *call);

// The number of this worker, 0 to workers - 1. A replacement has the number of the one it replaces.
int mh_worker(const mh_call *call);

// The index of the item being run: 0, 1, 2 ... in the order of the source.
uint64_t mh_index(const mh_call *call);

// True once nobody wants the result any more: a long run should then return, with any status.
bool mh_is_cancelled(const mh_call *call);

// Waits until that is so. MH_OK: it is; MH_TIMEOUT; MH_INVALID.
mh_status mh_wait_cancelled(const mh_call *call, mh_deadline deadline);

// Makes the plain function `result_type function(input_type)` a routine named `routine`. The compiler
// checks the types; an item of another size than the input's fails, and is not passed on.
#define MH_ROUTINE(routine, function, input_type, result_type) \
    static mh_status routine##_run(mh_call *mh_call_, mh_bytes mh_item_) \
    { \
        result_type (*const mh_typed_)(input_type) = function; \
        input_type mh_input_; \
        if (mh_item_.size != sizeof mh_input_) \
            return mh_fail(mh_call_, MH_INVALID, "the item has %zu bytes, %s takes %zu", \
                           mh_item_.size, #function, sizeof mh_input_); \
        memcpy(&mh_input_, mh_item_.data, sizeof mh_input_); \
        const result_type mh_result_ = mh_typed_(mh_input_); \
        return mh_return(mh_call_, &mh_result_, sizeof mh_result_); \
    } \
    static const mh_routine routine = {.name = #function, .run = routine##_run}

#ifdef __cplusplus
}
#endif
#endif
