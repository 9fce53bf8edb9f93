// Ending: how a bar ended, for the board that keeps bars and the screen that shows them.
//
// Whoever opened a bar closes it, or its task ends without doing so; then the bar's last word says
// how. The order is kept in shared memory, so it is part of what all processes agree on.
#ifndef MHI_ENDING_H
#define MHI_ENDING_H

typedef enum mhi_ending {
    MHI_RUNS,      // not ended
    MHI_CLOSED,    // as it should be
    MHI_LEFT_OPEN, // its task ended well, without closing it
    MHI_FAILED,    // its task failed
    MHI_CRASHED,
    MHI_CANCELLED,
    MHI_FORGOTTEN, // to vanish without a word
} mhi_ending;

#endif
