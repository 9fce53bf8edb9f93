// Await: waiting for one task, or several, of any pools.
//
// A thread waits at one desk at a time. It goes where nobody else would do what there is to do: to a serial pool,
// or to its own when it is a worker. The other desks have clerks.

#include "../base/log.h"
#include "../base/memory.h"
#include "desk.h"

// ---- where to wait ------------------------------------------------------------------------------

enum { MANY_DESKS = 8 };

// A pool that is closed has no workers. The crew is looked at without the lock: where it is ours, it stays.
static bool is_worker_of(const mhi_desk *desk)
{
    for (const mhi_worker *worker = mhi_worker_here; worker != NULL; worker = worker->outer)
        if (worker->shop->desk == desk)
            return true;
    return false;
}

typedef struct desks {
    mhi_desk *helped[MANY_DESKS]; // where this thread may have to do the work itself
    size_t count;
    mhi_desk *other, *any;
} desks;

static void add_helped(desks *found, mhi_desk *desk)
{
    size_t i = 0;
    while (i < found->count && found->helped[i] != desk)
        i++;
    if (i == found->count && i < MANY_DESKS)
        found->helped[found->count++] = desk;
}

static desks desks_of(mhi_waiter *waiter)
{
    desks found = {.count = 0};
    mhi_mutex_lock(&waiter->lock);
    for (const mhi_watch *watch = waiter->pending; watch != NULL; watch = watch->after) {
        mhi_desk *desk = watch->task->desk;
        found.any = desk;
        if (desk->is_serial || (is_worker_of(desk)))
            add_helped(&found, desk);
        else
            found.other = desk;
        if (!waiter->roams)
            break;
    }
    mhi_mutex_unlock(&waiter->lock);
    return found;
}

// A desk to wait at: one where nobody else would do what there is to do; else a serial one (of several, one),
// which has nobody who would hear of a permit; else one with workers. NULL: nothing is pending. The others have clerks. A desk
// stays as long as one of its tasks is held.
static mhi_desk *home(mhi_waiter *waiter)
{
    desks found = desks_of(waiter);
    mhi_desk *serial = NULL;
    for (size_t i = 0; waiter->roams && i < found.count; i++) {
        if (found.helped[i]->is_serial)
            serial = found.helped[i];
        mhi_mutex_lock(&found.helped[i]->lock);
        bool has_work = mhi_waiter_startable(waiter, found.helped[i]) != NULL;
        mhi_mutex_unlock(&found.helped[i]->lock);
        if (has_work)
            return found.helped[i];
    }
    if (serial != NULL)
        return serial;
    return found.other != NULL ? found.other : found.any;
}

static mh_status roam(mhi_waiter *waiter, mh_deadline deadline)
{
    mhi_waited how = MHI_LOOK_AROUND;
    while (how == MHI_LOOK_AROUND && atomic_load(&waiter->left) > 0) {
        atomic_store(&waiter->news, 0); // before the look around
        mhi_desk *desk = home(waiter);
        if (desk == NULL)
            return MH_END;
        mhi_mutex_lock(&desk->lock);
        if (desk->crew != NULL)
            how = mhi_desk_wait_or_run(desk, waiter, deadline);
        mhi_mutex_unlock(&desk->lock);
    }
    return atomic_load(&waiter->left) == 0 ? MH_OK : MH_TIMEOUT;
}

// Also while it waits elsewhere, each desk that this thread works for can wake it for what it could begin there.
// In a worker process there are none.
static mh_status roam_as(mhi_worker *worker, mhi_waiter *waiter, mh_deadline deadline)
{
    if (worker == NULL)
        return roam(waiter, deadline);
    mhi_desk *desk = worker->shop->desk;
    if (desk == NULL)
        return roam_as(worker->outer, waiter, deadline);
    mhi_mutex_lock(&desk->lock);
    mhi_waiter *before = mhi_insider_begin(desk, worker, waiter);
    mhi_mutex_unlock(&desk->lock);
    mh_status status = roam_as(worker->outer, waiter, deadline);
    mhi_mutex_lock(&desk->lock);
    mhi_insider_end(desk, worker, before);
    mhi_mutex_unlock(&desk->lock);
    return status;
}

mh_status mhi_await(mhi_waiter *waiter, mh_deadline deadline)
{
    mh_task *here = mhi_task_here();
    mhi_waiter *outer = here != NULL ? here->waits : NULL;
    if (here != NULL && !mhi_circles_begin(here, waiter))
        return MH_DEADLOCK;
    mh_status status = roam_as(mhi_worker_here, waiter, deadline);
    if (here != NULL)
        mhi_circles_end(here, outer);
    return status;
}

// ---- one task -----------------------------------------------------------------------------------

static mh_status refuse_deadlock(const char *call)
{
    return mhi_refuse(MH_DEADLOCK, "%s: called by that very task, or by one that it waits for",
                      call);
}

