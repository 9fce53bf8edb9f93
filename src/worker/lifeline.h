// Lifeline: the lines on which the nurseries of this process hang, for a signal handler to cut.
//
// A nursery whose line ends kills its workers and what they have started, all of whom it knows for certain,
// and then leaves. So a program that is to die at once need not look for them: it cuts the lines. No lock
// is taken for that, nothing is waited for but the death of the nurseries, and that not for long.
#ifndef MHI_LIFELINE_H
#define MHI_LIFELINE_H

#include <stdbool.h>
#include <stdint.h>

// The line `fd` leads to a nursery, whose death is seen at `watch` (-1: not at all). There is room for many, but
// not for any number: those beyond are not cut, and end with the program.
void mhi_lifeline_add(int fd, int watch);

// Before either of them is closed. Waits while a handler on another thread cuts. True: it was cut. Removing
// it again, or what was never added, does nothing.
bool mhi_lifeline_remove(int fd);

// In a forked child: those were its parent's.
void mhi_lifelines_forget(void);

// Cuts all of them, and waits until the nurseries are dead, or the deadline has passed. Nobody learns what
// became of the workers before they are let go: a program that dies now sees nothing of it. Handlers may
// call both.
void mhi_lifelines_cut(uint64_t deadline_ns);
void mhi_lifelines_let_go(void);

#endif
