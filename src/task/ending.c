// Ending: how a pool comes to its end, and what its workers leave behind.

#include <limits.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../worker/hear.h"
#include "pool.h"
#include "winding.h"

// ---- no more work -------------------------------------------------------------------------------

// The workers may leave, now or when the last task has ended.
static void end_when_idle(mh_pool *pool)
{
    mhi_desk *desk = pool->desk;
    mhi_mutex_lock(&desk->lock);
    desk->is_closing = true;
    desk->ends_crew = true;
    mhi_event_wake(&desk->opened, INT_MAX); // whoever was held back
    mhi_desk_turn(desk);                    // from now on the last end is to be told
    if (desk->has_clerk)
        mhi_clerk_wake(desk);
    else
        mhi_desk_tell(desk); // and ends the crew, if that is due
    mhi_mutex_unlock(&desk->lock);
}

mh_status mh_pool_end(mh_pool *pool)
{
    mh_status status = mhi_pool_check(pool, "mh_pool_end");
    if (status != MH_OK)
        return status;
    mhi_mutex_lock(&pool->lock);
    bool is_busy = (pool->taken & ~(UINT64_C(1) << MHI_TASK_WINDOW)) != 0;
    bool is_new = !pool->ended && !is_busy;
    pool->ended |= !is_busy;
    mhi_mutex_unlock(&pool->lock);
    if (is_busy)
        return mhi_refuse(MH_BUSY, "mh_pool_end: a map is still open");
    if (is_new)
        end_when_idle(pool);
    return MH_OK;
}

// ---- last results -------------------------------------------------------------------------------

static bool is_gone(mhi_phase phase)
{
    return phase == MHI_LEFT || phase == MHI_GIVEN_UP;
}

// Of those whose seats others have taken since, the oldest.
static mhi_last *take_oldest(mhi_crew *crew)
{
    mhi_last **at = &crew->lasts;
    while (*at != NULL && (*at)->next != NULL)
        at = &(*at)->next;
    mhi_last *oldest = *at;
    *at = NULL;
    return oldest;
}

// The next worker that has left with a last result; MHI_SEATS: none. Under the crew's lock.
static uint32_t find_last(mhi_crew *crew)
{
    for (uint32_t i = 0; i < MHI_SEATS; i++) {
        const mhi_seat *seat = &crew->shop.seats[i];
        // Acquire: partner of the release with which the worker left its seat.
        uint32_t phase = atomic_load_explicit(&seat->phase, memory_order_acquire);
        if (is_gone((mhi_phase)phase) && seat->last_used > 0 &&
            !mhi_seats_have(crew->handed, i))
            return i;
    }
    return MHI_SEATS;
}

