// Crew: furnishing a shop, and keeping count of who is left.

#include "crew.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <manyhands/cpu.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "capture.h"
#include "hear.h"

// How long somebody who waits looks again before sleeping: some tens of microseconds, for waking a sleeper
// costs more. With a processor for everybody most of it is spinning; without, each look gives it away.
static void set_patience(mhi_crew *crew)
{
    mhi_common *common = crew->shop.common;
    bool is_crowded = (int)atomic_load(&crew->most) + 1 > mh_cpu_count(NULL);
    atomic_store_explicit(&common->looks, is_crowded ? 20 : 1000, memory_order_relaxed);
    atomic_store_explicit(&common->per_turn, is_crowded ? 1 : 50, memory_order_relaxed);
}

static uint32_t seats_listed(const mhi_crew_options *options)
{
    bool is_list = options->routines != NULL || options->arguments != NULL ||
                   options->environment != NULL;
    return is_list ? options->workers : MHI_SEATS;
}

static mh_status furnish_routines(mhi_crew *crew, const mhi_crew_options *options)
{
    uint32_t number = MHI_ROUTINE_OWN;
    for (uint32_t i = 0; i < crew->listed; i++) {
        const mh_routine *routine = options->routines != NULL ? options->routines[i]
                                                              : options->routine;
        if (routine != NULL && (i == 0 || options->routines != NULL)) {
            mh_status status = mhi_routines_add(&crew->shop.common->routines, routine, &number);
            if (status != MH_OK)
                return status;
        }
        crew->shop.seats[i].routine = number;
    }
    return MH_OK;
}

// Puts `size` bytes behind what is in the area of arguments.
static mh_status append(mhi_shop *shop, uint64_t *at, const void *bytes, uint64_t size)
{
    uint64_t room;
    char *area;
    if (size == 0)
        return MH_OK;
    mh_status status = mhi_arena_write(&shop->arena, mhi_shop_argument_area(shop), *at + size,
                                       &area, &room);
    if (status == MH_OK)
        memcpy(area + *at, bytes, size);
    *at += size;
    return status;
}

static void align(uint64_t *at)
{
    *at = (*at + 15) & ~UINT64_C(15);
}

static mh_status furnish_arguments(mhi_crew *crew, const mh_bytes *arguments, uint64_t *at)
{
    mh_status status = MH_OK;
    for (uint32_t i = 0; status == MH_OK && arguments != NULL && i < crew->listed; i++) {
        mhi_seat *seat = &crew->shop.seats[i];
        align(at);
        seat->argument_at = *at;
        seat->argument_size = arguments[i].size;
        status = append(&crew->shop, at, arguments[i].data, arguments[i].size);
    }
    return status;
}

static mh_status furnish_environments(mhi_crew *crew, const char *const *const *lists,
                                      uint64_t *at)
{
    mh_status status = MH_OK;
    for (uint32_t i = 0; status == MH_OK && lists != NULL && i < crew->listed; i++) {
        mhi_seat *seat = &crew->shop.seats[i];
        seat->environment_at = *at;
        for (const char *const *text = lists[i];
             status == MH_OK && text != NULL && *text != NULL; text++)
            status = append(&crew->shop, at, *text, strlen(*text) + 1);
        seat->environment_size = *at - seat->environment_at;
    }
    return status;
}

static mh_status furnish(mhi_crew *crew, const mhi_crew_options *options)
{
    uint64_t at = 0;
    mh_status status = furnish_routines(crew, options);
    if (status == MH_OK)
        status = furnish_arguments(crew, options->arguments, &at);
    if (status == MH_OK)
        status = furnish_environments(crew, options->environment, &at);
    return status;
}

static const mhi_carrier *carrier_of(mh_kind kind)
{
    static const mhi_carrier *const carriers[] = {[MH_THREADS] = &mhi_carrier_threads,
                                                  [MH_PROCESSES] = &mhi_carrier_processes,
                                                  [MH_SERIAL] = &mhi_carrier_serial};
    return carriers[kind];
}

// All the workers together are to have a thread for each processor.
static uint32_t threads_for(uint32_t workers)
{
    uint32_t processors = (uint32_t)mh_cpu_count(NULL);
    return processors > workers ? processors / workers : 1;
}

static void set_births(mhi_crew *crew, const mhi_crew_options *options)
{
    mhi_common *common = crew->shop.common;
    common->born_first = options->on_demand ? options->least : options->workers;
    common->stay = options->on_demand ? options->least : MHI_SEATS;
    common->idle_ns = options->idle_ns;
    common->threads = threads_for(options->workers);
    common->drops_logs = options->drops_logs;
    for (uint32_t i = 0; i < common->born_first; i++)
        crew->held[i / 64] |= UINT64_C(1) << i % 64;
    atomic_store(&crew->alive, common->born_first);
    crew->wanted = common->born_first;
}

