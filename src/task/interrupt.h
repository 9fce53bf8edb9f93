// Interrupt: a Ctrl-C, from the handler to the line in the log.
//
//     first signal:   handler --> winding is asked --> a byte to our thread --> it sweeps all pools, and says
//                     where they stood
//     second signal:  handler --> all lifelines are cut --> what was there before us --> the same signal again
//
// The handler takes no lock and waits for nothing of ours; so the second signal kills, whatever our thread
// is doing.
#ifndef MHI_INTERRUPT_H
#define MHI_INTERRUPT_H

// What the rooms above do at the second signal. There is one, a constant that door/interrupt.c fills in.
typedef struct mhi_interrupt_view {
    // Leaves the terminal fit for a shell. Called by a handler, so only what is allowed there; may be NULL.
    void (*abandon)(void);
} mhi_interrupt_view;

extern const mhi_interrupt_view mhi_interrupt_above;

#endif
