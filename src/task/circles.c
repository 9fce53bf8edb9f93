// Circles: who waits for whom, across all pools, so that nobody waits for himself.
//
// Only tasks that wait are looked at, and only when one begins to: others will go on by themselves.

#include "../base/fork.h"
#include "desk.h"

static mhi_mutex edges =
    PTHREAD_MUTEX_INITIALIZER; // who waits for whom; before the waiters' own locks
static uint32_t rounds;        // under edges

enum {
    SEEN_MOST = 64
}; // tasks waited for at once that are looked at; of more, the rest counts as free

typedef struct pending {
    mh_task *task[SEEN_MOST];
    size_t count;    // in `task`
    uint64_t free;   // beyond those
    uint64_t needed; // ends
} pending;

// What a waiter waits for. The list changes only by what ends, while `edges` is held.
static void look_at(mhi_waiter *waiter, pending *now)
{
    *now = (pending){.count = 0};
    mhi_mutex_lock(&waiter->lock);
    for (const mhi_watch *watch = waiter->pending; watch != NULL; watch = watch->after)
        if (now->count < SEEN_MOST)
            now->task[now->count++] = watch->task;
        else
            now->free++;
    now->needed = atomic_load(&waiter->left);
    mhi_mutex_unlock(&waiter->lock);
}

static bool is_circle_at(mhi_waiter *waiter, const mh_task *here);

// Whether a task can only go on after `here` has: too many of what it waits for cannot.
static bool is_stuck(mh_task *task, const mh_task *here)
{
    if (task == here || task->waits == NULL)
        return task == here;
    if (task->seen != rounds) {
        task->seen = rounds;
        task->seen_stuck = false;
        task->seen_stuck = is_circle_at(task->waits, here);
    }
    return task->seen_stuck;
}

// A chain of tasks that each wait for one other, as nested ones do, is followed without going deeper.
static mh_task *end_of_chain(mh_task *task, const mh_task *here)
{
    pending now;
    while (task != here && task->waits != NULL && task->seen != rounds) {
        look_at(task->waits, &now);
        if (now.count != 1 || now.free > 0 || now.needed != 1)
            break;
        task = now.task[0];
    }
    return task;
}

static bool is_circle_at(mhi_waiter *waiter, const mh_task *here)
{
    pending now;
    look_at(waiter, &now);
    for (size_t i = 0; i < now.count; i++)
        now.free += !is_stuck(end_of_chain(now.task[i], here), here);
    // None at all: another thread is just adding one.
    return now.count > 0 && now.free < now.needed;
}

static void free_lock_in_children(void)
{
    mhi_fork_frees(&edges);
}

// The innermost task on this thread, of any pool; NULL: none.
mh_task *mhi_task_here(void)
{
    for (const mhi_worker *worker = mhi_worker_here; worker != NULL; worker = worker->outer)
        if (worker->now != NULL && worker->shop->desk != NULL)
            return mhi_task_of_call(worker->now);
    return NULL;
}

// False: that would be a circle.
bool mhi_circles_begin(mh_task *here, mhi_waiter *waiter)
{
    static mhi_once once = MHI_ONCE;
    mhi_once_call(&once, free_lock_in_children);
    mhi_mutex_lock(&edges);
    rounds++;
    here->waits = waiter;
    bool is_circle = is_circle_at(waiter, here);
    if (is_circle)
        here->waits = NULL;
    mhi_mutex_unlock(&edges);
    return !is_circle;
}

void mhi_circles_end(mh_task *here, mhi_waiter *outer)
{
    mhi_mutex_lock(&edges);
    here->waits = outer;
    mhi_mutex_unlock(&edges);
}
