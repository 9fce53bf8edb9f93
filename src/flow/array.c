// Array: a map whose input and output are arrays.

#include <string.h>

#include <manyhands/map.h>

#include "../base/log.h"

typedef struct target {
    char *output;
    size_t size; // of one result
    size_t count;
    uint64_t bad;
} target;

static void place(target *to, const mh_result *result)
{
    bool fits = result->outcome == MH_DONE && result->size == to->size &&
                result->index < to->count;
    if (fits && to->size > 0)
        memcpy(to->output + result->index * to->size, result->data, to->size);
    if (fits)
        return;
    if (to->bad++ > 0)
        return;
    if (result->outcome == MH_DONE)
        mhi_log(MH_LOG_WARNING,
                "mh_map_array: item %llu: a result of %zu bytes, the array takes %zu",
                (unsigned long long)result->index, result->size, to->size);
    else
        mhi_log(MH_LOG_WARNING, "mh_map_array: item %llu %s: %s",
                (unsigned long long)result->index, mh_outcome_text(result->outcome),
                result->message);
}

mh_status mh_map_array(mh_pool *pool, const mh_routine *routine, const void *input,
                       size_t count, size_t input_size, void *output, size_t output_size,
                       const mh_map_options *options)
{
    if (output == NULL && output_size > 0 && count > 0)
        return mhi_refuse(MH_INVALID,
                          "mh_map_array: results of %zu bytes, and nowhere to put them",
                          output_size);
    mh_map *map;
    mh_source source = mh_source_array(input, count, input_size);
    mh_status status = mh_map_open(&map, pool, routine, &source, options);
    if (status != MH_OK)
        return status;
    target to = {.output = output, .size = output_size, .count = count};
    mh_result result;
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK)
        place(&to, &result);
    mh_result first;
    if (status == MH_ERRORS && to.bad == 0 && mh_map_error(map, 0, &first) == MH_OK)
        place(&to, &first);
    mh_map_close(map);
    if (status == MH_END)
        return to.bad == 0 ? MH_OK : MH_ERRORS;
    return status;
}
