// Wish: what the program asked of bars, and since when.
//
// Promises: a bar gets what was wished when it was opened, although it is first seen later. Whoever
// uses it holds the screen's lock.
#ifndef MHI_WISH_H
#define MHI_WISH_H

#include <stdint.h>

#include <manyhands/progress.h>

typedef struct mhi_wish {
    uint64_t since_ns;
    mh_progress_mode mode;
    int fd;
} mhi_wish;

void mhi_wish_add(const mhi_wish *wish);

// What held at that time. Without any wish: MH_PROGRESS_AUTO on standard error.
mhi_wish mhi_wish_at(uint64_t time_ns);

#endif
