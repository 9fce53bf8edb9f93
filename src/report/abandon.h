// Abandon: leaving the terminal fit for a shell from inside a signal handler, where the screen's lock may be
// held by the very thread that was interrupted.
//
// The screen says beforehand whether its cursor rests at the end of a drawn bar, and on which descriptor;
// one atomic number holds that, and one write of fixed bytes is all that is left to do.
#ifndef MHI_ABANDON_H
#define MHI_ABANDON_H

// Bars are drawn on `fd` now, and the cursor is at the end of the last; -1: on none.
void mhi_screen_rests_on(int fd);

// The cursor goes to a fresh line, if it rested on bars. Handlers may call it.
void mhi_screen_abandon(void);

#endif
