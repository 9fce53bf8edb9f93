// Context: what a call finds of the channels and the event that its task was given; and the event
// itself.

#include <limits.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "worker.h"

// ---- of a call ----------------------------------------------------------------------------------

static mhi_flag *flag_at(mhi_shop *shop, uint32_t area)
{
    return (mhi_flag *)(uintptr_t)mhi_arena_read(&shop->arena, area, sizeof(mhi_flag));
}

bool mhi_call_sees_event(const mh_call *call)
{
    const mhi_flag *flag = flag_at(call->worker->shop, call->wires.cancel);
    return flag != NULL && atomic_load(&flag->is_set) != 0;
}

bool mhi_is_stopped_here(void)
{
    const mhi_worker *worker = mhi_worker_here;
    return worker != NULL && worker->now != NULL && mh_is_cancelled(worker->now);
}

static uint32_t owner_of(const mh_call *call)
{
    uint32_t depth = 0;
    for (const mh_call *outer = call->outer; outer != NULL; outer = outer->outer)
        depth++;
    return mhi_owner_of_call(call->worker->number, depth);
}

// A handle that was found already stays: it knows what was taken through it.
static mh_channel *find_channel(mh_channel *channel, const mh_call *call, uint32_t area)
{
    if (channel->mailbox.head != NULL)
        return channel;
    *channel = (mh_channel){.shop = call->worker->shop,
                            .generation = mhi_fork_generation_now(),
                            .owner = owner_of(call)};
    return area != 0 && mhi_mailbox_find(&channel->mailbox, &call->worker->shop->arena, area)
               ? channel
               : NULL;
}

static mh_event *find_event(mh_event *event, const mh_call *call, uint32_t area)
{
    *event = (mh_event){
        .shop = call->worker->shop, .generation = mhi_fork_generation_now(), .area = area};
    if (area != 0)
        event->flag = flag_at(event->shop, area);
    return event->flag != NULL ? event : NULL;
}

static void give_back(mh_channel *channel)
{
    if (channel->has_taken)
        mhi_mailbox_settle(&channel->mailbox, channel->owner, channel->owner);
    channel->mailbox.head = NULL;
}

void mhi_call_leave_context(mh_call *call)
{
    give_back(&call->ends.input);
    give_back(&call->ends.output);
    call->has_context = false;
}

mh_context mh_context_of(mh_call *call)
{
    if (call == NULL || call->course == NULL)
        return (mh_context){.input = NULL};
    call->has_context = true;
    return (mh_context){.input = find_channel(&call->ends.input, call, call->wires.input),
                        .output = find_channel(&call->ends.output, call, call->wires.output),
                        .cancel = find_event(&call->ends.cancel, call, call->wires.cancel)};
}

// ---- the event ----------------------------------------------------------------------------------

static mh_status check(const mh_event *event, const char *call)
{
    if (event == NULL)
        return MH_NOT_FOUND; // that a context has none is an answer, and no mistake
    if (event->generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: it was opened by the parent of this process", call);
    return MH_OK;
}

mh_status mh_event_set(mh_event *event)
{
    mh_status status = check(event, "mh_event_set");
    if (status != MH_OK || atomic_exchange(&event->flag->is_set, 1) != 0)
        return status;
    mhi_event_signal(&event->flag->told, INT_MAX);
    mhi_shop_stir(event->shop);
    return MH_OK;
}

bool mh_event_is_set(const mh_event *event)
{
    return event != NULL && event->generation == mhi_fork_generation_now() &&
           atomic_load(&event->flag->is_set) != 0;
}

// Woken by: the set, a death (who set it may have died before it woke us), whatever asks a task
// to stop; and the deadline.
mh_status mh_event_wait(mh_event *event, mh_deadline deadline)
{
    mh_status status = check(event, "mh_event_wait");
    if (status != MH_OK)
        return status;
    mhi_event *told = &event->flag->told;
    bool minds_stop = deadline != MH_NOW;
    for (;;) {
        uint32_t seen = mhi_event_prepare(told);
        // In this order: a task that this very event asks to stop finds it set.
        bool is_stopped = minds_stop && mhi_is_stopped_here();
        bool is_set = atomic_load(&event->flag->is_set) != 0;
        if (is_set || is_stopped || deadline == MH_NOW) {
            mhi_event_leave(told);
            return is_set ? MH_OK : is_stopped ? MH_STOPPED : MH_TIMEOUT;
        }
        if (!mhi_event_sleep(told, seen, deadline))
            deadline = MH_NOW; // one more look
    }
}
