// Drawer: visits under one lock, and a thread beside them.
//
// Lock order: the drawer's, then `families` (a thread comes or goes), then that of all boards. A visit may be
// made under a desk's lock.

#include "drawer.h"

#include <limits.h>

#include "../base/log.h"
#include "../shared/event.h"
#include "../worker/bars.h"
#include "../worker/quiet.h"
#include "mirror.h"
#include "screen.h"
#include "sights.h"

#define TENTH_NS UINT64_C(100000000)

static struct {
    mhi_mutex
        preparing; // one at a time, because the environment is read; before the log's lock
    mhi_mutex lock;
    mhi_thread thread;       // under lock
    bool runs;               // under lock
    bool is_prepared;        // under `preparing`
    _Atomic uint32_t leaves; // event `told`
    mhi_event told;          // it is to leave
    mhi_event none_left;     // a look has found no bar
} drawer = {.preparing = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER};

static mhi_once once = MHI_ONCE;

// The thread is not in the child, and whoever visited is not either.
static void begin_child(void)
{
    mhi_mutex_init(&drawer.preparing);
    mhi_mutex_init(&drawer.lock);
    drawer.runs = false;
    drawer.is_prepared = false;
    drawer.told = (mhi_event){0};
    drawer.none_left = (mhi_event){0};
}

static void watch_forks(void)
{
    mhi_at_fork(begin_child);
}

static uint64_t look(bool now, bool is_visit)
{
    uint64_t left = mhi_sights_take(
        mhi_bars_are_shown_elsewhere() ? mhi_mirror_look : mhi_screen_look, now, is_visit);
    if (left == 0)
        mhi_event_signal(&drawer.none_left, INT_MAX);
    return left;
}

// ---- the thread ---------------------------------------------------------------------------------

// Woken by: the visit that finds no bar left; and by time, to draw.
static void *live(void *argument)
{
    (void)argument;
    for (;;) {
        uint64_t due = mhi_clock_ns() + TENTH_NS;
        bool in_time = true;
        while (in_time && atomic_load(&drawer.leaves) == 0) {
            uint32_t seen = mhi_event_prepare(&drawer.told);
            if (atomic_load(&drawer.leaves) != 0)
                mhi_event_leave(&drawer.told);
            else
                in_time = mhi_event_sleep(&drawer.told, seen, due);
        }
        if (atomic_load(&drawer.leaves) != 0)
            return NULL;
        look(false, false);
    }
}

static int start(void)
{
    if (drawer.runs)
        return 0;
    atomic_store(&drawer.leaves, 0);
    int error = mhi_quiet_thread_start(&drawer.thread, live, NULL);
    drawer.runs = error == 0;
    return error;
}

static void stop(void)
{
    if (!drawer.runs)
        return;
    atomic_store(&drawer.leaves, 1);
    mhi_event_signal(&drawer.told, 1);
    mhi_quiet_thread_join(&drawer.thread);
    drawer.runs = false;
}

// ---- visits -------------------------------------------------------------------------------------

static bool is_prepared(void)
{
    mhi_mutex_lock(&drawer.preparing);
    bool is_so = drawer.is_prepared || mhi_bars_are_shown_elsewhere();
    mhi_mutex_unlock(&drawer.preparing);
    return is_so;
}

mh_status mhi_drawer_prepare(void)
{
    mhi_once_call(&once, watch_forks);
    if (mhi_bars_are_shown_elsewhere())
        return MH_OK;
    mhi_mutex_lock(&drawer.preparing);
    mh_status status = mhi_screen_prepare();
    drawer.is_prepared |= status == MH_OK;
    mhi_mutex_unlock(&drawer.preparing);
    return status;
}

// Looks, and sees to the thread. Returns 0 or an errno value.
static int visit(bool now, uint64_t *left)
{
    mhi_mutex_lock(&drawer.lock);
    *left = look(now, true);
    int error = 0;
    if (*left > 0)
        error = start();
    else
        stop();
    mhi_mutex_unlock(&drawer.lock);
    return error;
}

// What the screen finds odd goes to the log, so it must be prepared before the boards are held.
mh_status mhi_drawer_visit(void)
{
    uint64_t left;
    if (!is_prepared())
        mhi_drawer_prepare();
    int error = visit(false, &left);
    return error == 0 ? MH_OK : mhi_refuse_errno(error, "starting the thread that draws bars");
}

// If the thread ends now, it is because nobody has seen the bar yet; then this sees that it has ended.
mh_status mhi_drawer_open(void)
{
    mhi_mutex_lock(&drawer.lock);
    bool runs = drawer.runs;
    mhi_mutex_unlock(&drawer.lock);
    return runs ? MH_OK : mhi_drawer_visit();
}

void mhi_drawer_begin(void)
{
    mhi_drawer_prepare();
}

void mhi_drawer_call(void)
{
    mhi_drawer_visit();
}

// Woken by: the look that finds no bar left, whoever takes it; there is one after each end of a bar, also by a
// death; and the deadline.
mh_status mhi_drawer_wait(mh_deadline deadline)
{
    for (;;) {
        uint64_t left;
        uint32_t seen = mhi_event_prepare(&drawer.none_left);
        visit(true, &left);
        if (left == 0 || deadline == MH_NOW) {
            mhi_event_leave(&drawer.none_left);
            return left == 0 ? MH_OK : MH_TIMEOUT;
        }
        if (!mhi_event_sleep(&drawer.none_left, seen, deadline))
            deadline = MH_NOW; // one more look
    }
}
