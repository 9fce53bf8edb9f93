// Submit: what comes to a desk, and how it is checked.
//
// Most submits only put the task into the queue, and lay it ready if workers may run short. Every now and then
// one takes a quick turn, so that a thread that submits and submits keeps the workers busy by itself.

#include <limits.h>
#include <string.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "limiter.h"
#include "pool.h"
#include "winding.h"

enum {
    BATCH = 64
}; // tasks that may wait in the queue before a submit looks at what has become of the others

typedef struct order {
    const mh_routine *routine;
    const char *inputs;
    size_t size; // of each
    const mh_task_options *options;
    const char *call;
} order;

// ---- checks -------------------------------------------------------------------------------------

static mh_status check(const mh_pool *pool, const order *order)
{
    mh_status status = mhi_pool_check_anywhere(pool, order->call);
    if (status == MH_OK)
        status = mhi_pool_check_routine(pool, order->routine, order->call);
    if (status != MH_OK)
        return status;
    if (order->options->limiter != NULL && !mhi_limiter_is_ours(order->options->limiter))
        return mhi_refuse(MH_FORKED, "%s: its limiter was opened by another process",
                          order->call);
    if (!mhi_context_is_empty(&order->options->channels))
        status = mhi_context_check(&order->options->channels, pool, order->call);
    if (status != MH_OK)
        return status;
    if (order->inputs == NULL && order->size > 0)
        return mhi_refuse(MH_INVALID, "%s: %zu bytes at NULL", order->call, order->size);
    if (order->size > pool->crew.shop.arena.limit)
        return mhi_refuse(MH_TOO_LARGE, "%s: an input of %zu bytes; the pool takes %llu",
                          order->call, order->size,
                          (unsigned long long)pool->crew.shop.arena.limit);
    return MH_OK;
}

// ---- the routine's number -----------------------------------------------------------------------

static bool is_same(const mh_routine *one, const mh_routine *other)
{
    return one->run == other->run && one->name == other->name;
}

// Writing a routine down means asking where its functions lie, so the answer is kept for the next submit.
static mh_status number_of(mh_pool *pool, const mh_routine *routine, uint32_t *number)
{
    mhi_desk *desk = pool->desk;
    *number = MHI_ROUTINE_OWN;
    if (routine == NULL)
        return MH_OK;
    uint32_t place = (uint32_t)((uintptr_t)routine->run >> 4) % MHI_CACHED_ROUTINES;
    if (is_same(&desk->cached[place].routine, routine)) {
        *number = desk->cached[place].number;
        return MH_OK;
    }
    mh_status status = mhi_pool_add_routine(pool, routine, number);
    if (status == MH_OK) {
        desk->cached[place].routine = *routine;
        desk->cached[place].number = *number;
    }
    return status;
}

// ---- into the queue -----------------------------------------------------------------------------

static bool is_inside(mhi_desk *desk)
{
    return mhi_worker_of(&desk->crew->shop) != NULL || mhi_clerk_is_here(desk);
}

// Woken by: the last that holds submissions back, an interrupt, and the close.
static void wait_until_open(mhi_desk *desk)
{
    while (desk->holding > 0 && !desk->is_closing && !is_inside(desk) &&
           mhi_winding() == MHI_GO) {
        uint32_t seen = mhi_event_prepare(&desk->opened);
        mhi_mutex_unlock(&desk->lock);
        mhi_event_sleep(&desk->opened, seen, UINT64_MAX);
        mhi_mutex_lock(&desk->lock);
    }
}

static mh_status admit(mh_pool *pool, const order *order)
{
    mhi_desk *desk = pool->desk;
    wait_until_open(desk);
    if (desk->is_closing)
        return mhi_refuse(MH_CLOSED, "%s: the pool takes no more work", order->call);
    if (mhi_winding() != MHI_GO)
        return mhi_winding_refuse(order->call);
    if (atomic_load(&pool->crew.shop.common->broken) != 0)
        return mhi_refuse(MH_BROKEN, "%s: no worker is left: %s", order->call,
                          pool->crew.reason);
    if (!desk->is_shown) {
        mh_status status = mhi_clerk_start(desk);
        if (status != MH_OK)
            return status;
        mhi_pool_show_window(pool, MHI_TASK_WINDOW);
        desk->is_shown = true;
    }
    return MH_OK;
}

