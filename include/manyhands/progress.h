// Progress: how far a map has come, for people and for programs.
//
// A map that is given a title shows a bar on standard error: on a terminal a line that is redrawn,
// elsewhere time-stamped lines at growing intervals. The environment variable MH_PROGRESS (auto, bar,
// lines, json, off) overrides what the program says. NO_COLOR takes the colour away.
//
//     mh_map_open(&map, pool, &square_each, &source, &(mh_map_options){.progress = "squares"});
#ifndef MANYHANDS_PROGRESS_H
#define MANYHANDS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

// The numbers behind a bar.
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
