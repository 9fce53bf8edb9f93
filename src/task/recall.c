// Recall: taking back what lies ready and has not begun.
//
// Against workers the course of each slot decides: a task begins, or is taken back. What is taken back returns
// to the front of the queue, with its own priority and order.

#include <limits.h>

#include "limiter.h"
#include "place.h"

// A slot that no worker has taken yet is the opener's again.
static void vacate_if_empty(mhi_desk *desk, uint32_t index)
{
    mhi_slot *slot = mhi_place_slot(desk, index);
    if (desk->places[index].first != NULL || !mhi_claim_take(&slot->claim, MHI_OWNER_OPENER))
        return;
    mhi_claim_leave(&slot->claim, MHI_ENDED);
    mhi_place_vacate(desk, index);
}

// Where a slot can be cut, from `from` on, with so many items begun: between two tasks.
static uint32_t boundary(const mhi_place *place, uint32_t begun, uint32_t from)
{
    const mh_task *task = place->last;
    while (task != NULL && task->item >= begun && task->item >= from)
        task = task->prev;
    uint32_t end = task == NULL ? 0 : task->item + task->parts;
    return end > begun ? end : begun; // those that have begun may have been collected
}

// Cuts the slot before `from` (NULL: before all that has not begun), and detaches what was cut off. Those
// tasks are linked to one another, the last first: so each comes back in front of the one before.
static mh_task *cut(mhi_desk *desk, uint32_t index, const mh_task *from)
{
    mhi_place *place = &desk->places[index];
    mhi_course *course = &mhi_place_slot(desk, index)->course;
    uint64_t word = atomic_load(course);
    uint32_t keep;
    do
        keep = boundary(place, mhi_course_begun(word), from == NULL ? 0 : from->item);
    while (keep < mhi_course_count(word) && !mhi_course_cut(course, &word, keep));
    mh_task *list = NULL, **end = &list;
    for (mh_task *task; (task = place->last) != NULL && task->item >= keep;) {
        mhi_place_detach(desk, task);
        mhi_limiter_return_of(task);
        *end = task;
        end = &task->next;
    }
    return list;
}

// The task, with what lies ready behind it; which would come back behind what was laid ready later, so then that
// comes back as well.
static void recall_from(mhi_desk *desk, const mh_task *task)
{
    if (task->next != NULL)
        mhi_desk_recall_all(desk);
    else
        mhi_desk_recall(desk, task->slot, task);
}

// The parts of a task that have not begun, and what lies ready behind it, are not run there any more.
void mhi_desk_cut_parts(mhi_desk *desk, const mh_task *task)
{
    if (task->where == MHI_PLACED)
        recall_from(desk, task);
    uint64_t word = atomic_load(task->course);
    uint32_t end = task->item + task->parts; // behind it another may have begun
    while (mhi_course_begun(word) < mhi_course_count(word) && mhi_course_begun(word) < end &&
           !mhi_course_cut(task->course, &word, mhi_course_begun(word)))
        continue;
}

void mhi_desk_end_begun(mhi_desk *desk)
{
    for (uint32_t index = desk->used_first; index != MHI_NO_SLOT;
         index = desk->places[index].next) {
        mhi_slot *slot = mhi_place_slot(desk, index);
        mh_task *task = desk->places[index].first;
        if (task == NULL || !mhi_claim_take(&slot->claim, MHI_OWNER_OPENER))
            continue;
        mhi_desk_cut_parts(desk, task);
        for (; task != NULL; task = task->next)
            task->is_cut = true;
        mhi_claim_leave(&slot->claim, MHI_ENDED);
    }
    mhi_desk_collect(desk, false);
}

// There is room: whoever took it out of the queue, or put it there first, has seen to that.
void mhi_desk_requeue(mhi_desk *desk, mh_task *task)
{
    mhi_queue_put(&desk->queue, task);
    task->where = MHI_QUEUED;
}

void mhi_desk_recall(mhi_desk *desk, uint32_t slot, const mh_task *from)
{
    for (mh_task *task = cut(desk, slot, from), *next; task != NULL; task = next) {
        next = task->next;
        mhi_desk_requeue(desk, task);
    }
    vacate_if_empty(desk, slot);
}

// Some workers have nothing, while others have tasks waiting behind the one they run.
void mhi_desk_even_out(mhi_desk *desk)
{
    uint64_t ready = desk->used - desk->tally.taken, workers = atomic_load(&desk->crew->alive);
    if (desk->tally.behind > 0 && ready == 0 && workers > desk->tally.taken)
        mhi_desk_recall_all(desk);
}

bool mhi_desk_recall_permit(mhi_desk *desk)
{
    uint32_t index = desk->permitted;
    const mh_task *first = index != MHI_NO_SLOT ? desk->places[index].first : NULL;
    bool lies_ready = first != NULL && first->has_permit && !mhi_task_has_begun(first);
    if (lies_ready)
        mhi_desk_recall(desk, index, NULL);
    desk->permitted = MHI_NO_SLOT;
    return lies_ready;
}

// Nothing is READY afterwards, so the next slot that is filled is the next to be taken.
void mhi_desk_recall_all(mhi_desk *desk)
{
    for (uint32_t index = desk->used_last, before; index != MHI_NO_SLOT; index = before) {
        before = desk->places[index].prev;
        mhi_desk_recall(desk, index, NULL);
    }
    mhi_window_hint(desk->window, desk->next_slot);
    desk->tally.least_urgent = INT32_MIN;
}

bool mhi_desk_withdraw(mhi_desk *desk, mh_task *task)
{
    if (task->where == MHI_PLACED && !mhi_task_has_begun(task))
        recall_from(desk, task);
    if (task->where == MHI_PARKED)
        mhi_parking_leave(desk, task);
    else if (task->where == MHI_QUEUED)
        mhi_queue_remove(&desk->queue, task);
    else
        return false;
    task->where = MHI_NOWHERE;
    return true;
}

bool mhi_task_has_begun(const mh_task *task)
{
    if (task->where == MHI_PLACED)
        return mhi_course_begun(atomic_load(task->course)) > task->item;
    return task->where == MHI_INSIDE || mhi_task_is_ended(task);
}

bool mhi_task_is_whole(const mh_task *task, uint64_t word)
{
    uint32_t end = task->item + task->parts, count = mhi_course_count(word);
    return mhi_course_whole(word) >= (task->is_cut && count < end ? count : end);
}