mh_status mhi_crew_open(mhi_crew *crew, const mhi_crew_options *options)
{
    *crew = (mhi_crew){.carrier = carrier_of(options->kind),
                       .start = options->start,
                       .on_demand = options->on_demand,
                       .bury = options->bury,
                       .listed = seats_listed(options),
                       .most = options->workers};
    mh_status status = mhi_shop_open(
        &crew->shop,
        &(mhi_shop_shape){.workers = options->workers, .item_limit = options->item_limit});
    if (status != MH_OK)
        return status;
    mhi_mutex_init(&crew->lock);
    mhi_mutex_init(&crew->hearing);
    set_patience(crew);
    set_births(crew, options);
    crew->shop.common->is_traced = options->is_traced;
    status = furnish(crew, options);
    if (status == MH_OK)
        status = mhi_capture_open(crew, &options->output);
    if (status != MH_OK)
        mhi_crew_fini(crew);
    return status;
}

mh_status mhi_crew_begin(mhi_crew *crew)
{
    return crew->carrier->open(crew);
}

void mhi_crew_end(mhi_crew *crew)
{
    atomic_store(&crew->shop.common->ending, 1);
    mhi_shop_wake_all(&crew->shop);
    if (crew->carrier->end != NULL)
        crew->carrier->end(crew);
}

void mhi_crew_close(mhi_crew *crew)
{
    mhi_crew_end(crew);
    crew->carrier->close(crew);
    mhi_crew_hear_out(crew);
    mhi_mutex_lock(&crew->lock);
    if (crew->reason[0] == '\0')
        snprintf(crew->reason, sizeof crew->reason, "the pool was closed");
    mhi_mutex_unlock(&crew->lock);
    mhi_shop_break(&crew->shop);
}

void mhi_crew_fini(mhi_crew *crew)
{
    while (crew->lasts != NULL) {
        mhi_last *last = crew->lasts;
        crew->lasts = last->next;
        mhi_free(last);
    }
    mhi_free(crew->own);
    mhi_capture_close(crew);
    mhi_mutex_fini(&crew->lock);
    mhi_mutex_fini(&crew->hearing);
    mhi_shop_close(&crew->shop);
}

// ---- coming and going ---------------------------------------------------------------------------

static void mark(uint64_t *seats, uint32_t number, bool is_so)
{
    uint64_t bit = UINT64_C(1) << number % 64;
    seats[number / 64] = is_so ? seats[number / 64] | bit : seats[number / 64] & ~bit;
}

// The lowest seat that is free; MHI_SEATS when there is none.
static uint32_t free_seat(const mhi_crew *crew)
{
    uint32_t most = atomic_load(&crew->most);
    for (uint32_t i = 0; i < most; i++)
        if (!mhi_seats_have(crew->held, i) && !mhi_seats_have(crew->lost, i))
            return i;
    return MHI_SEATS;
}

// What the last worker of this seat returned at its end is not lost by the next one.
static mh_status keep_last(mhi_crew *crew, uint32_t number)
{
    mhi_seat *seat = &crew->shop.seats[number];
    uint64_t used = seat->last_used;
    if (used == 0 || mhi_seats_have(crew->handed, number)) {
        mark(crew->handed, number, false);
        seat->last_used = 0;
        return MH_OK;
    }
    mhi_arena *arena = &crew->shop.arena;
    const char *record = mhi_arena_read(arena, mhi_shop_last_area(&crew->shop, number), used);
    mhi_last *last = record == NULL ? NULL : mhi_allocate(1, sizeof *last + used);
    if (last == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory to keep the last result of worker %u",
                          number);
    *last = (mhi_last){.next = crew->lasts, .number = number, .used = used};
    memcpy(last->record, record, used);
    crew->lasts = last;
    seat->last_used = 0;
    return MH_OK;
}

// Under lock.
static mh_status start_at(mhi_crew *crew, uint32_t number)
{
    mhi_seat *seat = &crew->shop.seats[number];
    mh_status status = keep_last(crew, number);
    if (status != MH_OK)
        return status;
    atomic_store(&seat->leaves, 0);
    atomic_store_explicit(&seat->phase, MHI_UNBORN, memory_order_release);
    mark(crew->held, number, true);
    atomic_fetch_add(&crew->alive, 1);
    status = crew->carrier->start(crew, number);
    if (status != MH_OK) {
        mark(crew->held, number, false);
        atomic_fetch_sub(&crew->alive, 1);
    }
    return status;
}

void mhi_crew_lose(mhi_crew *crew, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(crew->reason, sizeof crew->reason, format, values);
    va_end(values);
    atomic_store(&crew->shop.common->broken,
                 1); // after the reason, which is read without the lock
}

// Under lock. Once workers leave, or nobody is there who could start one, none is started any more.
static bool may_start(const mhi_crew *crew)
{
    const mhi_common *common = crew->shop.common;
    return atomic_load(&common->ending) == 0 && atomic_load(&common->broken) == 0;
}

// Under lock. Starts workers until there are `wanted`, not counting those that leave, or no seat is left.
static mh_status start_up_to(mhi_crew *crew, uint64_t wanted)
{
    mh_status status = MH_OK;
    while (status == MH_OK && atomic_load(&crew->alive) - crew->leaving < wanted &&
           may_start(crew)) {
        uint32_t number = free_seat(crew);
        if (number == MHI_SEATS)
            break;
        status = start_at(crew, number);
    }
    return status;
}

