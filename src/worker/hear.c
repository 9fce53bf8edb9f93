// Hear: from all who have spoken, each seat in turn.

#include "hear.h"

#include "outlook.h"

static void hear_worker(mhi_crew *crew, uint32_t number)
{
    (void)crew;
    (void)number;
}

static void hear_all(mhi_crew *crew)
{
    for (uint32_t word = 0; word < MHI_SEAT_WORDS; word++) {
        uint64_t speakers = atomic_exchange(&crew->shop.common->speakers[word], 0);
        for (; speakers != 0; speakers &= speakers - 1)
            hear_worker(crew, word * 64 + (uint32_t)__builtin_ctzll(speakers));
    }
}

void mhi_crew_hear(mhi_crew *crew)
{
    mhi_common *common = crew->shop.common;
    mhi_mutex_lock(&crew->hearing);
    uint64_t said = atomic_load(&common->said);
    atomic_store(&common->rung, 0);
    hear_all(crew);
    mhi_mutex_unlock(&crew->hearing);
    if (crew->bars.board != NULL && mhi_watched_has_news(&crew->bars) &&
        mhi_outlook_above.bars != NULL)
        mhi_outlook_above.bars();
    // Only now, so that nobody goes on before the bars were seen. Where another was quicker, it may go back,
    // which costs one more look. Release: partner of mhi_crew_listen.
    atomic_store_explicit(&crew->heard, said, memory_order_release);
}
