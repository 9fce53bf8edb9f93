// Roster: the bars that were seen, found again by key, with what the screen keeps of each.
//
// Promises: it stands in the order of the last look. Whoever uses it holds the screen's lock.
#ifndef MHI_ROSTER_H
#define MHI_ROSTER_H

#include "look.h"
#include "screen.h"
#include "surface.h"

typedef struct mhi_seen mhi_seen;
struct mhi_seen {
    mhi_seen *next;
    uint64_t key;
    mhi_look look;
    int fd;
    mhi_surface *surface; // NULL: not told anywhere
    mhi_progress progress;
    uint64_t due_ns;        // no line before
    uint64_t pause;         // seconds between the last line and the next
    const mhi_sight *sight; // during a look
};

typedef struct mhi_roster {
    mhi_seen *first;
    mhi_seen *last;
} mhi_roster;

// Takes the one with that key out, or returns NULL. Quick where it is the first.
mhi_seen *mhi_roster_take(mhi_roster *roster, uint64_t key);

void mhi_roster_append(mhi_roster *roster, mhi_seen *seen);

// Puts it among others that are in order of `ended_ns`.
void mhi_roster_add_ended(mhi_roster *roster, mhi_seen *seen);

// What is to be told of it.
mhi_numbers mhi_seen_numbers(mhi_seen *seen, uint64_t now_ns);

#endif
