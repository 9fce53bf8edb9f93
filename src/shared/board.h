// Board: places for bars in memory that several processes share, of which any may be killed at any
// instant.
//
//     EMPTY --claim--> WRITING(owner) --publish--> OPEN(owner) --end--> ENDED(how) --clear--> EMPTY
//                           `-----------drop or settle------------------------------------------^
//
// A place is claimed, published and ended by its owner; after the death of the owner the supervisor
// drops and ends. Only the one reader, the process that shows the bars, clears what has ended, and only
// once it has shown its last word. So a bar that was published comes to exactly one end, and a place
// is never lost.
//
// What stands in a place is written before it is published, but for the numbers: those are counted up
// by any thread of the owner, while the reader looks.
#ifndef MHI_BOARD_H
#define MHI_BOARD_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <manyhands/progress.h>

#include "claim.h"
#include "ending.h"

// The states of a place, in the words of claim.h. How it ended stands where its owner stood.
static const mhi_state MHI_PLACE_WRITING = MHI_TAKEN;
static const mhi_state MHI_PLACE_OPEN = MHI_READY;
static const mhi_state MHI_PLACE_ENDED = MHI_ENDED;

// The users' mh_progress is a place: so a step needs no look-up, and no handle has to be freed.
typedef struct mh_progress {
    alignas(128) mhi_claim claim;
    uint64_t opened_ns;        // claimed; published with the place
    _Atomic uint64_t ended_ns; // relaxed: published with the end
    _Atomic uint64_t call;     // of the owner's that it was opened in, 0: none; relaxed
    _Atomic uint64_t total;    // relaxed: may change at any time
    char title[MH_TITLE_SIZE]; // claimed; published with the place
    // relaxed: whoever closes the bar knows that its steps are done
    alignas(128) _Atomic uint64_t done;
    _Atomic uint64_t skipped;
    _Atomic uint64_t bad;
} mhi_bar;

// Zeroed, it is empty.
typedef struct mhi_board {
    _Atomic uint32_t used;                 // no place from this number on was ever claimed
    alignas(128) _Atomic uint64_t changes; // how often a bar was published or has ended
    mhi_bar place[MH_PROGRESS_LIMIT];
} mhi_board;

typedef struct mhi_bar_plan {
    const char *title; // cut at a character where it is too long
    uint64_t total;    // or MH_PROGRESS_UNSIZED
    uint64_t opened_ns;
    uint64_t call;
} mhi_bar_plan;

// ---- the owner's --------------------------------------------------------------------------------

// Claims a place and fills it in. NULL: all are taken.
mhi_bar *mhi_board_claim(mhi_board *board, uint32_t owner, const mhi_bar_plan *plan);

// From now on it is seen.
void mhi_board_publish(mhi_board *board, mhi_bar *place);

// It was not published, and will not be.
void mhi_board_drop(mhi_bar *place);

// Ends it, as of `ended_ns` (mhi_clock_ns). False: it is not an open bar of this owner (any more).
bool mhi_board_end(mhi_board *board, mhi_bar *place, uint32_t owner, mhi_ending ending,
                   uint64_t ended_ns);

// Ends all that this call has opened. True: there was one.
bool mhi_board_end_call(mhi_board *board, uint32_t owner, uint64_t call, mhi_ending ending);

// For an owner that is dead: ends what it had open, drops what it was writing.
void mhi_board_settle(mhi_board *board, uint32_t owner, mhi_ending ending);

// Whether `place` is one of this board's, whatever its state.
bool mhi_board_has(const mhi_board *board, const mhi_bar *place);

// ---- the reader's -------------------------------------------------------------------------------

// Places from this number on are empty.
uint32_t mhi_board_used(const mhi_board *board);

// One place as it stands; MHI_RUNS where it is open. False: there is no bar to be seen.
bool mhi_bar_look(const mhi_bar *place, uint64_t *word, mhi_ending *ending);

static inline void mhi_bar_clear(mhi_bar *place)
{
    mhi_claim_clear(&place->claim);
}

// In a child: what was open belongs to the parent, whose threads are not here. It is left as it is, since
// somebody may still step there, and is never seen.
void mhi_board_begin_child(mhi_board *board);

#endif
