// Channel: sending and receiving, and waiting for it.

#include "channel.h"

#include <limits.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../shared/record.h"
#include "worker.h"

// ---- one try ------------------------------------------------------------------------------------

typedef struct trial {
    mh_channel *channel;
    enum { SEND, RECEIVE, TAKE } what;
    mh_bytes message;     // sending
    uint64_t least, most; // else: the bytes it may have
    void *buffer;         // receiving
    mhi_taken taken;
} trial;

// What is not the last look need not be thorough.
enum { GLANCE = MHI_MAILBOX_GLANCE, THOROUGHLY = MH_CHANNEL_LIMIT };

static mh_status try(trial *trial, uint32_t reach)
{
    mhi_mailbox *mailbox = &trial->channel->mailbox;
    uint32_t owner = trial->channel->owner;
    if (trial->what == SEND)
        return mhi_mailbox_send(mailbox, owner, trial->message, reach);
    if (trial->what == RECEIVE)
        return mhi_mailbox_receive(mailbox, owner, trial->least, trial->most, trial->buffer,
                                   &trial->taken.size);
    return mhi_mailbox_take(mailbox, owner, trial->least, trial->most, &trial->taken);
}

// All tasks at the other end have ended. Only for the program: tasks come and go in any order.
static bool is_deserted(const trial *trial)
{
    mhi_users *users = trial->channel->users;
    if (users == NULL || mhi_worker_here != NULL)
        return false;
    return trial->what == SEND
               ? atomic_load(&users->had_receivers) && atomic_load(&users->receivers) == 0
               : atomic_load(&users->had_senders) && atomic_load(&users->senders) == 0;
}

// What they had sent is seen, for they had sent it before.
static mh_status try_or_end(trial *trial)
{
    mh_status status = try(trial, THOROUGHLY);
    if (status != MH_TIMEOUT || !is_deserted(trial))
        return status;
    status = try(trial, THOROUGHLY);
    return status == MH_TIMEOUT ? MH_END : status;
}

// ---- waiting ------------------------------------------------------------------------------------

static mh_status spin(trial *trial)
{
    const mhi_shop *shop = trial->channel->shop;
    uint32_t looks = atomic_load_explicit(&shop->common->looks, memory_order_relaxed);
    mh_status status = MH_TIMEOUT;
    for (uint32_t i = 1; i <= looks && status == MH_TIMEOUT; i++) {
        mhi_shop_pause(shop, i);
        status = mhi_is_stopped_here() ? MH_STOPPED : try(trial, GLANCE);
    }
    return status;
}

// On a serial pool the program runs tasks while it waits for their messages.
static bool is_helper(const trial *trial)
{
    const mhi_shop *shop = trial->channel->shop;
    return shop->help != NULL && mhi_worker_of(shop) == NULL;
}

// Not once the channel has ended: it may have been by the close, which waits until those that help have left
// (task/desk.c). Who helps has announced that before: so either it sees the end, or the close sees it.
static bool help(const trial *trial)
{
    mhi_shop *shop = trial->channel->shop;
    return atomic_load(&trial->channel->mailbox.head->ended) == 0 && shop->help(shop->desk);
}

// Woken by: a message or a free place, the end of the channel, a death, whatever asks a task to
// stop, the end of the last task at the other end, work for a helper; and the deadline. Who leaves
// without what it was woken for wakes another.
static mh_status wait_until(trial *trial, mhi_event *event, mh_deadline deadline)
{
    bool helps = is_helper(trial);
    mh_status status = MH_TIMEOUT;
    for (bool is_late = false; status == MH_TIMEOUT && !is_late;) {
        status = spin(trial);
        if (status != MH_TIMEOUT)
            break;
        uint32_t seen = mhi_event_prepare(event);
        bool has_helped = helps && help(trial);
        if (!has_helped)
            status = mhi_is_stopped_here() ? MH_STOPPED : try_or_end(trial);
        if (has_helped || status != MH_TIMEOUT) {
            mhi_event_leave(event);
            is_late = has_helped && mhi_clock_ns() >= deadline;
        } else {
            is_late = !mhi_event_sleep(event, seen, deadline);
        }
    }
    return status;
}

static mh_status wait_for(trial *trial, mh_deadline deadline)
{
    mhi_mailbox_head *head = trial->channel->mailbox.head;
    mhi_event *event = trial->what == SEND ? &head->emptied : &head->filled;
    mhi_shop *shop = trial->channel->shop;
    bool helps = is_helper(trial);
    if (helps)
        atomic_fetch_add(&shop->hopeful, 1);
    mh_status status = wait_until(trial, event, deadline);
    if (helps && atomic_fetch_sub(&shop->hopeful, 1) == 1)
        mhi_event_signal(&shop->common->left, INT_MAX);
    if (status == MH_TIMEOUT) // one more look
        status = mhi_is_stopped_here() ? MH_STOPPED : try_or_end(trial);
    if (status != MH_OK && status != MH_TIMEOUT)
        mhi_event_signal(event, 1);
    return status;
}