static mh_status read_last(const char *records, uint64_t used, uint32_t worker, mh_result *last)
{
    mhi_reader reader = {.base = records, .end = used};
    const mhi_record *record = records == NULL ? NULL : mhi_reader_next(&reader);
    if (record == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_pool_next: the last result of worker %u", worker);
    mhi_result_read(record, last);
    last->index = worker;
    return MH_OK;
}

// MH_TIMEOUT: there is none yet; MH_END: there will be none. Under the crew's lock.
static mh_status look_for_last(mh_pool *pool, mh_result *last)
{
    mhi_crew *crew = &pool->crew;
    mhi_last *kept = take_oldest(crew);
    if (kept != NULL) {
        kept->next = pool->handed_lasts; // its record stays valid until the close
        pool->handed_lasts = kept;
        return read_last(kept->record, kept->used, kept->number, last);
    }
    bool all_gone = atomic_load(&crew->alive) == 0;
    uint32_t number = find_last(crew);
    if (number == MHI_SEATS)
        return all_gone && atomic_load(&crew->shop.common->ending) != 0 ? MH_END : MH_TIMEOUT;
    crew->handed[number / 64] |= UINT64_C(1) << number % 64;
    mhi_arena *arena = &crew->shop.arena;
    uint64_t used = crew->shop.seats[number].last_used;
    return read_last(mhi_arena_read(arena, mhi_shop_last_area(&crew->shop, number), used), used,
                     number, last);
}

// Woken by: a worker that leaves, or is given up, or has died; and the deadline.
mh_status mh_pool_next(mh_pool *pool, mh_result *last, mh_deadline deadline)
{
    if (last == NULL)
        return mhi_refuse(MH_INVALID, "mh_pool_next: nowhere to put the result");
    mh_status status = mh_pool_end(pool);
    if (status == MH_OK && pool->desk->is_serial)
        status = mh_pool_wait(pool, false, deadline); // here its tasks are run
    if (status != MH_OK)
        return status;
    mhi_event *left = &pool->crew.shop.common->left;
    for (;;) {
        uint32_t seen = mhi_event_prepare(left);
        mhi_mutex_lock(&pool->crew.lock);
        status = look_for_last(pool, last);
        mhi_mutex_unlock(&pool->crew.lock);
        if (status != MH_TIMEOUT || deadline == MH_NOW) {
            mhi_event_leave(left);
            mhi_crew_listen(&pool->crew); // to what teardowns have said
            return status;
        }
        if (!mhi_event_sleep(left, seen, deadline))
            deadline = MH_NOW; // one more look
    }
}

// ---- closing ------------------------------------------------------------------------------------

// The child's copy: what the parent shares with its workers is not mapped here.
static void forget_copy(mh_pool *pool)
{
    mhi_free(pool->name);
    mhi_free(pool);
}

void mh_pool_close(mh_pool *pool)
{
    if (pool == NULL)
        return;
    mh_status status = mhi_pool_check(pool, "mh_pool_close");
    if (status == MH_FORKED)
        forget_copy(pool);
    if (status != MH_OK)
        return;
    mhi_winding_await_sweep();
    mhi_mutex_lock(&pool->lock);
    bool is_new = !pool->closed;
    pool->closed = true;
    pool->ended = true;
    for (uint32_t i = 0; i < MHI_TASK_WINDOW; i++)
        if ((pool->taken >> i & 1) != 0)
            mhi_window_brake(&pool->crew.shop.windows[i], MHI_STOP);
    mhi_mutex_unlock(&pool->lock);
    if (!is_new)
        return;
    mhi_shop_stir(&pool->crew.shop);
    mhi_pool_delist(pool);
    mhi_desk_finish(pool->desk);
    mhi_crew_close(&pool->crew);
    mhi_desk_close(pool->desk);
    mhi_pool_drop(pool);
}

// ---- waiting for all ----------------------------------------------------------------------------

static void leave_idlers(mhi_desk *desk, mhi_waiter *waiter)
{
    for (mhi_waiter **at = &desk->idlers; *at != NULL; at = &(*at)->next_idler)
        if (*at == waiter) {
            *at = waiter->next_idler;
            return;
        }
}

// Under the desk's lock. False: the deadline has passed.
static bool wait_until_idle(mhi_desk *desk, mh_deadline deadline)
{
    mhi_waiter waiter;
    mhi_waiter_init(&waiter);
    mhi_desk_turn(desk);
    if (desk->is_serial)
        mhi_desk_tell(desk); // there is no clerk who would, or would end the crew
    if (!mhi_desk_is_idle(desk)) {
        mhi_waiter_join_idlers(&waiter, desk);
        mhi_desk_wait(desk, &waiter, deadline);
        leave_idlers(desk, &waiter);
    }
    bool done = atomic_load(&waiter.left) == 0;
    mhi_waiter_fini(&waiter);
    return done;
}

mh_status mh_pool_wait(mh_pool *pool, bool hold_back, mh_deadline deadline)
{
    mh_status status = mhi_pool_check(pool, "mh_pool_wait");
    if (status != MH_OK)
        return status;
    mhi_desk *desk = pool->desk;
    mhi_mutex_lock(&desk->lock);
    desk->holding += hold_back;
    bool done = wait_until_idle(desk, deadline);
    desk->holding -= hold_back;
    if (hold_back && desk->holding == 0)
        mhi_event_wake(&desk->opened, INT_MAX);
    mhi_mutex_unlock(&desk->lock);
    mhi_desk_listen(desk);
    return done ? MH_OK : MH_TIMEOUT;
}

// ---- shutting down ------------------------------------------------------------------------------

static void kill_what_runs(mhi_desk *desk)
{
    if (desk->crew->carrier->kill != NULL)
        mhi_desk_kill_all(desk);
    mhi_window_brake(desk->window, MHI_STOP);
    mhi_shop_stir(&desk->crew->shop);
}

static void drop_queued(mhi_desk *desk)
{
    mhi_desk_drop_all(desk, "the pool was shut down before it began");
}

mh_status mh_pool_shutdown(mh_pool *pool, mh_shutdown how, bool by_force, mh_deadline deadline)
{
    mh_status status = mhi_pool_check(pool, "mh_pool_shutdown");
    if (status != MH_OK)
        return status;
    if ((unsigned)how > MH_SHUTDOWN_KILL)
        return mhi_refuse(MH_INVALID, "mh_pool_shutdown: there is no shutdown %d", (int)how);
    mhi_mutex_lock(&pool->lock);
    pool->is_shut_down = true;
    mhi_mutex_unlock(&pool->lock);
    mhi_desk *desk = pool->desk;
    mhi_mutex_lock(&desk->lock);
    desk->is_closing = true;
    desk->keeps_dropped = true;
    mhi_event_wake(&desk->opened, INT_MAX); // whoever was held back
    if (how != MH_SHUTDOWN_FINISH)
        drop_queued(desk);
    if (how == MH_SHUTDOWN_KILL)
        kill_what_runs(desk);
    bool done = wait_until_idle(desk, deadline);
    if (!done) {
        drop_queued(desk);
        if (by_force)
            kill_what_runs(desk);
        // Killed processes are soon gone; threads may take as long as they like.
        bool is_certain = by_force && desk->crew->carrier->kill != NULL;
        done = wait_until_idle(desk, is_certain ? MH_FOREVER : MH_NOW);
    }
    mhi_mutex_unlock(&desk->lock);
    mhi_desk_listen(desk);
    return done ? MH_OK : MH_TIMEOUT;
}

mh_status mh_pool_never_ran(mh_pool *pool, mh_task **task)
{
    mh_status status = mhi_pool_check_anywhere(pool, "mh_pool_never_ran");
    if (status != MH_OK)
        return status;
    if (task == NULL)
        return mhi_refuse(MH_INVALID, "mh_pool_never_ran: nowhere to put the task");
    mhi_desk *desk = pool->desk;
    mhi_mutex_lock(&desk->lock);
    mh_task *first = desk->never_ran;
    if (first != NULL)
        desk->never_ran = first->prev;
    if (desk->never_ran == NULL)
        desk->never_ran_last = NULL;
    mhi_mutex_unlock(&desk->lock);
    if (first == NULL)
        return MH_END;
    *task = first;
    return MH_OK;
}
