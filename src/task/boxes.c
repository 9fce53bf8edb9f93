// Boxes: finding room for channels and events, and looking after all that are open.
//
// Lock order: a desk, then `all`.

#include "boxes.h"

#include <limits.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "pool.h"

static mhi_mutex all = PTHREAD_MUTEX_INITIALIZER;
static mhi_box *first;          // under all
static uint32_t all_generation; // of the process whose boxes those are; under all

static void free_lock_in_children(void)
{
    mhi_fork_frees(&all);
}

static void lock_all(void)
{
    static mhi_once once = MHI_ONCE;
    mhi_once_call(&once, free_lock_in_children);
    mhi_mutex_lock(&all);
    uint32_t generation = mhi_fork_generation();
    if (all_generation != generation)
        first = NULL; // those were the parent's
    all_generation = generation;
}

static void enlist(mhi_box *box)
{
    box->prev = NULL;
    box->next = first;
    if (first != NULL)
        first->prev = box;
    first = box;
}

static void delist(mhi_box *box)
{
    if (box->next != NULL)
        box->next->prev = box->prev;
    if (box->prev != NULL)
        box->prev->next = box->next;
    else
        first = box->next;
}

// ---- opening ------------------------------------------------------------------------------------

static mh_status open_box(mhi_box **box, mh_pool *pool, uint32_t areas, const char *call)
{
    lock_all();
    mh_status status = mhi_boxes_take(pool, areas, box);
    mhi_mutex_unlock(&all);
    if (status != MH_OK)
        return mhi_refuse(status, "%s: %s", call,
                          status == MH_FULL ? "too many channels are open on this pool"
                                            : "no memory");
    (*box)->pool = pool;
    (*box)->users = (mhi_users){.senders = 0};
    return MH_OK;
}

static mh_status show(mhi_box *box, mhi_box_owner owner, mh_status status, const char *call)
{
    box->owner = owner;
    if (status == MH_OK && owner == MHI_OF_USER)
        status = mhi_pool_hold(box->pool, call);
    lock_all();
    if (status == MH_OK)
        enlist(box);
    else
        mhi_boxes_return(&box->pool->boxes, box);
    if (status == MH_OK && box->is_channel && box->pool->boxes.has_ended)
        mhi_mailbox_end(&box->channel.mailbox);
    mhi_mutex_unlock(&all);
    return status;
}

mh_status mhi_channel_open(mh_channel **channel, mh_pool *pool, int capacity,
                           mhi_box_owner owner, const char *call)
{
    if (capacity < 0 || capacity > MH_CHANNEL_LIMIT)
        return mhi_refuse(MH_INVALID, "%s: a channel of %d messages; 1 to %d are possible",
                          call, capacity, MH_CHANNEL_LIMIT);
    uint32_t cells = capacity == 0 ? MHI_CHANNEL_CAPACITY : (uint32_t)capacity;
    mhi_box *box;
    mh_status status = open_box(&box, pool, mhi_mailbox_areas(cells), call);
    if (status != MH_OK)
        return status;
    box->is_channel = true;
    box->channel = (mh_channel){.shop = &pool->crew.shop,
                                .generation = pool->generation,
                                .owner = (uint32_t)mhi_process_id(),
                                .users = &box->users};
    status = mhi_mailbox_begin(&box->channel.mailbox, &pool->crew.shop.arena, box->area, cells);
    status = show(box, owner, status, call);
    if (status == MH_OK)
        *channel = &box->channel;
    return status;
}

mh_status mhi_event_open(mh_event **event, mh_pool *pool, mhi_box_owner owner, const char *call)
{
    mhi_box *box;
    mh_status status = open_box(&box, pool, 1, call);
    if (status != MH_OK)
        return status;
    char *address = NULL;
    uint64_t room;
    status = mhi_arena_write(&pool->crew.shop.arena, box->area, sizeof(mhi_flag), &address,
                             &room);
    box->is_channel = false;
    box->event = (mh_event){.flag = (mhi_flag *)(void *)address,
                            .shop = &pool->crew.shop,
                            .generation = pool->generation,
                            .area = box->area,
                            .users = &box->users};
    if (status == MH_OK)
        atomic_store(&box->event.flag->is_set, 0);
    status = show(box, owner, status, call);
    if (status == MH_OK)
        *event = &box->event;
    return status;
}

static void close_box(mhi_box *box)
{
    mh_pool *pool = box->pool;
    bool holds = box->owner == MHI_OF_USER;
    if (box->is_channel)
        mhi_mailbox_end(&box->channel.mailbox);
    lock_all();
    delist(box);
    if (box->is_channel)
        mhi_mailbox_finish(&box->channel.mailbox);
    else
        mhi_arena_empty(&pool->crew.shop.arena, box->area);
    mhi_boxes_return(&pool->boxes, box);
    mhi_mutex_unlock(&all);
    if (holds)
        mhi_pool_drop(pool);
}

