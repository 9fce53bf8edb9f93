// Deadline: the moment until which a call may wait. Every call that may block takes one, last.
//
// A deadline is a point in time, not a span: computed once, it serves a whole sequence of calls, and
// a loop cannot wait longer than was meant.
//
//     mh_deadline deadline = mh_in_ms(500);                    // half a second for all of it
//     while (mh_map_next(map, &result, deadline) == MH_OK) ...
#ifndef MANYHANDS_DEADLINE_H
#define MANYHANDS_DEADLINE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Nanoseconds on the monotonic clock of this machine (CLOCK_MONOTONIC).
typedef uint64_t mh_deadline;

#define MH_NOW ((mh_deadline)0)              // do not wait at all
#define MH_FOREVER ((mh_deadline)UINT64_MAX) // wait as long as it takes

// So many milliseconds from now; a negative number is now. Never overflows into the past. Any thread.
mh_deadline mh_in_ms(int64_t ms);

#ifdef __cplusplus
}
#endif
#endif
