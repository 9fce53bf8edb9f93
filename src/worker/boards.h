// Boards: all that this process looks at, to show the bars on them: its own, and that of each process
// pool it has opened.
//
// Looking is done by one thread at a time, between mhi_boards_hold and mhi_boards_release; meanwhile
// no board comes or goes, and nobody forks.
//
// Lock order: `families` (process.c), the log's for the moment of a fork, then this; a lock of whom
// shows the bars may be taken inside. Nothing is logged under it.
#ifndef MHI_BOARDS_H
#define MHI_BOARDS_H

#include <stdint.h>

#include "../shared/board.h"

typedef struct mhi_watched {
    // under the lock
    struct mhi_watched *next;
    mhi_board *board;
    uint64_t serial; // of all that were ever watched by this process
    uint64_t looked; // what of `board->changes` the look that is being taken will have seen
    _Atomic uint64_t seen; // what of `board->changes` was seen by a visit that is over
} mhi_watched;

// Adds a board of a pool, and takes it away: before, a last look is taken if there was ever a bar.
void mhi_boards_add(mhi_watched *watched, mhi_board *board);
void mhi_boards_remove(mhi_watched *watched);

// The first of them; `next` leads to the others.
mhi_watched *mhi_boards_hold(void);
void mhi_boards_release(void);

// Of this process, for bars of all that is no worker process. In a forked child it is empty again.
mhi_board *mhi_boards_own(void);

// Whether bars were published or have ended that no visit (report/drawer.h) has seen.
bool mhi_watched_has_news(const mhi_watched *watched);

#endif
