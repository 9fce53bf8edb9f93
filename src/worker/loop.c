// Loop: take, perform, finish.
//
// This is the whole of a worker. It runs in a thread, in a process, or in the thread that waits; it does
// not know which. What it does with a slot it has taken is in perform.c.

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../platform/platform.h"
#include "bars.h"
#include "output.h"
#include "worker.h"

void (*mhi_step_trap)(mhi_step step);
_Thread_local mhi_worker *mhi_worker_here;
mhi_shop *mhi_shop_of_process;

mhi_worker *mhi_worker_of(const mhi_shop *shop)
{
    mhi_worker *worker = mhi_worker_here;
    while (worker != NULL && worker->shop != shop)
        worker = worker->outer;
    return worker;
}

void mhi_worker_init(mhi_worker *worker, mhi_shop *shop, uint32_t number)
{
    *worker = (mhi_worker){.shop = shop, .number = number, .pid = mhi_process_id()};
    worker->call.worker = worker;
    worker->is_traced = shop->common->is_traced != 0;
    if (number == MHI_OWNER_OPENER)
        return;
    if (worker->is_traced)
        mhi_shop_open_book(shop, number, &worker->tracer);
    worker->seat = &shop->seats[number];
    atomic_store_explicit(&worker->seat->pid, worker->pid, memory_order_relaxed);
}

// ---- take, and finish ---------------------------------------------------------------------------

static mhi_slot *take(mhi_worker *worker, uint32_t reach, mhi_window **window)
{
    mhi_shop *shop = worker->shop;
    // Acquire: partner of the release in which a window is opened.
    uint64_t open = atomic_load_explicit(&shop->common->open, memory_order_acquire);
    for (uint32_t turn = 0; open != 0; turn++) {
        uint32_t at = (worker->next_window + turn) % MHI_WINDOWS;
        if ((open >> at & 1) == 0)
            continue;
        open &= ~(UINT64_C(1) << at);
        *window = &shop->windows[at];
        mhi_slot *slot = mhi_window_take(*window, worker->number, reach);
        if (slot != NULL) {
            worker->next_window = open != 0 ? (at + 1) % MHI_WINDOWS : at;
            return slot;
        }
    }
    return NULL;
}

static void finish(mhi_worker *worker, mhi_window *window, mhi_slot *slot)
{
    mhi_pass(MHI_STEP_TAKEN);
    uint64_t begin = worker->ended_ns != 0 ? worker->ended_ns : mhi_clock_ns();
    atomic_store_explicit(&slot->began_ns, begin, memory_order_relaxed);
    worker->item_ns = begin;
    mhi_perform(worker, window, slot);
    // The clock was read for the last item that was traced.
    worker->ended_ns = worker->item_ns != begin ? worker->item_ns : mhi_clock_ns();
    slot->run_ns += worker->ended_ns - begin;
    mhi_pass(MHI_STEP_ENDING);
    mhi_window_end(window, slot);
    mhi_pass(MHI_STEP_ENDED);
}

bool mhi_worker_step(mhi_worker *worker)
{
    mhi_window *window;
    mhi_slot *slot = take(worker, UINT32_MAX, &window);
    worker->ended_ns = 0; // who waits does other things between
    if (slot == NULL)
        return false;
    finish(worker, window, slot);
    return true;
}

bool mhi_worker_cancel_one(mhi_worker *worker, mhi_window *window)
{
    mhi_slot *slot = mhi_window_take(window, worker->number, UINT32_MAX);
    if (slot == NULL)
        return false;
    finish(worker, window, slot);
    return true;
}

// ---- wait ---------------------------------------------------------------------------------------

enum { GLANCE = 4 }; // slots to look at while spinning: the hint is rarely far off

// For a worker that finds nothing to take: perhaps the opener has more than lies in the window.
static void ask_for_more(mhi_worker *worker)
{
    mhi_window *window = &worker->shop->windows[MHI_TASK_WINDOW];
    if (atomic_load(&window->ring->more) != 0 && atomic_exchange(&window->ring->more, 0) != 0)
        mhi_window_tell(window);
}

static bool is_to_leave(const mhi_worker *worker)
{
    return atomic_load(&worker->shop->common->ending) != 0 ||
           atomic_load(&worker->seat->leaves) != 0;
}

static uint64_t patience_of(const mhi_worker *worker)
{
    const mhi_common *common = worker->shop->common;
    bool stays = worker->number < common->stay || common->idle_ns == UINT64_MAX;
    return stays ? UINT64_MAX : mhi_clock_ns() + common->idle_ns;
}

static mhi_slot *spin(mhi_worker *worker, mhi_window **window)
{
    mhi_slot *slot = NULL;
    for (uint32_t i = 0; slot == NULL && i < worker->shop->common->looks; i++) {
        mhi_shop_pause(worker->shop, i);
        slot = take(worker, GLANCE, window);
    }
    return slot;
}

