// Plain: a bar told in words, for a file, and in JSON, for a program.
//
// Promises: no state, no clock, no environment but the time zone, no allocation; one line each, with
// its newline, however wicked the title.
#ifndef MHI_PLAIN_H
#define MHI_PLAIN_H

#include <stddef.h>

#include "numbers.h"

enum { MHI_PLAIN = 4096 }; // bytes that hold any line, with the final 0

// `wall_ns` is the time since 1970; the line tells the local time of day:
//     12:00:03 squares: 4200 of 10000 (42%), 1.2k/s, 0:03 left
// Returns the bytes written, less the final 0.
size_t mhi_plain_line(char line[MHI_PLAIN], const mhi_numbers *numbers, uint64_t wall_ns);

// The same as an object:
//     {"time":"2026-01-01T12:00:03.000Z","title":"squares","done":4200,"total":10000,"skipped":0,
//      "bad":0,"elapsed":3.500,"rate":1200.000000,"left":2.900,"state":"running"}
// `total` and `left` are null where they are not known. `state` is running, closed, left open, failed,
// crashed or cancelled. Times are in seconds, `rate` is in items per second. What is broken in the
// title is U+FFFD; what is longer than 512 bytes is cut.
size_t mhi_plain_json(char line[MHI_PLAIN], const mhi_numbers *numbers, uint64_t wall_ns);

#endif
