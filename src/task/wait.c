// Wait: threads that wait do what there is to do meanwhile.
//
// One of those that wait at a desk attends to it: workers tell it of what it should look at, and
// it takes a turn at the desk. The others sleep until something of theirs has ended, or it is
// their turn to attend. When nobody waits, the clerk attends. On a serial pool whoever waits runs
// the tasks.

#include "desk.h"

#include <limits.h>

void mhi_waiter_init(mhi_waiter *waiter)
{
    *waiter = (mhi_waiter){.left = 0};
    mhi_mutex_init(&waiter->lock);
}

void mhi_waiter_fini(mhi_waiter *waiter)
{
    mhi_mutex_fini(&waiter->lock);
}

// It sleeps on one of two events, and says on which before it looks at what is left. While its
// lock is held it stays at the desk it attends to, and that desk's window stays.
void mhi_waiter_wake(mhi_waiter *waiter)
{
    mhi_mutex_lock(&waiter->lock);
    if (waiter->attends != NULL)
        mhi_window_tell(waiter->attends);
    else
        mhi_event_signal(&waiter->event, 1);
    mhi_mutex_unlock(&waiter->lock);
}

void mhi_waiter_join_idlers(mhi_waiter *waiter, mhi_desk *desk)
{
    atomic_store(&waiter->left, 1);
    waiter->next_idler = desk->idlers;
    desk->idlers = waiter;
}

static void set_attends(mhi_waiter *waiter, mhi_window *window)
{
    mhi_mutex_lock(&waiter->lock);
    waiter->attends = window;
    mhi_mutex_unlock(&waiter->lock);
}

void mhi_watch_link(mhi_watch *watch, mh_task *task, mhi_waiter *waiter)
{
    *watch = (mhi_watch){.next = task->watches, .waiter = waiter, .task = task};
    task->watches = watch;
    mhi_mutex_lock(&waiter->lock);
    watch->after = waiter->pending;
    if (waiter->pending != NULL)
        waiter->pending->before = watch;
    waiter->pending = watch;
    mhi_mutex_unlock(&waiter->lock);
    mhi_desk_want(task->desk, task);
}

void mhi_watch_link_and_look(mhi_watch *watch, mh_task *task, mhi_waiter *waiter)
{
    mhi_watch_link(watch, task, waiter);
    if (task->desk->looks_again)
        mhi_desk_turn(task->desk);
}

void mhi_waiter_forget(mhi_waiter *waiter, mhi_watch *watch)
{
    if (watch->before != NULL)
        watch->before->after = watch->after;
    else
        waiter->pending = watch->after;
    if (watch->after != NULL)
        watch->after->before = watch->before;
    watch->before = NULL;
}

void mhi_watch_unlink(mhi_watch *watch)
{
    for (mhi_watch **at = &watch->task->watches; *at != NULL; at = &(*at)->next)
        if (*at == watch) {
            *at = watch->next;
            mhi_mutex_lock(&watch->waiter->lock);
            mhi_waiter_forget(watch->waiter, watch);
            mhi_mutex_unlock(&watch->waiter->lock);
            return;
        }
}

// Whoever waits for it is a worker, so a task that is parked needs no other: only the permit.
static bool is_startable(const mhi_desk *desk, const mh_task *task)
{
    if (task->desk != desk)
        return false;
    if (task->where == MHI_PARKED)
        return mh_limiter_available(task->limiter) > 0;
    return task->where == MHI_QUEUED ||
           (task->where == MHI_PLACED && !mhi_task_has_begun(task));
}

mh_task *mhi_waiter_startable(mhi_waiter *waiter, const mhi_desk *desk)
{
    mhi_mutex_lock(&waiter->lock);
    const mhi_watch *watch = waiter->pending;
    while (watch != NULL && !is_startable(desk, watch->task))
        watch = watch->after;
    mhi_mutex_unlock(&waiter->lock);
    return watch == NULL ? NULL : watch->task;
}

// ---- two ways to wait ---------------------------------------------------------------------------

static bool is_over(const mhi_waiter *waiter)
{
    return atomic_load(&waiter->left) == 0;
}

// There is something it should not sleep over.
static bool is_stirred(const mhi_waiter *waiter)
{
    return is_over(waiter) || atomic_load(&waiter->news) != 0;
}

// True: there is something to look at.
static bool linger(const mhi_desk *desk, const mhi_waiter *waiter)
{
    const mhi_ring *ring = desk->window->ring;
    uint32_t looks = atomic_load_explicit(&desk->crew->shop.common->looks,
                                          memory_order_relaxed);
    for (uint32_t i = 1; i <= looks; i++) {
        if (atomic_load(&ring->told) != 0 || is_stirred(waiter))
            return true;
        mhi_shop_pause(&desk->crew->shop, i);
    }
    return false;
}

