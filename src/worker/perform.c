// Perform: running the items of a slot, one after the other, and one item on the stack of another.
//
// The step word of a slot is odd while an item runs, so that after a death the supervisor knows
// how many items are whole, and whether one was running. Where the opener may take items back,
// each begins and ends with a swap (course.h).

#include <stdio.h>
#include <string.h>

#include "../platform/platform.h"
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
    mhi_write_failure(call->writer, outcome, nobody, 0, &failure, message);
}

static void refuse_item(mh_call *call, const mhi_record *item)
{
    char message[160];
    uint64_t size = 0;
    memcpy(&size, mhi_record_payload(item), sizeof size);
    bool too_large = item->note == MHI_ITEM_TOO_LARGE;
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
    else if (item->note != MHI_ITEM_WHOLE)
        refuse_item(call, item);
    else if (routine == NULL)
        refuse(call, MH_FAILED, "its routine was not found in the worker", MH_NOT_FOUND);
    else
        return false;
    return true;
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
    if (worker->is_captured)
        mhi_output_end(call);
    mhi_pass(MHI_STEP_RAN);
    mhi_call_end(call, status);
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
    if (!is_refused(call, routine, item)) {
        advance(slot, 2 * number + 1);
        mhi_pass(MHI_STEP_RUNNING);
        mhi_call_begin(call, slot->first + number);
        run(call, routine, (mh_bytes){.data = mhi_record_payload(item), .size = item->size});
    }
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
    if (!is_refused(call, routine, item)) {
        mhi_call_begin(call, slot->first + number);
        run(call, routine, (mh_bytes){.data = mhi_record_payload(item), .size = item->size});
    }
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
}

// Items without a record, when memory for records ran out, are told by the reader.
void mhi_perform(mhi_worker *worker, mhi_window *window, mhi_slot *slot)
{
    uint32_t input = mhi_window_input(window, slot), output = mhi_window_output(window, slot);
    uint64_t word = atomic_load_explicit(&slot->course, memory_order_relaxed);
    uint32_t begun = mhi_course_whole(word), count = mhi_course_count(word);
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
    for (uint32_t i = begun; i < count; i++) {
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
    if (routine == NULL) {
        refuse(&call, MH_FAILED, "its routine was not found in the worker", MH_NOT_FOUND);
        return true;
    }
    mhi_call_begin(&call, inside->index);
    run(&call, routine, inside->item);
    return writer->used > 0;
}
