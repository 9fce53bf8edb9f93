// Limiter: who waits for a permit, and who is to be told of one.
//
// Who gives a permit back, in any process, wakes one that waits to take it. Desks wait without a thread of
// their own: in the opening process they are on a list and are told; a worker process tells the desk it
// works for, whose thread looks at all parkings of the limiter and tells the others.
//
// A child that was forked inherits all limiters, and none of the desks. Lock order: a desk, then `all`, then
// that of all boxes.

#include "limiter.h"

#include <limits.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../shared/permits.h"

struct mh_limiter {
    // fixed after open
    mhi_permits *permits;
    uint32_t generation; // of the process that opened it
    // under `all`
    struct mh_limiter *next, *prev;
    mhi_parking *parkings;
};

static mhi_mutex all = PTHREAD_MUTEX_INITIALIZER;
static mh_limiter *first;         // under all
static uint32_t all_generation;   // of the process whose desks are parked; under all
static _Atomic uint32_t parkings; // how many there are; sequential, see mhi_parking_enter

bool mhi_limiter_is_ours(const mh_limiter *limiter)
{
    return limiter->generation == mhi_fork_generation_now();
}

// After a fork the desks are the parent's. Forward the list is whole at any instant, so whoever was changing it
// when we were forked does not matter.
static void forget_desks_of_parent(void)
{
    uint32_t generation = mhi_fork_generation();
    if (all_generation == generation)
        return;
    all_generation = generation;
    atomic_store(&parkings, 0);
    for (mh_limiter *limiter = first, *prev = NULL; limiter != NULL; limiter = limiter->next) {
        limiter->parkings = NULL;
        limiter->prev = prev;
        prev = limiter;
    }
}

static void free_lock_in_children(void)
{
    mhi_fork_frees(&all);
}

static void lock_all(void)
{
    static mhi_once once = MHI_ONCE;
    mhi_once_call(&once, free_lock_in_children);
    mhi_mutex_lock(&all);
    forget_desks_of_parent();
}

// Who has a permit: a process that took it itself; or the tasks of a process, for which it was taken.
// Process ids of Linux have 22 bits at most.
enum { OF_TASKS = 1 << 23 };

static uint32_t holder(void)
{
    return (uint32_t)mhi_process_id();
}

static uint32_t tasks_here(void)
{
    return holder() | OF_TASKS;
}

// ---- the face -----------------------------------------------------------------------------------

static void enlist(mh_limiter *limiter)
{
    lock_all();
    limiter->next = first;
    if (first != NULL)
        first->prev = limiter;
    first = limiter;
    mhi_mutex_unlock(&all);
}

// False: desks have tasks that wait for a permit of it.
static bool delist(mh_limiter *limiter)
{
    lock_all();
    bool is_unused = limiter->parkings == NULL;
    if (!is_unused) {
        mhi_mutex_unlock(&all);
        return false;
    }
    if (limiter->next != NULL)
        limiter->next->prev = limiter->prev;
    if (limiter->prev != NULL)
        limiter->prev->next = limiter->next;
    else
        first = limiter->next;
    mhi_mutex_unlock(&all);
    return true;
}

mh_status mh_limiter_open(mh_limiter **limiter, int permits)
{
    if (limiter == NULL)
        return mhi_refuse(MH_INVALID, "mh_limiter_open: nowhere to put the limiter");
    if (permits < 1 || permits > MH_PERMITS_LIMIT)
        return mhi_refuse(MH_INVALID, "mh_limiter_open: %d permits; 1 to %d are possible",
                          permits, MH_PERMITS_LIMIT);
    mh_limiter *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_limiter_open: no memory");
    mh_status status = mhi_permits_open(&made->permits, (uint32_t)permits);
    if (status != MH_OK) {
        mhi_free(made);
        return status;
    }
    made->generation = mhi_fork_generation();
    enlist(made);
    *limiter = made;
    return MH_OK;
}

