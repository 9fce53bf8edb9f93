// End: how a task ends, and who is told.
//
// Exactly one function ends a task: finish. It is reached once for each task, from the records of a
// worker or with the library's own words, always under the desk's lock. After it the result does not change
// any more. Whoever waits is told at once; on_end is told later, by whoever looks after the desk, without
// the lock.

#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "desk.h"
#include "limiter.h"

static void append(mh_task **first, mh_task **last, mh_task *task)
{
    task->next = NULL;
    if (*last != NULL)
        (*last)->next = task;
    else
        *first = task;
    *last = task;
}

// ---- those who wait -----------------------------------------------------------------------------

static void keep_ended(mhi_waiter *waiter, mhi_watch *watch)
{
    watch->after = NULL;
    if (waiter->ended == NULL)
        waiter->ended_end = &waiter->ended;
    *waiter->ended_end = watch;
    waiter->ended_end = &watch->after;
    atomic_store(&waiter->left, 0);
}

static void tell_waiter(mhi_watch *watch)
{
    mhi_waiter *waiter = watch->waiter;
    mhi_mutex_lock(&waiter->lock);
    mhi_waiter_forget(waiter, watch);
    uint64_t left = atomic_load(&waiter->left);
    if (waiter->keeps_ended)
        keep_ended(waiter, watch);
    else if (left > 0)
        atomic_store(&waiter->left, left - 1);
    mhi_mutex_unlock(&waiter->lock);
    mhi_waiter_wake(waiter);
}

static void tell_waiters(mh_task *task)
{
    for (mhi_watch *watch = task->watches, *next; watch != NULL; watch = next) {
        next = watch->next;
        watch->next = NULL;
        tell_waiter(watch);
    }
    task->watches = NULL;
}

bool mhi_desk_is_idle(const mhi_desk *desk)
{
    return desk->ended == desk->submitted && desk->to_tell == NULL && !desk->is_telling;
}

void mhi_desk_tell_idlers(mhi_desk *desk)
{
    if (!mhi_desk_is_idle(desk))
        return;
    for (mhi_waiter *waiter = desk->idlers, *next; waiter != NULL; waiter = next) {
        next = waiter->next_idler;
        atomic_store(&waiter->left, 0);
        mhi_waiter_wake(waiter);
    }
    desk->idlers = NULL;
}

// ---- the one function ---------------------------------------------------------------------------

// Nobody will ask for it, so what went wrong is to be said.
static bool is_to_be_told(const mh_task *task)
{
    if (task->on_end != NULL)
        return true;
    mh_result result;
    const mhi_record *record = task->data;
    if (atomic_load(&task->holders) >= MHI_HANDLE ||
        (task->parts == 1 && task->end.reason == NULL && mhi_record_is_done(record)))
        return false;
    mhi_task_sum_up(task, &result);
    return result.outcome != MH_DONE && result.outcome != MH_CANCELLED;
}

// What was to be kept of the task is kept; from here on it has ended.
static void finish(mhi_desk *desk, mh_task *task)
{
    mhi_limiter_return_of(task);
    if (task->wiring != NULL)
        mhi_unwire(task->wiring);
    task->wiring = NULL;
    if (task->is_lent)
        mhi_task_release(task, MHI_HANDLE);
    task->is_lent = false;
    task->where = MHI_NOWHERE;
    task->course = NULL;
    desk->ended++;
    bool is_told = is_to_be_told(task); // before: whoever reads the end then may drop the task
    // Release: partner of the acquire of whoever reads the result without the lock.
    atomic_store_explicit(&task->is_ended, 1, memory_order_release);
    if (task->watches != NULL)
        tell_waiters(task);
    if (is_told) {
        append(&desk->to_tell, &desk->to_tell_last, task);
        mhi_clerk_wake(desk);
    } else {
        if (task->keeps_nothing)
            mhi_task_strip(task);
        mhi_task_release_under_lock(task);
    }
    if (desk->idlers != NULL)
        mhi_desk_tell_idlers(desk);
    if (desk->ends_crew && desk->ended == desk->submitted)
        mhi_clerk_wake(desk);
}

void mhi_desk_end(mhi_desk *desk, mh_task *task, const char *records, uint64_t used)
{
    if (mhi_task_keep(task, records, used) == MH_OK)
        finish(desk, task);
    else
        mhi_desk_end_as(desk, task, MH_FAILED, MH_NO_MEMORY, "no memory to keep its result");
}

