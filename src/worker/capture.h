// Capture: how what worker processes print reaches the process that opened their pool.
//
// Each seat has two files without a name, one for stdout and one for stderr, which its workers, one
// after the other, have in their places; the opener makes them when it asks for the first one. The
// reader takes bytes and marks (output.h) together and hands on pieces, each with whose it is: it
// looks how long the files are, then at the marks, then reads. So a mark that comes with the bytes
// is never missed. What is read is given back to the system.
//
// The reader's part of it is under `hearing` of the crew (hear.h). What was captured of an item is
// told before the item is known to have ended, also after a death.
#ifndef MHI_CAPTURE_H
#define MHI_CAPTURE_H

#include "crew.h"
#include "output.h"

// MH_OK: `crew->capture`, which is NULL where the options want nothing captured.
mh_status mhi_capture_open(mhi_crew *crew, const mhi_output_options *options);
void mhi_capture_close(mhi_crew *crew);

// The files for the worker of a seat: made at the first time, -1 where nothing is captured. One
// thread at a time for each seat. Returns 0, or an errno value.
int mhi_capture_files(mhi_crew *crew, uint32_t number, int fds[MHI_OUTPUT_STREAMS]);

// A child of this process closes what belongs to other pools.
void mhi_capture_forget(const mhi_crew *crew);

// ---- under `hearing`, and without a capture they do nothing -------------------------------------

// Before the ring of this seat is read, and after.
void mhi_capture_look(mhi_crew *crew, uint32_t number);
void mhi_capture_read(mhi_crew *crew, uint32_t number);

// A mark that was found in the ring.
void mhi_capture_mark(mhi_crew *crew, uint32_t number, const char *text, size_t size);

// The worker of this seat is dead, and was heard: nothing more is printed by what it ran.
void mhi_capture_bury(mhi_crew *crew, uint32_t number);

// ---- for the supervisor -------------------------------------------------------------------------

// Whether somebody may be printing now, without a mark for some time. If not, whoever begins rings.
bool mhi_capture_watches(mhi_crew *crew);

#endif
