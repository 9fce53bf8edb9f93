// Frame: counts first, then draws. Bars that have no row go on being watched, so that their speed is
// known when they get one.

#include "frame.h"

#include <inttypes.h>
#include <stdio.h>

#include "bar.h"
#include "columns.h"

enum { TITLE = 48 };

typedef struct census {
    int bars;
    mhi_numbers sum; // of those that run, and those that have ended
    mhi_look look;
} census;

bool mhi_frame_has(const mhi_surface *surface, const mhi_seen *seen)
{
    return seen->surface == surface && seen->look.mode == MH_PROGRESS_BAR;
}

static census count(const mhi_surface *surface, const mhi_roster *roster)
{
    census all = {.sum = surface->overall.ended};
    for (const mhi_seen *seen = roster->first; seen != NULL; seen = seen->next) {
        if (!mhi_frame_has(surface, seen))
            continue;
        const mhi_sight *sight = seen->sight;
        const mhi_numbers numbers = {.done = sight->done,
                                     .skipped = sight->skipped,
                                     .bad = sight->bad,
                                     .total = sight->total,
                                     .sized = sight->sized};
        mhi_overall_add(&all.sum, &numbers);
        all.look = seen->look;
        all.bars++;
    }
    return all;
}

static void draw(mhi_surface *surface, const mhi_numbers *numbers, const mhi_look *look)
{
    char row[MHI_BAR_LINE];
    int width = mhi_bar_draw(row, numbers, surface->columns, look->utf8, look->colour);
    mhi_surface_add_row(surface, row, width);
}

static void draw_more(mhi_surface *surface, int more, bool utf8)
{
    char text[TITLE], row[TITLE];
    snprintf(text, sizeof text, "and %d more", more);
    int width = mhi_columns_copy(row, TITLE, text, surface->columns - 1, utf8);
    mhi_surface_add_row(surface, row, width);
}

static void draw_overall(mhi_surface *surface, census *all, uint64_t now_ns)
{
    mhi_overall *overall = &surface->overall;
    char title[TITLE];
    snprintf(title, sizeof title, "all %" PRIu64, overall->ended_count + (uint64_t)all->bars);
    all->sum.title = title;
    all->sum.elapsed_ns = now_ns > overall->opened_ns ? now_ns - overall->opened_ns : 0;
    mhi_numbers_estimate(&all->sum, &overall->progress);
    draw(surface, &all->sum, &all->look);
}

// How many bars get a row. The line for all is missed most, then a bar, then the number of the rest.
static int bars_shown(const census *all, int room)
{
    if (all->bars <= room)
        return all->bars;
    return room >= 3 ? room - 2 : room == 2 ? 1 : 0;
}

void mhi_frame_draw(mhi_surface *surface, const mhi_roster *roster, uint64_t now_ns)
{
    mhi_surface_begin(surface);
    census all = count(surface, roster);
    int shown = bars_shown(&all, mhi_surface_room(surface)), seen_bars = 0;
    for (mhi_seen *seen = roster->first; seen != NULL; seen = seen->next) {
        if (!mhi_frame_has(surface, seen))
            continue;
        mhi_numbers numbers = mhi_seen_numbers(seen, now_ns);
        if (seen_bars++ < shown)
            draw(surface, &numbers, &seen->look);
    }
    if (shown < all.bars && mhi_surface_room(surface) >= 2)
        draw_more(surface, all.bars - shown, all.look.utf8);
    if (shown < all.bars)
        draw_overall(surface, &all, now_ns);
    if (all.bars == 0)
        surface->overall.is_begun = false;
    mhi_surface_end(surface);
}