void mhi_desk_end_cut(mhi_desk *desk, mh_task *task, const char *records, uint64_t used)
{
    bool is_broken = desk->reason[0] != '\0';
    task->end = (mhi_end){.reason = is_broken ? desk->reason
                                              : "it was stopped before this part began",
                          .outcome = MH_CANCELLED,
                          .code = MH_STOPPED};
    mhi_desk_end(desk, task, records, used);
}

void mhi_desk_trace_rest(mhi_desk *desk, const mh_task *task, uint32_t from, mh_outcome outcome)
{
    mhi_shop *shop = &desk->crew->shop;
    for (uint32_t i = from; shop->common->is_traced != 0 && i < task->parts; i++)
        mhi_shop_trace(shop,
                       &(mhi_trace_event){.queued_ns = task->queued_ns,
                                          .ended_ns = mhi_clock_ns(),
                                          .index = task->id + i,
                                          .routine = mhi_shop_routine(shop, task->routine, 0),
                                          .outcome = (uint8_t)outcome,
                                          .attempt = 1});
}

// Needs no memory, so it cannot fail.
void mhi_desk_end_as(mhi_desk *desk, mh_task *task, mh_outcome outcome, int code,
                     const char *reason)
{
    bool never_ran = outcome == MH_CANCELLED;
    task->end = (mhi_end){
        .reason = reason, .outcome = (uint8_t)outcome, .code = code, .never_ran = never_ran};
    if (!never_ran)
        mhi_task_keep_nothing(task);
    else
        mhi_desk_trace_rest(desk, task, 0, MH_CANCELLED);
    finish(desk, task);
}

// A shutdown hands these out, so one handle of each is kept.
static void note_never_ran(mhi_desk *desk, mh_task *task)
{
    if (!desk->keeps_dropped)
        return;
    atomic_fetch_add(&task->holders, MHI_HANDLE);
    task->prev = NULL;
    if (desk->never_ran_last != NULL)
        desk->never_ran_last->prev = task;
    else
        desk->never_ran = task;
    desk->never_ran_last = task;
}

static void drop_parked(mhi_desk *desk)
{
    while (desk->parkings != NULL) {
        mh_task *task = mhi_queue_first(&desk->parkings->queue);
        mhi_parking_leave(desk, task); // the last one closes the parking
        mhi_desk_requeue(desk, task);
    }
}

void mhi_desk_drop_all(mhi_desk *desk, const char *reason)
{
    mhi_desk_recall_all(desk);
    drop_parked(desk);
    for (mh_task *task; (task = mhi_queue_first(&desk->queue)) != NULL;) {
        mhi_queue_remove(&desk->queue, task);
        note_never_ran(desk, task);
        mhi_desk_end_as(desk, task, MH_CANCELLED, MH_STOPPED, reason);
    }
}

// ---- on_end -------------------------------------------------------------------------------------

static void tell_one(mhi_desk *desk, mh_task *task)
{
    mh_result result;
    mhi_task_sum_up(task, &result);
    atomic_fetch_add(&task->holders, MHI_HANDLE); // so that on_end can use it
    mhi_mutex_unlock(&desk->lock);
    mhi_desk_listen(desk);
    if (task->on_end != NULL)
        mhi_clerk_call(desk, task, &result);
    else
        mhi_log(MH_LOG_WARNING, "task %llu, of which nobody has a handle, %s: %s",
                (unsigned long long)task->id, mh_outcome_text(result.outcome), result.message);
    mhi_mutex_lock(&desk->lock);
    if (task->keeps_nothing)
        mhi_task_strip(task);
    mhi_task_release(task, MHI_HANDLE);
}

// One thread at a time, so that ends are told one after the other.
void mhi_desk_tell(mhi_desk *desk)
{
    if (desk->is_telling)
        return;
    desk->is_telling = true;
    for (mh_task *task; (task = desk->to_tell) != NULL;) {
        desk->to_tell = task->next;
        if (desk->to_tell == NULL)
            desk->to_tell_last = NULL;
        tell_one(desk, task);
        mhi_task_release_under_lock(task);
    }
    desk->is_telling = false;
    if (desk->idlers != NULL)
        mhi_desk_tell_idlers(desk);
    mhi_desk_end_crew_if_due(desk);
}

void mhi_desk_end_crew_if_due(mhi_desk *desk)
{
    if (!desk->ends_crew || desk->ended < desk->submitted)
        return;
    desk->ends_crew = false;
    mhi_mutex_unlock(&desk->lock);
    mhi_crew_end(desk->crew); // serial: teardown runs here
    mhi_mutex_lock(&desk->lock);
}
