// Quiet: a thread of the library's own that holds, from its beginning to its end, nothing that a fork could
// tear; beside it a pool of processes may still be started by fork.
#ifndef MHI_QUIET_H
#define MHI_QUIET_H

#include "../platform/platform.h"

// Starts one. Whoever counts threads to choose how a pool starts finds it, and knows of it, or does
// neither. Returns 0 or an errno value.
int mhi_quiet_thread_start(mhi_thread *thread, void *(*run)(void *), void *argument);

// Joins it; `number` is what mhi_thread_number said in it. When this returns it is not counted any more.
void mhi_quiet_thread_join(mhi_thread thread, int number);

#endif
