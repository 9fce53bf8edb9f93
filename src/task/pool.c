// Pool: checking what it is asked, and the life of the crew behind it.

#include "pool.h"

#include <limits.h>
#include <string.h>

#include <manyhands/cpu.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "limiter.h"
#include "winding.h"

enum { LIMIT_BITS = 36 }; // largest item_limit: 64 GiB
enum { IDLE_MS = 1000 };

// ---- opening ------------------------------------------------------------------------------------

static mh_status check_lists(const mh_pool_options *options, int workers)
{
    if (options->routine != NULL && options->routines != NULL)
        return mhi_refuse(MH_INVALID,
                          "mh_pool_open: routine and routines contradict each other");
    for (int i = 0; options->routines != NULL && i < workers; i++)
        if (options->routines[i] == NULL)
            return mhi_refuse(MH_INVALID, "mh_pool_open: routines[%d] of %d is NULL", i,
                              workers);
    for (int i = 0; options->arguments != NULL && i < workers; i++)
        if (options->arguments[i].data == NULL && options->arguments[i].size > 0)
            return mhi_refuse(MH_INVALID, "mh_pool_open: arguments[%d] has %zu bytes at NULL",
                              i, options->arguments[i].size);
    if (options->arguments != NULL && options->routine == NULL && options->routines == NULL)
        return mhi_refuse(MH_INVALID, "mh_pool_open: arguments without a routine to set up");
    return MH_OK;
}

static mh_status check_options(const mh_pool_options *options)
{
    if ((unsigned)options->kind > MH_SERIAL)
        return mhi_refuse(MH_INVALID, "mh_pool_open: there is no kind %d", (int)options->kind);
    if ((unsigned)options->start > MH_START_EXEC)
        return mhi_refuse(MH_INVALID, "mh_pool_open: there is no start %d",
                          (int)options->start);
    if (options->workers < 0 || options->workers > MH_WORKERS_LIMIT)
        return mhi_refuse(MH_INVALID, "mh_pool_open: %d workers; 0 to %d are possible",
                          options->workers, MH_WORKERS_LIMIT);
    if (options->prefetch < MH_PREFETCH_NONE)
        return mhi_refuse(MH_INVALID, "mh_pool_open: a prefetch of %d", options->prefetch);
    if (options->name != NULL && options->name[0] == '\0')
        return mhi_refuse(MH_INVALID, "mh_pool_open: an empty name");
    if (options->global_input < 0 || options->global_output < 0)
        return mhi_refuse(MH_INVALID, "mh_pool_open: a global channel of %d messages",
                          options->global_input < 0 ? options->global_input
                                                    : options->global_output);
    if (options->item_limit > UINT64_C(1) << LIMIT_BITS)
        return mhi_refuse(MH_INVALID, "mh_pool_open: an item_limit of %zu; at most 2^%d",
                          options->item_limit, LIMIT_BITS);
    return MH_OK;
}

static mh_status check_coming_and_going(const mh_pool_options *options, int workers)
{
    if (!options->on_demand && (options->least != 0 || options->idle_ms != 0))
        return mhi_refuse(MH_INVALID,
                          "mh_pool_open: least and idle_ms are for workers on demand");
    if (options->on_demand && options->kind == MH_SERIAL)
        return mhi_refuse(MH_INVALID, "mh_pool_open: a serial pool has no workers to start");
    if (options->least < 0 || options->least > workers)
        return mhi_refuse(MH_INVALID, "mh_pool_open: at least %d of %d workers", options->least,
                          workers);
    if (options->idle_ms < MH_IDLE_FOREVER)
        return mhi_refuse(MH_INVALID, "mh_pool_open: an idle_ms of %d", options->idle_ms);
    return MH_OK;
}

