// Place: which task lies where. What the slots themselves say is decided between the opener and the workers;
// this is the opener's own book of it.

#include "place.h"

enum { KEEP = 64 << 10 }; // bytes that stay with an area once it was emptied

void mhi_place_use(mhi_desk *desk, uint32_t index)
{
    mhi_place *place = &desk->places[index];
    place->is_used = true;
    place->next = MHI_NO_SLOT;
    place->prev = desk->used_last;
    if (desk->used_last != MHI_NO_SLOT)
        desk->places[desk->used_last].next = index;
    else
        desk->used_first = index;
    desk->used_last = index;
    desk->used++;
}

static void unuse(mhi_desk *desk, uint32_t index)
{
    mhi_place *place = &desk->places[index];
    uint32_t next = place->next, prev = place->prev;
    if (next != MHI_NO_SLOT)
        desk->places[next].prev = prev;
    else
        desk->used_last = prev;
    if (prev != MHI_NO_SLOT)
        desk->places[prev].next = next;
    else
        desk->used_first = next;
    *place = (mhi_place){.is_used = false};
    desk->used--;
    if (desk->marked == index)
        desk->marked = MHI_NO_SLOT;
}

void mhi_place_attach(mhi_desk *desk, uint32_t index, mh_task *task, uint32_t item)
{
    mhi_place *place = &desk->places[index];
    task->where = MHI_PLACED;
    task->slot = index;
    task->item = item;
    task->course = &mhi_place_slot(desk, index)->course;
    task->next = NULL;
    task->prev = place->last;
    if (place->last != NULL)
        place->last->next = task;
    else
        place->first = task;
    place->last = task;
    desk->placed++;
}

void mhi_place_detach(mhi_desk *desk, mh_task *task)
{
    mhi_place *place = &desk->places[task->slot];
    if (task->next != NULL)
        task->next->prev = task->prev;
    else
        place->last = task->prev;
    if (task->prev != NULL)
        task->prev->next = task->next;
    else
        place->first = task->next;
    task->next = NULL;
    task->prev = NULL;
    task->course = NULL;
    task->where = MHI_NOWHERE;
    desk->placed--;
}

void mhi_place_vacate(mhi_desk *desk, uint32_t index)
{
    mhi_slot *slot = mhi_place_slot(desk, index);
    mhi_arena *arena = desk->window->arena;
    mhi_arena_trim(arena, mhi_window_input(desk->window, slot), KEEP);
    mhi_arena_trim(arena, mhi_window_output(desk->window, slot), KEEP);
    unuse(desk, index);
    mhi_claim_clear(&slot->claim);
}

uint64_t mhi_place_ahead(const mhi_desk *desk)
{
    return desk->placed > desk->tally.begun ? desk->placed - desk->tally.begun : 0;
}
