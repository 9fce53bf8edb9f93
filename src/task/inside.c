// Inside: what a worker does that waits.
//
// It would be lost to the pool, and with one worker what it waits for would never run. So it runs
// that itself, on its own stack, if it has not begun; and only that, so that nothing unrelated
// runs while the waiting task holds whatever it holds. What does run elsewhere it may wait for,
// for there it goes on by itself; unless it waits for us in turn (circles.c). This is the
// leapfrogging of Wagner and Calder (1993), without the stealing of what one does not need.

#include "../base/memory.h"
#include "desk.h"
#include "limiter.h"

// ---- who waits ----------------------------------------------------------------------------------

static mh_task *task_in_slot(const mhi_desk *desk, const mh_call *call)
{
    const mhi_slot *slot = call->slot;
    uint64_t item = call->index - slot->first;
    mh_task *task = desk->places[slot - desk->window->ring->slot].first;
    while (task != NULL && item >= task->item + task->parts)
        task = task->next;
    return task;
}

static mh_task *task_of(const mhi_desk *desk, const mh_call *call)
{
    if (call->task != NULL)
        return call->task;
    return call->slot != NULL && call->window == desk->window ? task_in_slot(desk, call) : NULL;
}

// The desk's lock is taken for a moment; a task that runs here does not go away.
mh_task *mhi_task_of_call(const mh_call *call)
{
    mhi_desk *desk = call->worker->shop->desk;
    mhi_mutex_lock(&desk->lock);
    mh_task *task = task_of(desk, call);
    mhi_mutex_unlock(&desk->lock);
    return task;
}

mh_task *mh_task_of(const mh_call *call)
{
    if (call == NULL || call->course == NULL || call->worker->shop->desk == NULL)
        return NULL;
    mhi_desk *desk = call->worker->shop->desk;
    mhi_mutex_lock(&desk->lock);
    mh_task *task = task_of(desk, call);
    if (task != NULL && !task->is_lent)
        atomic_fetch_add(&task->holders, MHI_HANDLE);
    if (task != NULL)
        task->is_lent = true;
    mhi_mutex_unlock(&desk->lock);
    return task;
}

// ---- running inside -----------------------------------------------------------------------------

// Takes the task for this thread. False: its limiter has no permit, or it has begun after all.
static bool take_over(mhi_desk *desk, mh_task *task)
{
    if (!mhi_desk_withdraw(desk, task))
        return false;
    if (task->limiter == NULL || task->has_permit || mhi_limiter_try(task->limiter)) {
        task->has_permit = task->limiter != NULL;
        return true;
    }
    mhi_desk_requeue(desk, task);
    mhi_parking_enter(desk, task);
    return false;
}

// The parts of the task, one after the other, until it is stopped. False: memory ran out.
static bool run_parts(mhi_desk *desk, mhi_worker *worker, mh_task *task, mhi_writer *writer,
                      mhi_course *course)
{
    uint64_t size = task->size / task->parts;
    bool is_told = true, goes_on = true; // the first part has begun
    for (uint32_t i = 0; is_told && goes_on; i++) {
        mhi_inside inside = {
            .routine = task->routine,
            .item = {.data = (const char *)task->data + i * size, .size = size},
            .index = task->id + i,
            .window = desk->window,
            .course = course,
            .task = task,
            .queued_ns = task->queued_ns,
            .wires = task->wiring != NULL ? task->wiring->wires : (mhi_wires){0}};
        is_told = mhi_worker_run_inside(worker, &inside, writer);
        mhi_course_end(course);
        goes_on = mhi_course_begin(course, i + 1);
    }
    return is_told;
}

