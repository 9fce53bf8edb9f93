// Output: marks, and now and then a bell.
//
// An item that prints nothing costs two marks and two looks at a file, and wakes nobody: marks are
// rung for only when there are bytes to read, or many marks.

#include "output.h"

#include "../base/log.h"
#include "../platform/platform.h"
#include "home.h"
#include "say.h"

enum {
    UNREAD = 4 << 20, // bytes: with more than that, the next item waits
    UNRUNG = 256,     // marks: about a quarter of the ring
};

// Of a worker process, which has one thread that runs items.
static struct {
    int fds[MHI_OUTPUT_STREAMS];
    uint64_t at[MHI_OUTPUT_STREAMS]; // sizes when the last item ended
    uint32_t unrung;                 // marks since the last bell
} here;

// Copies under higher numbers stay, for a task may send its stdout elsewhere and back.
mh_status mhi_output_settle(const int fds[MHI_OUTPUT_STREAMS])
{
    for (int i = 0; i < MHI_OUTPUT_STREAMS; i++) {
        int error = mhi_fd_stand_in(fds[i], i + 1);
        if (error != 0)
            return mhi_refuse_errno(error, "putting a file in the place of stdout or stderr");
        here.fds[i] = fds[i];
        here.at[i] = mhi_file_size(fds[i]);
    }
    mhi_process_flush_lines();
    return MH_OK;
}

static void ring(void)
{
    here.unrung = 0;
    mhi_home_ring();
}

static void add(const mh_call *call, bool has_ended)
{
    const mhi_worker *worker = call->worker;
    bool is_task = call->window == &worker->shop->windows[MHI_TASK_WINDOW];
    const mhi_output_mark mark = {
        .subject = {.source = call->window == NULL ? MH_OUTPUT_OF_WORKER
                              : is_task            ? MH_OUTPUT_OF_TASK
                                                   : MH_OUTPUT_OF_ITEM,
                    .map = call->window == NULL ? 0 : call->window->ring->map,
                    .index = call->window == NULL ? 0 : call->index,
                    .worker = (int32_t)worker->number,
                    .pid = worker->pid},
        .at = {here.at[0], here.at[1]},
        .has_ended = has_ended};
    mhi_say_quietly(MHI_LINE_MARK, &mark, sizeof mark);
    here.unrung++;
}

// What programs that were left behind have printed since is not in `at`, and may have been heard.
static bool is_too_much(const mhi_seat *seat)
{
    uint64_t unread = 0;
    for (int i = 0; i < MHI_OUTPUT_STREAMS; i++) {
        uint64_t heard = atomic_load(&seat->heard_to[i]);
        unread += here.at[i] > heard ? here.at[i] - heard : 0;
    }
    return unread > UNREAD;
}

// Woken by whoever hears this worker, which the supervisor will do: it was rung for. It outlives
// the worker, or the worker is killed.
static void wait_for_ears(mhi_seat *seat)
{
    while (is_too_much(seat)) {
        ring();
        uint32_t seen = mhi_event_prepare(&seat->heard);
        if (is_too_much(seat))
            mhi_event_sleep(&seat->heard, seen, UINT64_MAX);
        else
            mhi_event_leave(&seat->heard);
    }
}

// What somebody has printed since the last item ended goes to this one.
void mhi_output_begin(const mh_call *call)
{
    if (mhi_home_shop() != call->worker->shop)
        return;
    wait_for_ears(call->worker->seat);
    add(call, false);
    if (here.unrung >= UNRUNG)
        ring();
}

void mhi_output_end(const mh_call *call)
{
    if (mhi_home_shop() != call->worker->shop)
        return;
    bool has_printed = false;
    mhi_process_flush();
    for (int i = 0; i < MHI_OUTPUT_STREAMS; i++) {
        uint64_t size = mhi_file_size(here.fds[i]);
        has_printed |= size > here.at[i];
        here.at[i] = size > here.at[i] ? size : here.at[i]; // it may have closed our copy
    }
    add(call, true);
    if (has_printed)
        ring();
}

// Sequential, as are the supervisor's stores and looks: either it sees that somebody works, or we
// see that it does not watch (Dekker's argument, as in event.h).
void mhi_output_wake(const mhi_worker *worker)
{
    atomic_store(&worker->seat->is_at_work, 1);
    if (atomic_load(&worker->shop->common->is_watched) == 0)
        ring();
}

void mhi_output_rest(const mhi_worker *worker)
{
    atomic_store(&worker->seat->is_at_work, 0);
}
