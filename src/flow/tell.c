// Tell: the numbers of a map, for whoever shows them.
//
// The map knows only the function it was given; that this may be a bar is decided above (door/).

#include "map.h"

enum {
    TENTH = 100 * 1000 * 1000, // ns: not told more often
    SECOND = 10 * TENTH,       // but as often, so that a bar moves while nothing is handed out
};

uint64_t mhi_tell_due(const mh_map *map)
{
    if (map->options.on_progress == NULL)
        return UINT64_MAX;
    return map->told_ns + (map->told != map->outlet.handed ? TENTH : SECOND);
}

void mhi_tell(mh_map *map, bool is_last)
{
    if (map->options.on_progress == NULL || map->is_ended)
        return;
    uint64_t now = mhi_clock_ns();
    if (!is_last && map->told_ns != 0 && now - map->told_ns < TENTH)
        return;
    map->told_ns = now;
    map->told = map->outlet.handed;
    map->is_ended = is_last;
    uint64_t length = mh_map_length(map);
    mh_progress_facts facts = {.title = map->title,
                               .done = map->outlet.handed,
                               .bad = map->bad,
                               .sized = length != MH_LENGTH_UNKNOWN,
                               .total = length == MH_LENGTH_UNKNOWN ? 0 : length,
                               .elapsed_ns = now - map->opened_ns,
                               .ended = is_last};
    map->options.on_progress(map->options.progress_context, &facts);
}