// Woken by: a permit that is given back, also for a dead process; and the deadline.
mh_status mh_limiter_take(mh_limiter *limiter, mh_deadline deadline)
{
    if (limiter == NULL)
        return mhi_refuse(MH_INVALID, "mh_limiter_take: the limiter is NULL");
    mhi_event *freed = &limiter->permits->freed;
    while (!mhi_permits_take(limiter->permits, holder())) {
        if (deadline == MH_NOW)
            return MH_TIMEOUT;
        uint32_t seen = mhi_event_prepare(freed);
        if (mhi_permits_take(limiter->permits, holder())) {
            mhi_event_leave(freed);
            return MH_OK;
        }
        if (!mhi_event_sleep(freed, seen, deadline))
            deadline = MH_NOW; // one more look
    }
    return MH_OK;
}

// Desks that have tasks waiting for a permit should look. Under `all`.
static void tell_desks(const mh_limiter *limiter, const mhi_desk *but)
{
    for (mhi_parking *parking = limiter->parkings; parking != NULL;
         parking = parking->of_limiter)
        if (parking->desk != but)
            mhi_shop_tell(&parking->desk->crew->shop);
}

// Sequential after the permit was given back: a desk that parks just now either is counted, or finds it.
static void tell_of_permit(const mh_limiter *limiter, const mhi_desk *but)
{
    if (atomic_load(&parkings) != 0) {
        lock_all();
        tell_desks(limiter, but);
        mhi_mutex_unlock(&all);
    }
    if (!mhi_limiter_is_ours(limiter) && mhi_shop_of_process != NULL) {
        atomic_store(&mhi_shop_of_process->common->freed, 1);
        mhi_shop_tell(mhi_shop_of_process);
    }
}

mh_status mh_limiter_give(mh_limiter *limiter)
{
    if (limiter == NULL)
        return mhi_refuse(MH_INVALID, "mh_limiter_give: the limiter is NULL");
    if (!mhi_permits_give(limiter->permits, holder()))
        return mhi_refuse(MH_INVALID, "mh_limiter_give: this process has no permit of it");
    tell_of_permit(limiter, NULL);
    return MH_OK;
}

int mh_limiter_permits(const mh_limiter *limiter)
{
    return limiter == NULL ? 0 : (int)limiter->permits->count;
}

int mh_limiter_available(const mh_limiter *limiter)
{
    return limiter == NULL ? 0 : (int)mhi_permits_free(limiter->permits);
}

mh_status mh_limiter_close(mh_limiter *limiter)
{
    if (limiter == NULL)
        return MH_OK;
    bool is_busy = mhi_limiter_is_ours(limiter) &&
                   mhi_permits_free(limiter->permits) < limiter->permits->count;
    if (is_busy || !delist(limiter))
        return mhi_refuse(MH_BUSY, "mh_limiter_close: it is still in use");
    mhi_permits_close(limiter->permits);
    mhi_free(limiter);
    return MH_OK;
}

// ---- permits of tasks ---------------------------------------------------------------------------

bool mhi_limiter_try(mh_limiter *limiter)
{
    return mhi_permits_take(limiter->permits, tasks_here());
}

void mhi_limiter_return_of(mh_task *task)
{
    if (!task->has_permit)
        return;
    task->has_permit = false;
    mhi_permits_give(task->limiter->permits, tasks_here());
    tell_of_permit(task->limiter, task->desk); // there a turn follows
}

// Also where it held none: it may have given one back and not told of it, or have been woken for one.
void mhi_limiters_bury(int32_t pid)
{
    lock_all();
    for (mh_limiter *limiter = first; limiter != NULL; limiter = limiter->next) {
        while (mhi_permits_give(limiter->permits, (uint32_t)pid) ||
               mhi_permits_give(limiter->permits, (uint32_t)pid | OF_TASKS))
            continue;
        mhi_event_signal(&limiter->permits->freed, INT_MAX);
        tell_desks(limiter, NULL);
    }
    mhi_mutex_unlock(&all);
}

