// Look: what a bar is to look like, out of what the program asked for and what the environment
// says.
//
// Promises: MH_PROGRESS goes before the program's wish; a bar is chosen by itself only on a
// terminal that can move its cursor, and never where CI is set; no colour with NO_COLOR. Keeps
// nothing.
#ifndef MHI_LOOK_H
#define MHI_LOOK_H

#include <stdbool.h>

#include <manyhands/progress.h>

// What the environment says.
typedef struct mhi_surroundings {
    bool is_mode_set;
    mh_progress_mode mode; // only when it is set
    bool is_capable;       // a terminal here can move its cursor
    bool is_ci;
    bool utf8;
    bool colour;
} mhi_surroundings;

typedef struct mhi_look {
    mh_progress_mode mode; // never MH_PROGRESS_AUTO
    bool utf8;
    bool colour;
} mhi_look;

// Reads the environment. A word there that means nothing goes to the log.
mhi_surroundings mhi_look_around(void);

mhi_look mhi_look_choose(const mhi_surroundings *around, mh_progress_mode wanted,
                         bool is_terminal);

#endif
