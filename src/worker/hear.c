// Hear: from all who have spoken, each seat in turn.
//
// What is heard is what was there when the hearing began, so that it comes to an end however fast
// workers speak. Nobody who hears waits for a worker.

#include "hear.h"

#include "../platform/platform.h"
#include "capture.h"
#include "outlook.h"
#include "say.h"

// ---- one worker ---------------------------------------------------------------------------------

static void tell_dropped(mhi_lines *lines, uint32_t number, uint64_t dropped)
{
    unsigned long long more = mhi_lines_note_dropped(lines, dropped);
    if (more > 0)
        mhi_log(MH_LOG_WARNING, "%llu line%s dropped by worker %u", more,
                more == 1 ? " was" : "s were", number);
}

// It was written by a process that may have been running wild.
static mh_log_level level_of(const mhi_line *line)
{
    bool is_sound = line->level >= MH_LOG_ERROR && line->level <= MH_LOG_DEBUG;
    return is_sound ? (mh_log_level)line->level : MH_LOG_WARNING;
}

static void hear_worker(mhi_crew *crew, uint32_t number)
{
    mhi_lines *lines = &crew->shop.lines[number];
    mhi_capture_look(crew, number); // before the marks
    uint64_t end = mhi_lines_end(lines);
    mhi_line line;
    char text[MHI_LINE_MOST + 1];
    bool is_sound = true;
    while (is_sound && mhi_lines_has(lines, end)) {
        is_sound = mhi_lines_take(lines, &line, text);
        if (!is_sound)
            break;
        tell_dropped(lines, number, line.dropped);
        if (line.kind == MHI_LINE_MARK)
            mhi_capture_mark(crew, number, text, line.size);
        else
            mhi_log_pass_on(level_of(&line), line.kind == MHI_LINE_USERS, text);
    }
    if (!is_sound)
        mhi_log(MH_LOG_WARNING, "what worker %u has said is damaged, and lost", number);
    tell_dropped(lines, number, UINT64_MAX);
    mhi_capture_read(crew, number);
}

// ---- all ----------------------------------------------------------------------------------------

static void hear_all(mhi_crew *crew)
{
    for (uint32_t word = 0; word < MHI_SEAT_WORDS; word++) {
        uint64_t speakers = atomic_exchange(&crew->shop.common->speakers[word], 0);
        for (; speakers != 0; speakers &= speakers - 1)
            hear_worker(crew, word * 64 + (uint32_t)__builtin_ctzll(speakers));
    }
}

// What stands there is looked at first, so nobody puts an older limit over a newer.
void mhi_crew_pass_limit(const mhi_crew *crew)
{
    _Atomic int32_t *limit = &crew->shop.common->log_limit;
    for (;;) {
        int32_t there = atomic_load(limit), now = mhi_log_limit_now();
        if (there == now || atomic_compare_exchange_strong(limit, &there, now))
            return;
    }
}

void mhi_crew_hear(mhi_crew *crew)
{
    mhi_mutex_lock(&crew->hearing);
    uint64_t said = atomic_load(&crew->shop.common->said);
    hear_all(crew);
    mhi_mutex_unlock(&crew->hearing);
    if (crew->bars.board != NULL && mhi_watched_has_news(&crew->bars) &&
        mhi_outlook_above.bars != NULL)
        mhi_outlook_above.bars();
    // Only now, so that nobody goes on before the bars were seen. Where another was quicker, it may go back,
    // which costs one more look. Release: partner of mhi_crew_is_unheard.
    atomic_store_explicit(&crew->heard, said, memory_order_release);
}

// Who says one thing often says another, and to be rung for each costs more than a moment's patience.
static bool is_more_soon(const mhi_crew *crew)
{
    const mhi_shop *shop = &crew->shop;
    uint32_t looks = atomic_load_explicit(&shop->common->looks, memory_order_relaxed);
    for (uint32_t i = 1; i <= looks && !mhi_crew_is_unheard(crew); i++)
        mhi_shop_pause(shop, i);
    return mhi_crew_is_unheard(crew);
}

// While `rung` is set, workers that say more need not ring. Sequential: either we see, after it was
// cleared, what was said, or who said it finds it cleared, and rings.
void mhi_crew_answer(mhi_crew *crew)
{
    enum { LONGEST = 10 * 1000 * 1000 }; // ns: then there may be news of a death
    mhi_common *common = crew->shop.common;
    uint64_t until = mhi_clock_coarse_ns() + LONGEST;
    while (is_more_soon(crew) && mhi_clock_coarse_ns() < until)
        mhi_crew_hear(crew);
    atomic_store(&common->rung, 0);
    if (atomic_load(&common->said) != atomic_load(&crew->heard))
        mhi_crew_hear(crew);
}

void mhi_crew_hear_last(mhi_crew *crew, uint32_t number)
{
    mhi_shop_expect(&crew->shop, number);
    // It may have died between setting it and ringing.
    atomic_store(&crew->shop.common->rung, 0);
    mhi_crew_hear(crew);
    mhi_mutex_lock(&crew->hearing);
    mhi_capture_bury(crew, number);
    mhi_mutex_unlock(&crew->hearing);
}

void mhi_crew_hear_out(mhi_crew *crew)
{
    for (uint32_t i = 0; crew->capture != NULL && i < MHI_SEATS; i++)
        if (atomic_load(&crew->shop.seats[i].pid) != 0)
            mhi_crew_hear_last(crew, i);
    mhi_mutex_lock(&crew->hearing);
    mhi_capture_close(crew);
    mhi_mutex_unlock(&crew->hearing);
}
