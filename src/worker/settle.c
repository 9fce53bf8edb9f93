// Settle: reading, from claim words and step counts, what a dead worker held and how far it was.
//
// No race is possible here: the worker is gone, its claims name it, and nobody else ends them.

#include "settle.h"

#include <stdio.h>

#include "worker.h"

void mhi_death_text(const mhi_death *death, bool likely_oom, char *text, size_t room)
{
    if (death->signal != 0)
        snprintf(text, room, "the worker was killed by %s%s", mhi_signal_name(death->signal),
                 likely_oom ? " (the kernel ran out of memory)" : "");
    else
        snprintf(text, room, "the worker left with exit code %d", death->exit_code);
}

static bool record_crash(mhi_writer *writer, uint32_t number, const mhi_death *death,
                         bool likely_oom)
{
    char text[128];
    mhi_death_text(death, likely_oom, text, sizeof text);
    mhi_failure failure = {
        .signal = death->signal, .exit_code = death->exit_code, .likely_oom = likely_oom};
    return mhi_write_failure(writer, MH_CRASHED, number, death->pid, &failure, text);
}

static bool record_kill(mhi_writer *writer, uint32_t number, const mhi_death *death)
{
    mhi_failure failure = {.code = MH_STOPPED, .signal = death->signal};
    return mhi_write_failure(writer, MH_CANCELLED, number, death->pid, &failure,
                             "it was killed while it ran");
}

// ---- trace --------------------------------------------------------------------------------------

// When item `number` of the slot was queued; what a dying worker may have damaged is only told.
static uint64_t queued_ns(mhi_window *window, const mhi_slot *slot, uint32_t number)
{
    uint32_t area = mhi_window_input(window, slot);
    mhi_reader reader;
    if (slot->queued_ns != 0 ||
        !mhi_reader_begin(&reader, window->arena, area, slot->input_used))
        return slot->queued_ns;
    const mhi_record *item = NULL;
    for (uint32_t i = 0; i <= number && (item = mhi_reader_next(&reader)) != NULL; i++)
        continue;
    return item != NULL ? mhi_item_queued(item->note) : 0;
}

// The dead worker began it after the item it wrote down last; unless that is this one, which it
// had run, but did not live to count.
static void trace_running(mhi_shop *shop, mhi_window *window, mhi_slot *slot, uint32_t seat,
                          uint32_t number, mh_outcome outcome)
{
    mhi_tracer tracer;
    mhi_shop_open_book(shop, seat, &tracer);
    const mhi_trace_event *last = mhi_tracer_last(&tracer);
    mhi_trace_event event = {
        .queued_ns = queued_ns(window, slot, number),
        .began_ns = atomic_load_explicit(&slot->began_ns, memory_order_relaxed),
        .ended_ns = mhi_clock_ns(),
        .index = slot->first + number,
        .map = window->ring->map,
        .routine = mhi_shop_routine(shop, slot->routine, seat),
        .outcome = (uint8_t)outcome,
        .attempt = 1};
    bool is_again = last != NULL && last->map == event.map && last->index == event.index;
    if (is_again)
        event.outcome |= MHI_TRACE_REPLACES;
    uint64_t before = last == NULL ? 0 : is_again ? last->began_ns : last->ended_ns;
    event.began_ns = before > event.began_ns ? before : event.began_ns;
    if (event.queued_ns == 0)
        event.queued_ns = event.began_ns;
    event.began_ns = event.queued_ns > event.began_ns ? event.queued_ns : event.began_ns;
    mhi_tracer_add(&tracer, &event);
}

// Of a map: without memory to go on, what is left is told by the reader as failed.
static void trace_rest(mhi_shop *shop, const mhi_window *window, const mhi_slot *slot,
                       uint32_t seat, uint32_t from, uint32_t count)
{
    for (uint32_t i = from; i < count; i++)
        mhi_shop_trace(
            shop, &(mhi_trace_event){.queued_ns = slot->queued_ns,
                                     .ended_ns = mhi_clock_ns(),
                                     .index = slot->first + i,
                                     .map = window->ring->map,
                                     .routine = mhi_shop_routine(shop, slot->routine, seat),
                                     .outcome = MH_FAILED,
                                     .attempt = 1});
}

// ---- slots --------------------------------------------------------------------------------------

// What the item that was running has come to. False: there is no memory for a record.
static bool settle_item(mhi_window *window, mhi_writer *writer, uint64_t word, uint32_t number,
                        const mhi_death *death, bool likely_oom)
{
    if ((mhi_course_asked(word) & MHI_ASKED_KILL) != 0)
        return record_kill(writer, number, death);
    if (window->ring->stop_on_error)
        mhi_window_brake(window, MHI_START_NOTHING);
    return record_crash(writer, number, death, likely_oom);
}

static mh_outcome outcome_of(uint64_t word)
{
    bool is_kill = (mhi_course_asked(word) & MHI_ASKED_KILL) != 0;
    return is_kill ? MH_CANCELLED : MH_CRASHED;
}

