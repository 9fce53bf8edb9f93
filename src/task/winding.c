// Winding: the sweep through all pools, and back.
//
// Whether a submission or the sweep comes first is decided by the desk's lock: what was submitted before is
// taken back, and who comes later sees what was asked. A map opened too late to be swept sees it by itself
// (flow/map.h).
//
// Lock order: the list of all pools, then a pool, or a desk.

#include "winding.h"

#include <limits.h>

#include "../base/log.h"
#include "pool.h"

_Atomic uint32_t mhi_winding_asked;
static _Atomic uint32_t is_swept; // 1: the sweep has been, or will not be; a futex

void mhi_winding_ask(mhi_brake brake)
{
    if (brake != MHI_GO)
        atomic_store(&is_swept, 0);
    atomic_store(&mhi_winding_asked, (uint32_t)brake);
}

mh_status mhi_winding_refuse(const char *call)
{
    mhi_log(MH_LOG_INFO, "%s: the program was interrupted, nothing more is begun", call);
    return MH_STOPPED;
}

// ---- the sweep ----------------------------------------------------------------------------------

// What the brake has kept from beginning looks done; it is counted apart.
static mhi_stand look(const mh_pool *pool, uint32_t number, uint64_t emptied, uint64_t undone)
{
    mhi_stand stand = {.done = emptied / MHI_EMPTIED(1)};
    mhi_window_count(&pool->crew.shop.windows[number], &stand);
    undone = undone < stand.done ? undone : stand.done;
    stand.done -= undone;
    stand.waiting += undone;
    return stand;
}

// The map's own thread goes on meanwhile, and workers end what has not begun. Nothing begins any more, so it
// soon stands still; how it stood at a moment in between is good enough for people.
static mhi_stand stand_of(const mh_pool *pool, uint32_t number)
{
    enum { LOOKS = 1000 };
    const mhi_ring *ring = pool->crew.shop.windows[number].ring;
    mhi_stand stand = {.done = 0};
    bool is_still = false;
    for (int i = 0; i < LOOKS && !is_still; i++) {
        uint64_t emptied = atomic_load(&pool->emptied[number]);
        uint64_t undone = atomic_load(&ring->undone);
        stand = look(pool, number, emptied, undone);
        is_still = (emptied & MHI_EMPTYING) == 0 &&
                   emptied == atomic_load(&pool->emptied[number]) &&
                   undone == atomic_load(&ring->undone);
        if (!is_still)
            mhi_thread_yield();
    }
    return stand;
}

static void sweep_map(mh_pool *pool, uint32_t number, mhi_stand *sum)
{
    mhi_window *window = &pool->crew.shop.windows[number];
    mhi_window_brake(window, mhi_winding());
    mhi_stand stand = stand_of(pool, number);
    sum->done += stand.done;
    sum->running += stand.running;
    sum->waiting += stand.waiting;
    mhi_event_signal(&window->ring->ended, INT_MAX);
}

static void sweep_maps(mh_pool *pool, mhi_stand *sum)
{
    mhi_mutex_lock(&pool->lock);
    for (uint32_t i = 0; i < MHI_TASK_WINDOW; i++)
        if ((pool->taken >> i & 1) != 0)
            sweep_map(pool, i, sum);
    mhi_mutex_unlock(&pool->lock);
}

// Taken back before it is counted, so that nothing begins meanwhile.
static void sweep_tasks(mhi_desk *desk, mhi_stand *sum)
{
    mhi_mutex_lock(&desk->lock);
    mhi_desk_recall_all(desk);
    mhi_window_brake(desk->window, mhi_winding()); // parts of tasks that run begin no more
    mhi_desk_collect(desk, false);
    uint64_t left = desk->submitted - desk->ended;
    uint64_t running = desk->tally.begun + desk->inside;
    running = running < left ? running : left;
    sum->done += desk->ended;
    sum->running += running;
    sum->waiting += left - running;
    mhi_desk_drop_all(desk, "the program was interrupted before it began");
    mhi_event_wake(&desk->opened, INT_MAX); // whoever was held back is refused now
    mhi_desk_call_helpers(desk);
    mhi_mutex_unlock(&desk->lock);
}

static void sweep(mh_pool *pool, void *context)
{
    mhi_winding_stand *found = context;
    found->pools++;
    sweep_maps(pool, &found->stand);
    sweep_tasks(pool->desk, &found->stand);
    mhi_shop_stir(&pool->crew.shop);
}

mhi_winding_stand mhi_winding_sweep(void)
{
    mhi_winding_stand found = {.pools = 0};
    mhi_pools_each(sweep, &found);
    mhi_winding_sweep_not();
    return found;
}

void mhi_winding_sweep_not(void)
{
    atomic_store(&is_swept, 1);
    mhi_futex_wake(&is_swept, INT_MAX);
}

// Woken by: the end of the sweep, which comes as soon as it is asked for. What was swept stays so until it is
// asked for again, so whoever comes to sleep late does not.
void mhi_winding_await_sweep(void)
{
    while (mhi_winding() != MHI_GO && atomic_load(&is_swept) == 0)
        mhi_futex_wait(&is_swept, 0, UINT64_MAX);
}

// ---- and back -----------------------------------------------------------------------------------

// A desk that is closing was braked for good.
static void go_on(mh_pool *pool, void *nothing)
{
    (void)nothing;
    mhi_desk *desk = pool->desk;
    mhi_mutex_lock(&desk->lock);
    if (!desk->is_closing)
        mhi_window_go_on(desk->window);
    mhi_mutex_unlock(&desk->lock);
}

void mhi_winding_go_on(void)
{
    mhi_winding_forget();
    mhi_pools_each(go_on, NULL);
}

void mhi_winding_forget(void)
{
    mhi_winding_ask(MHI_GO);
}