static mh_status check_environment(const mh_pool_options *options, int workers)
{
    if (options->environment == NULL)
        return MH_OK;
    if (options->kind != MH_PROCESSES)
        return mhi_refuse(MH_INVALID,
                          "mh_pool_open: only worker processes have an environment each");
    for (int i = 0; i < workers; i++)
        for (const char *const *text = options->environment[i]; text != NULL && *text != NULL;
             text++) {
            const char *equals = strchr(*text, '=');
            if (equals == NULL || equals == *text || equals - *text > 255)
                return mhi_refuse(MH_INVALID,
                                  "mh_pool_open: environment[%d] has \"%s\", which is not "
                                  "NAME=value",
                                  i, *text);
        }
    return MH_OK;
}

static mh_status check_output(const mh_pool_options *options)
{
    if ((unsigned)options->output > MH_OUTPUT_FILES)
        return mhi_refuse(MH_INVALID, "mh_pool_open: there is no output %d",
                          (int)options->output);
    bool is_captured = options->output != MH_OUTPUT_RAW || options->on_output != NULL;
    if (is_captured && options->kind != MH_PROCESSES)
        return mhi_refuse(MH_INVALID, "mh_pool_open: only the output of worker processes can "
                                      "be told apart from the program's");
    if (options->on_output != NULL && options->output != MH_OUTPUT_RAW)
        return mhi_refuse(MH_INVALID,
                          "mh_pool_open: output and on_output contradict each other");
    if ((options->output_folder != NULL) != (options->output == MH_OUTPUT_FILES))
        return mhi_refuse(MH_INVALID, "mh_pool_open: output_folder is for MH_OUTPUT_FILES, "
                                      "which needs it");
    return MH_OK;
}

static int workers_for(const mh_pool_options *options)
{
    if (options->kind == MH_SERIAL)
        return 1;
    int count = options->workers > 0 ? options->workers : mh_cpu_count(NULL);
    return count < MH_WORKERS_LIMIT ? count : MH_WORKERS_LIMIT;
}

// A worker process is dead.
static void bury(const mhi_crew *crew, uint32_t number, int32_t pid)
{
    mhi_limiters_bury(pid);
    mhi_boxes_bury(&crew->shop, number);
}

static mh_status open_crew(mh_pool *pool, const mh_pool_options *options, int workers)
{
    return mhi_crew_open(
        &pool->crew,
        &(mhi_crew_options){
            .kind = options->kind,
            .start = options->start,
            .workers = (uint32_t)workers,
            .on_demand = options->on_demand,
            .least = (uint32_t)options->least,
            .idle_ns = options->idle_ms == MH_IDLE_FOREVER
                           ? UINT64_MAX
                           : (uint64_t)(options->idle_ms > 0 ? options->idle_ms : IDLE_MS) *
                                 1000 * 1000,
            .environment = options->environment,
            .output = {.mode = options->output,
                       .folder = options->output_folder,
                       .sink = options->on_output,
                       .context = options->output_context,
                       .pool = pool},
            .bury = bury,
            .item_limit = options->item_limit > 0 ? options->item_limit : UINT64_C(1) << 30,
            .is_traced = options->trace,
            .drops_logs = options->drop_logs,
            .routine = options->routine,
            .routines = options->routines,
            .arguments = options->arguments,
        });
}

static void close_parts(mh_pool *pool)
{
    mhi_context_close(&pool->context);
    mhi_boxes_fini(&pool->boxes);
    mhi_crew_fini(&pool->crew);
}

// The desk before the births: workers look for its window.
static mh_status open_crew_and_desk(mh_pool *made, const mh_pool_options *options, int workers)
{
    mh_status status = open_crew(made, options, workers);
    if (status != MH_OK)
        return status;
    made->crew.shop.stir = mhi_boxes_stir;
    status = mhi_desk_open(&made->desk, made, &made->crew, options->prefetch);
    if (status == MH_OK) {
        status = mhi_context_open(&made->context, made,
                                  &(mhi_context_shape){.input = options->global_input,
                                                       .output = options->global_output,
                                                       .has_cancel = options->global_cancel},
                                  "mh_pool_open");
        if (status == MH_OK)
            status = mhi_crew_begin(&made->crew);
        if (status != MH_OK)
            mhi_desk_close(made->desk);
    }
    if (status != MH_OK)
        close_parts(made);
    return status;
}

