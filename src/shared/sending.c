// Sending: claiming a cell, writing the message, and the swap that sends it.

#include <limits.h>

#include "entry.h"

// As many messages wait as there are cells; then there is no need to look at each.
static bool is_full(mhi_mailbox_head *head)
{
    uint64_t position, entry, word;
    return atomic_load(&head->tail) - atomic_load(&head->head) >= head->cells &&
           mhi_mailbox_find_first(head, &position, &entry, &word) &&
           atomic_load(&head->tail) - position >= head->cells;
}

// The one beside the tail's entry is free when messages are taken in order; so cell and entry
// share a cache line. NO_CELL: all are in use.
enum { NO_CELL = 1 << 16 };
static uint32_t claim_cell(mhi_mailbox_head *head, uint32_t owner, uint32_t reach)
{
    uint64_t tail = atomic_load_explicit(&head->tail, memory_order_relaxed);
    uint32_t at = (uint32_t)tail & head->mask;
    if (reach > MHI_MAILBOX_GLANCE && is_full(head))
        return NO_CELL;
    for (uint32_t i = 0; i < head->cells && i < reach; i++, at++) {
        if (at >= head->cells)
            at = 0;
        mhi_claim *claim = &head->cell[at].claim;
        uint64_t word = atomic_load(
            claim); // sequential: it may be the last look before a sleep
        if (mhi_claim_state(word) == MHI_EMPTY &&
            atomic_compare_exchange_strong(
                claim, &word, mhi_claim_word(word + MHI_ONE_GENERATION, owner, MHI_WRITING)))
            return at;
    }
    return NO_CELL;
}

void mhi_mailbox_tell_of_free_cell(mhi_mailbox_head *head)
{
    mhi_mailbox_pass(MHI_MAILBOX_CONFIRMED);
    mhi_event_signal(&head->emptied, 1);
    if (atomic_load(&head->ended) != 0)
        mhi_event_signal(&head->filled, INT_MAX); // it may have been the last
}

// By its owner, who was writing. Sequential, as what follows is a look at who sleeps.
void mhi_mailbox_free_cell(mhi_mailbox_head *head, uint32_t at)
{
    mhi_claim *claim = &head->cell[at].claim;
    uint64_t word = atomic_load_explicit(claim, memory_order_relaxed);
    atomic_store(claim, mhi_claim_word(word, 0, MHI_EMPTY));
    mhi_mailbox_tell_of_free_cell(head);
}

// What lies in the entry of a lap ago was taken; if it was not, the tail has moved since we
// looked. The swap is the release that whoever takes the message acquires, and sequential, as it
// is followed by a look at who sleeps.
void mhi_mailbox_send_cell(mhi_mailbox_head *head, uint32_t at)
{
    uint32_t generation = mhi_cell_generation(
        atomic_load_explicit(&head->cell[at].claim, memory_order_relaxed));
    for (;;) {
        uint64_t tail = atomic_load(&head->tail);
        _Atomic uint64_t *place = &head->cell[tail & head->mask].entry;
        uint64_t entry = atomic_load(place);
        int16_t ahead = mhi_entry_laps_ahead(head, entry, tail);
        if (ahead == 0)
            mhi_mailbox_move_on(&head->tail, tail);
        if (ahead != -1 ||
            mhi_entry_is_waiting(entry,
                                 atomic_load(&head->cell[mhi_entry_cell(entry)].claim)) ||
            atomic_load(&head->tail) != tail)
            continue;
        if (atomic_compare_exchange_strong(place, &entry,
                                           mhi_entry_of(head, tail, at, generation))) {
            mhi_mailbox_pass(MHI_MAILBOX_SENT);
            mhi_mailbox_move_on(&head->tail, tail);
            return;
        }
    }
}

// Whether it was ended is asked again once a cell is claimed: then either we see that, or whoever
// looks for the last message sees the cell.
mh_status mhi_mailbox_send(mhi_mailbox *mailbox, uint32_t owner, mh_bytes message,
                           uint32_t reach)
{
    mhi_mailbox_head *head = mailbox->head;
    if (atomic_load(&head->ended) != 0)
        return MH_CLOSED;
    uint32_t at = claim_cell(head, owner, reach);
    if (at == NO_CELL)
        return MH_TIMEOUT;
    mhi_mailbox_pass(MHI_MAILBOX_CLAIMED);
    mh_status status = atomic_load(&head->ended) != 0 ? MH_CLOSED
                                                      : mhi_cell_write(mailbox, at, message);
    if (status != MH_OK) {
        mhi_mailbox_free_cell(head, at);
        return status;
    }
    mhi_mailbox_pass(MHI_MAILBOX_WRITTEN);
    mhi_mailbox_send_cell(head, at);
    mhi_mailbox_pass(MHI_MAILBOX_TOLD);
    mhi_event_signal(&head->filled, 1);
    return MH_OK;
}
