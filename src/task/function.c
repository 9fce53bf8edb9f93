// Function: where the calls of a function go, found out at the first of them.

#include <manyhands/function.h>

#include <manyhands/pools.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../platform/platform.h"
#include "pool.h"

// First calls and closings of all functions: one at a time, for they are rare.
static mhi_mutex opening = PTHREAD_MUTEX_INITIALIZER;

enum {
    OWN_WORKERS = 256
}; // calls of one function that can have a worker of their own at a time
enum {
    OWN_IDLE_MS = 100
}; // how long a worker of its own waits for another call before it ends

static mh_home home_of(const mh_function_options *options)
{
    return options->pool_name != NULL ? MH_HOME_NAMED : options->home;
}

static mh_status check(const mh_function *function, const char *call)
{
    if (function == NULL || function->routine == NULL)
        return mhi_refuse(MH_INVALID, "%s: the %s is NULL", call,
                          function == NULL ? "function" : "routine of the function");
    const mh_function_options *options = &function->options;
    mh_home home = home_of(options);
    bool is_named = home == MH_HOME_NAMED;
    if ((unsigned)options->home > MH_HOME_NAMED)
        return mhi_refuse(MH_INVALID, "%s: there is no home %d", call, (int)options->home);
    if (is_named && (options->pool_name == NULL ||
                     (options->home != MH_HOME_OWN && options->home != MH_HOME_NAMED)))
        return mhi_refuse(MH_INVALID, "%s: a named home and %s", call,
                          options->pool_name == NULL ? "no name" : "another home");
    if (is_named && (options->argument.size > 0 || function->routine->setup != NULL))
        return mhi_refuse(MH_INVALID,
                          "%s: the workers of a named pool are not this function's to set up",
                          call);
    if ((home == MH_HOME_OWN || home == MH_HOME_STANDING) && options->pool.workers != 0)
        return mhi_refuse(MH_INVALID, "%s: %d workers, where the home says how many", call,
                          options->pool.workers);
    if (options->argument.size > 0 && function->routine->setup == NULL)
        return mhi_refuse(MH_INVALID, "%s: an argument, and no setup to give it to", call);
    return MH_OK;
}

// ---- opening ------------------------------------------------------------------------------------

// Each worker gets the routine and the same argument, which must stay until the pool is open.
static mh_status open_own(mh_function *function)
{
    static mh_bytes arguments[MH_WORKERS_LIMIT]; // under `opening`
    const mh_function_options *options = &function->options;
    mh_pool_options pool = options->pool;
    pool.kind = options->kind;
    if (home_of(options) == MH_HOME_STANDING)
        pool.workers = 1;
    if (home_of(options) == MH_HOME_OWN && options->kind != MH_SERIAL) {
        pool.workers = OWN_WORKERS;
        pool.on_demand = true;
        pool.idle_ms = pool.idle_ms != 0 ? pool.idle_ms : OWN_IDLE_MS;
    }
    if (pool.routine == NULL && pool.routines == NULL)
        pool.routine = function->routine;
    if (options->argument.size > 0) {
        for (int i = 0; i < MH_WORKERS_LIMIT; i++)
            arguments[i] = options->argument;
        pool.arguments = arguments;
    }
    return mh_pool_open(&function->pool, &pool);
}

static mh_status open_pool(mh_function *function)
{
    const mh_function_options *options = &function->options;
    if (home_of(options) != MH_HOME_NAMED)
        return open_own(function);
    mh_pool_options pool = options->pool;
    pool.kind = options->kind;
    return mh_pool_find_or_open(&function->pool, options->pool_name, &pool);
}

static void free_lock_in_children(void)
{
    mhi_fork_frees(&opening);
}

// Under `opening`. A pool that was closed in the meantime, by mh_pools_close, is opened again.
static mh_status ensure_pool(mh_function *function)
{
    uint32_t generation = mhi_fork_generation();
    bool is_there = function->pool != NULL && function->generation == generation &&
                    mhi_pool_is_listed(function->pool, function->serial);
    if (is_there)
        return MH_OK;
    mh_status status = open_pool(function);
    if (status != MH_OK) {
        function->pool = NULL;
        return status;
    }
    function->generation = generation;
    function->serial = mhi_pool_serial(function->pool);
    return MH_OK;
}

static const mh_routine *routine_for(const mh_function *function)
{
    const mh_routine *routine = function->routine;
    return routine->setup != NULL || routine->teardown != NULL ? NULL : routine;
}

mh_status mh_function_call(mh_function *function, mh_bytes input, mh_task **task)
{
    mh_status status = check(function, "mh_function_call");
    if (status != MH_OK)
        return status;
    static mhi_once once = MHI_ONCE;
    mhi_once_call(&once, free_lock_in_children);
    mhi_mutex_lock(&opening);
    status = ensure_pool(function);
    mh_pool *pool = status == MH_OK ? function->pool : NULL;
    mhi_mutex_unlock(&opening);
    if (status != MH_OK)
        return status;
    return mh_submit(pool, routine_for(function), input, &function->options.task, task);
}

mh_pool *mh_function_pool(mh_function *function)
{
    if (function == NULL)
        return NULL;
    mhi_mutex_lock(&opening);
    bool is_there = function->pool != NULL &&
                    function->generation == mhi_fork_generation_now() &&
                    mhi_pool_is_listed(function->pool, function->serial);
    mh_pool *pool = is_there ? function->pool : NULL;
    mhi_mutex_unlock(&opening);
    return pool;
}

mh_status mh_function_close(mh_function *function, mh_deadline deadline)
{
    mh_status status = check(function, "mh_function_close");
    mh_pool *pool = status == MH_OK ? mh_function_pool(function) : NULL;
    if (pool == NULL)
        return status;
    status = mh_pool_wait(pool, false, deadline);
    if (status != MH_OK || home_of(&function->options) == MH_HOME_NAMED)
        return status;
    mhi_mutex_lock(&opening);
    bool is_ours = function->pool == pool;
    function->pool = NULL;
    mhi_mutex_unlock(&opening);
    if (is_ours)
        mh_pool_close(pool);
    return MH_OK;
}
