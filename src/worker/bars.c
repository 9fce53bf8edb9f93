// Bars: which board, which owner, which call.

#include "bars.h"

#include "../base/log.h"
#include "../platform/platform.h"
#include "boards.h"
#include "home.h"
#include "outlook.h"
#include "worker.h"

typedef struct where {
    mhi_board *board;
    uint32_t owner;
} where;

static where here(void)
{
    const mhi_shop *home = mhi_home_shop();
    if (home != NULL)
        return (where){.board = home->board, .owner = mhi_home_number()};
    return (where){.board = mhi_boards_own(), .owner = MHI_OWNER_OPENER};
}

// Numbers for those who open bars; each process counts its own, for only the owner asks for them.
static uint64_t number_of(uint64_t *call)
{
    static _Atomic uint64_t numbers; // relaxed: only their being different matters
    if (*call == 0)
        *call = atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed) + 1;
    return *call;
}

static uint64_t call_here(void)
{
    mhi_worker *worker = mhi_worker_here;
    if (worker == NULL)
        return 0;
    return number_of(worker->now != NULL ? &worker->now->bars : &worker->bars);
}

bool mhi_bars_are_shown_elsewhere(void)
{
    return mhi_home_shop() != NULL;
}

bool mhi_bars_are_in_routine(void)
{
    return mhi_worker_here != NULL;
}

mhi_bar *mhi_bars_claim(const char *title, uint64_t total, bool for_call)
{
    where at = here();
    const mhi_bar_plan plan = {.title = title,
                               .total = total,
                               .opened_ns = mhi_clock_ns(),
                               .call = for_call ? call_here() : 0};
    return mhi_board_claim(at.board, at.owner, &plan);
}

mh_status mhi_bars_refuse(const char *title)
{
    return mhi_refuse(MH_FULL, "the bar \"%.64s\": %d bars are open", title, MH_PROGRESS_LIMIT);
}

void mhi_bars_publish(mhi_bar *place)
{
    mhi_board_publish(here().board, place);
}

bool mhi_bars_end_at(mhi_bar *place, mhi_ending ending, uint64_t ended_ns)
{
    where at = here();
    return mhi_board_has(at.board, place) &&
           mhi_board_end(at.board, place, at.owner, ending, ended_ns);
}

bool mhi_bars_end(mhi_bar *place, mhi_ending ending)
{
    return mhi_bars_end_at(place, ending, mhi_clock_ns());
}

void mhi_bars_drop(mhi_bar *place)
{
    if (mhi_board_has(here().board, place))
        mhi_board_drop(place);
}

void mhi_bars_tell(void)
{
    if (mhi_home_shop() != NULL)
        mhi_home_ring();
    else if (mhi_outlook_above.bars != NULL)
        mhi_outlook_above.bars();
}

void mhi_bars_leave(uint64_t *call, mhi_ending ending)
{
    where at = here();
    if (mhi_board_end_call(at.board, at.owner, *call, ending))
        mhi_bars_tell();
    *call = 0;
}
