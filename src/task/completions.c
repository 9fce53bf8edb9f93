// Completions: one waiter that watches many tasks, and keeps those that have ended in order.

#include <manyhands/completions.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "desk.h"

struct mh_completions {
    // fixed after open
    uint32_t generation;
    // the using thread's, but for what it says itself
    mhi_waiter waiter;
    _Atomic uint64_t left; // not handed out yet; counted before it can be
    mh_task *handed;       // held until the next is asked for
};

static mh_status check(const mh_completions *completions, const char *call)
{
    if (completions == NULL)
        return mhi_refuse(MH_INVALID, "%s: the completions are NULL", call);
    if (completions->generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: they were opened by the parent of this process",
                          call);
    return MH_OK;
}

// What has ended is kept with the others that have, whoever saw it.
static void add_ended(mhi_waiter *waiter, mhi_watch *watch, mh_task *task)
{
    *watch = (mhi_watch){.waiter = waiter, .task = task};
    mhi_mutex_lock(&waiter->lock);
    if (waiter->ended == NULL)
        waiter->ended_end = &waiter->ended;
    *waiter->ended_end = watch;
    waiter->ended_end = &watch->after;
    atomic_store(&waiter->left, 0);
    mhi_mutex_unlock(&waiter->lock);
}

void mhi_completions_add(mh_completions *completions, mh_task *task, mhi_watch *watch)
{
    atomic_fetch_add_explicit(&task->holders, MHI_HANDLE, memory_order_relaxed);
    completions->left++;
    mhi_mutex_lock(&task->desk->lock);
    if (mhi_task_is_ended(task))
        add_ended(&completions->waiter, watch, task);
    else
        mhi_watch_link_and_look(watch, task, &completions->waiter);
    atomic_store(&completions->waiter.news, 1);
    mhi_waiter_wake(&completions->waiter); // it may have to go elsewhere for this one
    mhi_mutex_unlock(&task->desk->lock);
}

static mh_status add(mh_completions *completions, mh_task *task, const char *call)
{
    mh_status status = mhi_task_check(task, call);
    if (status != MH_OK)
        return status;
    mhi_watch *watch = mhi_allocate(1, sizeof *watch);
    if (watch == NULL)
        return mhi_refuse(MH_NO_MEMORY, "%s: no memory", call);
    mhi_completions_add(completions, task, watch);
    return MH_OK;
}

mh_status mh_completions_add(mh_completions *completions, mh_task *task)
{
    mh_status status = check(completions, "mh_completions_add");
    return status == MH_OK ? add(completions, task, "mh_completions_add") : status;
}

mh_status mh_completions_open(mh_completions **completions, mh_task *const *tasks, size_t count)
{
    if (completions == NULL || (tasks == NULL && count > 0))
        return mhi_refuse(MH_INVALID, "mh_completions_open: %s",
                          completions == NULL ? "nowhere to put it" : "the tasks are NULL");
    mh_completions *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_completions_open: no memory");
    made->generation = mhi_fork_generation();
    mhi_waiter_init(&made->waiter);
    made->waiter.keeps_ended = true;
    made->waiter.roams = true;
    atomic_store(&made->waiter.left, 1);
    for (size_t i = 0; i < count; i++) {
        mh_status status = add(made, tasks[i], "mh_completions_open");
        if (status != MH_OK) {
            mh_completions_close(made);
            return status;
        }
    }
    *completions = made;
    return MH_OK;
}

static mh_task *take_ended(mhi_waiter *waiter)
{
    mhi_mutex_lock(&waiter->lock);
    mhi_watch *watch = waiter->ended;
    if (watch != NULL)
        waiter->ended = watch->after;
    atomic_store(&waiter->left, waiter->ended != NULL ? 0 : 1);
    mhi_mutex_unlock(&waiter->lock);
    if (watch == NULL)
        return NULL;
    mh_task *task = watch->task;
    mhi_free(watch);
    // Whoever told us of it may still be about to wake us, under this lock.
    mhi_mutex_lock(&task->desk->lock);
    mhi_mutex_unlock(&task->desk->lock);
    return task;
}

mh_status mh_completions_next(mh_completions *completions, mh_task **task, mh_deadline deadline)
{
    mh_status status = check(completions, "mh_completions_next");
    if (status != MH_OK)
        return status;
    if (task == NULL)
        return mhi_refuse(MH_INVALID, "mh_completions_next: nowhere to put the task");
    if (completions->handed != NULL)
        mhi_task_release(completions->handed, MHI_HANDLE);
    completions->handed = NULL;
    if (completions->left == 0)
        return MH_END;
    mh_task *ended;
    while ((ended = take_ended(&completions->waiter)) == NULL) {
        if (status == MH_TIMEOUT)
            return status;
        status = mhi_await(&completions->waiter, deadline);
        if (status == MH_END) // another thread is just adding it
            mhi_thread_yield();
        if (status == MH_DEADLOCK)
            return mhi_refuse(status, "mh_completions_next: it waits for the task it runs in");
    }
    mhi_desk_listen(ended->desk);
    completions->left--;
    completions->handed = ended;
    *task = ended;
    return MH_OK;
}

size_t mh_completions_left(const mh_completions *completions)
{
    return completions == NULL ? 0 : completions->left;
}

static mhi_desk *desk_of_first(mhi_waiter *waiter)
{
    mhi_mutex_lock(&waiter->lock);
    mhi_desk *desk = waiter->pending == NULL ? NULL : waiter->pending->task->desk;
    mhi_mutex_unlock(&waiter->lock);
    return desk;
}

// The desk is locked first, as everywhere; so the watch may end between the look and the lock.
static void unwatch(mhi_waiter *waiter)
{
    for (mhi_desk *desk; (desk = desk_of_first(waiter)) != NULL;) {
        mhi_mutex_lock(&desk->lock);
        mhi_mutex_lock(&waiter->lock);
        mhi_watch *watch = waiter->pending;
        mhi_mutex_unlock(&waiter->lock);
        bool is_here = watch != NULL && watch->task->desk == desk;
        if (is_here)
            mhi_watch_unlink(watch);
        mhi_mutex_unlock(&desk->lock);
        if (is_here) {
            mhi_task_release(watch->task, MHI_HANDLE);
            mhi_free(watch);
        }
    }
}

void mh_completions_close(mh_completions *completions)
{
    if (completions == NULL)
        return;
    if (completions->generation == mhi_fork_generation_now()) {
        unwatch(&completions->waiter);
        for (mh_task *task; (task = take_ended(&completions->waiter)) != NULL;)
            mhi_task_release(task, MHI_HANDLE);
        if (completions->handed != NULL)
            mhi_task_release(completions->handed, MHI_HANDLE);
        mhi_waiter_fini(&completions->waiter);
    }
    mhi_free(completions);
}
