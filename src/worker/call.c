// Call: what a routine can say and ask while it runs.
//
// A result is written in place, as the payload of the next record in the slot's output area; it becomes
// a record only when the routine has returned. So a worker that dies half-way leaves nothing that looks
// whole.

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "worker.h"

mh_status mh_reserve(mh_call *call, size_t size, void **data)
{
    if (call == NULL || data == NULL)
        return mhi_refuse(MH_INVALID,
                          "mh_reserve: the call, or where to put the address, is NULL");
    if (call->writer == NULL)
        return mhi_refuse(MH_INVALID,
                          "mh_return or mh_reserve in a setup, which has no result");
    if (call->trouble != MH_OK)
        return call->trouble;
    mh_status status = mhi_writer_reserve(call->writer, size, data);
    if (status == MH_OK)
        call->size = size;
    else
        mh_fail(call, (int)status, "a result of %zu bytes: %s", size, mh_status_text(status));
    call->trouble = status; // after the words, which are not changed any more
    return status;
}

mh_status mh_return(mh_call *call, const void *data, size_t size)
{
    if (call == NULL || (data == NULL && size > 0))
        return mhi_refuse(MH_INVALID, "mh_return: the call is NULL, or %zu bytes at NULL",
                          size);
    void *room = NULL;
    mh_status status = mh_reserve(call, size, &room);
    if (status == MH_OK && room != NULL)
        mhi_copy(room, data, size);
    return status;
}

mh_status mh_fail(mh_call *call, int code, const char *format, ...)
{
    if (call == NULL || format == NULL)
        return mhi_refuse(MH_INVALID, "mh_fail: the call, or the format, is NULL");
    if (call->trouble != MH_OK)
        return MH_ERRORS; // it has failed already, with words of its own
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(call->message, sizeof call->message, format, arguments);
    va_end(arguments);
    call->has_message = true;
    call->code = code;
    return MH_ERRORS;
}

void *mh_state(const mh_call *call)
{
    return call == NULL ? NULL : call->worker->state;
}

int mh_worker(const mh_call *call)
{
    return call == NULL ? -1 : (int)call->worker->number;
}

uint64_t mh_index(const mh_call *call)
{
    return call == NULL ? 0 : call->index;
}

bool mh_is_cancelled(const mh_call *call)
{
    if (call == NULL || call->course == NULL)
        return false;
    return mhi_window_braked(call->window) == MHI_STOP ||
           (mhi_course_asked(atomic_load(call->course)) & MHI_ASKED_STOP) != 0 ||
           (call->wires.cancel != 0 && mhi_call_sees_event(call));
}

// Woken by: a stop of some task, an event that is set, a cancel or close of some map, the close of the pool; and
// the deadline.
mh_status mh_wait_cancelled(const mh_call *call, mh_deadline deadline)
{
    if (call == NULL || call->course == NULL)
        return mhi_refuse(MH_INVALID, "mh_wait_cancelled: not inside the run of a routine");
    mhi_event *asked = &call->worker->shop->common->asked;
    for (;;) {
        uint32_t seen = mhi_event_prepare(asked);
        bool is_cancelled = mh_is_cancelled(call);
        if (is_cancelled || deadline == MH_NOW) {
            mhi_event_leave(asked);
            return is_cancelled ? MH_OK : MH_TIMEOUT;
        }
        if (!mhi_event_sleep(asked, seen, deadline))
            deadline = MH_NOW; // one more look
    }
}

bool mhi_write_failure(mhi_writer *writer, mh_outcome outcome, uint32_t worker, int32_t pid,
                       const mhi_failure *failure, const char *message)
{
    size_t words = strlen(message) + 1;
    void *payload;
    if (mhi_writer_ensure(writer, sizeof *failure + words, &payload) != MH_OK)
        return false; // the reader will miss a record, and say so
    memcpy(payload, failure, sizeof *failure);
    memcpy((char *)payload + sizeof *failure, message, words);
    mhi_writer_commit(writer, sizeof *failure + words, mhi_result_note(outcome, worker, pid));
    return true;
}

void mhi_call_end_badly(mh_call *call, mh_status status)
{
    const mhi_worker *worker = call->worker;
    mhi_failure failure = {.code = call->has_message ? call->code : (int)status};
    const char *message = call->has_message ? call->message : mh_status_text(status);
    mhi_write_failure(call->writer, MH_FAILED, worker->number, worker->pid, &failure, message);
    if (call->window != NULL && call->window->ring->stop_on_error)
        mhi_window_brake(call->window, MHI_START_NOTHING);
}
