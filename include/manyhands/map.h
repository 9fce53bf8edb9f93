// Map: a routine over a stream of items, with the results as a stream.
//
// A map is opened on a pool, read to its end, and closed:
//
//     mh_map *map;
//     mh_source source = mh_source_array(input, 5, sizeof *input);
//     mh_map_open(&map, pool, &square_each, &source, NULL);
//     for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
//         printf("%ld\n", mh_result_as(long, result));
//     mh_map_close(map);
//
// It is lazy: the source is asked only inside mh_map_next, and never for more than `window` items
// beyond those handed out. A slow consumer slows the source, not the memory. There is no barrier: while
// one item is slow, the workers go on with later ones, as far as the window reaches.
//
// Leaving early is safe: mh_map_close at any point cancels the rest. Several maps may be open on one
// pool at once; the workers take turns. A map is used by one thread at a time; only mh_map_cancel may
// be called by any.
#ifndef MANYHANDS_MAP_H
#define MANYHANDS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/deadline.h>
#include <manyhands/pool.h>
#include <manyhands/progress.h>
#include <manyhands/result.h>
#include <manyhands/routine.h>
#include <manyhands/source.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_map mh_map;

// What an item that did not end as done does to its map.
typedef enum mh_on_error {
    MH_ON_ERROR_RETURN = 0, // it is handed out in its place, as a result that is not done
    MH_ON_ERROR_STOP,  // nothing more is read or started; what runs finishes and is handed out;
                       // then the map ends with MH_ERRORS
    MH_ON_ERROR_DEFER, // everything runs, done results are handed out, then the map ends with
                       // MH_ERRORS
} mh_on_error;

// Zero is the default of every field. Everything is copied by mh_map_open.
typedef struct mh_map_options {
    bool unordered; // hand results out as they finish, not in the order of the input
    mh_on_error on_error;
    size_t window;  // most items between the source and the caller, exactly; 0: the library
                    // chooses, and bounds their bytes as well
    bool unbounded; // no window: read all the input at the first mh_map_next
    // Items of a chunk run one after the other on one worker, and wait for each other; a small fixed one
    // may keep a large window from being used up.
    size_t chunk;         // items handed to a worker at a time; 0: adapts to how long they take
    const char *progress; // the title of a bar; NULL: none
    mh_progress_sink *on_progress; // instead of a bar
    void *progress_context;
} mh_map_options;

// Opens a map. Does not ask the source yet. `routine` NULL means each worker's own, given when the pool
// was opened; a routine with a setup can only be used that way. `source` and `options` are copied; what
// the source points to must stay until the map is closed. `options` may be NULL.
// MH_INVALID; MH_NO_MEMORY; MH_FULL (63 maps are open on the pool); MH_CLOSED (the pool has ended);
// MH_NOT_FOUND (a function that lies in no loaded file); MH_BROKEN (no worker is left); MH_STOPPED (the
// program was interrupted); MH_FORKED;
// MH_DEADLOCK (called from inside a routine that this pool runs, whose workers it would wait for; in a
// worker process that is MH_FORKED).
// Any thread.
mh_status mh_map_open(mh_map **map, mh_pool *pool, const mh_routine *routine,
                      const mh_source *source, const mh_map_options *options);

// Hands out the next result, and blocks until there is one or the deadline passes. With MH_NOW the
// source may still be asked. The result's data lives until the next call on this map.
// MH_OK: a result. MH_END: all were handed out. MH_TIMEOUT. MH_ERRORS: all that will come was handed
// out, and there were errors (mh_map_error). MH_SOURCE_FAILED: the source failed, and all it gave
// before was handed out. MH_STOPPED: likewise after mh_map_cancel, or an interrupt (interrupt.h). MH_BROKEN: likewise after the last
// worker was lost; what it left undone came as cancelled. MH_INVALID, MH_FORKED, MH_DEADLOCK.
mh_status mh_map_next(mh_map *map, mh_result *result, mh_deadline deadline);

// How many items there are in all, when the source knew or has ended, else MH_LENGTH_UNKNOWN; and how
// many results were handed out so far.
#define MH_LENGTH_UNKNOWN UINT64_MAX
uint64_t mh_map_length(const mh_map *map);
uint64_t mh_map_count(const mh_map *map);

// The errors so far: how many there were, and each of them, 0, 1 ... in the order they were seen.
// Under `return` those that were handed out are not kept here. `*error` lives until the map is closed.
// MH_END: there are fewer.
uint64_t mh_map_errors(const mh_map *map);
mh_status mh_map_error(const mh_map *map, uint64_t number, mh_result *error);

// Stops reading and starting; what runs is asked to stop (mh_is_cancelled). Results that are there, and
// those of items that run, are still handed out; items that never started are not. Does not block. Any
// thread, while the map is open.
// MH_INVALID, MH_FORKED.
mh_status mh_map_cancel(mh_map *map);

// Cancels what is left, waits for what runs, and frees the map. NULL does nothing.
void mh_map_close(mh_map *map);

// From array to array: runs `routine` over `count` items of `input_size` bytes and puts each result,
// of `output_size` bytes, at its place in `output`. Blocks until all is done. Places of items that did
// not end as done are left as they were. `output` may be NULL when `output_size` is 0.
// MH_ERRORS: at least one ended badly, the first is described in the log. Else as mh_map_open.
mh_status mh_map_array(mh_pool *pool, const mh_routine *routine, const void *input,
                       size_t count, size_t input_size, void *output, size_t output_size,
                       const mh_map_options *options);

#ifdef __cplusplus
}
#endif
#endif
