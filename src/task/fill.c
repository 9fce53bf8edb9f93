// Fill: laying tasks ready for workers.
//
// As many as workers can use before somebody comes by again, and no more: what lies ready is
// harder to change one's mind about. Short tasks with consecutive numbers and the same routine
// travel together.

#include <string.h>

#include "../shared/record.h"
#include "limiter.h"
#include "place.h"

enum {
    CHUNK_NS = 10 * 1000,  // how long the tasks of a slot may take together
    READY_NS = 100 * 1000, // how long workers are to be busy with what lies ready
    CHUNK_MOST = 64,       // tasks of a slot
};

// It may have ended just before this wish, and then nobody tells us: the turn goes on with
// another look.
void mhi_desk_want(mhi_desk *desk, const mh_task *task)
{
    if (task->where != MHI_PLACED)
        return;
    mhi_slot *slot = mhi_place_slot(desk, task->slot);
    uint32_t item = task->item + task->parts - 1;
    if (item < atomic_load_explicit(&slot->wanted, memory_order_relaxed))
        atomic_store(&slot->wanted, item);
    bool is_whole = mhi_task_is_whole(task, atomic_load(&slot->course));
    if ((is_whole && !desk->is_blind) || mhi_claim_look(&slot->claim) == MHI_ENDED)
        desk->looks_again = true;
}

// Somebody waits for the end of all that is left.
static void want_all(mhi_desk *desk)
{
    for (uint32_t index = desk->used_first; index != MHI_NO_SLOT;
         index = desk->places[index].next)
        if (desk->places[index].last != NULL)
            mhi_desk_want(desk, desk->places[index].last);
}

static uint64_t chunk_for(const mhi_desk *desk)
{
    uint64_t workers = atomic_load(&desk->crew->alive);
    if (desk->mean_ns == 0 || desk->prefetch != 0)
        return 1;
    uint64_t chunk = CHUNK_NS / desk->mean_ns, share = desk->queue.count / (workers + 1);
    chunk = chunk < CHUNK_MOST ? chunk : CHUNK_MOST;
    chunk = chunk < share ? chunk : share;
    return chunk > 0 ? chunk : 1;
}

// How many more tasks may be laid ready.
static uint64_t allowed(const mhi_desk *desk)
{
    uint64_t workers = atomic_load(&desk->crew->alive), prefetch = workers;
    uint64_t lying = mhi_place_ahead(desk);
    if (desk->prefetch != 0)
        prefetch = desk->prefetch > 0 ? (uint64_t)desk->prefetch : 0;
    else if (desk->mean_ns != 0 && READY_NS / desk->mean_ns > 1)
        prefetch = workers * (READY_NS / desk->mean_ns);
    uint64_t idle = workers > desk->tally.taken ? workers - desk->tally.taken : 0;
    return idle + prefetch > lying ? idle + prefetch - lying : 0;
}

static bool is_any_ready(const mhi_desk *desk)
{
    uint32_t index = desk->used_first;
    while (index != MHI_NO_SLOT &&
           mhi_claim_look(&mhi_place_slot(desk, index)->claim) != MHI_READY)
        index = desk->places[index].next;
    return index != MHI_NO_SLOT;
}

// Slots are filled round the ring, and taken round the ring from the hint on, so tasks begin in
// the order they were laid ready; but only as long as the filling does not overtake the hint.
static bool is_behind_hint(mhi_desk *desk)
{
    const mhi_ring *ring = desk->window->ring;
    uint32_t hint = atomic_load_explicit(&ring->hint, memory_order_relaxed);
    if (desk->next_slot - hint < desk->slots)
        return true;
    if (is_any_ready(desk))
        return false;
    mhi_window_hint(desk->window, desk->next_slot);
    return true;
}

static uint32_t vacant(mhi_desk *desk)
{
    for (uint32_t i = 0; i < desk->slots && is_behind_hint(desk); i++) {
        uint32_t at = desk->next_slot++ & (desk->slots - 1);
        if (!desk->places[at].is_used)
            return at;
    }
    return MHI_NO_SLOT;
}

bool mhi_desk_is_worker_free(const mhi_desk *desk)
{
    const mhi_shop *shop = &desk->crew->shop;
    if (desk->is_serial)
        return desk->is_helping && !is_any_ready(desk);
    return mhi_shop_count(shop, 1 << MHI_TAKEN | 1 << MHI_READY) <
           atomic_load(&desk->crew->alive);
}

// The most urgent task that may start now. Those that need a permit step aside: all of them, so
// that they get theirs in order.
static mh_task *next_task(mhi_desk *desk)
{
    for (mh_task *task; (task = mhi_queue_first(&desk->queue)) != NULL;) {
        if (task->limiter == NULL || task->has_permit)
            return task;
        if (mhi_parking_enter(desk, task) == MH_OK)
            continue;
        mhi_queue_remove(&desk->queue, task); // nobody would come back to it
        mhi_desk_trace_rest(desk, task, 0, MH_FAILED);
        mhi_desk_end_as(desk, task, MH_FAILED, MH_NO_MEMORY, "no memory to wait for a permit");
    }
    return NULL;
}

// Whether a task can travel behind another: then the two must be told apart by counting alone.
static bool is_follower(const mh_task *before, const mh_task *task)
{
    return task->id == before->id + before->parts && task->routine == before->routine &&
           task->limiter == NULL && before->wiring == NULL && task->wiring == NULL;
}

