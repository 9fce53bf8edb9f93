// Perform: running the items of a slot, one after the other, and one item on the stack of another.
//
// The step word of a slot is odd while an item runs, so that after a death the supervisor knows
// how many items are whole, and whether one was running. Where the opener may take items back,
// each begins and ends with a swap (course.h).

#include <stdio.h>
#include <string.h>

#include "../platform/platform.h"
#include "bars.h"
#include "output.h"
#include "worker.h"

// ---- which routine ------------------------------------------------------------------------------

// Looked for once; what was not found is asked for again, since the file may be there next time.
const mh_routine *mhi_routine_of(mhi_worker *worker, uint32_t number)
{
    if (number == MHI_ROUTINE_OWN && worker->seat != NULL)
        number = worker->seat->routine;
    if (number >= MHI_ROUTINES)
        return NULL;
    if (!worker->found[number])
        worker->found[number] = mhi_routines_find(&worker->shop->common->routines, number,
                                                  &worker->routine[number]) == MH_OK;
    return worker->found[number] ? &worker->routine[number] : NULL;
}

// ---- perform ------------------------------------------------------------------------------------

static void refuse(mh_call *call, mh_outcome outcome, const char *message, int code)
{
    mhi_failure failure = {.code = code};
    uint32_t nobody = MHI_OWNER_OPENER;
    if (outcome == MH_CANCELLED)
        atomic_fetch_add_explicit(&call->window->ring->undone, 1, memory_order_relaxed);
    mhi_write_failure(call->writer, outcome, nobody, 0, &failure, message);
}

static void refuse_item(mh_call *call, const mhi_record *item)
{
    char message[160];
    uint64_t size = 0;
    memcpy(&size, mhi_record_payload(item), sizeof size);
    bool too_large = mhi_item_note_of(item->note) == MHI_ITEM_TOO_LARGE;
    mh_status status = too_large ? MH_TOO_LARGE : MH_NO_MEMORY;
    snprintf(message, sizeof message, "an item of %llu bytes: %s", (unsigned long long)size,
             mh_status_text(status));
    refuse(call, MH_FAILED, message, (int)status);
}

bool mhi_has_room(mhi_writer *writer)
{
    void *room;
    return mhi_writer_ensure(writer, MHI_FAILURE_ROOM, &room) == MH_OK;
}

// What keeps an item from being given to its routine; then it has a record that says so.
static bool is_refused(mh_call *call, const mh_routine *routine, const mhi_record *item)
{
    if (mhi_window_braked(call->window) != MHI_GO)
        refuse(call, MH_CANCELLED, "it was cancelled before it began", MH_STOPPED);
    else if (mhi_item_note_of(item->note) != MHI_ITEM_WHOLE)
        refuse_item(call, item);
    else if (routine == NULL)
        refuse(call, MH_FAILED, "its routine was not found in the worker", MH_NOT_FOUND);
    else
        return false;
    return true;
}

// How a bar ends that a call has left open.
static mhi_ending ending_of(const mh_call *call, mh_status status)
{
    if (mh_is_cancelled(call))
        return MHI_CANCELLED;
    return status == MH_OK && call->trouble == MH_OK ? MHI_LEFT_OPEN : MHI_FAILED;
}

static void run(mh_call *call, const mh_routine *routine, mh_bytes item)
{
    mhi_worker *worker = call->worker;
    worker->now = call;
    if (worker->is_captured)
        mhi_output_begin(call);
    mh_status status = routine->run(call, item);
    worker->now = call->outer;
    if (call->has_context)
        mhi_call_leave_context(call);
    if (call->bars != 0)
        mhi_bars_leave(&call->bars, ending_of(call, status));
    if (worker->is_captured)
        mhi_output_end(call);
    mhi_pass(MHI_STEP_RAN);
    mhi_call_end(call, status);
}

// ---- trace --------------------------------------------------------------------------------------

// Without one of its own, the opener is taken for any worker.
static uint32_t seat_of(const mhi_worker *worker)
{
    return worker->number != MHI_OWNER_OPENER ? worker->number : 0;
}