mh_status mh_task_wait(mh_task *task, mh_deadline deadline)
{
    mh_status status = mhi_task_check(task, "mh_task_wait");
    if (status != MH_OK)
        return status;
    mhi_desk *desk = task->desk;
    if (mhi_task_is_ended(task)) {
        mhi_desk_listen(desk);
        return MH_OK;
    }
    mhi_waiter waiter;
    mhi_watch watch;
    mhi_waiter_init(&waiter);
    atomic_store(&waiter.left, 1);
    mhi_mutex_lock(&desk->lock);
    bool is_ended = mhi_task_is_ended(task);
    if (!is_ended)
        mhi_watch_link(&watch, task, &waiter);
    mhi_mutex_unlock(&desk->lock);
    if (!is_ended) {
        status = mhi_await(&waiter, deadline);
        mhi_mutex_lock(
            &desk->lock); // also for who told us of the end, and may still be about to wake us
        mhi_watch_unlink(&watch);
        mhi_mutex_unlock(&desk->lock);
    }
    mhi_waiter_fini(&waiter);
    if (mhi_task_is_ended(task)) {
        mhi_desk_listen(desk);
        return MH_OK;
    }
    return status == MH_DEADLOCK ? refuse_deadlock("mh_task_wait") : status;
}

// ---- several tasks ------------------------------------------------------------------------------

typedef struct many {
    mhi_waiter waiter;
    mhi_watch *watches; // one for each task
    mh_task *const *tasks;
    size_t count;
} many;

static size_t count_ended(const many *them, size_t *which)
{
    size_t ended = 0;
    for (size_t i = 0; i < them->count; i++)
        if (mhi_task_is_ended(them->tasks[i])) {
            if (ended++ == 0 && which != NULL)
                *which = i;
        }
    return ended;
}

static void watch_all(many *them)
{
    for (size_t i = 0; i < them->count; i++) {
        mh_task *task = them->tasks[i];
        mhi_mutex_lock(&task->desk->lock);
        them->watches[i].task = NULL;
        if (!mhi_task_is_ended(task))
            mhi_watch_link_and_look(&them->watches[i], task, &them->waiter);
        mhi_mutex_unlock(&task->desk->lock);
    }
}

static void unwatch_all(many *them)
{
    for (size_t i = 0; i < them->count; i++)
        if (them->watches[i].task != NULL) {
            mhi_mutex_lock(&them->tasks[i]->desk->lock);
            mhi_watch_unlink(&them->watches[i]);
            mhi_mutex_unlock(&them->tasks[i]->desk->lock);
        }
}

// Ends are marked before they are told, and told under the waiter's lock: so what is counted under it is told
// again at worst, and then counted again.
static bool is_enough(many *them, size_t needed, size_t *which)
{
    mhi_mutex_lock(&them->waiter.lock);
    size_t ended = count_ended(them, which);
    atomic_store(&them->waiter.left, ended < needed ? needed - ended : 0);
    mhi_mutex_unlock(&them->waiter.lock);
    return ended >= needed;
}

static mh_status await_count(many *them, size_t needed, size_t *which, mh_deadline deadline)
{
    while (!is_enough(them, needed, which)) {
        mh_status status = mhi_await(&them->waiter, deadline);
        if (status == MH_TIMEOUT || status == MH_DEADLOCK)
            return is_enough(them, needed, which) ? MH_OK : status;
    }
    return MH_OK;
}

static mh_status check_many(mh_task *const *tasks, size_t count, size_t needed)
{
    if (needed > count || (tasks == NULL && count > 0))
        return mhi_refuse(MH_INVALID, "mh_task_wait_count: %zu of %zu tasks%s", needed, count,
                          tasks == NULL ? " at NULL" : "");
    mh_status status = MH_OK;
    for (size_t i = 0; status == MH_OK && i < count; i++)
        status = mhi_task_check(tasks[i], "mh_task_wait_count");
    return status;
}

static void listen_to(mh_task *const *tasks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (mhi_task_is_ended(tasks[i]))
            mhi_desk_listen(tasks[i]->desk);
}

static mh_status wait_count(mh_task *const *tasks, size_t count, size_t needed, size_t *which,
                            mh_deadline deadline)
{
    many them = {.tasks = tasks, .count = count};
    if (count_ended(&them, which) >= needed)
        return MH_OK;
    them.watches = mhi_allocate(count, sizeof *them.watches);
    if (them.watches == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_task_wait_count: no memory for %zu tasks", count);
    mhi_waiter_init(&them.waiter);
    them.waiter.roams = true;
    atomic_store(&them.waiter.left, needed);
    watch_all(&them);
    mh_status status = await_count(&them, needed, which, deadline);
    unwatch_all(&them);
    mhi_waiter_fini(&them.waiter);
    mhi_free(them.watches);
    return status == MH_DEADLOCK ? refuse_deadlock("mh_task_wait_count") : status;
}

mh_status mh_task_wait_count(mh_task *const *tasks, size_t count, size_t needed, size_t *which,
                             mh_deadline deadline)
{
    mh_status status = check_many(tasks, count, needed);
    if (status != MH_OK || tasks == NULL)
        return status; // of none, none is needed
    status = wait_count(tasks, count, needed, which, deadline);
    listen_to(tasks, count);
    return status;
}
