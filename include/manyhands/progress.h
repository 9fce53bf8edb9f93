// Progress: how far the work has come, for people and for programs.
//
// A bar has a title and a total. It is opened anywhere, in the program, in its threads, in tasks of any
// kind of worker, and all bars show together on standard error: on a terminal those that run at the
// bottom, redrawn ten times a second, and those that have ended above them; elsewhere as time-stamped lines
// at growing intervals. A step costs a few nanoseconds.
//
//     mh_progress *bar;
//     mh_progress_open(&bar, "primes", count);
//     for (uint64_t i = 0; i < count; i++, mh_progress_add(bar, 1))
//         look_at(i);
//     mh_progress_close(bar);
//
// A map that is given a title shows a bar by itself:
//
//     mh_map_open(&map, pool, &square_each, &source, &(mh_map_options){.progress = "squares"});
//
// The environment variable MH_PROGRESS (auto, bar, lines, json, off) overrides what the program says. NO_COLOR
// takes the colour away.
#ifndef MANYHANDS_PROGRESS_H
#define MANYHANDS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/deadline.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- bars ---------------------------------------------------------------------------------------

#define MH_PROGRESS_UNSIZED UINT64_MAX // a total that is not known

enum {
    MH_PROGRESS_LIMIT = 4096, // bars at once in a program, and on each pool of processes, where
                              // an ended one counts until the program has seen its end
    MH_TITLE_SIZE = 192,      // bytes of a title with its 0; what is longer is cut
};

typedef struct mh_progress mh_progress;

// Opens a bar, which is seen within a tenth of a second. The title is copied. In a routine the bar belongs to the call: if it
// is still open when the routine returns, or its worker dies, it ends there, stays at its last count,
// and says how the call ended; after that it must not be used. A bar that a worker's setup opens ends
// with the worker. All others are open until they are closed.
// MH_INVALID, MH_NO_MEMORY, MH_FULL; MH_SYSTEM (the thread that draws cannot be started). With any of these
// `*bar` is untouched; a bar that is NULL may be used like any other, and is not seen. Any thread.
mh_status mh_progress_open(mh_progress **bar, const char *title, uint64_t total);

// So much more is done: one addition to a counter. Does not block. NULL does nothing. Any thread of the
// process that opened the bar.
void mh_progress_add(mh_progress *bar, uint64_t count);

// So much is done without having been worked for, because it was there already, say: it counts as
// done, but says nothing about the speed. As mh_progress_add.
void mh_progress_skip(mh_progress *bar, uint64_t count);

// Changes the total, or makes it known. As mh_progress_add.
void mh_progress_resize(mh_progress *bar, uint64_t total);

// Ends a bar. In the program its last word is on the screen when the call returns; of a worker
// process it is before the result of its task is handed out. NULL, and one that has ended with its
// call, does nothing. As mh_progress_add, and afterwards nobody may use it.
void mh_progress_close(mh_progress *bar);

// Brings what all bars say now to the screen, and waits until no bar is open any more, in this process
// and in the workers of its pools. Blocks until the deadline at most.
// MH_TIMEOUT: some are open. MH_DEADLOCK: called from inside a routine. MH_FORKED: in a worker process,
// whose bars are shown by its opener. Any thread.
mh_status mh_progress_wait(mh_deadline deadline);

// ---- the numbers of a map -----------------------------------------------------------------------

// The numbers behind the bar of a map.
typedef struct mh_progress_facts {
    const char *title;
    uint64_t done;       // items handed out so far, whatever their outcome
    uint64_t bad;        // how many of them did not end as done
    bool sized;          // whether `total` is known
    uint64_t total;      // in items
    uint64_t elapsed_ns; // since the map was opened
    bool ended;          // this is the last word
} mh_progress_facts;

// Receives the numbers instead of a bar: at the start, at most ten times a second while items are
// handed out, and once at the end. It is called by the thread that uses the map, inside the map's own
// calls. It must not call the map.
typedef void mh_progress_sink(void *context, const mh_progress_facts *facts);

typedef enum mh_progress_mode {
    MH_PROGRESS_AUTO = 0, // a bar on a capable terminal, lines elsewhere
    MH_PROGRESS_BAR,
    MH_PROGRESS_LINES,
    MH_PROGRESS_JSON, // as lines, each a JSON object
    MH_PROGRESS_OFF,
} mh_progress_mode;

// Chooses the look of all bars opened from now on, and the descriptor they are written to (-1: standard
// error). The descriptor belongs to the caller.
// MH_INVALID: no such mode, or descriptor. Any thread.
mh_status mh_progress_to(mh_progress_mode mode, int fd);

#ifdef __cplusplus
}
#endif
#endif