static void trace(mhi_worker *worker, const mhi_trace_event *event)
{
    if (worker->number == MHI_OWNER_OPENER)
        mhi_shop_trace(worker->shop, event);
    else
        mhi_tracer_add(&worker->tracer, event);
}

// A worker that has just ended a slot may take one at once that was put a moment later.
static uint64_t later(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

// What the record says that was just written at `at`; without one, memory ran out.
static uint8_t outcome_at(const mhi_writer *writer, uint64_t at)
{
    const mhi_record *record = (const mhi_record *)(const void *)(writer->base + at);
    return writer->used > at ? (uint8_t)(record->note & 0xff) : MH_FAILED;
}

// The item in hand is over. One look at the clock is both its end and the beginning of the next.
static void trace_item(mhi_worker *worker, const mhi_slot *slot, const mhi_record *item,
                       uint32_t number, bool has_run, uint8_t outcome)
{
    uint64_t queued = item != NULL ? mhi_item_queued(item->note) : 0, now = mhi_clock_ns();
    queued = queued != 0 ? queued : slot->queued_ns;
    const mhi_window *window = worker->call.window;
    mhi_trace_event event = {.queued_ns = queued,
                             .began_ns = has_run ? later(worker->item_ns, queued) : 0,
                             .ended_ns = now,
                             .index = slot->first + number,
                             .map = window->ring->map,
                             .routine = worker->traced_routine,
                             .outcome = outcome,
                             .attempt = 1};
    trace(worker, &event);
    worker->item_ns = now;
}

// Of a map: items that get no record, for there is no memory, are told by the reader as failed.
static void trace_rest(mhi_worker *worker, const mhi_slot *slot, uint32_t from, uint32_t count)
{
    for (uint32_t i = from; i < count; i++)
        trace_item(worker, slot, NULL, i, false, MH_FAILED);
}

// The owner is alone with the course of its slot. Release here and below: partner of the
// supervisor's look, after the death.
static void advance(mhi_slot *slot, uint32_t step)
{
    uint64_t word = atomic_load_explicit(&slot->course, memory_order_relaxed);
    atomic_store_explicit(&slot->course, mhi_course_word(mhi_course_count(word), step),
                          memory_order_release);
}

static void perform_one(mhi_worker *worker, const mh_routine *routine, mhi_slot *slot,
                        const mhi_record *item, uint32_t number)
{
    mh_call *call = &worker->call;
    uint64_t at = call->writer->used;
    bool runs = !is_refused(call, routine, item);
    if (runs) {
        advance(slot, 2 * number + 1);
        mhi_pass(MHI_STEP_RUNNING);
        mhi_call_begin(call, slot->first + number);
        run(call, routine, (mh_bytes){.data = mhi_record_payload(item), .size = item->size});
    }
    if (worker->is_traced)
        trace_item(worker, slot, item, number, runs, outcome_at(call->writer, at));
    mhi_pass(MHI_STEP_RECORDED);
    advance(slot, 2 * number + 2);
    mhi_pass(MHI_STEP_COUNTED);
}

// This process is about to be killed, for the sake of the item that it has just run.
static _Noreturn void wait_for_death(void)
{
    _Atomic uint32_t never = 0;
    for (;;)
        mhi_futex_wait(&never, 0, UINT64_MAX);
}

// The same where the opener may take items back. False: this one, and those behind it, were.
static bool perform_revocable(mhi_worker *worker, const mh_routine *routine, mhi_slot *slot,
                              const mhi_record *item, uint32_t number)
{
    mh_call *call = &worker->call;
    if (!mhi_course_begin(&slot->course, number))
        return false;
    mhi_pass(MHI_STEP_RUNNING);
    uint64_t at = call->writer->used;
    bool runs = !is_refused(call, routine, item);
    if (runs) {
        mhi_call_begin(call, slot->first + number);
        run(call, routine, (mh_bytes){.data = mhi_record_payload(item), .size = item->size});
    }
    if (worker->is_traced)
        trace_item(worker, slot, item, number, runs, outcome_at(call->writer, at));
    mhi_pass(MHI_STEP_RECORDED);
    atomic_store_explicit(&slot->output_used, call->writer->used, memory_order_relaxed);
    if (!mhi_course_end(&slot->course))
        wait_for_death();
    mhi_pass(MHI_STEP_COUNTED);
    return true;
}

// The opener waits for an item that is whole, and not for the end of the slot, of which it is
// told anyway.
static void tell_of_item(mhi_window *window, mhi_slot *slot, uint32_t number)
{
    uint64_t word = atomic_load_explicit(&slot->course, memory_order_relaxed);
    if (number + 1 < mhi_course_count(word) && number >= atomic_load(&slot->wanted))
        mhi_window_tell(window);
}

static void begin_slot(mhi_worker *worker, mhi_window *window, mhi_slot *slot)
{
    worker->call.window = window;
    worker->call.slot = slot;
    worker->call.course = &slot->course;
    worker->call.wires = slot->is_wired ? slot->wires : (mhi_wires){0};
    worker->call.writer = &worker->writer;
    if (worker->is_traced)
        worker->traced_routine = mhi_shop_routine(worker->shop, slot->routine, seat_of(worker));
}

static void trace_inside(mhi_worker *worker, const mhi_inside *inside, uint64_t begin,
                         uint8_t outcome)
{
    mhi_trace_event event = {
        .queued_ns = inside->queued_ns,
        .began_ns = begin,
        .ended_ns = mhi_clock_ns(),
        .index = inside->index,
        .routine = mhi_shop_routine(worker->shop, (uint16_t)inside->routine, worker->number),
        .outcome = outcome,
        .attempt = 1};
    trace(worker, &event);
}

// Items without a record, when memory for records ran out, are told by the reader.
void mhi_perform(mhi_worker *worker, mhi_window *window, mhi_slot *slot)
{
    uint32_t input = mhi_window_input(window, slot), output = mhi_window_output(window, slot);
    uint64_t word = atomic_load_explicit(&slot->course, memory_order_relaxed);
    uint32_t i = mhi_course_whole(word), count = mhi_course_count(word), begun = i;
    bool revocable = window->ring->revocable;
    mhi_writer *writer = &worker->writer;
    mhi_reader reader;
    mhi_writer_begin(writer, window->arena, output,
                     begun == 0 ? 0 : mhi_record_seek(window->arena, output, begun));
    mhi_reader_begin(&reader, window->arena, input, slot->input_used);
    if (begun > 0)
        reader.at = mhi_record_seek(window->arena, input, begun);
    begin_slot(worker, window, slot);
    const mh_routine *routine = mhi_routine_of(worker, slot->routine);
    for (; i < count; i++) {
        const mhi_record *item = mhi_reader_next(&reader);
        if (item == NULL || !mhi_has_room(writer))
            break;
        if (!revocable)
            perform_one(worker, routine, slot, item, i);
        else if (perform_revocable(worker, routine, slot, item, i))
            tell_of_item(window, slot, i);
        else
            break;
    }
    if (worker->is_traced && !revocable)
        trace_rest(worker, slot, i, count);
    atomic_store_explicit(&slot->output_used, writer->used, memory_order_relaxed);
}

bool mhi_worker_run_inside(mhi_worker *worker, const mhi_inside *inside, mhi_writer *writer)
{
    mh_call call = {.worker = worker,
                    .window = inside->window,
                    .course = inside->course,
                    .writer = writer,
                    .outer = worker->now,
                    .wires = inside->wires,
                    .task = inside->task};
    const mh_routine *routine = mhi_routine_of(worker, inside->routine);
    if (!mhi_has_room(writer))
        return false;
    bool is_braked = mhi_window_braked(call.window) != MHI_GO;
    bool will_run = !is_braked && routine != NULL;
    uint64_t begin = worker->is_traced && will_run ? mhi_clock_ns() : 0;
    uint64_t at = writer->used;
    if (is_braked) {
        refuse(&call, MH_CANCELLED, "it was cancelled before it began", MH_STOPPED);
    } else if (routine == NULL) {
        refuse(&call, MH_FAILED, "its routine was not found in the worker", MH_NOT_FOUND);
    } else {
        mhi_call_begin(&call, inside->index);
        run(&call, routine, inside->item);
    }
    if (worker->is_traced)
        trace_inside(worker, inside, begin, outcome_at(writer, at));
    return writer->used > 0;
}
