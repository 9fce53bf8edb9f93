// Map: its life, and the order of its stations.
//
// mh_map_next is a loop over three steps: give the next item of the slot in hand; else fill what there is
// room for; else wait for the next slot. What ends a map early (a cancel, an error under `stop`, the loss
// of all workers) is a brake on its window, and from then on whoever takes a slot of it, this thread
// included, ends its items as cancelled. So every item that was asked for comes out, one way or another.

#include "map.h"

#include <limits.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../worker/hear.h"

// ---- the next result ----------------------------------------------------------------------------

// How a map ends when nothing is under way any more. The worst news first.
static mh_status how_it_ended(mh_map *map)
{
    mhi_tell(map, true);
    if (map->is_broken && (map->undone > 0 || !map->intake.is_over))
        return MH_BROKEN;
    if (map->errors.count + map->errors.lost > 0)
        return MH_ERRORS;
    if (mhi_window_braked(map->window) >= MHI_WIND_DOWN)
        return MH_STOPPED;
    return map->intake.ended == MH_END ? MH_END : MH_SOURCE_FAILED;
}

// With the brake on, this thread ends what no worker has begun.
static void cancel_the_rest(mh_map *map)
{
    mhi_worker nobody;
    mhi_worker_init(&nobody, &map->pool->crew.shop, MHI_OWNER_OPENER);
    while (mhi_worker_cancel_one(&nobody, map->window))
        continue;
}

static void look_around(mh_map *map)
{
    // In this order: a pool that is closed on purpose brakes its maps before its workers are gone.
    bool is_lost = atomic_load(&map->pool->crew.shop.common->broken) != 0;
    map->brake = mhi_map_braked(map);
    if (is_lost && !map->is_lost) {
        map->is_lost = true;
        map->is_broken = map->brake < MHI_WIND_DOWN; // else it was ended on purpose
        mhi_window_brake(map->window, MHI_START_NOTHING);
        map->brake = mhi_window_braked(map->window);
    }
    if (map->brake != MHI_GO)
        cancel_the_rest(map);
}

// Takes the next slot in hand. Nothing is under way when all that was filled is emptied and nothing more
// can be filled.
static mh_status advance(mh_map *map, mh_deadline deadline)
{
    mhi_outlet_release(map);
    mhi_tell(map, false);
    for (bool is_idle = false;;) {
        look_around(map);
        mhi_intake_fill(map, is_idle);
        mhi_slot *slot = mhi_outlet_find(map);
        if (slot != NULL) {
            mhi_crew_listen(&map->pool->crew); // to what its items have said
            mhi_outlet_begin(map, slot);
            return MH_OK;
        }
        if (map->intake.tail == map->outlet.head)
            return how_it_ended(map);
        if (is_idle && !mhi_outlet_sleep(map, deadline))
            return MH_TIMEOUT;
        is_idle = !is_idle && !mhi_outlet_linger(map, deadline);
    }
}

// Whether the caller gets one that is not done. What nobody wants, or is kept for the end, is not handed
// out.
static bool is_for_caller(mh_map *map, mh_result *result)
{
    bool was_stopped = mhi_window_braked(map->window) >= MHI_WIND_DOWN;
    if (result->outcome == MH_CANCELLED && map->is_broken)
        result->message = map->pool->crew.reason;
    if (result->outcome == MH_CANCELLED &&
        (was_stopped || (map->options.on_error == MH_ON_ERROR_STOP && !map->is_broken)))
        return false;
    if (map->options.on_error == MH_ON_ERROR_RETURN)
        return true;
    mhi_errors_keep(&map->errors, result);
    return false;
}

static bool hand_out_bad(mh_map *map, const mhi_record *record, mh_result *result)
{
    mh_result found = {.outcome = MH_FAILED,
                       .code = MH_NO_MEMORY,
                       .message = "memory ran out before its result could be recorded",
                       .worker = -1,
                       .attempt = 1};
    if (record != NULL)
        mhi_result_read(record, &found);
    found.index = map->outlet.index++;
    found.duration_ns = map->outlet.mean_ns;
    map->bad++;
    map->undone += found.outcome == MH_CANCELLED;
    if (!is_for_caller(map, &found)) {
        map->withheld++;
        return false;
    }
    *result = found;
    return true;
}

