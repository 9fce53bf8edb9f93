// Interrupt: what the screen does when the program is about to be killed.

#include "../task/interrupt.h"

#include "../report/abandon.h"

const mhi_interrupt_view mhi_interrupt_above = {.abandon = mhi_screen_abandon};
