// Trace, inside: what has been written down of a pool, ready to be told in one form or another.
//
// Where the books come from is not known here: a pool's workers are writing them, or a test has
// made them up.
#ifndef MHI_TRACE_H
#define MHI_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/trace.h>

#include "../worker/routine.h"
#include "../worker/tracing.h"
#include "draft.h"

typedef struct mhi_track {
    uint32_t
        worker; // whose book it is, which tells of some items that nobody ran; MHI_NOBODY: only
    mhi_trace_book book;
} mhi_track;

#define MHI_NOBODY UINT32_MAX

typedef struct mhi_trace {
    const char *pool; // its name; "": it has none
    mh_kind kind;
    int pid;
    uint64_t opened_ns; // the pool; times are told from here on
    const mhi_routines *routines;
    const mhi_track *tracks; // workers in order, nobody last
    uint32_t count;
} mhi_trace;

// Walks over a book: what is void or makes no sense (its writer ran wild) is left out. `*at` is 0
// first. False: there is no more.
bool mhi_track_next(const mhi_track *track, uint64_t *at, mhi_trace_event *event);

// The name of the routine with this number, until the next call; any bytes, but short.
const char *mhi_trace_routine(const mhi_trace *trace, uint16_t routine,
                              char name[MHI_NAME + 1]);

const char *mhi_kind_text(mh_kind kind);

// ---- numbers ------------------------------------------------------------------------------------

// What one worker has done.
typedef struct mhi_track_sums {
    uint64_t ran;     // items
    uint64_t busy_ns; // in which it ran at least one: one may wait for another inside it
    uint64_t wait_ns, longest_wait_ns;
    uint64_t run_ns, longest_run_ns;
} mhi_track_sums;

void mhi_track_sum(const mhi_track *track, mhi_track_sums *sums);

// All of it.
void mhi_trace_sum(const mhi_trace *trace, mh_trace_facts *facts);

// ---- forms --------------------------------------------------------------------------------------

void mhi_trace_tell_json(const mhi_trace *trace, mhi_draft *draft);
void mhi_trace_tell_page(const mhi_trace *trace, mhi_draft *draft);
void mhi_trace_tell_summary(const mhi_trace *trace, mhi_draft *draft);

#endif
