// Message check: what must be true of the ledger when all writers and readers are through.
#ifndef MESSAGE_CHECK_H
#define MESSAGE_CHECK_H

#include "message_ledger.h"

// Of one pass.
typedef struct message_sum {
    uint64_t sent, seen, doubtful;
    uint64_t dead_readers;
    // of each channel
    uint64_t dead[CHANNELS],
        forgetful[CHANNELS]; // readers that died; of these: that only receive
    uint64_t lost[CHANNELS]; // sent, and not seen
    uint64_t empty_sent[CHANNELS], empty_doubtful[CHANNELS];
} message_sum;

static inline void check_readers(message_sum *sum)
{
    uint32_t count = atomic_load(&book->readers);
    for (uint32_t i = 1; i <= count; i++) {
        const reader *one = &book->reader[i];
        bool broke_off = atomic_load(&one->broke_off);
        if (atomic_load(&one->was_followed) && !broke_off)
            blame_all("is a reader that did not break off, and what it saw came again", i,
                      count);
        sum->dead_readers += broke_off;
        sum->dead[one->channel] += broke_off;
        sum->forgetful[one->channel] += broke_off && one->forgets;
    }
}

static inline void check_line(uint64_t number, uint32_t channel, message_sum *sum)
{
    const line *one = line_of(number);
    int writing = atomic_load(&one->writing);
    uint32_t last = atomic_load(&one->reader);
    sum->sent += writing == SENT;
    sum->doubtful += writing == DOUBTFUL;
    if (size_of_line(number) == 0) {
        sum->empty_sent[channel] += writing == SENT;
        sum->empty_doubtful[channel] += writing == DOUBTFUL;
        return;
    }
    sum->seen += last != 0;
    if (writing == SENT && last == 0 && sum->lost[channel]++ == sum->forgetful[channel])
        blame("was sent, and never seen", number);
    if (last != 0 && !atomic_load(&one->is_confirmed) &&
        !atomic_load(&book->reader[last].broke_off))
        blame("was seen by one that did not break off, and not confirmed", number);
}

static inline void check_page(uint32_t number, message_sum *sum)
{
    const page *of = &book->page[number];
    uint32_t next = atomic_load(&of->next);
    if (next < of->count && !atomic_load(&of->is_closed))
        blame("was never sent", number * MOST_LINES + next);
    for (uint32_t i = 0; i < of->count; i++) {
        if ((i < next) == (atomic_load(&of->lines[i].writing) == UNSENT))
            blame("was sent out of turn", number * MOST_LINES + i);
        check_line(number * MOST_LINES + i, of->channel, sum);
    }
}

static inline void check_empty_messages(uint32_t channel, const message_sum *sum)
{
    uint64_t seen = atomic_load(&book->empty_seen[channel]);
    uint64_t sent = sum->empty_sent[channel];
    if (seen + sum->forgetful[channel] < sent)
        blame_all("empty messages were seen", seen, sent);
    if (seen > sent + sum->empty_doubtful[channel] + HANDFUL * sum->dead[channel])
        blame_all("empty messages were seen, which is too many", seen, sent);
}

static inline message_sum check_book(void)
{
    message_sum sum = {.sent = 0};
    check_readers(&sum);
    for (uint32_t i = 0; i < book->pages; i++)
        check_page(i, &sum);
    for (uint32_t c = 0; c < CHANNELS; c++)
        check_empty_messages(c, &sum);
    // The last line that a dead reader took it may not have noted; it then comes late.
    if (atomic_load(&book->late) > sum.dead_readers)
        blame_all("lines came late", atomic_load(&book->late), sum.dead_readers);
    return sum;
}

#endif
