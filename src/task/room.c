// Room: the areas in which a pool's channels and events may lie, and which of them are free.

#include "../base/memory.h"
#include "pool.h"

// At first all areas are one free stretch. False: no memory.
static bool begin(mh_pool *pool)
{
    mhi_boxes *boxes = &pool->boxes;
    if (boxes->has_begun)
        return true;
    boxes->free = mhi_allocate(1, sizeof *boxes->free);
    if (boxes->free == NULL)
        return false;
    boxes->free->area = mhi_shop_first_box(&pool->crew.shop);
    boxes->free->areas = MHI_BOX_AREAS;
    boxes->has_begun = true;
    return true;
}

// The first that is large enough, or what is needed of it (first fit).
mh_status mhi_boxes_take(mh_pool *pool, uint32_t areas, mhi_box **box)
{
    if (!begin(pool))
        return MH_NO_MEMORY;
    mhi_box **at = &pool->boxes.free;
    while (*at != NULL && (*at)->areas < areas)
        at = &(*at)->next;
    if (*at == NULL)
        return MH_FULL;
    if ((*at)->areas == areas) {
        *box = *at;
        *at = (*at)->next;
        return MH_OK;
    }
    mhi_box *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return MH_NO_MEMORY;
    made->area = (*at)->area;
    made->areas = areas;
    (*at)->area += areas;
    (*at)->areas -= areas;
    *box = made;
    return MH_OK;
}

static void join_next(mhi_box *box)
{
    mhi_box *next = box->next;
    if (next == NULL || box->area + box->areas != next->area)
        return;
    box->areas += next->areas;
    box->next = next->next;
    mhi_free(next);
}

// Free stretches stand in the order of their areas, and those that touch are one.
void mhi_boxes_return(mhi_boxes *boxes, mhi_box *box)
{
    mhi_box *before = NULL, **at = &boxes->free;
    while (*at != NULL && (*at)->area < box->area) {
        before = *at;
        at = &(*at)->next;
    }
    box->next = *at;
    *at = box;
    join_next(box);
    if (before != NULL)
        join_next(before);
}

void mhi_boxes_fini(mhi_boxes *boxes)
{
    for (mhi_box *box = boxes->free, *next; box != NULL; box = next) {
        next = box->next;
        mhi_free(box);
    }
    boxes->free = NULL;
}
