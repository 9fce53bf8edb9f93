// Intake: from the source into slots.
//
// It asks for as many items as fit, a chunk at a time, and stops early when the caller has something to
// take and the workers have enough. A slot is the intake's own until it is put; then it is not looked at
// again until it comes back empty.

#include <string.h>

#include "../base/log.h"
#include "map.h"

void mhi_intake_init(mhi_intake *intake, const mh_source *source, bool is_unbounded)
{
    *intake = (mhi_intake){.source = *source, .is_unbounded = is_unbounded};
    if (is_unbounded)
        mhi_hoard_init(&intake->hoard, source, &intake->source);
}

void mhi_intake_fini(mhi_intake *intake)
{
    mhi_source_fini(&intake->source);
    mhi_hoard_fini(&intake->hoard);
}

// The slot to fill next. In order, it is the one after the last; otherwise any that is empty.
static mhi_slot *vacant(const mh_map *map)
{
    mhi_ring *ring = map->window->ring;
    uint64_t tail = map->intake.tail;
    uint32_t reach = map->options.unordered ? map->slots : 1;
    for (uint32_t i = 0; i < reach; i++) {
        mhi_slot *slot = &ring->slot[(tail + i) & (map->slots - 1)];
        if (mhi_claim_look(&slot->claim) == MHI_EMPTY)
            return slot;
    }
    return NULL;
}

// An item that cannot go into the window goes as a note of why, so that it keeps its place.
static mh_status write_refused(mhi_writer *writer, uint64_t size, mh_status why)
{
    void *payload;
    mh_status status = mhi_writer_ensure(writer, sizeof size, &payload);
    if (status != MH_OK)
        return status;
    memcpy(payload, &size, sizeof size);
    mhi_writer_commit(writer, sizeof size,
                      why == MH_TOO_LARGE ? MHI_ITEM_TOO_LARGE : MHI_ITEM_NO_MEMORY);
    return MH_OK;
}

static mh_status write_item(mhi_writer *writer, mh_bytes item)
{
    void *payload;
    mh_status status = mhi_writer_reserve(writer, item.size, &payload);
    if (status != MH_OK)
        return write_refused(writer, item.size, status);
    mhi_copy(payload, item.data, item.size);
    mhi_writer_commit(writer, item.size, MHI_ITEM_WHOLE);
    return MH_OK;
}

static void end(mhi_intake *intake, mh_status status)
{
    intake->is_over = true;
    intake->ended = status;
    if (status != MH_END)
        mhi_log(MH_LOG_WARNING, "the source failed after %llu items: %s",
                (unsigned long long)intake->asked, mh_status_text(status));
}

static uint32_t write_chunk(mh_map *map, mhi_writer *writer, uint64_t most)
{
    mhi_intake *intake = &map->intake;
    uint32_t count = 0;
    while (count < most && !mhi_pace_is_full(&map->pace, writer->used) &&
           mhi_map_braked(map) == MHI_GO) { // a source may take its time for each
        mh_bytes item;
        mh_status status = mhi_source_ask(&intake->source, &item);
        if (status == MH_OK)
            status = write_item(writer, item);
        if (status != MH_OK) {
            end(intake, status);
            break;
        }
        count++;
    }
    return count;
}

static void put(mh_map *map, mhi_slot *slot, uint32_t count, uint64_t used)
{
    atomic_store_explicit(&slot->course, mhi_course_word(count, 0),
                          memory_order_relaxed); // by the put
    slot->first = map->intake.asked;
    slot->input_used = used;
    map->fillings[slot - map->window->ring->slot] = (mhi_filling){
        .first = map->intake.asked, .used = used, .count = count};
    slot->output_used = 0;
    slot->run_ns = 0;
    slot->routine = map->routine;
    if (map->pool->crew.shop.common->is_traced != 0)
        slot->queued_ns = mhi_clock_ns();
    map->intake.asked += count;
    map->intake.tail++;
    mhi_claim_put(&slot->claim);
    mhi_event_signal(&map->pool->crew.shop.common->work, 1);
}

static void fill_slot(mh_map *map, mhi_slot *slot, uint64_t most)
{
    mhi_writer writer;
    // A look at the clock now and then is enough: a source that is slow is so for more than one chunk.
    bool is_watched = map->intake.is_slow || map->intake.tail % 8 == 0;
    uint64_t begin = is_watched ? mhi_clock_coarse_ns() : 0;
    mhi_writer_begin(&writer, map->window->arena, mhi_window_input(map->window, slot), 0);
    uint32_t count = write_chunk(map, &writer,
                                 most < MHI_COURSE_ITEMS ? most : MHI_COURSE_ITEMS);
    uint64_t ns = is_watched ? mhi_clock_coarse_ns() - begin : 0;
    map->intake
        .is_slow = ns > 0; // a tick of the coarse clock; a wrong guess now and then is harmless
    if (count == 0)
        return;
    if (map->intake.tail ==
        0) { // nothing is under way yet, so the ring may still become smaller
        map->slots = mhi_pace_fit(&map->pace, writer.used / count);
        atomic_store_explicit(&map->window->ring->slots, map->slots, memory_order_relaxed);
    }
    put(map, slot, count, writer.used);
    mhi_pace_filled(&map->pace, writer.used, ns);
}

static uint64_t left_in_source(const mhi_intake *intake)
{
    const mh_source *source = &intake->source;
    if (!source->sized)
        return UINT64_MAX;
    return source->length > intake->asked ? source->length - intake->asked : 1; // it may go on
}

// Enough is under way when every worker has a slot, and another waiting.
static bool is_enough(const mh_map *map)
{
    uint64_t slots = map->intake.tail - map->outlet.head;
    return map->intake.is_slow || slots >= 2 * (uint64_t)map->pace.workers;
}

static void fill(mh_map *map, bool is_idle)
{
    mhi_intake *intake = &map->intake;
    if (intake->is_unbounded && !intake->hoard.is_read)
        mhi_pace_spread(&map->pace, mhi_hoard_read(&intake->hoard, &intake->source));
    while (!intake->is_over && mhi_map_braked(map) == MHI_GO) {
        uint64_t under_way = intake->asked - map->outlet.handed;
        uint64_t most = mhi_pace_allows(&map->pace, under_way, left_in_source(intake), is_idle);
        mhi_slot *slot = most > 0 ? vacant(map) : NULL;
        if (slot == NULL)
            return;
        fill_slot(map, slot, most);
        if (is_enough(map) && mhi_outlet_find(map) != NULL)
            return;
    }
}

// Workers on demand are asked for again whenever we come by: those that were there may have gone home.
void mhi_intake_fill(mh_map *map, bool is_idle)
{
    fill(map, is_idle);
    mhi_crew_need(&map->pool->crew, map->intake.tail - map->outlet.head);
}
