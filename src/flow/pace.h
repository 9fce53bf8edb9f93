// Pace: how many items travel together, and how many may be under way.
//
// Handing over a slot costs the same for one item as for hundreds, so short items travel in chunks.
// Chunks begin with one item, double while they are quick to fill and to run, and halve when they are
// slow; so a chunk never holds up its neighbours for long. The user's own choices come first.
#ifndef MHI_PACE_H
#define MHI_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/map.h>

typedef struct mhi_pace {
    // fixed after open
    bool is_chunk_fixed;
    uint64_t window; // the user's, in items; 0: ours
    uint32_t workers;
    uint64_t slots;
    uint64_t least, most; // items in one chunk
    // the using thread's
    uint64_t keep;        // bytes that an area of an emptied slot may keep for the next chunk
    uint64_t chunk;       // items in the next chunk
    uint64_t bytes;       // of input under way
    uint64_t result_size; // of a typical result, in bytes
} mhi_pace;

void mhi_pace_init(mhi_pace *pace, const mh_map_options *options, uint32_t workers,
                   uint32_t slots);

// So many items are to fit into the slots together: all of an unbounded map, or a large window.
void mhi_pace_spread(mhi_pace *pace, uint64_t length);

// The first item has been seen. Large ones use fewer slots, so that the memory they go through stays in the
// cache, and what is kept of it small. Returns how many slots the map uses from now on.
uint32_t mhi_pace_fit(mhi_pace *pace, uint64_t size);

// How many items may be asked for now, as one chunk: 0 is none. `under_way`: asked for and not handed
// out; `left`: how many the source still has, if known, else UINT64_MAX; `is_idle`: the caller is about to
// sleep, so a chunk that is smaller than it should be costs nothing, and uses the window up.
uint64_t mhi_pace_allows(const mhi_pace *pace, uint64_t under_way, uint64_t left, bool is_idle);

// Whether a chunk that has grown to so many bytes should go.
static inline bool mhi_pace_is_full(const mhi_pace *pace, uint64_t bytes)
{
    enum { FULL = 32 << 10 };
    return bytes >= FULL && !pace->is_chunk_fixed && pace->window != UINT64_MAX;
}

// A chunk was filled; a chunk came back. Times in nanoseconds, for the whole chunk.
void mhi_pace_filled(mhi_pace *pace, uint64_t bytes, uint64_t ns);
void mhi_pace_ran(mhi_pace *pace, uint64_t items, uint64_t input, uint64_t output, uint64_t ns);

#endif
