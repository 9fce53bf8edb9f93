// Roster: a list. Each look comes in the same order, so whoever is looked for is usually the first
// that was not found yet.

#include "roster.h"

mhi_seen *mhi_roster_take(mhi_roster *roster, uint64_t key)
{
    mhi_seen *before = NULL, *seen = roster->first;
    while (seen != NULL && seen->key != key) {
        before = seen;
        seen = seen->next;
    }
    if (seen == NULL)
        return NULL;
    if (before == NULL)
        roster->first = seen->next;
    else
        before->next = seen->next;
    if (roster->last == seen)
        roster->last = before;
    return seen;
}

void mhi_roster_append(mhi_roster *roster, mhi_seen *seen)
{
    seen->next = NULL;
    if (roster->last == NULL)
        roster->first = seen;
    else
        roster->last->next = seen;
    roster->last = seen;
}

void mhi_roster_add_ended(mhi_roster *roster, mhi_seen *seen)
{
    uint64_t ended_ns = seen->sight->ended_ns;
    if (roster->last == NULL || roster->last->sight->ended_ns <= ended_ns) {
        mhi_roster_append(roster, seen);
        return;
    }
    mhi_seen **link = &roster->first;
    while ((*link)->sight->ended_ns <= ended_ns)
        link = &(*link)->next;
    seen->next = *link;
    *link = seen;
}

mhi_numbers mhi_seen_numbers(mhi_seen *seen, uint64_t now_ns)
{
    const mhi_sight *sight = seen->sight;
    uint64_t until_ns = sight->ending == MHI_RUNS ? now_ns : sight->ended_ns;
    mhi_numbers numbers = {
        .title = sight->title,
        .done = sight->done,
        .skipped = sight->skipped,
        .bad = sight->bad,
        .total = sight->total,
        .sized = sight->sized,
        .elapsed_ns = until_ns > sight->opened_ns ? until_ns - sight->opened_ns : 0,
        .ending = sight->ending,
    };
    mhi_numbers_estimate(&numbers, &seen->progress);
    return numbers;
}
