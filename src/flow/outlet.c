// Outlet: from slots to results.
//
// In order it waits for one slot, the next one; otherwise for any. What it reads was written by workers,
// one of which may have been crashing: a record that is not there becomes a failed item, not a wild read.

#include "map.h"

mhi_slot *mhi_outlet_find(mh_map *map)
{
    mhi_ring *ring = map->window->ring;
    uint32_t reach = map->options.unordered ? map->slots : 1;
    for (uint32_t i = 0; i < reach; i++) {
        mhi_slot *slot = &ring->slot[(map->outlet.head + i) & (map->slots - 1)];
        if (mhi_claim_look(&slot->claim) == MHI_ENDED)
            return slot;
    }
    return NULL;
}

static const mhi_filling *filling_of(const mh_map *map, const mhi_slot *slot)
{
    return &map->fillings[slot - map->window->ring->slot];
}

void mhi_outlet_begin(mh_map *map, mhi_slot *slot)
{
    mhi_outlet *outlet = &map->outlet;
    const mhi_filling *filling = filling_of(map, slot);
    outlet->slot = slot;
    outlet->left = filling->count;
    outlet->index = filling->first;
    outlet->mean_ns = filling->count > 1 ? slot->run_ns / filling->count : slot->run_ns;
    mhi_reader_begin(&outlet->reader, map->window->arena, mhi_window_output(map->window, slot),
                     slot->output_used);
}

// The map's thread alone writes that number. Release: partner of the sweep's looks (task/winding.c), which find the
// slot either here or there.
static void clear(mh_map *map, mhi_slot *slot, uint64_t items)
{
    _Atomic uint64_t *emptied = &map->pool->emptied[map->number];
    uint64_t after = atomic_load_explicit(emptied, memory_order_relaxed) + MHI_EMPTIED(items);
    atomic_store_explicit(emptied, after | MHI_EMPTYING, memory_order_relaxed);
    mhi_claim_clear(&slot->claim);
    atomic_store_explicit(emptied, after, memory_order_release);
}

void mhi_outlet_release(mh_map *map)
{
    mhi_outlet *outlet = &map->outlet;
    mhi_slot *slot = outlet->slot;
    if (slot == NULL)
        return;
    const mhi_filling *filling = filling_of(map, slot);
    mhi_pace_ran(&map->pace, filling->count, filling->used, slot->output_used, slot->run_ns);
    mhi_arena_trim(map->window->arena, mhi_window_input(map->window, slot), map->pace.keep);
    mhi_arena_trim(map->window->arena, mhi_window_output(map->window, slot), map->pace.keep);
    outlet->slot = NULL;
    outlet->head++;
    clear(map, slot, filling->count);
}

// Whether something has happened, beside slots that end, since this thread looked around.
static bool is_disturbed(const mh_map *map)
{
    bool is_lost = atomic_load(&map->pool->crew.shop.common->broken) != 0;
    return is_lost != map->is_lost || atomic_load(&map->window->ring->brake) != map->brake;
}

static void announce(mh_map *map)
{
    mhi_ring *ring = map->window->ring;
    uint32_t awaited = map->options.unordered ? MHI_ANY_SLOT
                                              : (uint32_t)(map->outlet.head & (map->slots - 1));
    atomic_store(&ring->awaited, awaited); // before the announcement, which makes it count
}

// Those that were there when the slots were filled may have gone home since.
static void ask_for_workers(mh_map *map)
{
    if (map->brake == MHI_GO)
        mhi_crew_need(&map->pool->crew, map->intake.tail - map->outlet.head);
}

// Woken by: the worker or supervisor that ends the slot, a worker that leaves, the loss of all workers, a
// cancel, the close of the pool; and the deadline.
bool mhi_outlet_sleep(mh_map *map, mh_deadline deadline)
{
    mhi_event *ended = &map->window->ring->ended;
    mh_deadline due = mhi_tell_due(map), until = due < deadline ? due : deadline;
    announce(map);
    uint32_t seen = mhi_event_prepare(ended);
    ask_for_workers(map);
    if (mhi_outlet_find(map) != NULL || is_disturbed(map)) {
        mhi_event_leave(ended);
        return true;
    }
    bool in_time = mhi_event_sleep(ended, seen, until);
    mhi_tell(map, false);
    return in_time || until < deadline || mhi_outlet_find(map) != NULL || is_disturbed(map);
}

bool mhi_outlet_linger(mh_map *map, mh_deadline deadline)
{
    mhi_crew *crew = &map->pool->crew;
    if (crew->carrier->help(crew, true) == MHI_HELPED)
        return true;
    uint32_t looks = deadline == MH_NOW ? 1 : crew->shop.common->looks;
    for (uint32_t i = 0; i < looks; i++) {
        if (mhi_outlet_find(map) != NULL || is_disturbed(map))
            return true;
        mhi_shop_pause(&crew->shop, i);
    }
    return false;
}
