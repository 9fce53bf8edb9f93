// Mind: changing one's mind about a task: cancel, stop, kill, another priority.
//
// What has not begun is taken back, wherever it waits; then the opener is alone with it. What
// runs is asked through the course of its slot, where asking and ending are swaps of one word
// (course.h): so either the task was asked while it ran, or it had ended before.

#include <limits.h>

#include "../base/log.h"
#include "desk.h"
#include "limiter.h"

// The item of a task that runs now: of several parts, the one that has begun last.
static uint32_t item_now(const mh_task *task)
{
    uint32_t begun = mhi_course_begun(atomic_load(task->course));
    return begun > task->item ? begun - 1 : task->item;
}

// Of several parts, those that have not begun never will. True: there were some.
static bool cut_parts(mhi_desk *desk, mh_task *task)
{
    if (task->parts == 1)
        return false;
    uint32_t before = mhi_course_count(atomic_load(task->course));
    mhi_desk_cut_parts(desk, task);
    uint32_t count = mhi_course_count(atomic_load(task->course));
    bool has_cut = count < task->item + task->parts;
    task->is_cut |= has_cut;
    return has_cut && count < before;
}

static mh_status ask_to_stop(mhi_desk *desk, mh_task *task)
{
    cut_parts(desk, task);
    for (;;) {
        uint32_t item = item_now(task);
        uint64_t word = atomic_load(task->course);
        if (mhi_task_is_whole(task, word))
            return MH_OK; // it ends just now
        if ((mhi_course_asked(word) & MHI_ASKED_STOP) != 0 ||
            mhi_course_ask(task->course, item, MHI_ASKED_STOP))
            break;
    }
    mhi_shop_stir(&desk->crew->shop);
    return MH_OK;
}

// Who owns the slot is read before the swap, and cannot change while the item runs: so if the
// swap works, it was this worker, and it will not get past the end of the item any more.
static mh_status kill_running(mhi_desk *desk, mh_task *task)
{
    mhi_crew *crew = desk->crew;
    const mhi_slot *slot = &desk->window->ring->slot[task->slot];
    bool has_cut = cut_parts(desk, task);
    for (;;) {
        uint32_t item = item_now(
            task); // first: once the task is not whole after it, it is the task's
        uint64_t word = atomic_load(task->course), claim = atomic_load(&slot->claim);
        uint32_t number = mhi_claim_owner(claim);
        if (mhi_task_is_whole(task, word))
            return has_cut ? MH_OK : MH_BUSY;
        if ((mhi_course_asked(word) & MHI_ASKED_KILL) != 0)
            return MH_BUSY;
        if (mhi_claim_state(claim) != MHI_TAKEN || number >= MHI_SEATS)
            return MH_BUSY; // it died by itself just now
        int32_t pid = atomic_load(&crew->shop.seats[number].pid);
        if (mhi_course_ask(task->course, item, MHI_ASKED_KILL)) {
            crew->carrier->kill(crew, number, pid);
            return MH_OK;
        }
    }
}

void mhi_desk_kill_all(mhi_desk *desk)
{
    for (uint32_t index = desk->used_first; index != MHI_NO_SLOT;
         index = desk->places[index].next)
        for (mh_task *task = desk->places[index].first; task != NULL; task = task->next)
            if (mhi_task_has_begun(task))
                kill_running(desk, task);
}

// ---- the four of them ---------------------------------------------------------------------------

// What becomes of a task that has been taken back, and of one that runs. NULL: nothing, it is too
// late.
typedef void change_waiting(mhi_desk *desk, mh_task *task, int number);
typedef mh_status change_running(mhi_desk *desk, mh_task *task);

static mh_status change_here(mhi_desk *desk, mh_task *task, change_waiting *waiting, int number,
                             change_running *running)
{
    mh_status status = MH_OK;
    if (mhi_desk_withdraw(desk, task))
        waiting(desk, task, number);
    else
        status = running == NULL ? MH_BUSY : running(desk, task);
    mhi_desk_turn_quickly(desk); // what lay ready behind it may have been taken back as well
    mhi_desk_call_helpers(desk); // or they may have looked just while it was not there
    return status;
}

// Whether it has ended, also when nobody has seen that yet: who is told so may ask for its result.
static bool has_ended(mhi_desk *desk, const mh_task *task)
{
    if (!mhi_task_is_ended(task) && mhi_task_has_begun(task) &&
        mhi_task_is_whole(task, atomic_load(task->course)))
        mhi_desk_turn(desk);
    return mhi_task_is_ended(task);
}

static mh_status change(mh_task *task, const char *call, change_waiting *waiting, int number,
                        change_running *running)
{
    mh_status status = mhi_task_check(task, call);
    if (status != MH_OK)
        return status;
    mhi_desk *desk = task->desk;
    mhi_mutex_lock(&desk->lock);
    bool ended = has_ended(desk, task); // perhaps with its pool
    if (ended)
        mhi_desk_note_unheard(desk);
    else
        status = change_here(desk, task, waiting, number, running);
    mhi_mutex_unlock(&desk->lock);
    if (!ended)
        return status;
    mhi_desk_listen(desk);
    return MH_END;
}

static void cancel(mhi_desk *desk, mh_task *task, int number)
{
    (void)number;
    mhi_desk_end_as(desk, task, MH_CANCELLED, MH_STOPPED, "it was cancelled before it began");
}

mh_status mh_task_cancel(mh_task *task)
{
    return change(task, "mh_task_cancel", cancel, 0, NULL);
}

mh_status mh_task_stop(mh_task *task)
{
    return change(task, "mh_task_stop", cancel, 0, ask_to_stop);
}

static mh_status kill(mhi_desk *desk, mh_task *task)
{
    if (desk->crew->carrier->kill != NULL && task->where == MHI_PLACED)
        return kill_running(desk, task);
    return mhi_refuse(MH_INVALID, "mh_task_kill: task %llu runs on a thread; stop it",
                      (unsigned long long)task->id);
}

mh_status mh_task_kill(mh_task *task)
{
    return change(task, "mh_task_kill", cancel, 0, kill);
}

static void set_priority(mhi_desk *desk, mh_task *task, int priority)
{
    task->priority = priority;
    task->order = desk->orders++;
    mhi_desk_requeue(desk, task);
    if (desk->placed > 0 && priority < desk->tally.least_urgent)
        mhi_desk_recall_all(desk);
}

mh_status mh_task_set_priority(mh_task *task, int priority)
{
    return change(task, "mh_task_set_priority", set_priority, priority, NULL);
}
