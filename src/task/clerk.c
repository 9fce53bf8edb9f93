// Clerk: a thread that looks after a desk while nobody waits there, and tells the ends of tasks.
//
// It begins with the first task of the pool, and sleeps whenever there is nothing to do. It never waits for a
// worker.

#include "../base/log.h"
#include "../worker/quiet.h"
#include "desk.h"

// The desk whose callback runs on this thread, the innermost first.
typedef struct calling {
    const mhi_desk *desk;
    const struct calling *outer;
} calling;

static _Thread_local const calling *here;

bool mhi_clerk_is_here(const mhi_desk *desk)
{
    const calling *at = here;
    while (at != NULL && at->desk != desk)
        at = at->outer;
    return at != NULL;
}

void mhi_clerk_call(mhi_desk *desk, mh_task *task, const mh_result *result)
{
    calling now = {.desk = desk, .outer = here};
    here = &now;
    if (!desk->is_serial)
        mhi_quiet_threads_add(-1);
    task->on_end(task->context, task, result);
    if (!desk->is_serial)
        mhi_quiet_threads_add(1);
    here = now.outer;
}

// Woken by: what a worker tells while nobody attends, ends to be told, deaths, and the end of the desk.
static void sleep_until_told(mhi_desk *desk)
{
    mhi_ring *ring = desk->window->ring;
    uint32_t seen = mhi_event_prepare(&ring->unattended);
    bool is_told = atomic_load(&ring->told) != 0 && atomic_load(&ring->attended) == 0;
    bool ends = desk->ends_crew && desk->ended == desk->submitted;
    if (is_told || desk->to_tell != NULL || desk->clerk_leaves || ends) {
        mhi_event_leave(&ring->unattended);
        return;
    }
    mhi_mutex_unlock(&desk->lock);
    mhi_event_sleep(&ring->unattended, seen, UINT64_MAX);
    mhi_mutex_lock(&desk->lock);
}

static void *live(void *argument)
{
    mhi_desk *desk = argument;
    mhi_mutex_lock(&desk->lock);
    for (;;) {
        mhi_desk_turn(desk);
        mhi_desk_tell(desk);
        if (desk->clerk_leaves && desk->to_tell == NULL)
            break;
        sleep_until_told(desk);
    }
    mhi_mutex_unlock(&desk->lock);
    mhi_quiet_threads_add(-1);
    return NULL;
}

mh_status mhi_clerk_start(mhi_desk *desk)
{
    if (desk->has_clerk || desk->is_serial)
        return MH_OK;
    int error = mhi_quiet_thread_start(&desk->clerk, live, desk);
    desk->has_clerk = error == 0;
    return error == 0 ? MH_OK
                      : mhi_refuse_errno(error, "starting the thread that looks after tasks");
}

void mhi_clerk_wake(mhi_desk *desk)
{
    mhi_event_signal(&desk->window->ring->unattended, 1);
}

void mhi_clerk_end(mhi_desk *desk)
{
    mhi_mutex_lock(&desk->lock);
    bool has_clerk = desk->has_clerk;
    desk->has_clerk = false;
    desk->clerk_leaves = true;
    mhi_clerk_wake(desk);
    mhi_mutex_unlock(&desk->lock);
    if (has_clerk)
        mhi_thread_join(&desk->clerk);
}
