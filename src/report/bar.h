// Bar: numbers in, one line of text out, and nothing else.
//
// Promises: no state, no clock, no environment, no allocation; the same numbers make the same
// line. A line is never wider than the terminal less one column, where some terminals already
// wrap. When and where lines are written is screen.h's matter.
#ifndef MHI_BAR_H
#define MHI_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/progress.h>

enum { MHI_BAR_LINE = 1024 }; // bytes that hold any line, with the final 0

typedef struct mhi_bar_numbers {
    mh_progress_facts facts;
    double rate;      // items per second
    uint64_t left_ns; // MHI_LEFT_UNKNOWN: not known
} mhi_bar_numbers;

// For a terminal, without a newline:
//     squares  42% ███████▌            4 200/10 000  1.2k/s  0:03 left
// Where it is narrow, parts are left out. Returns the bytes written, less the final 0.
size_t mhi_bar_draw(char line[MHI_BAR_LINE], const mhi_bar_numbers *numbers, int width,
                    bool utf8, bool colour);

// For a file, with a newline:
//     12:00:03 squares: 4200 of 10000 (42%), 1.2k/s, 0:03 left
size_t mhi_bar_say(char line[MHI_BAR_LINE], const mhi_bar_numbers *numbers, int second_of_day);

#endif
