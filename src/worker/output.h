// Output: the worker's side of captured output (capture.h).
//
// A worker process whose pool captures has files in place of stdout and stderr. To them its own
// code writes, the C libraries it uses, and the programs it starts; nobody is ever held up, and
// what was written up to a crash is there. What the worker adds is marks in its ring (lines.h):
// this item begins; it has ended, and the files were that long. The opener tells from the marks
// whose bytes are whose.
#ifndef MHI_OUTPUT_H
#define MHI_OUTPUT_H

#include <stdint.h>

#include "../shared/piece.h"
#include "worker.h"

// The text of an entry of the ring. From `at` on bytes are those of the subject; with `has_ended`,
// up to there, and what follows is the worker's own.
typedef struct mhi_output_mark {
    mhi_subject subject;
    uint64_t at[MHI_OUTPUT_STREAMS];
    uint32_t has_ended;
} mhi_output_mark;

// In the worker's process, before any of the user's code: `fds` are its stdout and stderr from now
// on. MH_SYSTEM.
mh_status mhi_output_settle(const int fds[MHI_OUTPUT_STREAMS]);

// Parts of the life of a worker that captures. An item begins; what runs has ended, an item or the
// setup or teardown: all of its output is told before anybody can know.
void mhi_output_begin(const mh_call *call);
void mhi_output_end(const mh_call *call);

// The worker may print from now on, so somebody has to look now and then; or it sleeps.
void mhi_output_wake(const mhi_worker *worker);
void mhi_output_rest(const mhi_worker *worker);

#endif