static mh_status write_input(mhi_writer *writer, const mh_task *task)
{
    const char *bytes = task->data;
    uint64_t size = task->size / task->parts;
    for (uint32_t i = 0; i < task->parts; i++) {
        void *payload;
        mh_status status = mhi_writer_ensure(writer, size, &payload);
        if (status != MH_OK)
            return status;
        mhi_copy(payload, bytes + i * size, size);
        mhi_writer_commit(writer, size, mhi_item_note_at(MHI_ITEM_WHOLE, task->queued_ns));
    }
    return MH_OK;
}

static bool has_other_than(const mhi_desk *desk, const mh_task *last)
{
    const mh_task *next = mhi_queue_first(&desk->queue);
    return next != NULL && is_follower(last, next);
}

static void prepare(mhi_desk *desk, mhi_slot *slot, const mh_task *first, uint32_t items,
                    uint64_t used)
{
    slot->first = first->id;
    slot->routine = first->routine;
    slot->is_wired = first->wiring != NULL;
    if (slot->is_wired)
        slot->wires = first->wiring->wires;
    slot->input_used = used;
    slot->run_ns = 0;
    atomic_store_explicit(&slot->output_used, 0, memory_order_relaxed); // ordered by the put
    atomic_store_explicit(&slot->wanted, MHI_NOT_WANTED, memory_order_relaxed);
    atomic_store_explicit(&slot->course, mhi_course_word(items, 0), memory_order_relaxed);
    for (const mh_task *task = first; task != NULL; task = task->next)
        if (task->watches != NULL || task->on_end != NULL || task->limiter != NULL ||
            task->wiring != NULL)
            mhi_desk_want(desk, task);
}

// Fills one slot with up to `most` tasks.
typedef enum filled { FILLED, NOTHING_TO_START, NO_ROOM } filled;
static filled fill_slot(mhi_desk *desk, uint32_t index, uint64_t most)
{
    mhi_slot *slot = mhi_place_slot(desk, index);
    mhi_writer writer;
    uint32_t items = 0;
    uint64_t tasks = 0;
    if (mhi_queue_ensure(&desk->queue, desk->placed + desk->parked + most) != MH_OK)
        return NO_ROOM; // what is laid ready must be able to come back
    mh_task *task = next_task(desk), *last;
    mhi_writer_begin(&writer, desk->window->arena, mhi_window_input(desk->window, slot), 0);
    for (; task != NULL && tasks < most; task = mhi_queue_first(&desk->queue)) {
        if (write_input(&writer, task) != MH_OK)
            break;
        mhi_queue_remove(&desk->queue, task);
        mhi_place_attach(desk, index, task, items);
        items += task->parts;
        tasks++;
        last = task;
        if (!has_other_than(desk, last))
            break;
    }
    if (tasks == 0)
        return mhi_queue_first(&desk->queue) == task && task != NULL ? NO_ROOM
                                                                     : NOTHING_TO_START;
    mhi_place_use(desk, index);
    if (desk->places[index].first->has_permit)
        desk->permitted = index;
    prepare(desk, slot, desk->places[index].first, items, writer.used);
    mhi_claim_put(&slot->claim);
    mhi_event_signal(&desk->crew->shop.common->work, 1);
    if (last->priority > desk->tally.least_urgent)
        desk->tally.least_urgent = last->priority;
    return FILLED;
}

// Memory ran out before a single task could be laid ready: one fails, and the others get their
// turn.
static void fail_first(mhi_desk *desk)
{
    mh_task *task = mhi_queue_first(&desk->queue);
    mhi_queue_remove(&desk->queue, task);
    mhi_desk_trace_rest(desk, task, 0, MH_FAILED);
    mhi_desk_end_as(desk, task, MH_FAILED, MH_NO_MEMORY, "no memory to give it to a worker");
}

// With more in the queue than may be laid ready, somebody has to come back in time: when the slot
// in the middle of those that are ready has ended. One such mark at a time is enough.
static void mark_middle(mhi_desk *desk)
{
    if (desk->marked != MHI_NO_SLOT)
        return;
    uint32_t index = desk->used_last;
    uint64_t ready = desk->used - desk->tally.taken;
    for (uint64_t i = 0; i < ready / 2 && index != MHI_NO_SLOT; i++)
        index = desk->places[index].prev;
    if (index == MHI_NO_SLOT || desk->places[index].last == NULL)
        return;
    desk->marked = index;
    mhi_desk_want(desk, desk->places[index].last);
}

static void fill(mhi_desk *desk)
{
    uint64_t room;
    while (desk->queue.count > 0 && (room = allowed(desk)) > 0) {
        uint64_t chunk = chunk_for(desk);
        uint32_t index = vacant(desk);
        if (index == MHI_NO_SLOT)
            break;
        filled what = fill_slot(desk, index, chunk < room ? chunk : room);
        if (what == FILLED)
            continue;
        if (what == NOTHING_TO_START || desk->placed > 0)
            break; // somebody will come back when that is different
        fail_first(desk);
    }
}

void mhi_desk_fill(mhi_desk *desk)
{
    fill(desk);
    if (desk->parkings != NULL) {
        if (mhi_parking_serve(desk))
            fill(desk);
        mhi_desk_wake_insiders(desk); // they need a permit, and no other worker
    }
    if (desk->queue.count > 0)
        mark_middle(desk);
    else if (desk->idlers != NULL || desk->ends_crew)
        want_all(desk);
}
