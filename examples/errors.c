// Errors: what becomes of a map when some of its items fail. The three answers, side by side,
// and a source that fails.
//
// Shows (FEATURES): M9 `return` hands the failed item out in its place; `stop` reads and starts
// nothing more; `defer` does everything else first. An error is never lost: it has index, code
// and message.
//
//     ./errors [threads|processes|serial]
//
// prints, for every kind:
//
//     return:
//       item 0: 5
//       item 1 failed with code 7: 7 cannot be halved
//       item 2: 4
//       item 3 failed with code 9: 9 cannot be halved
//       item 4: 3
//       end: there is nothing more to come
//     stop:
//       item 0: 5
//       end: some of the work ended badly
//       error: item 1, code 7: 7 cannot be halved
//     defer:
//       item 0: 5
//       item 2: 4
//       item 4: 3
//       end: some of the work ended badly
//       error: item 1, code 7: 7 cannot be halved
//       error: item 3, code 9: 9 cannot be halved
//     a source that fails:
//       item 0: 1
//       item 1: 2
//       end: the source of the input failed

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

static const int64_t numbers[] = {10, 7, 8, 9, 6};

static mh_status halve(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    if (number % 2 != 0)
        return mh_fail(call, (int)number, "%d cannot be halved", (int)number);
    int64_t half = number / 2;
    return mh_return(call, &half, sizeof half);
}

static const mh_routine halve_each = {.name = "halve", .run = halve};

static void print_result(const mh_result *result)
{
    unsigned index = (unsigned)result->index;
    if (result->outcome == MH_DONE)
        printf("  item %u: %d\n", index, (int)mh_result_as(int64_t, *result));
    else
        printf("  item %u %s with code %d: %s\n", index, mh_outcome_text(result->outcome),
               result->code, result->message);
}

static void run(mh_pool *pool, const char *title, mh_on_error on_error, mh_source source)
{
    printf("%s:\n", title);
    // Under `stop`, items that had begun still finish. A window of one item makes that none, so
    // that this program always prints the same.
    mh_map_options options = {.on_error = on_error, .window = 1};
    mh_map *map;
    if (mh_map_open(&map, pool, &halve_each, &source, &options) != MH_OK)
        return;
    mh_result result;
    mh_status status;
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK)
        print_result(&result);
    printf("  end: %s\n", mh_status_text(status));
    mh_result error;
    for (uint64_t number = 0; mh_map_error(map, number, &error) == MH_OK; number++)
        printf("  error: item %u, code %d: %s\n", (unsigned)error.index, error.code,
               error.message);
    mh_map_close(map);
}

// Gives 2 and 4, and then says that it cannot go on, as a broken connection would.
static mh_status next_until_broken(void *context, mh_bytes *item)
{
    int64_t *number = context;
    if (*number == 4)
        return MH_SYSTEM;
    *number += 2;
    *item = (mh_bytes){number, sizeof *number};
    return MH_OK;
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 2};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_source source = mh_source_array(numbers, 5, sizeof *numbers);
    run(pool, "return", MH_ON_ERROR_RETURN, source);
    run(pool, "stop", MH_ON_ERROR_STOP, source);
    run(pool, "defer", MH_ON_ERROR_DEFER, source);
    int64_t number = 0;
    run(pool, "a source that fails", MH_ON_ERROR_RETURN,
        mh_source_of(next_until_broken, &number));
    mh_pool_close(pool);
    return 0;
}
