// Map bar: the numbers of a map become those of a bar.

#include <stddef.h>

#include "../worker/bars.h"
#include "drawer.h"
#include "report.h"

mh_status mhi_map_bar_open(mh_progress **bar, const char *title)
{
    mh_status status = mhi_drawer_prepare();
    if (status != MH_OK)
        return status;
    // Not for the call that opens it: it is the map's.
    mhi_bar *place = mhi_bars_claim(title, MH_PROGRESS_UNSIZED, false);
    if (place == NULL)
        return mhi_bars_refuse(title);
    *bar = place;
    return MH_OK;
}

static void store(_Atomic uint64_t *count, uint64_t value)
{
    atomic_store_explicit(count, value, memory_order_relaxed); // partner: the look, see board.h
}

static mhi_ending ending_of(const mh_progress_facts *facts, bool is_strict)
{
    if (facts->sized && facts->done >= facts->total)
        return MHI_CLOSED;
    return is_strict && facts->bad > 0 ? MHI_FAILED : MHI_CANCELLED;
}

static void tell(mhi_bar *bar, const mh_progress_facts *facts, bool is_strict)
{
    store(&bar->done, facts->done);
    store(&bar->bad, facts->bad);
    store(&bar->total, facts->sized ? facts->total : MH_PROGRESS_UNSIZED);
    bool is_first = mhi_claim_look(&bar->claim) == MHI_PLACE_WRITING;
    if (is_first)
        mhi_bars_publish(bar);
    if (facts->ended)
        mhi_bars_end(bar, ending_of(facts, is_strict));
    if (is_first || facts->ended)
        mhi_bars_tell();
}

void mhi_map_bar_tell(void *context, const mh_progress_facts *facts)
{
    tell(context, facts, false);
}

void mhi_map_bar_tell_strict(void *context, const mh_progress_facts *facts)
{
    tell(context, facts, true);
}

void mhi_map_bar_drop(mh_progress *bar)
{
    mhi_bars_drop(bar);
}
