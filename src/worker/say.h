// Say: lines of the log leave a worker process through the ring of its seat.
#ifndef MHI_SAY_H
#define MHI_SAY_H

#include "shop.h"

// What a line in the ring is.
typedef enum mhi_line_kind {
    MHI_LINE_OURS, // the library said it
    MHI_LINE_USERS,
} mhi_line_kind;

// This process is a worker of this shop, and settled (home.h). From now on its lines go home, and
// what it may say is what stands in the shop.
void mhi_say_from_here(mhi_shop *shop);

#endif
