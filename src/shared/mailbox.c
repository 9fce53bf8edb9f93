// Mailbox: its life, what can be asked of it, and what is done after a death.

#include "mailbox.h"

#include <limits.h>

#include "../base/log.h"
#include "entry.h"

void (*mhi_mailbox_trap)(mhi_mailbox_step step);

// ---- opening ------------------------------------------------------------------------------------

static uint32_t ring_for(uint32_t cells)
{
    uint32_t ring = 1;
    while (ring < cells)
        ring *= 2;
    return ring;
}

mh_status mhi_mailbox_begin(mhi_mailbox *mailbox, mhi_arena *arena, uint32_t area,
                            uint32_t cells)
{
    uint32_t ring = ring_for(cells);
    char *address;
    uint64_t room;
    mh_status status = mhi_arena_write(arena, area, mhi_mailbox_fixed_size(ring), &address,
                                       &room);
    if (status != MH_OK)
        return status;
    mhi_mailbox_head *head = (mhi_mailbox_head *)(uintptr_t)mhi_arena_read(
        arena, area, mhi_mailbox_view_size(ring));
    if (head == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no address space for a channel of %u messages", cells);
    head->cells = cells;
    head->mask = ring - 1;
    atomic_store(&head->tail, 0);
    atomic_store(&head->head, 0);
    atomic_store(&head->ended, 0);
    atomic_store(&head->filled.sleepers, 0);
    atomic_store(&head->emptied.sleepers, 0);
    for (uint32_t i = 0; i < ring; i++) {
        atomic_store(&head->cell[i].claim, 0);
        head->cell[i].has_page = false;
        atomic_store(&head->cell[i].entry, mhi_entry_of(head, 0, 0, 0) | UINT64_C(0xffff)
                                                                             << 32);
    }
    *mailbox = (mhi_mailbox){.arena = arena, .head = head, .area = area};
    return MH_OK;
}

void mhi_mailbox_finish(mhi_mailbox *mailbox)
{
    uint32_t areas = mhi_mailbox_areas(mailbox->head->cells);
    for (uint32_t i = 0; i < areas; i++)
        mhi_arena_empty(mailbox->arena, mailbox->area + i);
    mailbox->head = NULL;
}

bool mhi_mailbox_find(mhi_mailbox *mailbox, mhi_arena *arena, uint32_t area)
{
    const char *address = mhi_arena_read(arena, area, sizeof(mhi_mailbox_head));
    if (address == NULL)
        return false;
    uint32_t ring = ((const mhi_mailbox_head *)(const void *)address)->mask + 1;
    address = mhi_arena_read(arena, area, mhi_mailbox_view_size(ring));
    *mailbox = (mhi_mailbox){
        .arena = arena, .head = (mhi_mailbox_head *)(uintptr_t)address, .area = area};
    return address != NULL;
}

// ---- asking -------------------------------------------------------------------------------------

void mhi_mailbox_end(mhi_mailbox *mailbox)
{
    atomic_store(&mailbox->head->ended, 1);
    mhi_mailbox_wake(mailbox);
}

uint32_t mhi_mailbox_count(const mhi_mailbox *mailbox)
{
    const mhi_mailbox_head *head = mailbox->head;
    uint64_t position = atomic_load(&head->head), tail = atomic_load(&head->tail);
    uint32_t count = 0;
    for (; position <= tail; position++) {
        uint64_t entry = atomic_load(&head->cell[position & head->mask].entry);
        count += mhi_entry_laps_ahead(head, entry, position) == 0 &&
                 mhi_entry_is_waiting(entry,
                                      atomic_load(&head->cell[mhi_entry_cell(entry)].claim));
    }
    return count;
}

// ---- after a death ------------------------------------------------------------------------------

// The dead one may have sent it without moving the tail.
static bool is_sent(const mhi_mailbox_head *head, uint32_t at, uint32_t generation)
{
    uint64_t position = atomic_load(&head->head), tail = atomic_load(&head->tail);
    for (; position <= tail; position++)
        if (atomic_load(&head->cell[position & head->mask].entry) ==
            mhi_entry_of(head, position, at, generation))
            return true;
    return false;
}

// It died before it had sent the message again; so the heir does.
static void go_on_sending(mhi_mailbox_head *head, uint32_t at, uint64_t word, uint32_t heir)
{
    uint64_t next = mhi_claim_word(word, heir, MHI_RETURNING);
    if (atomic_compare_exchange_strong(&head->cell[at].claim, &word, next))
        mhi_mailbox_send_cell(head, at);
}

static void settle_cell(mhi_mailbox_head *head, uint32_t at, uint64_t word, uint32_t heir)
{
    if (mhi_claim_state(word) == MHI_READING)
        mhi_mailbox_send_again(head, at, word, heir);
    else if (is_sent(head, at, mhi_cell_generation(word)))
        return;
    else if (mhi_claim_state(word) == MHI_RETURNING)
        go_on_sending(head, at, word, heir);
    else
        atomic_compare_exchange_strong(&head->cell[at].claim, &word,
                                       mhi_claim_word(word, 0, MHI_EMPTY));
}

// Everybody is woken, whatever was found: it may have been woken for something that it did not
// do, or have died before it could wake others.
void mhi_mailbox_settle(mhi_mailbox *mailbox, uint32_t owner, uint32_t heir)
{
    mhi_mailbox_head *head = mailbox->head;
    for (uint32_t i = 0; i < head->cells; i++) {
        uint64_t word = atomic_load(&head->cell[i].claim);
        if (mhi_claim_state(word) != MHI_EMPTY && mhi_claim_owner(word) == owner)
            settle_cell(head, i, word, heir);
    }
    mhi_mailbox_wake(mailbox);
}

void mhi_mailbox_wake(mhi_mailbox *mailbox)
{
    mhi_event_signal(&mailbox->head->filled, INT_MAX);
    mhi_event_signal(&mailbox->head->emptied, INT_MAX);
}
