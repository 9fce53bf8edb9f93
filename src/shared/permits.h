// Permits: claim words again, this time for a number of permits that several processes share.
//
//     FREE (EMPTY) --take: names its owner--> HELD (TAKEN, owner) --give--> FREE
//
// The word of each permit names who has it, so those of a dead process can be given back for it.
// They lie in memory of their own, which is shared with every child forked later.
#ifndef MHI_PERMITS_H
#define MHI_PERMITS_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/status.h>

#include "claim.h"
#include "event.h"

typedef struct mhi_permits {
    uint32_t count;        // fixed after open
    _Atomic uint32_t hint; // relaxed: where a free one may be
    mhi_event freed;       // signalled when a permit became free
    mhi_claim permit[];
} mhi_permits;

// MH_NO_MEMORY, MH_SYSTEM.
mh_status mhi_permits_open(mhi_permits **permits, uint32_t count);
void mhi_permits_close(mhi_permits *permits);

// Takes one for `owner`, of 24 bits. Does not wait.
bool mhi_permits_take(mhi_permits *permits, uint32_t owner);

// Gives back one of those that `owner` has. False: it has none. Signals `freed`.
bool mhi_permits_give(mhi_permits *permits, uint32_t owner);

// How many nobody has now.
uint32_t mhi_permits_free(const mhi_permits *permits);

#endif