// The next slot, sleeping until there is one; NULL when the worker is to leave. Woken by: a slot that was
// put or given back, the end of the shop or of this worker, the death of another worker (which may have
// swallowed our wake); and by its own patience, after one more look.
static mhi_slot *next(mhi_worker *worker, mhi_window **window)
{
    mhi_common *common = worker->shop->common;
    if (atomic_load_explicit(&worker->seat->leaves, memory_order_relaxed) != 0)
        return NULL;
    mhi_slot *slot = take(worker, GLANCE, window);
    if (slot != NULL)
        return slot;
    worker->ended_ns = 0; // the time from here on is not that of the next slot
    uint64_t until = patience_of(worker);
    for (bool is_patient = true;;) {
        ask_for_more(worker);
        if ((slot = spin(worker, window)) != NULL)
            return slot;
        uint32_t seen = mhi_event_prepare(&common->work);
        slot = take(worker, UINT32_MAX, window);
        if (slot != NULL || !is_patient || is_to_leave(worker)) {
            mhi_event_leave(&common->work);
            return slot;
        }
        if (atomic_load(&worker->shop->windows[MHI_TASK_WINDOW].ring->more) != 0) {
            mhi_event_leave(&common->work); // it came to be meanwhile
            continue;
        }
        mhi_pass(MHI_STEP_IDLE);
        if (worker->is_captured)
            mhi_output_rest(worker);
        is_patient = mhi_event_sleep(&common->work, seen, until);
        if (worker->is_captured)
            mhi_output_wake(worker);
    }
}

// ---- the whole life -----------------------------------------------------------------------------

static void enter(mhi_worker *worker, mhi_phase phase)
{
    // Release: partner of whoever reads what the worker left in its seat.
    atomic_store_explicit(&worker->seat->phase, (uint32_t)phase, memory_order_release);
}

static mh_bytes argument_of(const mhi_worker *worker)
{
    const mhi_seat *seat = worker->seat;
    mhi_arena *arena = &worker->shop->arena;
    if (seat->argument_size == 0)
        return (mh_bytes){.data = NULL};
    const char *arguments = mhi_arena_read(arena, mhi_shop_argument_area(worker->shop),
                                           seat->argument_at + seat->argument_size);
    return (mh_bytes){.data = arguments == NULL ? NULL : arguments + seat->argument_at,
                      .size = arguments == NULL ? 0 : seat->argument_size};
}

mhi_phase mhi_worker_set_up(mhi_worker *worker)
{
    mh_call *call = &worker->call;
    mhi_seat *seat = worker->seat;
    enter(worker, MHI_SETTING_UP);
    mh_status status = MH_OK;
    mhi_call_begin(call, 0);
    call->window = NULL;
    call->course = NULL;
    call->writer = NULL;
    const mh_routine *routine = mhi_routine_of(worker, seat->routine);
    if (routine == NULL && seat->routine != MHI_ROUTINE_OWN)
        status = mh_fail(call, MH_NOT_FOUND, "its routine was not found in the worker");
    else if (routine != NULL && routine->setup != NULL)
        status = routine->setup(call, argument_of(worker), &worker->state);
    if (worker->is_captured)
        mhi_output_end(call);
    if (status == MH_OK) {
        enter(worker, MHI_WORKING);
        return MHI_WORKING;
    }
    const char *reason = call->has_message ? call->message : mh_status_text(status);
    snprintf(seat->reason, sizeof seat->reason, "setup failed: %.*s", MHI_REASON - 20, reason);
    if (worker->bars != 0)
        mhi_bars_leave(&worker->bars, MHI_FAILED);
    enter(worker, MHI_REFUSED);
    return MHI_REFUSED;
}

void mhi_worker_tear_down(mhi_worker *worker)
{
    mh_call *call = &worker->call;
    mhi_seat *seat = worker->seat;
    const mh_routine *routine = mhi_routine_of(worker, seat->routine);
    enter(worker, MHI_TEARING_DOWN);
    seat->last_used = 0;
    mhi_writer *writer = &worker->writer;
    mhi_writer_begin(writer, &worker->shop->arena,
                     mhi_shop_last_area(worker->shop, worker->number), 0);
    if (routine != NULL && routine->teardown != NULL && mhi_has_room(writer)) {
        mhi_call_begin(call, worker->number);
        call->window = NULL;
        call->course = NULL;
        call->writer = writer;
        routine->teardown(call, worker->state);
        if (worker->is_captured)
            mhi_output_end(call);
        mhi_call_end(call, call->has_message ? MH_ERRORS : MH_OK);
    }
    if (worker->bars != 0)
        mhi_bars_leave(&worker->bars, MHI_LEFT_OPEN);
    seat->last_used = writer->used;
    worker->state = NULL;
    enter(worker, MHI_LEFT);
    mhi_event_wake(&worker->shop->common->left, INT_MAX);
}

mhi_phase mhi_worker_live(mhi_worker *worker)
{
    mhi_worker_here = worker;
    if (worker->is_captured)
        mhi_output_wake(worker);
    mhi_phase phase = mhi_worker_set_up(worker);
    if (phase == MHI_WORKING) {
        mhi_window *window;
        for (mhi_slot *slot; (slot = next(worker, &window)) != NULL;)
            finish(worker, window, slot);
        mhi_worker_tear_down(worker);
        phase = MHI_LEFT;
    }
    mhi_worker_here = NULL;
    return phase;
}
