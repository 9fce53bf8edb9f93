// Quiet: a thread of the library's own that holds, from its beginning to its end, nothing that a fork could
// tear; beside it a pool of processes may still be started by fork.
#ifndef MHI_QUIET_H
#define MHI_QUIET_H

#include "../platform/platform.h"

// Starts one, and waits until it has begun, for until then it may hold something of the allocator's. Whoever
// counts threads to choose how a pool starts finds it, and knows of it, or does neither. Returns 0 or an
// errno value.
int mhi_quiet_thread_start(mhi_thread *thread, void *(*run)(void *), void *argument);

// Joins one that needs no lock of this room's to end, as if it stopped being quiet and being there at once.
void mhi_quiet_thread_join(mhi_thread *thread);

// So many more hold nothing now that a fork could tear. Each takes it back itself, before it runs code of the
// user's, and before it ends: to count one too few is always right.
void mhi_quiet_threads_add(int count);

#endif
