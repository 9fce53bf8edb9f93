// Wish: the last few, in a ring. A bar is seen a tenth of a second after it was opened, and nobody
// changes his mind more often meanwhile.

#include "wish.h"

enum { WISHES = 16 };

// All zero: since the beginning of time, nothing in particular.
static mhi_wish wishes[WISHES]; // under the screen's lock
static unsigned count;          // under the screen's lock

void mhi_wish_add(const mhi_wish *wish)
{
    wishes[++count % WISHES] = *wish;
}

mhi_wish mhi_wish_at(uint64_t time_ns)
{
    const mhi_wish none = {.mode = MH_PROGRESS_AUTO, .fd = 2};
    unsigned kept = count < WISHES ? count : WISHES;
    for (unsigned back = 0; back < kept; back++)
        if (wishes[(count - back) % WISHES].since_ns <= time_ns)
            return wishes[(count - back) % WISHES];
    return kept < WISHES ? none : wishes[(count + 1) % WISHES];
}
