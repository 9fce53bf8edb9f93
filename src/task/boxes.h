// Boxes: the memory in which a pool's channels and events lie, and all of them that are open in
// this process.
//
// A box takes a run of the arena's last areas, which every worker of the pool can map; where it
// begins is all that a worker has to be told. Which are free is known to the opening process
// alone.
#ifndef MHI_BOXES_H
#define MHI_BOXES_H

#include <stdbool.h>
#include <stdint.h>

#include "../worker/channel.h"

typedef struct mhi_box mhi_box;

// The free boxes of a pool. Under the lock of all boxes.
typedef struct mhi_boxes {
    mhi_box *free; // stretches, in order
    bool has_begun;
    bool has_ended; // no more is sent through its channels, also those still to come
} mhi_boxes;

// Whose it is, and so who may close it.
typedef enum mhi_box_owner { MHI_OF_USER, MHI_OF_LIBRARY } mhi_box_owner;

struct mhi_box {
    // fixed after open
    union {
        mh_channel channel;
        mh_event event;
    };
    mhi_users users;
    mh_pool *pool;
    mhi_box_owner owner;
    bool is_channel;
    uint32_t area, areas;
    // under the lock of all boxes
    mhi_box *next, *prev; // of those open, or, `next`, free
};

enum { MHI_CHANNEL_CAPACITY = 64 }; // messages of a channel, unless the user says

// The library's own are closed by it, and those of a pool do not hold it.
mh_status mhi_channel_open(mh_channel **channel, mh_pool *pool, int capacity,
                           mhi_box_owner owner, const char *call);
mh_status mhi_event_open(mh_event **event, mh_pool *pool, mhi_box_owner owner,
                         const char *call);

// A context of the library's own: messages that its channels hold, and whether it has an event; 0, or less: there is
// none. What was opened before a failure is in it, and is closed with it.
typedef struct mhi_context_shape {
    int input, output;
    bool has_cancel;
} mhi_context_shape;
mh_status mhi_context_open(mh_context *context, mh_pool *pool, const mhi_context_shape *shape,
                           const char *call);
void mhi_context_close(const mh_context *context);

// room.c: a stretch of areas. MH_FULL, MH_NO_MEMORY. Under the lock of all boxes.
mh_status mhi_boxes_take(mh_pool *pool, uint32_t areas, mhi_box **box);
void mhi_boxes_return(mhi_boxes *boxes, mhi_box *box);

// Frees what is left of a pool's boxes, when nobody holds it any more.
void mhi_boxes_fini(mhi_boxes *boxes);

// One user less; whoever waits for the last of them at the other end of `channel` hears of it.
void mhi_boxes_leave(_Atomic uint32_t *users, mh_channel *channel);

// No more is sent through the channels of this pool.
void mhi_boxes_end(mh_pool *pool);

// Wakes whoever waits for a message or an event, in any process, to look again.
void mhi_boxes_stir(void);

// A worker process is dead: its messages are settled. Calls of processes have no others on their
// stack.
void mhi_boxes_bury(const mhi_shop *shop, uint32_t number);

// ---- contexts of tasks --------------------------------------------------------------------------

// What a task is given. Each task has its own.
typedef struct mhi_wiring {
    mhi_wires wires;
    mh_context context;
} mhi_wiring;

// Whether tasks of this pool may have it. MH_INVALID, MH_FORKED.
mh_status mhi_context_check(const mh_context *context, const mh_pool *pool, const char *call);

// NULL: no memory. The boxes count who uses them, until it is cut.
mhi_wiring *mhi_wire(const mh_context *context);
void mhi_unwire(mhi_wiring *wiring);

static inline bool mhi_context_is_empty(const mh_context *context)
{
    return context->input == NULL && context->output == NULL && context->cancel == NULL;
}

#endif