// ---- the face -----------------------------------------------------------------------------------

mh_status mh_channel_open(mh_channel **channel, mh_pool *pool, int capacity)
{
    mh_status status = mhi_pool_check_open(pool, "mh_channel_open");
    if (status != MH_OK)
        return status;
    if (channel == NULL)
        return mhi_refuse(MH_INVALID, "mh_channel_open: nowhere to put the channel");
    return mhi_channel_open(channel, pool, capacity, MHI_OF_USER, "mh_channel_open");
}

mh_status mh_event_open(mh_event **event, mh_pool *pool)
{
    mh_status status = mhi_pool_check_open(pool, "mh_event_open");
    if (status != MH_OK)
        return status;
    if (event == NULL)
        return mhi_refuse(MH_INVALID, "mh_event_open: nowhere to put the event");
    return mhi_event_open(event, pool, MHI_OF_USER, "mh_event_open");
}

static mhi_box *box_of(mhi_users *users)
{
    return (mhi_box *)(void *)((char *)users - offsetof(mhi_box, users));
}

static mh_status close(mhi_users *users, uint32_t generation, const char *call)
{
    if (generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: it was opened by the parent of this process", call);
    if (users == NULL)
        return mhi_refuse(MH_INVALID, "%s: it was reached through a context", call);
    mhi_box *box = box_of(users);
    if (box->owner == MHI_OF_LIBRARY)
        return mhi_refuse(MH_INVALID, "%s: it belongs to a pool or session", call);
    if (atomic_load(&users->senders) > 0 || atomic_load(&users->receivers) > 0)
        return mhi_refuse(MH_BUSY, "%s: a task still has it in its context", call);
    close_box(box);
    return MH_OK;
}

mh_status mh_channel_close(mh_channel *channel)
{
    if (channel == NULL)
        return MH_OK;
    return close(channel->users, channel->generation, "mh_channel_close");
}

mh_status mh_event_close(mh_event *event)
{
    if (event == NULL)
        return MH_OK;
    return close(event->users, event->generation, "mh_event_close");
}

void mhi_context_close(const mh_context *context)
{
    if (context->input != NULL)
        close_box(box_of(context->input->users));
    if (context->output != NULL)
        close_box(box_of(context->output->users));
    if (context->cancel != NULL)
        close_box(box_of(context->cancel->users));
}

// ---- all three ----------------------------------------------------------------------------------

mh_status mhi_context_open(mh_context *context, mh_pool *pool, const mhi_context_shape *shape,
                           const char *call)
{
    mh_status status = MH_OK;
    if (shape->input > 0)
        status = mhi_channel_open(&context->input, pool, shape->input, MHI_OF_LIBRARY, call);
    if (status == MH_OK && shape->output > 0)
        status = mhi_channel_open(&context->output, pool, shape->output, MHI_OF_LIBRARY, call);
    if (status == MH_OK && shape->has_cancel)
        status = mhi_event_open(&context->cancel, pool, MHI_OF_LIBRARY, call);
    return status;
}

mh_context mh_pool_context(const mh_pool *pool)
{
    const mh_context none = {.input = NULL};
    return pool == NULL ? none : pool->context;
}

// ---- all that are open --------------------------------------------------------------------------

void mhi_boxes_end(mh_pool *pool)
{
    lock_all();
    pool->boxes.has_ended = true;
    for (mhi_box *box = first; box != NULL; box = box->next)
        if (box->pool == pool && box->is_channel)
            mhi_mailbox_end(&box->channel.mailbox);
    mhi_mutex_unlock(&all);
}

// Under the lock, which a close needs too: who hears of the last may close the channel at once.
void mhi_boxes_leave(_Atomic uint32_t *users, mh_channel *channel)
{
    lock_all();
    if (atomic_fetch_sub(users, 1) == 1 && channel != NULL)
        mhi_mailbox_wake(&channel->mailbox);
    mhi_mutex_unlock(&all);
}

static void wake(mhi_box *box)
{
    if (box->is_channel)
        mhi_mailbox_wake(&box->channel.mailbox);
    else
        mhi_event_signal(&box->event.flag->told, INT_MAX);
}

void mhi_boxes_stir(void)
{
    lock_all();
    for (mhi_box *box = first; box != NULL; box = box->next)
        wake(box);
    mhi_mutex_unlock(&all);
}

void mhi_boxes_bury(const mhi_shop *shop, uint32_t number)
{
    lock_all();
    for (mhi_box *box = first; box != NULL; box = box->next)
        if (box->is_channel && box->channel.shop == shop)
            mhi_mailbox_settle(&box->channel.mailbox, mhi_owner_of_call(number, 0),
                               box->channel.owner);
        else
            wake(box);
    mhi_mutex_unlock(&all);
}