// Under lock. True: the shop is to be broken, for with nobody to do the work, and nobody to be had,
// waiting for it would never end.
static bool start_or_lose(mhi_crew *crew, uint64_t wanted)
{
    mh_status status = MH_SYSTEM;
    for (int tries = 0; status != MH_OK && tries < MHI_TRIES;
         tries++) // it may be a passing thing
        status = start_up_to(crew, wanted);
    bool is_lost = status != MH_OK && atomic_load(&crew->alive) == 0;
    if (is_lost)
        mhi_crew_lose(crew, "no worker could be started: %s", mh_status_text(status));
    return is_lost;
}

void mhi_crew_start_missing(mhi_crew *crew, uint64_t wanted)
{
    mhi_mutex_lock(&crew->lock);
    uint32_t most = atomic_load(&crew->most);
    bool is_lost = start_or_lose(crew, wanted < most ? wanted : most);
    mhi_mutex_unlock(&crew->lock);
    if (is_lost)
        mhi_shop_break(&crew->shop);
}

static bool is_leaving(const mhi_crew *crew, uint32_t number)
{
    return atomic_load(&crew->shop.seats[number].leaves) != 0;
}

static void dismiss(mhi_crew *crew, uint32_t number)
{
    atomic_store(&crew->shop.seats[number].leaves, 1);
    crew->leaving++;
}

// Under lock. A seat has no worker any more.
static void leave_seat(mhi_crew *crew, uint32_t number)
{
    mark(crew->held, number, false);
    if (is_leaving(crew, number))
        crew->leaving--;
    atomic_store(&crew->shop.seats[number].leaves, 0);
    atomic_fetch_sub(&crew->alive, 1);
}

// Under lock. Those with the highest numbers, so that the numbers in use stay low.
static void dismiss_beyond(mhi_crew *crew, uint32_t most)
{
    uint32_t staying = 0;
    for (uint32_t i = 0; i < MHI_SEATS; i++)
        if (mhi_seats_have(crew->held, i) && !is_leaving(crew, i) && ++staying > most)
            dismiss(crew, i);
}

mh_status mhi_crew_resize(mhi_crew *crew, uint32_t most)
{
    mhi_mutex_lock(&crew->lock);
    uint32_t before = atomic_load(&crew->most), wanted = crew->wanted;
    atomic_store(&crew->most, most);
    crew->wanted = most;
    mh_status status = crew->on_demand ? MH_OK : start_up_to(crew, most);
    if (status != MH_OK) { // those that were started leave again
        atomic_store(&crew->most, before);
        crew->wanted = wanted;
    }
    set_patience(crew);
    dismiss_beyond(crew, crew->on_demand ? most : crew->wanted);
    mhi_mutex_unlock(&crew->lock);
    mhi_shop_wake_all(&crew->shop);
    return status;
}

mh_status mhi_crew_dismiss(mhi_crew *crew, uint32_t number)
{
    mhi_mutex_lock(&crew->lock);
    bool is_there = number < MHI_SEATS && mhi_seats_have(crew->held, number) &&
                    !is_leaving(crew, number);
    if (is_there)
        dismiss(crew, number);
    if (is_there && crew->wanted > 0)
        crew->wanted--;
    mhi_mutex_unlock(&crew->lock);
    if (!is_there)
        return MH_NOT_FOUND;
    mhi_event_wake(&crew->shop.common->work, INT_MAX);
    return MH_OK;
}

// The seat is free. Perhaps it was only waited for, to be filled again; or whoever has work will do so.
void mhi_crew_left(mhi_crew *crew, uint32_t number)
{
    mhi_mutex_lock(&crew->lock);
    leave_seat(crew, number);
    bool is_lost = !crew->on_demand && start_or_lose(crew, crew->wanted);
    mhi_mutex_unlock(&crew->lock);
    if (is_lost)
        mhi_shop_break(&crew->shop);
    else
        mhi_shop_wake_all(&crew->shop);
}

void mhi_crew_give_up(mhi_crew *crew, uint32_t number, const char *reason)
{
    mhi_log(MH_LOG_ERROR, "worker %u is given up: %s", number, reason);
    mhi_mutex_lock(&crew->lock);
    leave_seat(crew, number);
    mark(crew->lost, number, true);
    bool is_last = atomic_load(&crew->alive) == 0;
    if (crew->wanted > 0)
        crew->wanted--;
    if (crew->on_demand && free_seat(crew) != MHI_SEATS)
        is_last = false; // another seat may do better
    if (is_last)
        mhi_crew_lose(crew, "worker %u: %s", number, reason);
    mhi_mutex_unlock(&crew->lock);
    atomic_store_explicit(&crew->shop.seats[number].phase, MHI_GIVEN_UP, memory_order_release);
    if (is_last)
        mhi_shop_break(&crew->shop);
    else
        mhi_shop_wake_all(&crew->shop);
}