// The lock is let go meanwhile.
static void run_inside(mhi_desk *desk, mhi_worker *worker, mh_task *task)
{
    mhi_course course = mhi_course_word(task->parts, 1);
    mhi_writer writer = {.limit = desk->window->arena->limit};
    task->where = MHI_INSIDE;
    task->item = 0;
    // It is taken away again before this returns.
    // cppcheck-suppress autoVariables
    task->course = &course;
    desk->inside++;
    if (desk->queue.count > 0)
        mhi_desk_turn_quickly(desk); // others go on meanwhile with what was taken back
    mhi_mutex_unlock(&desk->lock);
    uint64_t begin = mhi_clock_ns();
    bool is_told = run_parts(desk, worker, task, &writer, &course);
    mhi_mutex_lock(&desk->lock);
    task->duration_ns = mhi_clock_ns() - begin;
    desk->inside--;
    uint32_t told = mhi_course_whole(course) - !is_told;
    mhi_desk_trace_rest(desk, task, told, is_told ? MH_CANCELLED : MH_FAILED);
    if (is_told && told < task->parts)
        mhi_desk_end_cut(desk, task, writer.base, writer.used);
    else if (is_told)
        mhi_desk_end(desk, task, writer.base, writer.used);
    else
        mhi_desk_end_as(desk, task, MH_FAILED, MH_NO_MEMORY,
                        "memory ran out before its result could be recorded");
    mhi_free(writer.base);
}

// What lies ready behind the task that waits is for others; with all that was laid ready, so that
// the order stays.
static void leave_rest(mhi_desk *desk, const mhi_worker *worker)
{
    const mhi_slot *slot = worker->call.slot;
    if (worker->now != NULL && slot != NULL && worker->call.window == desk->window)
        mhi_desk_recall_all(desk);
}

static mhi_waited await_inside(mhi_desk *desk, mhi_worker *worker, mhi_waiter *waiter,
                               mh_deadline deadline)
{
    leave_rest(desk, worker);
    waiter->is_inside = true;
    mhi_waited how = MHI_LOOK_AROUND;
    for (mh_task *task = NULL; how == MHI_LOOK_AROUND && !desk->is_over;) {
        bool has_run = false;
        task = deadline == MH_NOW ? NULL : mhi_waiter_startable(waiter, desk);
        if (task != NULL && take_over(desk, task)) {
            run_inside(desk, worker, task);
            has_run = true;
            if (mhi_clock_ns() >= deadline)
                deadline = MH_NOW;
        }
        // Elsewhere there may be something as well that nobody else would do.
        bool goes_on = waiter->roams && has_run && deadline != MH_NOW;
        how = mhi_desk_wait(desk, waiter, goes_on ? MH_NOW : deadline);
        if (goes_on && how == MHI_LATE)
            how = MHI_LOOK_AROUND;
        if (waiter->roams)
            break;
    }
    waiter->is_inside = false;
    return how;
}

// ---- hearing of what could be run ---------------------------------------------------------------

mhi_waiter *mhi_insider_begin(mhi_desk *desk, mhi_worker *worker, mhi_waiter *waiter)
{
    mhi_waiter *outer = worker->waits;
    if (outer == NULL) {
        worker->next_insider = desk->insiders;
        desk->insiders = worker;
    }
    worker->waits = waiter;
    return outer;
}

void mhi_insider_end(mhi_desk *desk, mhi_worker *worker, mhi_waiter *outer)
{
    worker->waits = outer;
    if (outer != NULL)
        return;
    mhi_worker **at = &desk->insiders;
    while (*at != worker)
        at = &(*at)->next_insider;
    *at = worker->next_insider;
}

// One that is woken runs what it found, so that this comes to an end.
void mhi_desk_wake_insiders(mhi_desk *desk)
{
    for (const mhi_worker *worker = desk->insiders; worker != NULL;
         worker = worker->next_insider) {
        mhi_waiter *waiter = worker->waits;
        if (mhi_waiter_startable(waiter, desk) == NULL)
            continue;
        if (waiter->roams)
            atomic_store(&waiter->news, 1); // it may be on its way to another desk
        mhi_waiter_wake(waiter);
    }
}

mhi_waited mhi_desk_wait_or_run(mhi_desk *desk, mhi_waiter *waiter, mh_deadline deadline)
{
    mhi_worker *worker = mhi_worker_of(&desk->crew->shop);
    return worker != NULL ? await_inside(desk, worker, waiter, deadline)
                          : mhi_desk_wait(desk, waiter, deadline);
}