// The record is written before the course says so, for the opener may be reading along.
static mhi_found settle_slot(mhi_shop *shop, mhi_window *window, mhi_slot *slot,
                             uint32_t number, const mhi_death *death, bool likely_oom,
                             uint64_t *index)
{
    bool is_traced = shop->common->is_traced != 0;
    uint32_t area = mhi_window_output(window, slot);
    uint64_t word = atomic_load(&slot->course);
    bool was_running = mhi_course_step(word) % 2 != 0, is_told = true;
    uint32_t count = mhi_course_count(word), whole = mhi_course_whole(word);
    whole = whole < count ? whole : count; // it may be damaged
    mhi_writer writer;
    uint64_t used = mhi_record_seek(window->arena, area, whole);
    do {
        mhi_writer_begin(&writer, window->arena, area, used);
        if (was_running)
            is_told = settle_item(window, &writer, word, number, death, likely_oom);
        if (was_running && is_told && is_traced)
            trace_running(shop, window, slot, number, whole, outcome_of(word));
        atomic_store_explicit(&slot->output_used, writer.used, memory_order_relaxed);
    } while (!mhi_course_settle(&slot->course, &word));
    if (was_running)
        *index = slot->first + whole++;
    if (!is_told && is_traced && !window->ring->revocable) // else the reader writes it down
        trace_rest(shop, window, slot, number, whole - was_running, mhi_course_count(word));
    uint64_t now = mhi_clock_ns();
    uint64_t began = atomic_load_explicit(&slot->began_ns, memory_order_relaxed);
    slot->run_ns += now > began ? now - began : 0;
    if (whole < mhi_course_count(word) && is_told) {
        mhi_window_give_back(window, slot);
    } else { // all are whole; or there is no memory to go on, which the reader will tell of each
        mhi_window_end(window, slot);
    }
    bool is_kill = (mhi_course_asked(word) & MHI_ASKED_KILL) != 0;
    return !was_running ? MHI_FOUND_IDLE : is_kill ? MHI_FOUND_KILLED : MHI_FOUND_RUNNING;
}

// A worker that dies in its teardown leaves no last result; the crash takes its place.
static void settle_last(mhi_shop *shop, uint32_t number, const mhi_death *death,
                        bool likely_oom)
{
    mhi_seat *seat = &shop->seats[number];
    if (atomic_load_explicit(&seat->phase, memory_order_acquire) != MHI_TEARING_DOWN)
        return;
    mhi_writer writer;
    mhi_writer_begin(&writer, &shop->arena, mhi_shop_last_area(shop, number), 0);
    record_crash(&writer, number, death, likely_oom);
    seat->last_used = writer.used;
}

static uint32_t slots_of(const mhi_window *window)
{
    return atomic_load_explicit(&window->ring->slots, memory_order_relaxed);
}

// Whether the worker was killed for the sake of what it ran.
static bool was_killed(mhi_shop *shop, uint32_t number)
{
    bool is_so = false;
    uint64_t open = atomic_load_explicit(&shop->common->open, memory_order_acquire);
    for (uint32_t at = 0; at < MHI_WINDOWS; at++) {
        mhi_window *window = &shop->windows[at];
        for (uint32_t i = 0; (open >> at & 1) != 0 && i < slots_of(window); i++) {
            mhi_slot *slot = &window->ring->slot[i];
            is_so |= mhi_claim_held_by(&slot->claim, number) &&
                     (mhi_course_asked(atomic_load(&slot->course)) & MHI_ASKED_KILL) != 0;
        }
    }
    return is_so;
}

void mhi_settle_bars(mhi_shop *shop, uint32_t number)
{
    if (mhi_board_used(shop->board) == 0)
        return; // of all bars there ever were
    mhi_phase phase = (mhi_phase)atomic_load_explicit(&shop->seats[number].phase,
                                                      memory_order_acquire);
    bool is_in_order = phase == MHI_LEFT || phase == MHI_REFUSED;
    mhi_board_settle(shop->board, number,
                     is_in_order                ? MHI_LEFT_OPEN
                     : was_killed(shop, number) ? MHI_CANCELLED
                                                : MHI_CRASHED);
}

mhi_found mhi_settle(mhi_shop *shop, uint32_t number, const mhi_death *death, bool likely_oom,
                     uint64_t *index)
{
    mhi_found found = MHI_FOUND_IDLE;
    uint64_t open = atomic_load_explicit(&shop->common->open, memory_order_acquire);
    for (uint32_t at = 0; at < MHI_WINDOWS; at++) {
        mhi_window *window = &shop->windows[at];
        for (uint32_t i = 0; (open >> at & 1) != 0 && i < slots_of(window); i++) {
            mhi_slot *slot = &window->ring->slot[i];
            if (!mhi_claim_held_by(&slot->claim, number))
                continue;
            mhi_found here = settle_slot(shop, window, slot, number, death, likely_oom, index);
            found = here != MHI_FOUND_IDLE ? here : found;
        }
    }
    settle_last(shop, number, death, likely_oom);
    return found;
}