// Woken by: what workers tell, an end told by another thread, deaths, the close; and the deadline.
static bool attend(mhi_desk *desk, mhi_waiter *waiter, mh_deadline deadline)
{
    mhi_ring *ring = desk->window->ring;
    desk->attending = waiter;
    set_attends(waiter, desk->window);
    atomic_store(&ring->attended, 1);
    mhi_mutex_unlock(&desk->lock);
    bool in_time = true;
    if (!linger(desk, waiter)) {
        uint32_t seen = mhi_event_prepare(&ring->ended);
        if (atomic_load(&ring->told) != 0 || is_stirred(waiter))
            mhi_event_leave(&ring->ended);
        else
            in_time = mhi_event_sleep(&ring->ended, seen, deadline);
    }
    mhi_mutex_lock(&desk->lock);
    atomic_store(&ring->attended, 0);
    set_attends(waiter, NULL);
    desk->attending = NULL;
    return in_time;
}

// Woken by: the end of what it waits for, the attending one that leaves, the close; and the
// deadline.
static bool follow(mhi_desk *desk, mhi_waiter *waiter, mh_deadline deadline)
{
    waiter->prev = NULL;
    waiter->next = desk->waiting;
    if (desk->waiting != NULL)
        desk->waiting->prev = waiter;
    desk->waiting = waiter;
    uint32_t seen = mhi_event_prepare(&waiter->event);
    mhi_mutex_unlock(&desk->lock);
    bool in_time = true;
    if (is_stirred(waiter))
        mhi_event_leave(&waiter->event);
    else
        in_time = mhi_event_sleep(&waiter->event, seen, deadline);
    mhi_mutex_lock(&desk->lock);
    if (waiter->prev != NULL)
        waiter->prev->next = waiter->next;
    else
        desk->waiting = waiter->next;
    if (waiter->next != NULL)
        waiter->next->prev = waiter->prev;
    return in_time;
}

// ---- waiting ------------------------------------------------------------------------------------

// Serial: runs a task here. False: there was none to run, or another thread is running one; it
// tells when it is done.
static bool help(mhi_desk *desk)
{
    if (!desk->is_serial)
        return false;
    mhi_mutex_unlock(&desk->lock);
    mhi_help how = desk->crew->carrier->help(desk->crew, false);
    mhi_mutex_lock(&desk->lock);
    // What lies ready with a permit is for others now. They may have looked before; but who was
    // turned away is told later.
    if (how != MHI_HELPED && mhi_desk_recall_permit(desk) && how == MHI_NOTHING)
        mhi_shop_tell(&desk->crew->shop);
    return how == MHI_HELPED;
}

void mhi_desk_call_helpers(mhi_desk *desk)
{
    mhi_shop *shop = &desk->crew->shop;
    if (desk->is_serial && (desk->visitors > 0 || atomic_load(&shop->hopeful) != 0))
        mhi_shop_tell(shop);
}

static void take_turn(mhi_desk *desk, bool can_help)
{
    desk->is_helping = desk->is_serial && can_help;
    mhi_desk_turn(desk);
    desk->is_helping = false;
    if (desk->is_serial)
        mhi_desk_tell(desk);
}

bool mhi_desk_help(void *desk)
{
    mhi_desk *self = desk;
    mhi_mutex_lock(&self->lock);
    take_turn(self, true);
    bool has_helped = help(self);
    if (mhi_desk_recall_permit(self)) // we may not come back
        mhi_desk_call_helpers(self);
    mhi_mutex_unlock(&self->lock);
    return has_helped;
}

static mhi_waited take_turns(mhi_desk *desk, mhi_waiter *waiter, mh_deadline deadline)
{
    for (bool is_late = deadline == MH_NOW, was_here = false;; was_here = true) {
        bool stays = !is_late && !is_over(waiter);
        if (desk->is_serial && stays)
            atomic_store(&desk->window->ring->told, 0); // before the look
        take_turn(desk, stays && !waiter->is_inside);
        if (is_over(waiter))
            return MHI_WAITED;
        if (is_late)
            return MHI_LATE;
        if (desk->is_over || (waiter->roams && (was_here || atomic_load(&waiter->news) != 0)) ||
            (waiter->is_inside && mhi_waiter_startable(waiter, desk) != NULL))
            return MHI_LOOK_AROUND;
        if (!waiter->is_inside && help(desk))
            is_late = mhi_clock_ns() >= deadline;
        else
            is_late = !(desk->attending == NULL ? attend(desk, waiter, deadline)
                                                : follow(desk, waiter, deadline));
    }
}

mhi_waited mhi_desk_wait(mhi_desk *desk, mhi_waiter *waiter, mh_deadline deadline)
{
    desk->visitors++;
    mhi_waited how = take_turns(desk, waiter, deadline);
    desk->visitors--;
    if (desk->is_serial)
        mhi_desk_recall_permit(desk);
    mhi_desk_call_helpers(desk); // they may have found us at work, and sleep
    if (desk->attending == NULL && desk->waiting != NULL)
        mhi_event_signal(&desk->waiting->event, 1); // its turn to attend
    if (desk->is_over && desk->visitors == 0)
        mhi_event_signal(&desk->opened, INT_MAX);
    return how;
}
