// Pools: the list of all that are open in this process.
//
// A pool that is just being opened is on the list as well, so that its name is taken; it is found only once
// it is open.

#include <manyhands/pools.h>

#include <string.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "pool.h"

static mhi_mutex all = PTHREAD_MUTEX_INITIALIZER;
static mhi_mutex finding =
    PTHREAD_MUTEX_INITIALIZER;  // before `all`: one find-or-open at a time
static mh_pool *first, *last;   // under all
static uint64_t serials;        // under all
static uint32_t all_generation; // of the process whose pools those are; under all

// After a fork the list is the parent's.
static void forget_those_of_parent(void)
{
    uint32_t generation = mhi_fork_generation();
    if (all_generation != generation) {
        first = NULL;
        last = NULL;
    }
    all_generation = generation;
}

static mh_pool *named(const char *name)
{
    mh_pool *pool = first;
    while (pool != NULL && strcmp(pool->name, name) != 0)
        pool = pool->next;
    return pool;
}

static void free_locks_in_children(void)
{
    mhi_fork_frees(&all);
    mhi_fork_frees(&finding);
}

mh_status mhi_pool_enlist(mh_pool *pool)
{
    static mhi_once once = MHI_ONCE;
    mhi_once_call(&once, free_locks_in_children);
    mhi_mutex_lock(&all);
    forget_those_of_parent();
    bool is_taken = pool->name[0] != '\0' && named(pool->name) != NULL;
    if (!is_taken) {
        pool->serial = ++serials;
        pool->prev = last;
        pool->next = NULL;
        if (last != NULL)
            last->next = pool;
        else
            first = pool;
        last = pool;
    }
    mhi_mutex_unlock(&all);
    if (is_taken)
        return mhi_refuse(MH_BUSY, "mh_pool_open: there is a pool named \"%s\"", pool->name);
    return MH_OK;
}

void mhi_pool_announce(mh_pool *pool)
{
    mhi_mutex_lock(&all);
    pool->is_open = true;
    mhi_mutex_unlock(&all);
}

void mhi_pool_delist(mh_pool *pool)
{
    mhi_mutex_lock(&all);
    if (pool->next != NULL)
        pool->next->prev = pool->prev;
    else
        last = pool->prev;
    if (pool->prev != NULL)
        pool->prev->next = pool->next;
    else
        first = pool->next;
    mhi_mutex_unlock(&all);
}

bool mhi_pool_is_listed(const mh_pool *pool, uint64_t serial)
{
    mhi_mutex_lock(&all);
    forget_those_of_parent();
    const mh_pool *at = first;
    while (at != NULL && (at != pool || at->serial != serial))
        at = at->next;
    mhi_mutex_unlock(&all);
    return at != NULL;
}

void mhi_pools_each(void (*visit)(mh_pool *pool, void *context), void *context)
{
    mhi_mutex_lock(&all);
    forget_those_of_parent();
    for (mh_pool *pool = first; pool != NULL; pool = pool->next)
        if (pool->is_open)
            visit(pool, context);
    mhi_mutex_unlock(&all);
}

uint64_t mhi_pool_serial(const mh_pool *pool)
{
    return pool->serial;
}

// ---- the face -----------------------------------------------------------------------------------

mh_pool *mh_pool_find(const char *name)
{
    if (name == NULL || name[0] == '\0')
        return NULL;
    mhi_mutex_lock(&all);
    forget_those_of_parent();
    mh_pool *pool = named(name);
    if (pool != NULL && !pool->is_open)
        pool = NULL; // it is just being opened
    mhi_mutex_unlock(&all);
    return pool;
}

mh_status mh_pool_find_or_open(mh_pool **pool, const char *name, const mh_pool_options *options)
{
    static const mh_pool_options defaults;
    if (pool == NULL || name == NULL || name[0] == '\0')
        return mhi_refuse(MH_INVALID, "mh_pool_find_or_open: %s",
                          pool == NULL ? "nowhere to put the pool" : "no name");
    mh_pool_options wanted = options != NULL ? *options : defaults;
    wanted.name = name;
    mhi_mutex_lock(&finding);
    mh_pool *found = mh_pool_find(name);
    mh_status status = found != NULL ? MH_OK : mh_pool_open(&found, &wanted);
    mhi_mutex_unlock(&finding);
    if (status == MH_OK)
        *pool = found;
    return status;
}

const char *mh_pool_name(const mh_pool *pool)
{
    return pool == NULL ? "" : pool->name;
}

size_t mh_pools(mh_pool **pools, size_t room)
{
    size_t count = 0;
    mhi_mutex_lock(&all);
    forget_those_of_parent();
    for (mh_pool *pool = first; pool != NULL; pool = pool->next)
        if (pool->is_open) {
            if (pools != NULL && count < room)
                pools[count] = pool;
            count++;
        }
    mhi_mutex_unlock(&all);
    return count;
}

// The oldest pool that came after `serial`.
static mh_pool *next_after(uint64_t serial)
{
    mhi_mutex_lock(&all);
    forget_those_of_parent();
    mh_pool *pool = first;
    while (pool != NULL && (pool->serial <= serial || !pool->is_open))
        pool = pool->next;
    mhi_mutex_unlock(&all);
    return pool;
}

size_t mh_pools_close(mh_deadline deadline, mh_pool **left, size_t room)
{
    size_t count = 0;
    uint64_t serial = 0;
    for (mh_pool *pool; (pool = next_after(serial)) != NULL;) {
        serial = pool->serial;
        if (mh_pool_wait(pool, false, deadline) == MH_OK) {
            mh_pool_close(pool);
        } else {
            if (left != NULL && count < room)
                left[count] = pool;
            count++;
        }
    }
    return count;
}