static mh_status fill_in(mh_task *task, const order *order, uint32_t routine, const char *input,
                         uint32_t parts)
{
    const mh_task_options *options = order->options;
    task->on_end = options->on_end;
    task->context = options->context;
    task->limiter = options->limiter;
    bool is_wired = !mhi_context_is_empty(&options->channels);
    task->wiring = is_wired ? mhi_wire(&options->channels) : NULL;
    task->routine = (uint16_t)routine;
    task->parts = parts;
    task->keeps_nothing = options->keep_nothing;
    task->has_permit = false;
    task->is_cut = false;
    task->is_lent = false;
    task->where = MHI_NOWHERE;
    task->priority = options->priority;
    task->watches = NULL;
    task->course = NULL;
    task->waits = NULL;
    task->end = (mhi_end){.reason = NULL};
    task->duration_ns = 0;
    task->data = task->room;
    task->size = 0;
    atomic_store_explicit(&task->is_ended, 0, memory_order_relaxed);
    if (is_wired && task->wiring == NULL)
        return MH_NO_MEMORY;
    return mhi_task_keep(task, input, order->size * parts);
}

// The memory of a task that was never submitted.
static void unmake(mhi_desk *desk, mh_task *task)
{
    if (task->wiring != NULL)
        mhi_unwire(task->wiring);
    task->wiring = NULL;
    mhi_task_keep_nothing(task);
    task->next = desk->free;
    desk->free = task;
}

static mh_task *make(mhi_desk *desk, const order *order, uint32_t routine, const char *input,
                     uint32_t parts)
{
    if (mhi_queue_ensure(&desk->queue, desk->placed + desk->parked + 1) != MH_OK)
        return NULL;
    mh_task *task = mhi_desk_new_task(desk);
    if (task == NULL)
        return NULL;
    if (fill_in(task, order, routine, input, parts) == MH_OK)
        return task;
    unmake(desk, task);
    return NULL;
}

// When tasks are queued that are handed in now: one look at the clock for all of a call.
static uint64_t queued_now(const mhi_desk *desk)
{
    return desk->crew->shop.common->is_traced != 0 ? mhi_clock_ns() : 0;
}

static void enter(mhi_desk *desk, mh_task *task, bool has_handle, uint64_t now)
{
    task->queued_ns = now;
    task->id = desk->ids;
    task->order = desk->orders++;
    desk->ids += task->parts;
    desk->submitted++;
    atomic_store_explicit(&task->holders, has_handle ? MHI_HANDLE + 1 : 1,
                          memory_order_relaxed); // seen by whoever is given the handle
    mhi_queue_put(&desk->queue, task);
    task->where = MHI_QUEUED;
}

// Lays ready what workers may need soon. What is more urgent than something that lies ready comes first.
static void serve(mhi_desk *desk, int32_t priority)
{
    bool is_urgent = desk->placed > 0 && priority < desk->tally.least_urgent;
    bool is_short = desk->placed < 2 * (uint64_t)atomic_load(&desk->crew->alive) + 1;
    if (!is_urgent && !is_short && desk->queue.count % BATCH != 0) {
        mhi_desk_ask_to_tell(desk, true); // they may be done with all that was laid ready
        return;
    }
    if (is_urgent)
        mhi_desk_recall_all(desk);
    mhi_desk_turn_quickly(desk);
}

mh_status mh_submit(mh_pool *pool, const mh_routine *routine, mh_bytes input,
                    const mh_task_options *options, mh_task **task)
{
    static const mh_task_options defaults;
    order order = {.routine = routine,
                   .inputs = input.data,
                   .size = input.size,
                   .options = options != NULL ? options : &defaults,
                   .call = "mh_submit"};
    mh_status status = check(pool, &order);
    if (status != MH_OK)
        return status;
    mhi_desk *desk = pool->desk;
    uint32_t number = MHI_ROUTINE_OWN;
    mhi_mutex_lock(&desk->lock);
    status = admit(pool, &order);
    if (status == MH_OK)
        status = number_of(pool, routine, &number);
    mh_task *made = status == MH_OK ? make(desk, &order, number, input.data, 1) : NULL;
    if (made != NULL) {
        enter(desk, made, task != NULL, queued_now(desk));
        if (task != NULL)
            *task = made;
        serve(desk, made->priority);
        mhi_desk_call_helpers(desk);
    }
    mhi_mutex_unlock(&desk->lock);
    if (status == MH_OK && made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_submit: no memory for a task of %zu bytes",
                          input.size);
    return status;
}