static mh_status make_parts(mh_pool *made, const mh_pool_options *options, int workers)
{
    const char *name = options->name != NULL ? options->name : "";
    size_t size = strlen(name) + 1;
    made->name = mhi_allocate(1, size);
    if (made->name == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_pool_open: no memory");
    memcpy(made->name, name, size);
    mh_status status = mhi_pool_enlist(made);
    if (status != MH_OK)
        return status;
    status = open_crew_and_desk(made, options, workers);
    if (status != MH_OK)
        mhi_pool_delist(made);
    return status;
}

mh_status mh_pool_open(mh_pool **pool, const mh_pool_options *options)
{
    if (pool == NULL)
        return mhi_refuse(MH_INVALID, "mh_pool_open: nowhere to put the pool");
    static const mh_pool_options defaults;
    if (options == NULL)
        options = &defaults;
    if (mhi_winding() != MHI_GO)
        return mhi_winding_refuse("mh_pool_open");
    mh_status status = check_options(options);
    if (status != MH_OK)
        return status;
    int workers = workers_for(options);
    status = check_lists(options, workers);
    if (status == MH_OK)
        status = check_coming_and_going(options, workers);
    if (status == MH_OK)
        status = check_environment(options, workers);
    if (status == MH_OK)
        status = check_output(options);
    if (status != MH_OK)
        return status;
    mh_pool *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_pool_open: no memory");
    made->kind = options->kind;
    made->generation = mhi_fork_generation();
    made->taken = UINT64_C(1) << MHI_TASK_WINDOW;
    made->holders = 1;
    mhi_mutex_init(&made->lock);
    mhi_mutex_init(&made->resizing);
    status = make_parts(made, options, workers);
    if (status != MH_OK) {
        mhi_mutex_fini(&made->resizing);
        mhi_mutex_fini(&made->lock);
        mhi_free(made->name);
        mhi_free(made);
        return status;
    }
    mhi_pool_announce(made);
    *pool = made;
    return MH_OK;
}

// ---- questions ----------------------------------------------------------------------------------

mh_status mhi_pool_check_anywhere(const mh_pool *pool, const char *call)
{
    if (pool == NULL)
        return mhi_refuse(MH_INVALID, "%s: the pool is NULL", call);
    if (pool->generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: the pool was opened by the parent of this process",
                          call);
    return MH_OK;
}

mh_status mhi_pool_check_routine(const mh_pool *pool, const mh_routine *routine,
                                 const char *call)
{
    if (routine == NULL && pool->crew.shop.seats[0].routine == MHI_ROUTINE_OWN)
        return mhi_refuse(MH_INVALID, "%s: no routine, and the pool was opened without one",
                          call);
    if (routine != NULL && routine->run == NULL)
        return mhi_refuse(MH_INVALID, "%s: the routine has no function to run", call);
    if (routine != NULL && (routine->setup != NULL || routine->teardown != NULL))
        return mhi_refuse(MH_INVALID,
                          "%s: a routine with a setup or teardown belongs to the workers: give "
                          "it to mh_pool_open",
                          call);
    return MH_OK;
}

mh_status mhi_pool_check(const mh_pool *pool, const char *call)
{
    mh_status status = mhi_pool_check_anywhere(pool, call);
    if (status == MH_OK && mhi_worker_of(&pool->crew.shop) != NULL)
        return mhi_refuse(MH_DEADLOCK, "%s: called from inside a routine that this pool runs",
                          call);
    if (status == MH_OK && mhi_clerk_is_here(pool->desk))
        return mhi_refuse(MH_DEADLOCK, "%s: called from inside a callback of this pool", call);
    return status;
}

int mh_pool_workers(const mh_pool *pool)
{
    return pool == NULL ? 0 : (int)atomic_load(&pool->crew.most);
}

mh_kind mh_pool_kind(const mh_pool *pool)
{
    return pool == NULL ? MH_SERIAL : pool->kind;
}

// ---- windows ------------------------------------------------------------------------------------

static mh_status find_window(mh_pool *pool, uint32_t *window)
{
    if (pool->ended || pool->is_shut_down)
        return mhi_refuse(MH_CLOSED, "mh_map_open: the pool takes no more work");
    if (mhi_winding() != MHI_GO)
        return mhi_winding_refuse("mh_map_open");
    if (atomic_load(&pool->crew.shop.common->broken))
        return mhi_refuse(MH_BROKEN, "mh_map_open: no worker is left: %s", pool->crew.reason);
    if (pool->taken == UINT64_MAX)
        return mhi_refuse(MH_FULL, "mh_map_open: %d maps are open on this pool",
                          MHI_TASK_WINDOW);
    uint32_t at = 0;
    while ((pool->taken >> at & 1) != 0)
        at++;
    *window = at;
    return MH_OK;
}

mh_status mhi_pool_add_routine(mh_pool *pool, const mh_routine *routine, uint32_t *number)
{
    mhi_mutex_lock(&pool->lock);
    mh_status status = mhi_routines_add(&pool->crew.shop.common->routines, routine, number);
    mhi_mutex_unlock(&pool->lock);
    return status;
}

mh_status mhi_pool_take_window(mh_pool *pool, const mh_routine *routine,
                               uint32_t *routine_number, uint32_t *window)
{
    *routine_number = MHI_ROUTINE_OWN;
    mhi_mutex_lock(&pool->lock);
    mh_status status = find_window(pool, window);
    if (status == MH_OK && routine != NULL)
        status = mhi_routines_add(&pool->crew.shop.common->routines, routine, routine_number);
    if (status == MH_OK) {
        pool->taken |= UINT64_C(1) << *window;
        atomic_store_explicit(&pool->emptied[*window], 0, memory_order_relaxed);
        pool->crew.shop.windows[*window].ring->map = ++pool->maps;
        pool->holders++;
    }
    mhi_mutex_unlock(&pool->lock);
    return status;
}

void mhi_pool_show_window(mh_pool *pool, uint32_t window)
{
    // Release: partner of the acquire in a worker's take.
    atomic_fetch_or_explicit(&pool->crew.shop.common->open, UINT64_C(1) << window,
                             memory_order_release);
}

mh_status mhi_pool_check_open(mh_pool *pool, const char *call)
{
    mh_status status = mhi_pool_check_anywhere(pool, call);
    if (status != MH_OK)
        return status;
    mhi_mutex_lock(&pool->lock);
    bool is_closed = pool->closed || pool->ended || pool->is_shut_down;
    mhi_mutex_unlock(&pool->lock);
    return is_closed ? mhi_refuse(MH_CLOSED, "%s: the pool takes no more work", call) : MH_OK;
}

mh_status mhi_pool_hold(mh_pool *pool, const char *call)
{
    mhi_mutex_lock(&pool->lock);
    bool is_closed = pool->closed;
    pool->holders += !is_closed;
    mhi_mutex_unlock(&pool->lock);
    return is_closed ? mhi_refuse(MH_CLOSED, "%s: the pool is being closed", call) : MH_OK;
}

void mhi_pool_drop(mh_pool *pool)
{
    mhi_mutex_lock(&pool->lock);
    bool is_last = --pool->holders == 0;
    mhi_mutex_unlock(&pool->lock);
    if (!is_last)
        return;
    close_parts(pool);
    mhi_mutex_fini(&pool->lock);
    mhi_mutex_fini(&pool->resizing);
    for (mhi_last *last = pool->handed_lasts, *next; last != NULL; last = next) {
        next = last->next;
        mhi_free(last);
    }
    mhi_free(pool->name);
    mhi_free(pool);
}

void mhi_pool_return_window(mh_pool *pool, uint32_t window)
{
    atomic_fetch_and_explicit(&pool->crew.shop.common->open, ~(UINT64_C(1) << window),
                              memory_order_release);
    mhi_mutex_lock(&pool->lock);
    pool->taken &= ~(UINT64_C(1) << window);
    mhi_mutex_unlock(&pool->lock);
    mhi_pool_drop(pool);
}
