// Trial: one map with options drawn by chance, read in its own way, and what must come out of
// it.
#ifndef TRIAL_H
#define TRIAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

#include "chance.h"

enum { MOST_ITEMS = 3000, PADDING = 700 };

static uint64_t first_seed; // to be named with what went wrong
static _Atomic uint64_t violations, maps, results;

// ---- the task -----------------------------------------------------------------------------------

typedef struct item {
    uint64_t number;
    uint64_t salt;
    char padding[PADDING]; // items have sizes of all kinds
} item;

static bool is_bad(uint64_t number, uint64_t salt)
{
    return mixed(number ^ salt) % 41 == 0;
}

static size_t size_of_item(uint64_t number, uint64_t salt)
{
    return 2 * sizeof(uint64_t) + mixed(number + salt) % PADDING;
}

// The result is the item, its numbers mixed, and a size of its own.
static mh_status work(mh_call *call, mh_bytes bytes)
{
    uint64_t numbers[2];
    memcpy(numbers, bytes.data, sizeof numbers);
    if (is_bad(numbers[0], numbers[1]))
        return mh_fail(call, (int)(numbers[0] % 1000), "item %llu is bad",
                       (unsigned long long)numbers[0]);
    void *room;
    mh_status status = mh_reserve(call, bytes.size, &room);
    if (status != MH_OK)
        return status;
    memset(room, (int)numbers[0], bytes.size);
    uint64_t value = mixed(numbers[0] + numbers[1]);
    memcpy(room, &value, sizeof value);
    return MH_OK;
}

static const mh_routine worker = {.name = "work", .run = work};

// ---- one map ------------------------------------------------------------------------------------

typedef struct trial {
    uint64_t seed, salt;
    mh_pool *pool;
    mh_map *map;
    mh_map_options options;
    uint64_t items, leave_after;
    bool is_cancelled;
    pthread_t canceller;
    // the source's
    item current;
    uint64_t asked;
    // what came
    uint8_t *times_seen;
    uint64_t count, done, next;
} trial;

static void blame(const trial *of, const char *what, uint64_t index)
{
    atomic_fetch_add(&violations, 1);
    fprintf(stderr,
            "seed %llu: item %llu of %llu %s (kind %d, window %zu, chunk %zu, %s%s, "
            "on_error %d%s)\n",
            (unsigned long long)first_seed, (unsigned long long)index,
            (unsigned long long)of->items, what, (int)mh_pool_kind(of->pool),
            of->options.window, of->options.chunk,
            of->options.unordered ? "unordered" : "ordered",
            of->options.unbounded ? ", unbounded" : "", (int)of->options.on_error,
            of->is_cancelled ? ", cancelled" : "");
}

static mh_status give_item(void *context, mh_bytes *bytes)
{
    trial *of = context;
    if (of->asked == of->items)
        return MH_END;
    // Errors that are kept for later have come out as well.
    uint64_t under_way = of->asked - mh_map_count(of->map) - mh_map_errors(of->map);
    if (of->options.window > 0 && under_way >= of->options.window)
        blame(of, "was asked for beyond the window", of->asked);
    of->current.number = of->asked++;
    of->current.salt = of->salt;
    *bytes = (mh_bytes){.data = &of->current,
                        .size = size_of_item(of->current.number, of->salt)};
    return MH_OK;
}

static void check_done(trial *of, const mh_result *result)
{
    uint64_t value = 0, index = result->index;
    of->done++;
    if (result->size != size_of_item(index, of->salt))
        blame(of, "has a result of the wrong size", index);
    else
        memcpy(&value, result->data, sizeof value);
    if (value != mixed(index + of->salt))
        blame(of, "has a wrong value", index);
    for (size_t i = sizeof value; i < result->size; i++)
        if (((const char *)result->data)[i] != (char)index) {
            blame(of, "has damaged bytes", index);
            return;
        }
    if (is_bad(index, of->salt))
        blame(of, "is bad, but done", index);
}

static void check_not_done(const trial *of, const mh_result *result)
{
    if (of->options.on_error != MH_ON_ERROR_RETURN)
        blame(of, "was handed out though it is not done", result->index);
    if (result->outcome != MH_FAILED)
        blame(of, mh_outcome_text(result->outcome), result->index);
    else if (!is_bad(result->index, of->salt))
        blame(of, result->message, result->index);
    else if (result->code != (int)(result->index % 1000))
        blame(of, "has a wrong code", result->index);
}

static void check_result(trial *of, const mh_result *result)
{
    of->count++;
    if (result->index >= of->items || of->times_seen[result->index]++ != 0)
        blame(of, "came twice, or does not exist", result->index);
    else if (result->outcome == MH_DONE)
        check_done(of, result);
    else
        check_not_done(of, result);
    if (!of->options.unordered && result->index < of->next)
        blame(of, "came out of order", result->index);
    of->next = result->index + 1;
}

