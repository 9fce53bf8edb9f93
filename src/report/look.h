// Look: what a bar is to look like, out of what the program asked for and what the environment
// says.
//
// Promises: MH_PROGRESS goes before the program's wish; a bar is chosen by itself only on a
// terminal that can move its cursor, and never where CI is set; no colour with NO_COLOR. Reads
// the environment each time it is asked, and keeps nothing.
#ifndef MHI_LOOK_H
#define MHI_LOOK_H

#include <stdbool.h>

#include <manyhands/progress.h>

typedef struct mhi_look {
    mh_progress_mode mode; // never MH_PROGRESS_AUTO
    bool utf8;
    bool colour;
} mhi_look;

mhi_look mhi_look_choose(mh_progress_mode wanted, bool is_terminal);

#endif
