// Mirror: in a worker process, the bars of pools that its tasks have opened, shown to its opener.
//
// Only the program has a terminal. So a look in a worker process does not draw: it keeps a bar on the
// worker's own board for each one that it sees, and its opener sees that. It is a screen to those who
// look (screen.h), with the same contract.
#ifndef MHI_MIRROR_H
#define MHI_MIRROR_H

#include "screen.h"

void mhi_mirror_look(const mhi_sight *sights, size_t count, bool now);

#endif