static uint64_t bad_items(const trial *of)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < of->items; i++)
        count += is_bad(i, of->salt);
    return count;
}

// A map that was read to its end gave everything, and says so.
static void check_whole(const trial *of, mh_status status)
{
    uint64_t bad = bad_items(of), errors = mh_map_errors(of->map);
    bool returns = of->options.on_error == MH_ON_ERROR_RETURN;
    if (status != (bad > 0 && !returns ? MH_ERRORS : MH_END))
        blame(of, mh_status_text(status), of->count);
    if (of->done > of->items - bad || errors > bad)
        blame(of, "is more than there can be", of->count);
    if (of->options.on_error == MH_ON_ERROR_STOP)
        return;
    if (of->done != of->items - bad || errors != (returns ? 0 : bad))
        blame(of, "is not the number that should come", of->count);
    if (mh_map_length(of->map) != of->items || mh_map_count(of->map) != of->count)
        blame(of, "is not what the map counted", mh_map_count(of->map));
}

static void check_cut_short(const trial *of, mh_status status)
{
    if (status != MH_STOPPED && status != MH_ERRORS && status != MH_END)
        blame(of, mh_status_text(status), of->count);
}

// A deadline is part of the trial: none at all, a short one, or for ever.
static mh_status read_one(trial *of, mh_result *result)
{
    const mh_deadline deadlines[] = {MH_NOW, mh_in_ms((int64_t)chance(&of->seed, 3)),
                                     MH_FOREVER, MH_FOREVER};
    mh_deadline deadline = deadlines[chance(&of->seed, 4)];
    mh_status status = mh_map_next(of->map, result, deadline);
    if (status != MH_TIMEOUT)
        return status;
    if (deadline == MH_FOREVER)
        blame(of, "timed out, and had for ever", of->count);
    return mh_map_next(of->map, result, MH_FOREVER);
}

static void read_map(trial *of)
{
    mh_result result;
    mh_status status = MH_OK;
    while (of->count < of->leave_after && (status = read_one(of, &result)) == MH_OK)
        check_result(of, &result);
    atomic_fetch_add(&results, of->count);
    if (of->count >= of->leave_after)
        return;
    if (of->is_cancelled)
        check_cut_short(of, status);
    else
        check_whole(of, status);
    if (mh_map_next(of->map, &result, MH_FOREVER) != status)
        blame(of, "ended twice in different ways", of->count);
}

static void *cancel(void *argument)
{
    trial *of = argument;
    for (uint64_t i = mixed(of->salt) % 300; i > 0; i--)
        sched_yield();
    if (mh_map_cancel(of->map) != MH_OK)
        blame(of, "could not be cancelled", 0);
    return NULL;
}

static void draw_up(trial *of, uint64_t *seed)
{
    bool is_windowed = one_in(seed, 2), is_unbounded = !is_windowed && one_in(seed, 5);
    size_t window = is_windowed ? 1 + chance(seed, one_in(seed, 2) ? 8 : 1000) : 0;
    size_t chunk = one_in(seed, 2) ? 1 + chance(seed, window > 0 ? window : 500) : 0;
    of->seed = mixed(*seed);
    of->salt = mixed(*seed + 1);
    of->items = one_in(seed, 10) ? chance(seed, 3) : chance(seed, MOST_ITEMS);
    of->leave_after = one_in(seed, 4) ? chance(seed, of->items + 1) : UINT64_MAX;
    of->is_cancelled = one_in(seed, 5);
    of->options = (mh_map_options){.unordered = one_in(seed, 2),
                                   .on_error = (mh_on_error)chance(seed, 3),
                                   .window = window,
                                   .unbounded = is_unbounded,
                                   .chunk = chunk};
}

static void run_trial(trial *of)
{
    mh_source source = one_in(&of->seed, 2) ? mh_source_of(give_item, of)
                                            : mh_source_sized(give_item, of, of->items);
    of->times_seen = calloc(of->items + 1, 1);
    mh_status status = mh_map_open(&of->map, of->pool, &worker, &source, &of->options);
    if (status == MH_OK) {
        of->is_cancelled = of->is_cancelled &&
                           pthread_create(&of->canceller, NULL, cancel, of) == 0;
        read_map(of);
        if (of->is_cancelled)
            pthread_join(of->canceller, NULL);
        mh_map_close(of->map);
        atomic_fetch_add(&maps, 1);
    } else {
        blame(of, mh_status_text(status), 0);
    }
    free(of->times_seen);
}

#endif
