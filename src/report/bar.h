// Bar: numbers in, one row of text for a terminal out, and nothing else.
//
// Promises: no state, no clock, no environment, no allocation; the same numbers make the same
// row. A row is never wider than the terminal less one column, where some terminals already
// wrap. When and where rows are written is screen.h's matter.
#ifndef MHI_BAR_H
#define MHI_BAR_H

#include <stdbool.h>

#include "numbers.h"

enum { MHI_BAR_LINE = 1024 }; // bytes that hold any row, with the final 0

// Without a newline:
//     squares  42% ███████▌            4 200/10 000  1.2k/s  0:03 left
// Where it is narrow, parts are left out. Returns the columns it takes.
int mhi_bar_draw(char line[MHI_BAR_LINE], const mhi_numbers *numbers, int width, bool utf8,
                 bool colour);

#endif
