// Trace: what a pool has done, item by item: when each was queued, begun and ended, how, and by which
// worker. To be looked at, or read.
//
// A pool that is opened with `trace` writes down every item of its maps and every single task. At any
// time while it is open, also while work runs, the trace can be written to a file:
//
//     mh_pool_open(&pool, &(mh_pool_options){.kind = MH_PROCESSES, .trace = true});
//     ...
//     mh_trace_write(pool, MH_TRACE_PAGE, "run.html");
//     mh_pool_close(pool);
//
// What has been handed out as a result, or is known to have ended, is in it; what runs just now is not
// yet. An item that crashed is on the track of the worker that crashed, from its beginning to the death.
//
// A record takes 40 bytes. A worker keeps up to 4 million of them, 160 MiB; what comes after that, or
// finds no memory, is lost, and counted: every form says how many. Where nothing is traced, nothing is
// written down, and it costs nothing.
#ifndef MANYHANDS_TRACE_H
#define MANYHANDS_TRACE_H

#include <stdint.h>

#include <manyhands/pool.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mh_trace_form {
    // Trace events in JSON, as https://ui.perfetto.dev and chrome://tracing open them: one track for
    // each worker; for each item a slice with its routine's name, its map and number there, when it was
    // queued, how long it waited, and its outcome. Items that never ran have a track of their own.
    MH_TRACE_JSON,
    // One HTML file with a timeline, which opens in any browser and needs no network.
    MH_TRACE_PAGE,
    // Text for people: how long it took, what each worker did, the slowest items, and a histogram of
    // how long items ran.
    MH_TRACE_SUMMARY,
} mh_trace_form;

// Writes the trace as it is now. The file is written under another name beside `path`, and takes its
// place when it is whole; on failure what was there before stays. Where `path` is no file, as
// /dev/stdout, it is written to directly. Blocks until it is written; workers go on meanwhile.
// MH_INVALID: also where the pool was opened without `trace`. MH_SYSTEM: the file could not be written
// (a folder that is not there, a full disk); the log says why. MH_NO_MEMORY, MH_FORKED. Any thread of
// the program, also inside tasks that run there.
mh_status mh_trace_write(mh_pool *pool, mh_trace_form form, const char *path);

// The same in numbers.
typedef struct mh_trace_facts {
    uint64_t items; // that have ended: done + failed + crashed + timed_out + cancelled
    uint64_t done, failed, crashed, timed_out, cancelled;
    uint64_t never_ran; // of these: no worker began them
    uint64_t lost;      // records that found no room, and are in none of these numbers
    int workers;        // that the pool was opened with, or that have run something since
    uint64_t wall_ns;   // from when the first item was queued to the end of the last
    uint64_t busy_ns;   // in which workers ran items, all of them together
    uint64_t wait_ns;   // from queued to begun, all items that ran together
    uint64_t run_ns;    // from begun to ended, likewise
} mh_trace_facts;

// MH_INVALID, MH_NO_MEMORY, MH_FORKED. Any thread of the program.
mh_status mh_trace_facts_of(mh_pool *pool, mh_trace_facts *facts);

#ifdef __cplusplus
}
#endif
#endif
