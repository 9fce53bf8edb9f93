// Changing: more or fewer workers while a pool runs, and what it is doing.

#include "../base/log.h"
#include "pool.h"

static mh_status check(mh_pool *pool, const char *call)
{
    mh_status status = mhi_pool_check_anywhere(pool, call);
    if (status != MH_OK)
        return status;
    if (pool->desk->is_serial)
        return mhi_refuse(MH_INVALID, "%s: a serial pool has no workers", call);
    mhi_mutex_lock(&pool->lock);
    bool is_ended = pool->ended;
    mhi_mutex_unlock(&pool->lock);
    return is_ended ? mhi_refuse(MH_CLOSED, "%s: the pool has ended", call) : MH_OK;
}

static mh_status resize(mh_pool *pool, int64_t workers, const char *call)
{
    int64_t most = pool->crew.listed < MHI_SEATS ? pool->crew.listed : MH_WORKERS_LIMIT;
    if (workers < 1 || workers > most)
        return mhi_refuse(MH_INVALID, "%s: %lld workers; 1 to %lld are possible", call,
                          (long long)workers, (long long)most);
    mh_status status = mhi_crew_resize(&pool->crew, (uint32_t)workers);
    mhi_mutex_lock(&pool->desk->lock);
    mhi_desk_turn(pool->desk);
    mhi_mutex_unlock(&pool->desk->lock);
    return status;
}

mh_status mh_pool_resize(mh_pool *pool, int workers)
{
    mh_status status = check(pool, "mh_pool_resize");
    return status == MH_OK ? resize(pool, workers, "mh_pool_resize") : status;
}

mh_status mh_pool_add(mh_pool *pool, int workers)
{
    mh_status status = check(pool, "mh_pool_add");
    if (status != MH_OK)
        return status;
    mhi_mutex_lock(&pool->resizing);
    status = resize(pool, (int64_t)atomic_load(&pool->crew.most) + workers, "mh_pool_add");
    mhi_mutex_unlock(&pool->resizing);
    return status;
}

mh_status mh_pool_end_worker(mh_pool *pool, int number)
{
    mh_status status = check(pool, "mh_pool_end_worker");
    if (status != MH_OK)
        return status;
    status = number < 0 ? MH_NOT_FOUND : mhi_crew_dismiss(&pool->crew, (uint32_t)number);
    if (status != MH_OK)
        return mhi_refuse(status, "mh_pool_end_worker: there is no worker %d now", number);
    return MH_OK;
}

// ---- facts --------------------------------------------------------------------------------------

mh_status mh_pool_facts_of(mh_pool *pool, mh_pool_facts *facts)
{
    mh_status status = mhi_pool_check_anywhere(pool, "mh_pool_facts_of");
    if (status != MH_OK)
        return status;
    if (facts == NULL)
        return mhi_refuse(MH_INVALID, "mh_pool_facts_of: nowhere to put the facts");
    mhi_desk *desk = pool->desk;
    mhi_mutex_lock(&desk->lock);
    mhi_desk_turn(desk);
    uint64_t running = desk->tally.begun + desk->inside;
    uint64_t left = desk->submitted - desk->ended;
    running = running < left ? running : left;
    int workers = (int)atomic_load(&pool->crew.alive),
        busy = (int)mhi_shop_count(&pool->crew.shop,
                                   1 << MHI_TAKEN); // one slot for each worker
    busy = busy < workers ? busy : workers;
    *facts = (mh_pool_facts){.state = desk->is_closing    ? MH_POOL_ENDING
                                      : desk->holding > 0 ? MH_POOL_HELD
                                                          : MH_POOL_OPEN,
                             .most = (int)atomic_load(&pool->crew.most),
                             .workers = workers,
                             .busy = busy,
                             .idle = workers - busy,
                             .submitted = desk->submitted,
                             .queued = left - running,
                             .running = running,
                             .ended = desk->ended};
    mhi_mutex_unlock(&desk->lock);
    mhi_desk_listen(desk);
    return MH_OK;
}
