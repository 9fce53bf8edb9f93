// Bars: what the threads of a worker, or of the program, do with their bars on a board.
//
// In a worker process the board is that of the pool it works for, elsewhere the process's own
// (home.h). A bar that is opened inside a routine belongs to that call, and has ended when the call
// has; one that a worker's setup opens belongs to the worker. All others are their opener's.
#ifndef MHI_BARS_H
#define MHI_BARS_H

#include <manyhands/progress.h>

#include "../shared/board.h"

// Whether this is a worker process, whose bars its opener shows; and whether a routine runs on this thread.
bool mhi_bars_are_shown_elsewhere(void);
bool mhi_bars_are_in_routine(void);

// Claims a place for a bar of this thread; `for_call`: it is to end with the call that runs here.
// NULL: all are taken.
mhi_bar *mhi_bars_claim(const char *title, uint64_t total, bool for_call);

// That this was so, in the log. MH_FULL.
mh_status mhi_bars_refuse(const char *title);

// Publishes it, ends it (now, or as of then), or gives up one that was not published. A place that is not this
// process's is left alone. None of these tells anybody.
void mhi_bars_publish(mhi_bar *place);
bool mhi_bars_end(mhi_bar *place, mhi_ending ending);
bool mhi_bars_end_at(mhi_bar *place, mhi_ending ending, uint64_t ended_ns);
void mhi_bars_drop(mhi_bar *place);

// Tells whoever shows the bars of this thread that there is something to see.
void mhi_bars_tell(void);

// A call, or a worker, has ended: what it left open ends. `*call` is its number among those that have opened
// bars, and 0 afterwards.
void mhi_bars_leave(uint64_t *call, mhi_ending ending);

#endif
