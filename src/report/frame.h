// Frame: which rows stand at the bottom of a terminal.
//
// All bars where there is room; else what fits, how many more there are, and a line for all together.
#ifndef MHI_FRAME_H
#define MHI_FRAME_H

#include "roster.h"

// Draws all bars of the roster that belong to the surface, and writes what is to stand above them.
void mhi_frame_draw(mhi_surface *surface, const mhi_roster *roster, uint64_t now_ns);

bool mhi_frame_has(const mhi_surface *surface, const mhi_seen *seen);

#endif
