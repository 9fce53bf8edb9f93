// Telling: what is said of one bar in whole lines: its last word, and the lines and objects of a bar
// that is not drawn.
#ifndef MHI_TELLING_H
#define MHI_TELLING_H

#include "roster.h"

// The last word, whatever the bar looks like. It is written with the surface's next frame, or at once
// where the bar has no surface.
void mhi_tell_last(mhi_seen *seen, const mhi_screen_target *target);

// A line, if the bar is told in lines and one is due.
void mhi_tell_if_due(mhi_seen *seen, const mhi_screen_target *target, uint64_t now_ns);

#endif
