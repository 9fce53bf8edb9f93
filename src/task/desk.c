// Desk: its life, its turn, and the memory of its tasks.

#include "boxes.h"
#include "desk.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../worker/hear.h"
#include "limiter.h"

enum { SLOTS_LEAST = 64 };

// ---- the turn -----------------------------------------------------------------------------------

// No worker is left: what has not begun never will.
static void give_up(mhi_desk *desk)
{
    if (desk->reason[0] == '\0') {
        mhi_mutex_lock(&desk->crew->lock);
        snprintf(desk->reason, sizeof desk->reason, "%s", desk->crew->reason);
        mhi_mutex_unlock(&desk->crew->lock);
    }
    mhi_desk_drop_all(desk, desk->reason);
    mhi_desk_end_begun(desk);
    mhi_boxes_end(desk->pool); // nobody will answer
}

// Workers that run out of work are to tell, if there is some that they cannot see. One may have
// run out just before it could see that, and sleep: it is woken, and tells. Either it sees the
// word, or we see the sleeper (event.h).
void mhi_desk_ask_to_tell(mhi_desk *desk, bool more)
{
    _Atomic uint32_t *word = &desk->window->ring->more;
    bool was = atomic_load_explicit(word, memory_order_relaxed) != 0;
    if (more != was)
        atomic_store(word, more);
    if (more && !was)
        mhi_event_signal(&desk->crew->shop.common->work, 1);
}

static bool has_more(const mhi_desk *desk)
{
    return desk->queue.count > 0 || desk->tally.behind > 0 ||
           (desk->parkings != NULL && mhi_parking_may_serve(desk));
}

static void grow(mhi_desk *desk);

// False: no worker is left, and so nothing else.
static bool collect_and_fill(mhi_desk *desk, bool quickly)
{
    desk->looks_again = false;
    desk->is_blind = false;
    // In this order: what the last workers held ends before what nobody has begun.
    bool is_lost = atomic_load(&desk->crew->shop.common->broken) != 0;
    mhi_desk_collect(desk, quickly && !is_lost);
    if (is_lost) {
        give_up(desk);
        return false;
    }
    mhi_limiters_pass_on(desk);
    mhi_desk_even_out(desk);
    mhi_crew_need(desk->crew, desk->placed + desk->queue.count);
    if (4 * atomic_load_explicit(&desk->crew->alive, memory_order_relaxed) > desk->slots)
        grow(desk);
    mhi_desk_fill(desk);
    return true;
}

// A worker process has set an event, and cannot wake all who have to see it.
static void stir_if_asked(mhi_desk *desk)
{
    _Atomic uint32_t *word = &desk->crew->shop.common->stirred;
    if (atomic_load_explicit(word, memory_order_relaxed) != 0 && atomic_exchange(word, 0) != 0)
        mhi_boxes_stir();
}

// Looks until nothing has ended unseen: of that nobody would tell. Each look ends at least one
// task.
static void take_turn(mhi_desk *desk, bool quickly)
{
    // Before the look. On a serial desk it may be told that a task is to be run, which a turn does not do.
    if (!quickly && !desk->is_serial)
        atomic_store(&desk->window->ring->told, 0);
    stir_if_asked(desk);
    bool goes_on = collect_and_fill(desk, quickly);
    while (goes_on && desk->looks_again)
        goes_on = collect_and_fill(desk, false);
    if (goes_on)
        mhi_desk_ask_to_tell(desk, has_more(desk));
}

void mhi_desk_turn(mhi_desk *desk)
{
    take_turn(desk, false);
}

void mhi_desk_turn_quickly(mhi_desk *desk)
{
    take_turn(desk, true);
}

// ---- memory -------------------------------------------------------------------------------------

static void put_free(mhi_desk *desk, mh_task *task)
{
    task->next = desk->free;
    desk->free = task;
}

// What was given back without the lock; from a stack that is only ever emptied whole (Treiber,
// 1986), so a task that comes back while we look cannot mislead us.
static void fetch_returned(mhi_desk *desk)
{
    // Acquire: partner of the release in mhi_task_release.
    desk->free = atomic_exchange_explicit(&desk->returned, NULL, memory_order_acquire);
}

