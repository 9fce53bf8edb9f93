// Settle: what the opening process does for a worker that is dead.
#ifndef MHI_SETTLE_H
#define MHI_SETTLE_H

#include "../platform/platform.h"
#include "shop.h"

// Ends the ownership of everything worker `number` held, after it was reaped. The item it was running, if
// any, becomes a crash, or is cancelled, if that is what it was killed for; whole results stay; the rest goes
// back to the others. Returns what was found. `index` is told which item was running.
typedef enum mhi_found { MHI_FOUND_IDLE, MHI_FOUND_RUNNING, MHI_FOUND_KILLED } mhi_found;
mhi_found mhi_settle(mhi_shop *shop, uint32_t number, const mhi_death *death, bool likely_oom,
                     uint64_t *index);

// Before that: ends the bars it had open.
void mhi_settle_bars(mhi_shop *shop, uint32_t number);

// The death in words: "killed by SIGSEGV".
void mhi_death_text(const mhi_death *death, bool likely_oom, char *text, size_t room);

#endif
