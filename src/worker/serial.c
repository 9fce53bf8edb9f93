// Serial: no worker at all. The thread that waits for a result does the work, one item at a time.
//
// It is the reference for every other kind, and the one to debug with. Its one worker is set up when it
// is first needed, and torn down by the close.

#include "../base/log.h"
#include "../base/memory.h"
#include "crew.h"

typedef struct serial {
    mhi_mutex lock; // one item at a time, whoever waits
    mhi_worker worker;
    _Atomic uint32_t turned_away; // somebody wanted to help, and could not
    int tries;                    // under lock: setups that failed; MHI_TRIES: given up
} serial;

static mh_status open(mhi_crew *crew)
{
    serial *own = mhi_allocate(1, sizeof *own);
    if (own == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory for a serial pool");
    mhi_mutex_init(&own->lock);
    mhi_worker_init(&own->worker, &crew->shop, 0);
    crew->own = own;
    return MH_OK;
}

static bool is_in(const serial *own, mhi_phase phase)
{
    return atomic_load(&own->worker.seat->phase) == phase;
}

// Once it has left it does not come again. True: it was given up just now, which is news for whoever waits.
static bool set_up(mhi_crew *crew, serial *own)
{
    while (own->tries < MHI_TRIES && !is_in(own, MHI_WORKING) && !is_in(own, MHI_LEFT))
        if (mhi_worker_set_up(&own->worker) != MHI_WORKING && ++own->tries == MHI_TRIES) {
            mhi_crew_give_up(crew, 0, own->worker.seat->reason);
            return true;
        }
    return false;
}

// A routine of another pool may be waiting on this thread.
static void begin_here(serial *own)
{
    own->worker.outer = mhi_worker_here;
    mhi_worker_here = &own->worker;
}

static void end_here(const serial *own)
{
    mhi_worker_here = own->worker.outer;
}

// Who finds another thread at work goes away to be told when it is done. If the second try fails, that one has
// not let go yet, and will see the note.
static bool try_lock(serial *own)
{
    if (mhi_mutex_try(&own->lock))
        return true;
    atomic_store(&own->turned_away, 1);
    return mhi_mutex_try(&own->lock);
}

static mhi_help help(mhi_crew *crew, bool waits)
{
    serial *own = crew->own;
    if (waits)
        mhi_mutex_lock(&own->lock);
    else if (!try_lock(own))
        return MHI_TURNED_AWAY;
    begin_here(own);
    bool did_something = set_up(crew, own);
    if (is_in(own, MHI_WORKING))
        did_something = mhi_worker_step(&own->worker);
    end_here(own);
    mhi_mutex_unlock(&own->lock);
    if (atomic_exchange(&own->turned_away, 0) != 0)
        mhi_shop_tell(&crew->shop);
    return did_something ? MHI_HELPED : MHI_NOTHING;
}

// Setup runs also when there was no work, so that a pool ends the same way whatever its kind.
static void end(mhi_crew *crew)
{
    serial *own = crew->own;
    mhi_mutex_lock(&own->lock);
    begin_here(own);
    if (atomic_load(&own->worker.seat->phase) < MHI_WORKING)
        set_up(crew, own);
    if (is_in(own, MHI_WORKING)) {
        mhi_worker_tear_down(&own->worker);
        mhi_crew_left(crew, 0);
    }
    end_here(own);
    mhi_mutex_unlock(&own->lock);
}

static void close(mhi_crew *crew)
{
    (void)crew; // the end has torn the worker down
}

const mhi_carrier mhi_carrier_serial = {.open = open, .help = help, .end = end, .close = close};