void mhi_limiters_pass_on(const mhi_desk *desk)
{
    _Atomic uint32_t *word = &desk->crew->shop.common->freed;
    if (atomic_load(word) == 0 || atomic_exchange(word, 0) == 0 || atomic_load(&parkings) == 0)
        return;
    lock_all();
    for (mh_limiter *limiter = first; limiter != NULL; limiter = limiter->next)
        if (mhi_permits_free(limiter->permits) > 0)
            tell_desks(limiter, desk);
    mhi_mutex_unlock(&all);
}

// ---- parking ------------------------------------------------------------------------------------

static mhi_parking *parking_of(const mhi_desk *desk, const mh_limiter *limiter)
{
    mhi_parking *parking = desk->parkings;
    while (parking != NULL && parking->limiter != limiter)
        parking = parking->next;
    return parking;
}

static mhi_parking *open_parking(mhi_desk *desk, mh_limiter *limiter)
{
    mhi_parking *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return NULL;
    *made = (mhi_parking){.limiter = limiter, .desk = desk, .next = desk->parkings};
    desk->parkings = made;
    lock_all();
    atomic_fetch_add(&parkings, 1);
    made->of_limiter = limiter->parkings;
    limiter->parkings = made;
    mhi_mutex_unlock(&all);
    return made;
}

static void close_parking(mhi_desk *desk, mhi_parking *parking)
{
    mhi_parking **at = &desk->parkings;
    while (*at != parking)
        at = &(*at)->next;
    *at = parking->next;
    mh_limiter *limiter = parking->limiter;
    lock_all();
    at = &limiter->parkings;
    while (*at != parking)
        at = &(*at)->of_limiter;
    *at = parking->of_limiter;
    atomic_fetch_sub(&parkings, 1);
    mhi_mutex_unlock(&all);
    mhi_queue_fini(&parking->queue);
    mhi_free(parking);
}

// Who gives a permit back from now on sees the parking; what came back before is seen by the serving that
// follows.
mh_status mhi_parking_enter(mhi_desk *desk, mh_task *task)
{
    mhi_parking *parking = parking_of(desk, task->limiter);
    if (parking == NULL)
        parking = open_parking(desk, task->limiter);
    if (parking == NULL)
        return MH_NO_MEMORY;
    if (mhi_queue_ensure(&parking->queue, 0) != MH_OK) {
        if (parking->queue.count == 0)
            close_parking(desk, parking);
        return MH_NO_MEMORY;
    }
    mhi_queue_remove(&desk->queue, task);
    mhi_queue_put(&parking->queue, task);
    task->where = MHI_PARKED;
    desk->parked++;
    return MH_OK;
}

void mhi_parking_leave(mhi_desk *desk, mh_task *task)
{
    mhi_parking *parking = parking_of(desk, task->limiter);
    mhi_queue_remove(&parking->queue, task);
    task->where = MHI_NOWHERE;
    desk->parked--;
    if (parking->queue.count == 0)
        close_parking(desk, parking);
}

bool mhi_parking_serve(mhi_desk *desk)
{
    uint64_t before = desk->parked;
    for (mhi_parking *parking = desk->parkings, *next; parking != NULL; parking = next) {
        next = parking->next;
        mh_limiter *limiter = parking->limiter;
        uint64_t left = parking->queue.count;
        for (; left > 0 && mhi_desk_is_worker_free(desk) && mhi_limiter_try(limiter); left--) {
            mh_task *task = mhi_queue_first(&parking->queue);
            task->has_permit = true;
            mhi_parking_leave(desk, task); // the last one closes the parking
            mhi_desk_requeue(desk, task);
        }
    }
    return desk->parked < before;
}

bool mhi_parking_may_serve(const mhi_desk *desk)
{
    const mhi_parking *parking = desk->parkings;
    while (parking != NULL && mhi_permits_free(parking->limiter->permits) == 0)
        parking = parking->next;
    return parking != NULL;
}
