// Outlook: what this room tells those above it, who know what to make of it.
//
// There is one, a constant that door/outlook.c fills in: the house is wired when it is built, not
// while it runs. Every function may be called by any thread of the opening process, and holds
// none of the locks of this room while it is.
#ifndef MHI_OUTLOOK_H
#define MHI_OUTLOOK_H

#include <manyhands/status.h>

#include "../shared/piece.h"

typedef struct mhi_outlook {
    // A thread of the program opens a pool of processes, whose workers may open bars.
    void (*begin)(void);
    // A bar was opened, or has ended, somewhere this process looks.
    void (*bars)(void);
    // What worker processes print is captured for a pool: who takes it, a piece, the end. Only these
    // are called under a lock of this room, `hearing`, and so one at a time for each pool; options and
    // pieces are copied. A status other than MH_OK: its reason was logged.
    mh_status (*output_open)(void **output, const mhi_output_options *options);
    void (*output_take)(void *output, const mhi_piece *piece);
    void (*output_close)(void *output);
} mhi_outlook;

extern const mhi_outlook mhi_outlook_above;

#endif
