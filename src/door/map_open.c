// Door: the one place that knows all rooms, and hands down what lower rooms must not know.
//
// A map tells its numbers to a function. That the function is a bar on a terminal, when the user gave
// nothing but a title, is decided here.

#include <manyhands/map.h>

#include "../flow/map.h"
#include "../report/report.h"

mh_status mh_map_open(mh_map **map, mh_pool *pool, const mh_routine *routine,
                      const mh_source *source, const mh_map_options *options)
{
    if (options == NULL || options->progress == NULL || options->on_progress != NULL)
        return mhi_map_open(map, pool, routine, source, options);
    mh_progress *bar;
    mh_status status = mhi_map_bar_open(&bar, options->progress);
    if (status != MH_OK)
        return status;
    mh_map_options with_bar = *options;
    with_bar.on_progress = options->on_error == MH_ON_ERROR_STOP ? mhi_map_bar_tell_strict
                                                                 : mhi_map_bar_tell;
    with_bar.progress_context = bar; // it goes with the last word the map tells
    status = mhi_map_open(map, pool, routine, source, &with_bar);
    if (status != MH_OK)
        mhi_map_bar_drop(bar);
    return status;
}
