// Channel, inside: a mailbox as one process uses it, and how to wait for it; with the event,
// which is waited for in the same way.
//
// A handle is either the opener's, or was reached through the context of a call. The opener
// counts which tasks have a channel as their input or output, so that it need not wait for those
// that have all ended.
#ifndef MHI_CHANNEL_H
#define MHI_CHANNEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <manyhands/context.h>

#include "../shared/mailbox.h"
#include "shop.h"

// The tasks that have it in their context and have not ended; kept by the opening process.
typedef struct mhi_users {
    _Atomic uint32_t senders, receivers; // sequential: each is looked at before a sleep
    _Atomic bool had_senders, had_receivers;
} mhi_users;

struct mh_channel {
    mhi_mailbox mailbox;
    mhi_shop *shop;
    uint32_t generation; // of the process whose handle it is (fork.h)
    uint32_t owner;      // in claim words: that process, or that call
    bool has_taken;      // messages that may not have been confirmed
    mhi_users *users;    // NULL: not the opener's
};

// What of an event is shared.
typedef struct mhi_flag {
    _Atomic uint32_t is_set;
    mhi_event told;
} mhi_flag;

struct mh_event {
    mhi_flag *flag;
    mhi_shop *shop;
    uint32_t generation;
    uint32_t area;
    mhi_users *users; // `receivers`; NULL: not the opener's
};

// The handles behind a call's context.
typedef struct mhi_ends {
    mh_channel input, output;
    mh_event cancel;
} mhi_ends;

#endif