// Hands out the next item of the slot in hand, unless it is not for the caller.
static bool hand_out(mh_map *map, mh_result *result)
{
    const mhi_record *record = mhi_outlet_next(&map->outlet);
    if (record == NULL || !mhi_record_is_done(record))
        return hand_out_bad(map, record, result);
    mhi_result_read(record, result);
    result->index = map->outlet.index++;
    result->duration_ns = map->outlet.mean_ns;
    return true;
}

static mh_status check_here(const mh_map *map, const char *call)
{
    if (map == NULL)
        return mhi_refuse(MH_INVALID, "%s: the map is NULL", call);
    if (map->generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: the map was opened by the parent of this process",
                          call);
    if (mhi_worker_of(&map->pool->crew.shop) != NULL)
        return mhi_refuse(MH_DEADLOCK, "%s: called from inside a routine that its pool runs",
                          call);
    return MH_OK;
}

mh_status mh_map_next(mh_map *map, mh_result *result, mh_deadline deadline)
{
    mh_status status = check_here(map, "mh_map_next");
    if (status != MH_OK)
        return status;
    if (result == NULL)
        return mhi_refuse(MH_INVALID, "mh_map_next: nowhere to put the result");
    do {
        if (map->outlet.left == 0 && (status = advance(map, deadline)) != MH_OK)
            return status;
    } while (!hand_out(map, result));
    if (map->options.on_progress != NULL)
        mhi_tell(map, false);
    return MH_OK;
}

// ---- questions ----------------------------------------------------------------------------------

uint64_t mh_map_length(const mh_map *map)
{
    if (map == NULL)
        return MH_LENGTH_UNKNOWN;
    if (map->intake.is_over)
        return map->intake.asked;
    return map->intake.source.sized ? map->intake.source.length : MH_LENGTH_UNKNOWN;
}

uint64_t mh_map_count(const mh_map *map)
{
    return map == NULL ? 0 : map->outlet.handed - map->withheld;
}

uint64_t mh_map_errors(const mh_map *map)
{
    return map == NULL ? 0 : map->errors.count + map->errors.lost;
}

mh_status mh_map_error(const mh_map *map, uint64_t number, mh_result *error)
{
    if (map == NULL || error == NULL)
        return mhi_refuse(MH_INVALID, "mh_map_error: the %s is NULL",
                          map == NULL ? "map" : "result");
    if (number >= map->errors.count)
        return MH_END;
    *error = map->errors.kept[number];
    return MH_OK;
}

// ---- ending early -------------------------------------------------------------------------------

mh_status mh_map_cancel(mh_map *map)
{
    if (map == NULL)
        return mhi_refuse(MH_INVALID, "mh_map_cancel: the map is NULL");
    if (map->generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "mh_map_cancel: the map was opened by the parent");
    mhi_window_brake(map->window, MHI_STOP);
    mhi_shop_stir(&map->pool->crew.shop);
    mhi_event_signal(&map->window->ring->ended, INT_MAX);
    return MH_OK;
}

static void drain(mh_map *map)
{
    mhi_window_brake(map->window, MHI_STOP);
    mhi_shop_stir(&map->pool->crew.shop); // an item may wait to be asked
    mhi_outlet_release(map);
    while (map->intake.tail != map->outlet.head) {
        look_around(map);
        mhi_slot *slot = mhi_outlet_find(map);
        if (slot == NULL) {
            if (!mhi_outlet_linger(map, MH_FOREVER))
                mhi_outlet_sleep(map, MH_FOREVER);
            continue;
        }
        mhi_outlet_begin(map, slot);
        mhi_outlet_release(map);
    }
    mhi_crew_listen(&map->pool->crew);
}

// The next map on this window begins with little; pages it does not need go back.
static void trim(mh_map *map)
{
    enum { KEEP = 64 << 10 };
    for (uint32_t i = 0; i < map->slots; i++) {
        mhi_arena_trim(map->window->arena, map->window->first_area + 2 * i, KEEP);
        mhi_arena_trim(map->window->arena, map->window->first_area + 2 * i + 1, KEEP);
    }
}

void mh_map_close(mh_map *map)
{
    if (map == NULL || check_here(map, "mh_map_close") == MH_DEADLOCK)
        return;
    if (map->generation == mhi_fork_generation_now()) {
        mhi_winding_await_sweep();
        drain(map);
        mhi_tell(map, true);
        trim(map);
        mhi_pool_return_window(map->pool, map->number);
    }
    mhi_intake_fini(&map->intake);
    mhi_errors_fini(&map->errors);
    mhi_free(map->fillings);
    mhi_free(map->title);
    mhi_free(map);
}
