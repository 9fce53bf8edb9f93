// Pace: doubling and halving.
//
// No averages: a worker that was interrupted once halves one chunk, and the next quick one mends it.

#include "pace.h"

enum {
    QUICK_NS = 25000, // a chunk below this may grow
    SLOW_NS = 200000, // a chunk above this should shrink
    MOST_ITEMS = 256, // more would gain nothing, and leave the cache
    PER_WORKER = 8,   // largest chunks under way for each worker
};

// Bytes of items and results under way, when the user has not set a window.
static const uint64_t BUDGET = UINT64_C(256) << 20;

// What a processor's last cache is likely to hold.
static const uint64_t CACHE = UINT64_C(8) << 20;

void mhi_pace_init(mhi_pace *pace, const mh_map_options *options, uint32_t workers,
                   uint32_t slots)
{
    *pace = (mhi_pace){.is_chunk_fixed = options->chunk > 0,
                       .window = options->unbounded ? UINT64_MAX : options->window,
                       .workers = workers,
                       .slots = slots,
                       .least = 1,
                       .most = MOST_ITEMS,
                       .keep = BUDGET / 2 / slots,
                       .chunk = options->chunk > 0 ? options->chunk : 1};
    if (options->window > 0 && options->window / (2 * workers) < pace->most)
        pace->most = options->window / (2 * workers);
    if (pace->most < pace->chunk)
        pace->most = pace->chunk;
    if (options->window > slots) // the slots together must reach as far as the window
        mhi_pace_spread(pace, options->window);
}

void mhi_pace_spread(mhi_pace *pace, uint64_t length)
{
    if (pace->is_chunk_fixed)
        return;
    pace->least = length / pace->slots + 1;
    if (pace->chunk < pace->least)
        pace->chunk = pace->least;
    if (pace->most < pace->least)
        pace->most = pace->least;
}

uint32_t mhi_pace_fit(mhi_pace *pace, uint64_t size)
{
    bool is_ours = pace->window == 0; // else the user has said how many may be under way
    while (is_ours && pace->slots > 4 * (uint64_t)pace->workers && pace->slots * size > CACHE)
        pace->slots /= 2;
    pace->keep = BUDGET / 2 / pace->slots;
    return (uint32_t)pace->slots;
}

static uint64_t window_now(const mhi_pace *pace, uint64_t under_way)
{
    if (pace->window > 0)
        return pace->window;
    if (pace->bytes + under_way * pace->result_size >= BUDGET)
        return under_way > 0 ? 0 : 1;
    // All the slots, as long as that many items stay in the cache.
    uint64_t items = pace->chunk * pace->slots;
    uint64_t enough = PER_WORKER * pace->most * pace->workers;
    return items < enough ? items : enough;
}

uint64_t mhi_pace_allows(const mhi_pace *pace, uint64_t under_way, uint64_t left, bool is_idle)
{
    uint64_t chunk = pace->chunk;
    bool adapts = !pace->is_chunk_fixed && pace->window != UINT64_MAX;
    uint64_t workers = pace->workers;
    if (adapts && left < 2 * workers * chunk) // the end of the input should reach all workers
        chunk = left / (2 * workers) + 1;
    uint64_t window = window_now(pace, under_way);
    uint64_t room = window > under_way ? window - under_way : 0;
    if (room >= chunk)
        return chunk;
    return is_idle || under_way == 0 ? room : 0; // else wait until a whole chunk fits
}

static void halve(mhi_pace *pace)
{
    if (!pace->is_chunk_fixed)
        pace->chunk = pace->chunk / 2 > pace->least ? pace->chunk / 2 : pace->least;
}

void mhi_pace_filled(mhi_pace *pace, uint64_t bytes, uint64_t ns)
{
    pace->bytes += bytes;
    if (ns > SLOW_NS)
        halve(pace);
}

void mhi_pace_ran(mhi_pace *pace, uint64_t items, uint64_t input, uint64_t output, uint64_t ns)
{
    pace->bytes -= input;
    pace->result_size = items > 1 ? output / items : output;
    if (ns > SLOW_NS)
        halve(pace);
    else if (ns < QUICK_NS && items >= pace->chunk && !pace->is_chunk_fixed)
        pace->chunk = 2 * pace->chunk < pace->most ? 2 * pace->chunk : pace->most;
}
