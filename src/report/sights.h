// Sights: what is on all boards at one moment, in order of opening.
#ifndef MHI_SIGHTS_H
#define MHI_SIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "screen.h"

// What gets to see them: the screen, or a mirror of it.
typedef void mhi_sights_show(const mhi_sight *sights, size_t count, bool now);

// Looks at all boards, lets `show` see what is there, and clears what it has seen ended. Returns how many
// bars are left: those that run, and those that could not be shown for want of memory. After a visit what was
// seen is news no longer; after another look it is, for somebody has to see to the drawer's thread. One
// look at a time; any thread.
uint64_t mhi_sights_take(mhi_sights_show *show, bool now, bool is_visit);

// Their order.
bool mhi_sight_is_before(const mhi_sight *one, const mhi_sight *other);

#endif
