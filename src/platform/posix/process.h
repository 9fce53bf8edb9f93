// Process, between posix/ and linux/: the parts of looking after children that POSIX can answer.
#ifndef MHI_POSIX_PROCESS_H
#define MHI_POSIX_PROCESS_H

#include <signal.h>

#include "../platform.h"

// Blocks every signal for good, and tells with which mask to wait so that a dead child interrupts. Begins a
// process group, and throws away what stdout and stderr inherited unwritten: the parent still has it.
void mhi_nursery_settle_in(sigset_t *while_waiting);

// Forgets one dead child, after its group was killed. False when there is none.
bool mhi_nursery_reap_one(mhi_death *death);

#endif
