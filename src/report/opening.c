// Opening: bars as users open, step and close them.

#include <stddef.h>

#include "../base/log.h"
#include "../worker/bars.h"
#include "drawer.h"

// Where nobody would draw it, it is not opened.
static mh_status show(mhi_bar *place)
{
    mhi_bars_publish(place);
    if (mhi_bars_are_shown_elsewhere()) {
        mhi_bars_tell();
        return MH_OK;
    }
    mh_status status = mhi_drawer_open();
    if (status != MH_OK && mhi_bars_end(place, MHI_FORGOTTEN))
        mhi_bars_tell();
    return status;
}

mh_status mh_progress_open(mh_progress **bar, const char *title, uint64_t total)
{
    if (bar == NULL || title == NULL)
        return mhi_refuse(MH_INVALID, "mh_progress_open: the %s is NULL",
                          bar == NULL ? "place for the bar" : "title");
    mh_status status = mhi_drawer_prepare();
    if (status != MH_OK)
        return status;
    mhi_bar *place = mhi_bars_claim(title, total, true);
    if (place == NULL)
        return mhi_bars_refuse(title);
    status = show(place);
    if (status == MH_OK)
        *bar = place;
    return status;
}

// Relaxed, here and below: a look that sees it late is a look that came early. Partner: the look.
void mh_progress_add(mh_progress *bar, uint64_t count)
{
    if (bar != NULL)
        atomic_fetch_add_explicit(&bar->done, count, memory_order_relaxed);
}

void mh_progress_skip(mh_progress *bar, uint64_t count)
{
    if (bar != NULL)
        atomic_fetch_add_explicit(&bar->skipped, count, memory_order_relaxed);
}

void mh_progress_resize(mh_progress *bar, uint64_t total)
{
    if (bar != NULL)
        atomic_store_explicit(&bar->total, total, memory_order_relaxed);
}

void mh_progress_close(mh_progress *bar)
{
    if (bar != NULL && mhi_bars_end(bar, MHI_CLOSED))
        mhi_bars_tell();
}

mh_status mh_progress_wait(mh_deadline deadline)
{
    if (mhi_bars_are_shown_elsewhere())
        return mhi_refuse(MH_FORKED, "mh_progress_wait: the bars of a worker process are shown "
                                     "by its opener");
    if (mhi_bars_are_in_routine())
        return mhi_refuse(MH_DEADLOCK, "mh_progress_wait: called from inside a routine, whose "
                                       "bars it would wait for");
    mh_status status = mhi_drawer_prepare();
    return status == MH_OK ? mhi_drawer_wait(deadline) : status;
}
