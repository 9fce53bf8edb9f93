// Pool, inside: what maps and tasks need of a pool.
//
// A pool is a crew, a table that says which of its windows maps have taken, and a desk for single
// tasks. It lives until it is closed and the last map on it is closed too, whichever comes later.
#ifndef MHI_POOL_H
#define MHI_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/pool.h>

#include "../worker/crew.h"
#include "boxes.h"
#include "desk.h"

// Parts of the word that says how many items of a map were emptied.
#define MHI_EMPTYING UINT64_C(1)
#define MHI_EMPTIED(items) ((uint64_t)(items) << 1)

struct mh_pool {
    // fixed after open
    mh_kind kind;
    uint32_t generation; // of the process that opened it (fork.h)
    mhi_crew crew;
    mhi_desk *desk;
    char *name;           // "" when it has none
    uint64_t serial;      // of all pools of this program, in the order of opening
    mh_pool *next, *prev; // under the lock of the list (pools.c)
    bool is_open;         // likewise: it can be found
    mhi_mutex resizing;   // one at a time; before any other lock
    mhi_mutex lock;
    // under lock
    uint64_t taken;         // bit n: window n belongs to a map
    uint32_t maps;          // opened so far
    bool ended;             // no more work is taken
    bool is_shut_down;      // likewise, by mh_pool_shutdown
    bool closed;            // mh_pool_close has begun
    uint32_t holders;       // the pool itself, each open map, session, channel and event
    mhi_last *handed_lasts; // last results that were handed out; under the crew's lock
    // atomic, written by the map's thread: of each map, items of slots that were emptied (MHI_EMPTIED), and
    // whether one is just being emptied (MHI_EMPTYING); told to people
    _Atomic uint64_t emptied[MHI_WINDOWS];
    mh_context context; // fixed after open: its own, which all tasks may share
    mhi_boxes boxes;    // under the lock of all boxes
};

// Whether this call may be made here: MH_INVALID, MH_FORKED; MH_DEADLOCK (inside a routine or
// callback of this pool).
mh_status mhi_pool_check(const mh_pool *pool, const char *call);
// The same for calls that may be made there.
mh_status mhi_pool_check_anywhere(const mh_pool *pool, const char *call);

// The same, and whether it takes work still. MH_CLOSED.
mh_status mhi_pool_check_open(mh_pool *pool, const char *call);

// Whether its workers can run it, if it can be written down. MH_INVALID.
mh_status mhi_pool_check_routine(const mh_pool *pool, const mh_routine *routine,
                                 const char *call);

// Takes a window for a map, ready to be used but not yet seen by workers, and holds the pool.
// MH_CLOSED, MH_FULL, MH_BROKEN.
mh_status mhi_pool_take_window(mh_pool *pool, const mh_routine *routine,
                               uint32_t *routine_number, uint32_t *window);

// Writes a routine down for its workers. MH_NOT_FOUND, MH_FULL.
mh_status mhi_pool_add_routine(mh_pool *pool, const mh_routine *routine, uint32_t *number);

// pools.c: the list of all pools. Enlisting a name that is taken is MH_BUSY.
mh_status mhi_pool_enlist(mh_pool *pool);
void mhi_pool_announce(mh_pool *pool);
void mhi_pool_delist(mh_pool *pool);
// Calls `visit` for each that is open, none of which goes meanwhile. The lock of the list is held, before
// that of any pool or desk.
void mhi_pools_each(void (*visit)(mh_pool *pool, void *context), void *context);
bool mhi_pool_is_listed(const mh_pool *pool, uint64_t serial);
uint64_t mhi_pool_serial(const mh_pool *pool);

// Lets workers see it; and the other way round: nothing in it may be READY or TAKEN any more.
void mhi_pool_show_window(mh_pool *pool, uint32_t window);
void mhi_pool_return_window(mh_pool *pool, uint32_t window);

// One holder more or less: the pool itself, a map, a session, a channel or event. The last one
// frees it. MH_CLOSED.
mh_status mhi_pool_hold(mh_pool *pool, const char *call);
void mhi_pool_drop(mh_pool *pool);

#endif