static void make_slab(mhi_desk *desk)
{
    mhi_slab *slab = mhi_allocate(1, sizeof *slab);
    if (slab == NULL)
        return;
    slab->next = desk->slabs;
    desk->slabs = slab;
    desk->made += MHI_SLAB_TASKS;
    for (uint32_t i = MHI_SLAB_TASKS; i > 0; i--) {
        slab->task[i - 1].desk = desk;
        put_free(desk, &slab->task[i - 1]);
    }
}

mh_task *mhi_desk_new_task(mhi_desk *desk)
{
    if (desk->free == NULL)
        fetch_returned(desk);
    if (desk->free == NULL)
        make_slab(desk);
    mh_task *task = desk->free;
    if (task != NULL)
        desk->free = task->next;
    return task;
}

static void free_desk(mhi_desk *desk)
{
    for (mhi_slab *slab = desk->slabs, *next; slab != NULL; slab = next) {
        next = slab->next;
        mhi_free(slab);
    }
    mhi_mutex_fini(&desk->lock);
    mhi_queue_fini(&desk->queue);
    mhi_free(desk->places);
    mhi_free(desk);
}

// The pool is closed, and a task has come back from its last holder.
static void come_back(mhi_desk *desk)
{
    mhi_mutex_lock(&desk->lock);
    bool is_last = ++desk->come_back == desk->made;
    mhi_mutex_unlock(&desk->lock);
    if (is_last)
        free_desk(desk);
}

// True: nobody has it any more. Whoever is alone with it need not fear others; acquire: what they
// did is seen.
static bool is_last(mh_task *task, uint64_t what)
{
    if (atomic_load_explicit(&task->holders, memory_order_acquire) != what)
        return (uint32_t)atomic_fetch_sub(&task->holders, what) == (uint32_t)what;
    atomic_store_explicit(&task->holders, 0, memory_order_relaxed);
    return true;
}

void mhi_task_release_under_lock(mh_task *task)
{
    if (!is_last(task, 1))
        return;
    mhi_task_keep_nothing(task);
    put_free(task->desk, task);
}

void mhi_task_release(mh_task *task, uint64_t what)
{
    if (!is_last(task, what))
        return;
    mhi_desk *desk = task->desk;
    mhi_task_keep_nothing(task);
    mh_task *top = atomic_load_explicit(&desk->returned, memory_order_relaxed);
    do {
        if (top == &desk->gone) {
            come_back(desk);
            return;
        }
        task->next = top;
    } while (!atomic_compare_exchange_weak_explicit(
        &desk->returned, &top, task, memory_order_release, memory_order_relaxed));
}

// ---- opening and closing ------------------------------------------------------------------------

// Enough that each worker has a slot in hand, and more are ready, while others are collected.
static uint32_t slots_for(const mhi_crew *crew)
{
    uint32_t slots = SLOTS_LEAST;
    while (slots < crew->shop.common->slots && slots < 4 * atomic_load(&crew->alive))
        slots *= 2;
    return slots;
}

// There are more workers now. Without memory for it the ring serves as it is, only not as well.
static void grow(mhi_desk *desk)
{
    uint32_t slots = slots_for(desk->crew);
    mhi_place *places = slots > desk->slots ? mhi_resize(desk->places, slots * sizeof *places)
                                            : NULL;
    if (places == NULL)
        return;
    memset(places + desk->slots, 0, (slots - desk->slots) * sizeof *places);
    desk->places = places;
    desk->slots = slots;
    atomic_store_explicit(&desk->window->ring->slots, slots, memory_order_relaxed);
}

mh_status mhi_desk_open(mhi_desk **desk, mh_pool *pool, mhi_crew *crew, int prefetch)
{
    mhi_desk *made = mhi_allocate(1, sizeof *made);
    uint32_t slots = slots_for(crew);
    mhi_place *places = mhi_allocate(slots, sizeof *places);
    if (made == NULL || places == NULL) {
        mhi_free(made);
        mhi_free(places);
        return mhi_refuse(MH_NO_MEMORY, "no memory for the tasks of a pool");
    }
    made->pool = pool;
    made->crew = crew;
    made->window = &crew->shop.windows[MHI_TASK_WINDOW];
    made->prefetch = prefetch;
    made->generation = mhi_fork_generation_now();
    made->is_serial = crew->carrier == &mhi_carrier_serial;
    made->places = places;
    made->slots = slots;
    made->used_first = MHI_NO_SLOT;
    made->used_last = MHI_NO_SLOT;
    made->marked = MHI_NO_SLOT;
    made->permitted = MHI_NO_SLOT;
    mhi_mutex_init(&made->lock);
    mhi_window_begin(made->window, slots, false, true);
    crew->shop.desk = made;
    crew->shop.help = made->is_serial ? mhi_desk_help : NULL;
    *desk = made;
    return MH_OK;
}

