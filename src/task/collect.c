// Collect: reading what workers have come to.
//
// A slot may be read while its owner works on: whole items are whole (course.h). Each task whose items all are
// is ended from its records.

#include <limits.h>

#include "../shared/record.h"
#include "place.h"

// Where the records of a slot that is still being worked on can be read.
static bool begin_early(mhi_desk *desk, const mhi_slot *slot, mhi_reader *reader)
{
    mhi_arena *early = &desk->early;
    if (early->views == NULL && mhi_arena_open_again(early, desk->window->arena) != MH_OK)
        return false; // later, when the slot has ended
    return mhi_reader_begin(reader, early, mhi_window_output(desk->window, slot),
                            atomic_load_explicit(&slot->output_used, memory_order_relaxed));
}

static bool begin_reading(mhi_desk *desk, const mhi_slot *slot, bool is_ended,
                          mhi_reader *reader)
{
    if (!is_ended)
        return begin_early(desk, slot, reader);
    return mhi_reader_begin(reader, desk->window->arena, mhi_window_output(desk->window, slot),
                            atomic_load_explicit(&slot->output_used, memory_order_relaxed));
}

// The task's records are the next of the reader. A missing one means that memory ran out.
static void end_from(mhi_desk *desk, mh_task *task, mhi_reader *reader)
{
    uint64_t begin = reader->at;
    uint32_t found = 0;
    while (found < task->parts && mhi_reader_next(reader) != NULL)
        found++;
    mhi_place_detach(desk, task);
    mhi_desk_trace_rest(desk, task, found, task->is_cut ? MH_CANCELLED : MH_FAILED);
    if (found == task->parts)
        mhi_desk_end(desk, task, reader->base + begin, reader->at - begin);
    else if (task->is_cut)
        mhi_desk_end_cut(desk, task, reader->base + begin, reader->at - begin);
    else
        mhi_desk_end_as(desk, task, MH_FAILED, MH_NO_MEMORY,
                        "memory ran out before its result could be recorded");
}

static uint32_t whole_of(uint64_t word)
{
    uint32_t items = mhi_course_count(word), whole = mhi_course_whole(word);
    return whole < items ? whole : items; // it may be damaged
}

static uint64_t mean_of(const mhi_slot *slot, bool is_ended, uint32_t items)
{
    if (items == 0)
        return 0;
    if (is_ended)
        return slot->run_ns / items;
    uint64_t began = atomic_load_explicit(&slot->began_ns, memory_order_relaxed);
    uint64_t now = mhi_clock_coarse_ns();
    return now > began ? (now - began) / items : 0;
}

static void collect_whole(mhi_desk *desk, uint32_t index, uint64_t word, bool is_ended)
{
    mhi_place *place = &desk->places[index];
    mhi_slot *slot = mhi_place_slot(desk, index);
    mhi_reader reader;
    if (place->first == NULL || (!is_ended && !mhi_task_is_whole(place->first, word)))
        return;
    bool can_read = begin_reading(desk, slot, is_ended, &reader);
    if (!can_read && !is_ended) {
        desk->is_blind = true; // it tells when the slot has ended
        return;
    }
    uint64_t mean = mean_of(slot, is_ended, whole_of(word));
    reader.at = place->read;
    for (mh_task *task; (task = place->first) != NULL;) {
        if (!is_ended && !mhi_task_is_whole(task, word))
            break;
        task->duration_ns = mean * task->parts;
        end_from(desk, task, &reader);
    }
    place->read = reader.at;
}

// What tasks take, as the recent ones did: a moving average, quick to learn that they are long.
static void learn(mhi_desk *desk, const mhi_slot *slot, uint32_t items)
{
    if (items == 0)
        return;
    uint64_t mean = slot->run_ns / items;
    if (desk->mean_ns == 0 || mean > desk->mean_ns)
        desk->mean_ns = mean;
    else
        desk->mean_ns = (3 * desk->mean_ns + mean) / 4;
    desk->mean_ns += desk->mean_ns == 0;
}

// Of a slot that a worker has in hand: what has begun, and what waits behind that.
static void count_taken(mhi_desk *desk, uint32_t index, uint64_t word)
{
    mhi_tally *tally = &desk->tally;
    uint32_t begun = mhi_course_begun(word);
    tally->taken++;
    for (const mh_task *task = desk->places[index].first; task != NULL; task = task->next)
        if (task->item < begun)
            tally->begun++;
        else
            tally->behind++;
}

// True: a worker has it, or had it.
static bool collect_slot(mhi_desk *desk, uint32_t index)
{
    mhi_slot *slot = mhi_place_slot(desk, index);
    mhi_state state = mhi_claim_look(
        &slot->claim); // first: what has ended does not change any more
    uint64_t word = atomic_load(&slot->course);
    if (whole_of(word) > 0)
        mhi_desk_note_unheard(desk);
    collect_whole(desk, index, word, state == MHI_ENDED);
    if (state == MHI_READY)
        return false;
    if (state == MHI_ENDED) {
        learn(desk, slot, whole_of(word));
        mhi_place_vacate(desk, index);
    } else {
        count_taken(desk, index, word);
    }
    return true;
}

void mhi_desk_collect(mhi_desk *desk, bool quickly)
{
    desk->tally = (mhi_tally){.least_urgent = desk->tally.least_urgent};
    bool goes_on = true;
    for (uint32_t index = desk->used_first, next; goes_on && index != MHI_NO_SLOT;
         index = next) {
        next = desk->places[index].next;
        goes_on = collect_slot(desk, index) || !quickly;
    }
    if (desk->placed == 0)
        desk->tally.least_urgent = INT32_MIN;
}