// ---- many at once -------------------------------------------------------------------------------

static size_t chunk_for(const mh_pool *pool, size_t count, size_t chunk)
{
    if (chunk > 0)
        return chunk;
    size_t workers = (size_t)mh_pool_workers(pool);
    return workers > 0 && count > workers ? (count + workers - 1) / workers : 1;
}

size_t mh_chunks(const mh_pool *pool, size_t count, size_t chunk)
{
    if (pool == NULL || count == 0)
        return 0;
    return (count - 1) / chunk_for(pool, count, chunk) + 1;
}

// Makes all of them before any can start, so that it is all or nothing. They are linked in a list.
static mh_task *make_all(mhi_desk *desk, const order *order, uint32_t routine, size_t count,
                         size_t chunk)
{
    mh_task *first = NULL, **end = &first;
    for (size_t at = 0; at < count; at += chunk) {
        size_t parts = count - at < chunk ? count - at : chunk;
        mh_task *task = make(desk, order, routine, order->inputs + at * order->size,
                             (uint32_t)parts);
        if (task == NULL)
            break;
        task->next = NULL;
        *end = task;
        end = &task->next;
        if (at + parts == count)
            return first;
    }
    for (mh_task *next; first != NULL; first = next) {
        next = first->next;
        unmake(desk, first);
    }
    return NULL;
}

static size_t enter_all(mhi_desk *desk, mh_task *first, mh_task **tasks)
{
    uint64_t now = queued_now(desk);
    size_t entered = 0;
    for (mh_task *task = first, *next; task != NULL; task = next, entered++) {
        next = task->next;
        if (tasks != NULL)
            tasks[entered] = task;
        enter(desk, task, tasks != NULL, now);
    }
    return entered;
}

static mh_status submit_all(mh_pool *pool, const order *order, size_t count, size_t chunk,
                            mh_task **tasks, size_t *made)
{
    mhi_desk *desk = pool->desk;
    uint32_t number = MHI_ROUTINE_OWN;
    mh_status status = admit(pool, order);
    if (status == MH_OK)
        status = number_of(pool, order->routine, &number);
    uint64_t outside = desk->placed + desk->parked, wanted = (count - 1) / chunk + 1;
    if (status == MH_OK && mhi_queue_ensure(&desk->queue, outside + wanted) != MH_OK)
        status = MH_NO_MEMORY;
    mh_task *first = status == MH_OK ? make_all(desk, order, number, count, chunk) : NULL;
    if (status == MH_OK && first == NULL)
        status = MH_NO_MEMORY;
    if (status == MH_OK) {
        int priority = order->options->priority;
        size_t entered = enter_all(desk, first, tasks);
        if (made != NULL)
            *made = entered;
        if (desk->placed > 0 && priority < desk->tally.least_urgent)
            mhi_desk_recall_all(desk);
        mhi_desk_turn_quickly(desk);
        mhi_desk_call_helpers(desk);
    }
    return status;
}

mh_status mh_submit_each(mh_pool *pool, const mh_routine *routine, const void *inputs,
                         size_t count, size_t size, size_t chunk,
                         const mh_task_options *options, mh_task **tasks, size_t *made)
{
    static const mh_task_options defaults;
    order order = {.routine = routine,
                   .inputs = inputs,
                   .size = count > 0 ? size : 0,
                   .options = options != NULL ? options : &defaults,
                   .call = "mh_submit_each"};
    mh_status status = check(pool, &order);
    if (status != MH_OK)
        return status;
    chunk = chunk_for(pool, count, chunk);
    if (chunk > MHI_COURSE_ITEMS || count > UINT32_MAX || (size > 0 && count > SIZE_MAX / size))
        return mhi_refuse(MH_INVALID, "mh_submit_each: %zu inputs, %zu for each task", count,
                          chunk);
    if (count == 0 && made != NULL)
        *made = 0;
    if (count == 0)
        return MH_OK;
    mhi_mutex_lock(&pool->desk->lock);
    status = submit_all(pool, &order, count, chunk, tasks, made);
    mhi_mutex_unlock(&pool->desk->lock);
    if (status == MH_NO_MEMORY)
        return mhi_refuse(status, "mh_submit_each: no memory for %zu inputs of %zu bytes",
                          count, size);
    return status;
}
