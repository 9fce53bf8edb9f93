// Map, fuzzed: options and sources of all kinds, sensible or not; what is accepted works to its
// end.
//
// The input is read as a row of choices: the pool, the options, the source, how long to read
// and with which deadlines. A refusal must be MH_INVALID; everything else must give each item
// once.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

#include "driver.h"

enum { MOST_RESULTS = 400 };

typedef struct choices {
    const uint8_t *bytes;
    size_t left;
} choices;

static uint64_t choose(choices *from, size_t width)
{
    uint64_t number = 0;
    size_t taken = width < from->left ? width : from->left;
    memcpy(&number, from->bytes, taken);
    from->bytes += taken;
    from->left -= taken;
    return number;
}

// Small mostly, sometimes as large as can be.
static uint64_t choose_size(choices *from)
{
    uint64_t kind = choose(from, 1);
    return kind < 200 ? kind % 16 : kind < 250 ? choose(from, 2) : choose(from, 8);
}

static mh_status echo(mh_call *call, mh_bytes item)
{
    if (item.size > 0 && *(const char *)item.data == 'f')
        return mh_fail(call, 5, "it begins with an f");
    return mh_return(call, item.data, item.size);
}

static const mh_routine routine = {.name = "echo", .run = echo};

// ---- the source ---------------------------------------------------------------------------------

typedef struct row {
    uint64_t items, size;
    mh_status ends;
    char bytes[64];
} row;

static mh_status give(void *context, mh_bytes *item)
{
    row *from = context;
    if (from->items == 0)
        return from->ends;
    from->items--;
    memset(from->bytes, (int)from->items, sizeof from->bytes);
    *item = (mh_bytes){.data = from->bytes, .size = from->size};
    return MH_OK;
}

typedef struct origin {
    mh_source source;
    row row;
    FILE *file;
    bool is_endless;
} origin;

static mh_source choose_range(choices *from, origin *of)
{
    int64_t first = (int64_t)choose_size(from), step = (int64_t)choose_size(from);
    int64_t end = first + (int64_t)(choose(from, 2) % 2000) - 1000;
    if (choose(from, 1) % 8 == 0)
        end = (int64_t)choose(from, 8);
    mh_source source = mh_source_range(first, end, step);
    of->is_endless = source.length > 100000;
    return source;
}

static void choose_source(choices *from, origin *of)
{
    static const char bytes[1024] = "fuzz";
    of->row = (row){.items = choose(from, 2) % 1000,
                    .size = choose(from, 1) % sizeof of->row.bytes,
                    .ends = (mh_status)(1 + choose(from, 1) % MH_SYSTEM)};
    switch (choose(from, 1) % 5) {
    case 0:
        of->source = mh_source_array(bytes, of->row.items % 16, of->row.size);
        break;
    case 1:
        of->source = choose_range(from, of);
        break;
    case 2:
        of->file = from->left == 0 ? NULL
                                   : fmemopen((void *)(uintptr_t)from->bytes, from->left, "r");
        of->source = mh_source_lines(of->file);
        break;
    case 3:
        of->source = mh_source_of(give, &of->row);
        break;
    default: // its length is a forecast, which need not come true
        of->source = mh_source_sized(give, &of->row, choose_size(from));
    }
}

static mh_map_options choose_options(choices *from, const origin *of)
{
    uint64_t flags = choose(from, 1);
    return (mh_map_options){.unordered = flags & 1,
                            .unbounded = (flags & 14) == 2 && !of->is_endless,
                            .on_error = (mh_on_error)(flags >> 4 & 3),
                            .window = flags & 64 ? choose_size(from) : 0,
                            .chunk = flags & 128 ? choose_size(from) : 0};
}

// ---- the map ------------------------------------------------------------------------------------

static bool makes_sense(const origin *of, const mh_map_options *options)
{
    return of->source.next != NULL && (unsigned)options->on_error <= MH_ON_ERROR_DEFER &&
           !(options->unbounded && options->window > 0) &&
           !(options->window > 0 && options->chunk > options->window) &&
           options->window <= UINT64_MAX / 2 && options->chunk <= UINT32_MAX;
}

static void read_map(mh_map *map, choices *from, const mh_map_options *options)
{
    static uint8_t times_seen[MOST_RESULTS * 1000];
    static const mh_deadline deadlines[] = {MH_FOREVER, MH_FOREVER, MH_NOW, 1};
    uint64_t most = choose(from, 2) % MOST_RESULTS, next = 0;
    bool is_cancelled = false; // then items that never started leave gaps
    mh_status status = MH_OK;
    mh_result result;
    memset(times_seen, 0, sizeof times_seen);
    for (uint64_t count = 0; count < most && status == MH_OK; count++) {
        if (choose(from, 1) == 77) {
            is_cancelled = true;
            expect(mh_map_cancel(map) == MH_OK);
        }
        status = mh_map_next(map, &result, deadlines[choose(from, 1) % 4]);
        if (status == MH_TIMEOUT)
            status = mh_map_next(map, &result, MH_FOREVER);
        if (status != MH_OK)
            break;
        expect(result.index >= sizeof times_seen || times_seen[result.index]++ == 0);
        expect(options->unordered || result.index >= next);
        expect(options->unordered || options->on_error != MH_ON_ERROR_RETURN || is_cancelled ||
               result.index == next);
        expect(result.outcome == MH_DONE || options->on_error == MH_ON_ERROR_RETURN);
        next = result.index + 1;
    }
    expect(status == MH_OK || status == mh_map_next(map, &result, MH_NOW));
}

static void try_map(mh_pool *pool, choices *from)
{
    mh_map *map;
    origin of = {.is_endless = false};
    choose_source(from, &of);
    mh_map_options options = choose_options(from, &of);
    mh_status status = mh_map_open(&map, pool, &routine, &of.source, &options);
    expect(status == (makes_sense(&of, &options) ? MH_OK : MH_INVALID));
    if (status == MH_OK) {
        read_map(map, from, &options);
        mh_map_close(map);
    }
    if (of.file != NULL)
        fclose(of.file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static mh_pool *pools[2];
    choices from = {.bytes = bytes, .left = size};
    mh_log_limit(MH_LOG_OFF);
    mh_kind kind = choose(&from, 1) % 4 == 0 ? MH_SERIAL : MH_THREADS;
    mh_pool **pool = &pools[kind == MH_SERIAL];
    if (*pool == NULL)
        expect(mh_pool_open(pool, &(mh_pool_options){.kind = kind, .workers = 3}) == MH_OK);
    try_map(*pool, &from);
    return 0;
}