// A stop comes before everything else: before a message that was sent after it, and before the
// end of the channel, which may have come with it.
static mh_status perform(trial *trial, mh_deadline deadline)
{
    if (deadline == MH_NOW)
        return try_or_end(trial);
    if (mhi_is_stopped_here())
        return MH_STOPPED;
    mh_status status = try(trial, GLANCE);
    if (status == MH_TIMEOUT)
        status = wait_for(trial, deadline);
    return status != MH_OK && mhi_is_stopped_here() ? MH_STOPPED : status;
}

// ---- the face -----------------------------------------------------------------------------------

// That a context has none is an answer, and no mistake.
static mh_status check(const mh_channel *channel, const char *call)
{
    if (channel == NULL)
        return MH_NOT_FOUND;
    if (channel->generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: it was opened by the parent of this process", call);
    return MH_OK;
}

mh_status mh_channel_send(mh_channel *channel, mh_bytes message, mh_deadline deadline)
{
    mh_status status = check(channel, "mh_channel_send");
    if (status != MH_OK)
        return status;
    if (message.data == NULL && message.size > 0)
        return mhi_refuse(MH_INVALID, "mh_channel_send: %zu bytes at NULL", message.size);
    if (message.size > channel->mailbox.arena->limit)
        return mhi_refuse(MH_TOO_LARGE, "mh_channel_send: %zu bytes; the pool takes %llu",
                          message.size, (unsigned long long)channel->mailbox.arena->limit);
    trial trial = {.channel = channel, .what = SEND, .message = message};
    return perform(&trial, deadline);
}

mh_status mh_channel_receive(mh_channel *channel, void *buffer, size_t room, size_t *size,
                             mh_deadline deadline)
{
    mh_status status = check(channel, "mh_channel_receive");
    if (status != MH_OK)
        return status;
    if (buffer == NULL && room > 0)
        return mhi_refuse(MH_INVALID, "mh_channel_receive: %zu bytes at NULL", room);
    trial trial = {.channel = channel,
                   .what = RECEIVE,
                   .least = size == NULL ? room : 0,
                   .most = room,
                   .buffer = buffer};
    status = perform(&trial, deadline);
    if (status == MH_INVALID)
        return mhi_refuse(status, "mh_channel_receive: the message has %llu bytes, and not %zu",
                          (unsigned long long)trial.taken.size, room);
    if ((status == MH_OK || status == MH_TOO_LARGE) && size != NULL)
        *size = trial.taken.size;
    return status;
}

mh_status mh_channel_take(mh_channel *channel, mh_message *message, mh_deadline deadline)
{
    mh_status status = check(channel, "mh_channel_take");
    if (status != MH_OK)
        return status;
    if (message == NULL)
        return mhi_refuse(MH_INVALID, "mh_channel_take: nowhere to put the message");
    trial trial = {.channel = channel, .what = TAKE, .most = UINT64_MAX};
    status = perform(&trial, deadline);
    if (status == MH_OK && channel->users == NULL)
        channel->has_taken = true;
    if (status == MH_OK)
        *message = (mh_message){
            .data = trial.taken.data, .size = trial.taken.size, .place = trial.taken.place};
    return status;
}

mh_status mh_channel_confirm(mh_channel *channel, const mh_message *message)
{
    mh_status status = check(channel, "mh_channel_confirm");
    if (status != MH_OK)
        return status;
    if (message == NULL ||
        !mhi_mailbox_confirm(&channel->mailbox, channel->owner, message->place))
        return mhi_refuse(MH_INVALID, "mh_channel_confirm: it was not taken here");
    return MH_OK;
}

mh_status mh_channel_end(mh_channel *channel)
{
    mh_status status = check(channel, "mh_channel_end");
    if (status == MH_OK)
        mhi_mailbox_end(&channel->mailbox);
    return status;
}

size_t mh_channel_capacity(const mh_channel *channel)
{
    bool is_here = channel != NULL && channel->generation == mhi_fork_generation_now();
    return is_here ? channel->mailbox.head->cells : 0;
}

size_t mh_channel_count(const mh_channel *channel)
{
    bool is_here = channel != NULL && channel->generation == mhi_fork_generation_now();
    return is_here ? mhi_mailbox_count(&channel->mailbox) : 0;
}
