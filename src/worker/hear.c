// Hear: from all who have spoken, each seat in turn.

#include "hear.h"

#include "capture.h"
#include "outlook.h"

static void hear_worker(mhi_crew *crew, uint32_t number)
{
    mhi_line line;
    char text[MHI_LINE_MOST + 1];
    mhi_capture_look(crew, number);
    while (mhi_lines_take(&crew->shop.lines[number], &line, text))
        if (line.kind == MHI_SAID_MARK)
            mhi_capture_mark(crew, number, text, line.size);
    mhi_capture_read(crew, number);
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
    atomic_store_explicit(&crew->heard, said, memory_order_release); // partner: mhi_crew_listen
    mhi_mutex_unlock(&crew->hearing);
}

void mhi_crew_hear_last(mhi_crew *crew, uint32_t number)
{
    mhi_shop_expect(&crew->shop, number);
    mhi_crew_hear(crew);
    mhi_mutex_lock(&crew->hearing);
    mhi_capture_bury(crew, number);
    mhi_mutex_unlock(&crew->hearing);
}

void mhi_crew_hear_out(mhi_crew *crew)
{
    for (uint32_t i = 0; crew->capture != NULL && i < MHI_SEATS; i++)
        mhi_crew_hear_last(crew, i);
    mhi_mutex_lock(&crew->hearing);
    mhi_capture_close(crew);
    mhi_mutex_unlock(&crew->hearing);
}
