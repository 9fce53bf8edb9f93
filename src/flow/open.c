// Open: refusing maps that make no sense, and furnishing those that do.

#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "map.h"

static mh_status check_options(const mh_map_options *options)
{
    if ((unsigned)options->on_error > MH_ON_ERROR_DEFER)
        return mhi_refuse(MH_INVALID, "mh_map_open: there is no on_error %d",
                          (int)options->on_error);
    if (options->unbounded && options->window > 0)
        return mhi_refuse(MH_INVALID,
                          "mh_map_open: unbounded and a window of %zu contradict "
                          "each other",
                          options->window);
    if (options->window > 0 && options->chunk > options->window)
        return mhi_refuse(MH_INVALID,
                          "mh_map_open: a chunk of %zu does not fit a window of %zu",
                          options->chunk, options->window);
    if (options->window > UINT64_MAX / 2 || options->chunk > UINT32_MAX)
        return mhi_refuse(MH_INVALID, "mh_map_open: a window of %zu, a chunk of %zu",
                          options->window, options->chunk);
    return MH_OK;
}

static mh_status check(const mh_pool *pool, const mh_routine *routine, const mh_source *source,
                       const mh_map_options *options)
{
    mh_status status = mhi_pool_check(pool, "mh_map_open");
    if (status != MH_OK)
        return status;
    if (source == NULL || source->next == NULL)
        return mhi_refuse(MH_INVALID,
                          "mh_map_open: the source cannot be asked (a NULL array, file "
                          "or function, or a step of 0)");
    status = check_options(options);
    return status == MH_OK ? mhi_pool_check_routine(pool, routine, "mh_map_open") : status;
}

// A ring as large as the window, if the user has set one: then the whole window can be under way while the
// first item is slow, and a small one stays in the cache.
static uint32_t slots_for(const mh_map *map)
{
    const mhi_common *common = map->pool->crew.shop.common;
    if (map->options.window == 0)
        return common->ring;
    uint32_t slots = 1;
    while (slots < common->slots && slots < map->options.window)
        slots *= 2;
    return slots;
}

static mh_status allocate_parts(mh_map *map)
{
    const char *title = map->options.progress != NULL ? map->options.progress : "";
    size_t size = strlen(title) + 1;
    map->slots = slots_for(map);
    map->title = mhi_allocate(1, size);
    map->fillings = mhi_allocate(map->slots, sizeof *map->fillings);
    if (map->title == NULL || map->fillings == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_map_open: no memory");
    memcpy(map->title, title, size);
    return MH_OK;
}

static mh_status begin(mh_map *map, const mh_routine *routine, const mh_source *source)
{
    mh_pool *pool = map->pool;
    mh_status status = mhi_pool_take_window(pool, routine, &map->routine, &map->number);
    if (status != MH_OK)
        return status;
    map->window = &pool->crew.shop.windows[map->number];
    uint32_t slots = map->slots;
    mhi_window_begin(map->window, slots, map->options.on_error == MH_ON_ERROR_STOP, false);
    mhi_pace_init(&map->pace, &map->options, (uint32_t)mh_pool_workers(pool), slots);
    mhi_intake_init(&map->intake, source, map->options.unbounded);
    mhi_pool_show_window(pool, map->number);
    return MH_OK;
}

mh_status mhi_map_open(mh_map **map, mh_pool *pool, const mh_routine *routine,
                       const mh_source *source, const mh_map_options *options)
{
    if (map == NULL)
        return mhi_refuse(MH_INVALID, "mh_map_open: nowhere to put the map");
    static const mh_map_options defaults;
    if (options == NULL)
        options = &defaults;
    mh_status status = check(pool, routine, source, options);
    if (status != MH_OK)
        return status;
    mh_map *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_map_open: no memory");
    made->pool = pool;
    made->generation = pool->generation;
    made->options = *options;
    made->opened_ns = mhi_clock_ns();
    status = allocate_parts(made);
    if (status == MH_OK)
        status = begin(made, routine, source);
    if (status != MH_OK) {
        mhi_free(made->title);
        mhi_free(made->fillings);
        mhi_free(made);
        return status;
    }
    *map = made;
    return MH_OK;
}
