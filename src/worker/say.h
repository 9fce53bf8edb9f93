// Say: lines of the log leave a worker process through the ring of its seat.
#ifndef MHI_SAY_H
#define MHI_SAY_H

#include "shop.h"

// What a line in the ring is.
typedef enum mhi_line_kind {
    MHI_LINE_OURS, // the library said it
    MHI_LINE_USERS,
    MHI_LINE_MARK, // whose output is whose (output.h)
} mhi_line_kind;

// This process is a worker of this shop, and settled (home.h). From now on its lines go home, and
// what it may say is what stands in the shop.
void mhi_say_from_here(mhi_shop *shop);

// In such a process: puts an entry of this kind into the ring. Does not ring, unless it has to wait for
// room.
void mhi_say_quietly(mhi_line_kind kind, const void *bytes, uint32_t size);

#endif