// Woken by: the last end, and the last on_end that has returned.
static void wait_until_idle(mhi_desk *desk)
{
    mhi_waiter waiter;
    mhi_waiter_init(&waiter);
    while (!mhi_desk_is_idle(desk)) {
        mhi_waiter_join_idlers(&waiter, desk);
        mhi_desk_wait(desk, &waiter, MH_FOREVER);
    }
    mhi_waiter_fini(&waiter);
}

// The word that it is told by may be taken by another; this one is its own.
static void send_away(mhi_waiter *waiter)
{
    atomic_store(&waiter->news, 1);
    mhi_waiter_wake(waiter);
}

// Whoever waits here for tasks of other pools has to wait elsewhere.
static void send_visitors_away(mhi_desk *desk)
{
    desk->is_over = true;
    while (desk->visitors > 0) {
        if (desk->attending != NULL)
            send_away(desk->attending);
        for (mhi_waiter *waiter = desk->waiting; waiter != NULL; waiter = waiter->next)
            send_away(waiter);
        uint32_t seen = mhi_event_prepare(&desk->opened);
        mhi_mutex_unlock(&desk->lock);
        mhi_event_sleep(&desk->opened, seen, UINT64_MAX);
        mhi_mutex_lock(&desk->lock);
    }
}

// Threads that wait for messages come by to help (worker/channel.c). Those have ended. Woken by: the
// last of them that leaves.
static void await_helpers(mhi_shop *shop)
{
    mhi_event *left = &shop->common->left;
    for (;;) {
        uint32_t seen = mhi_event_prepare(left);
        if (atomic_load(&shop->hopeful) == 0)
            break;
        mhi_event_sleep(left, seen, UINT64_MAX);
    }
    mhi_event_leave(left);
}

void mhi_desk_finish(mhi_desk *desk)
{
    mhi_mutex_lock(&desk->lock);
    desk->is_closing = true;
    mhi_desk_drop_all(desk, "the pool was closed");
    mhi_window_brake(desk->window, MHI_STOP);
    mhi_boxes_end(desk->pool); // tasks see that they are to stop before
    mhi_shop_stir(&desk->crew->shop);
    mhi_event_wake(&desk->opened, INT_MAX); // whoever was held back
    wait_until_idle(desk);
    mhi_mutex_unlock(&desk->lock);
    mhi_crew_listen(desk->crew); // the last time (listen.c)
    mhi_clerk_end(desk);
    mhi_mutex_lock(&desk->lock);
    send_visitors_away(desk);
    mhi_mutex_unlock(&desk->lock);
    await_helpers(&desk->crew->shop);
}

static void drop_never_ran(mhi_desk *desk)
{
    for (mh_task *task = desk->never_ran, *next; task != NULL; task = next) {
        next = task->prev;
        mhi_task_release(task, MHI_HANDLE);
    }
    desk->never_ran = NULL;
}

void mhi_desk_close(mhi_desk *desk)
{
    drop_never_ran(desk);
    mhi_mutex_lock(&desk->lock);
    desk->pool = NULL;
    desk->crew = NULL;
    mhi_arena_close_again(&desk->early);
    mh_task *task = atomic_exchange(&desk->returned, &desk->gone);
    for (mh_task *next; task != NULL; task = next) {
        next = task->next;
        put_free(desk, task);
    }
    for (task = desk->free; task != NULL; task = task->next)
        desk->come_back++;
    bool is_last = desk->come_back == desk->made;
    mhi_mutex_unlock(&desk->lock);
    if (is_last)
        free_desk(desk);
}
