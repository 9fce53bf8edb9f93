// Door: from a pool to its trace: opening the books of its workers, and telling them in one form.
//
// Workers are writing meanwhile. What is read is what was whole when its book was opened, and the
// views through which it is read are this call's own.

#include <manyhands/trace.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../report/trace.h"
#include "../task/pool.h"

typedef struct reading {
    mhi_arena again;
    mhi_track *tracks;
    mhi_trace trace;
} reading;

static void end_reading(reading *self)
{
    mhi_arena_close_again(&self->again);
    mhi_free(self->tracks);
}

// Whether a book is to be told: those of workers that are, or have run something; and the opener's,
// where something never ran.
static bool is_told(const mhi_shop *shop, uint32_t number)
{
    const mhi_ledger *ledger = &shop->ledgers[number];
    return number < shop->common->workers ||
           atomic_load_explicit(&ledger->count, memory_order_relaxed) > 0 ||
           atomic_load_explicit(&ledger->lost, memory_order_relaxed) > 0;
}

static mh_status read_books(reading *self, const mhi_shop *shop, const char *call)
{
    for (uint32_t i = 0; i < MHI_BOOKS; i++) {
        if (!is_told(shop, i))
            continue;
        mhi_track *track = &self->tracks[self->trace.count++];
        track->worker = i == MHI_BOOK_OPENER ? MHI_NOBODY : i;
        if (!mhi_trace_read(&self->again, &shop->ledgers[i], mhi_shop_book_area(shop, i),
                            &track->book))
            return mhi_refuse(MH_NO_MEMORY, "%s: no address space to read the trace", call);
    }
    return MH_OK;
}

static mh_status check(const mh_pool *pool, const void *where, const char *call)
{
    mh_status status = mhi_pool_check_anywhere(pool, call);
    if (status != MH_OK)
        return status;
    if (where == NULL)
        return mhi_refuse(MH_INVALID, "%s: nowhere to write to", call);
    if (pool->crew.shop.common->is_traced == 0)
        return mhi_refuse(MH_INVALID, "%s: the pool was opened without trace", call);
    return MH_OK;
}

static mh_status begin_reading(reading *self, const mh_pool *pool, const char *call)
{
    const mhi_shop *shop = &pool->crew.shop;
    *self = (reading){.tracks = mhi_allocate(MHI_BOOKS, sizeof *self->tracks)};
    if (self->tracks == NULL)
        return mhi_refuse(MH_NO_MEMORY, "%s: no memory", call);
    self->trace = (mhi_trace){.pool = pool->name,
                              .kind = pool->kind,
                              .pid = mhi_process_id(),
                              .opened_ns = shop->common->opened_ns,
                              .routines = &shop->common->routines,
                              .tracks = self->tracks};
    mh_status status = mhi_arena_open_again(&self->again, &shop->arena);
    if (status == MH_OK)
        status = read_books(self, shop, call);
    if (status != MH_OK)
        end_reading(self);
    return status;
}

mh_status mh_trace_facts_of(mh_pool *pool, mh_trace_facts *facts)
{
    static const char call[] = "mh_trace_facts_of";
    reading reading;
    mh_status status = check(pool, facts, call);
    if (status == MH_OK)
        status = begin_reading(&reading, pool, call);
    if (status != MH_OK)
        return status;
    mhi_trace_sum(&reading.trace, facts);
    end_reading(&reading);
    return MH_OK;
}

mh_status mh_trace_write(mh_pool *pool, mh_trace_form form, const char *path)
{
    static const char call[] = "mh_trace_write";
    static void (*const tell[])(const mhi_trace *, mhi_draft *) = {
        [MH_TRACE_JSON] = mhi_trace_tell_json,
        [MH_TRACE_PAGE] = mhi_trace_tell_page,
        [MH_TRACE_SUMMARY] = mhi_trace_tell_summary,
    };
    reading reading;
    mhi_draft *draft;
    mh_status status = check(pool, path, call);
    if (status == MH_OK && (unsigned)form > MH_TRACE_SUMMARY)
        return mhi_refuse(MH_INVALID, "%s: there is no form %d", call, (int)form);
    if (status == MH_OK)
        status = begin_reading(&reading, pool, call);
    if (status != MH_OK)
        return status;
    status = mhi_draft_open(&draft, path);
    if (status == MH_OK) {
        tell[form](&reading.trace, draft);
        status = mhi_draft_close(draft);
    }
    end_reading(&reading);
    return status;
}
