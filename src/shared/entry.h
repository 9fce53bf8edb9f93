// Entry: what the parts of a mailbox share: the words of cells and entries (mailbox.h), and small
// steps on them.
#ifndef MHI_ENTRY_H
#define MHI_ENTRY_H

#include "mailbox.h"

// The states of a cell, in the words of claim.h.
static const mhi_state MHI_WRITING =
    MHI_TAKEN; // claimed by who sends, and so until it is taken
static const mhi_state MHI_READING = MHI_ENDED; // taken
static const mhi_state MHI_RETURNING =
    MHI_READY; // was taken, and is sent again; else as WRITING

static const uint64_t MHI_ONE_GENERATION = UINT64_C(1) << 32; // of a claim word

static inline void mhi_mailbox_pass(mhi_mailbox_step step)
{
    if (mhi_mailbox_trap != NULL)
        mhi_mailbox_trap(step);
}

static inline uint64_t mhi_entry_of(const mhi_mailbox_head *head, uint64_t position,
                                    uint32_t cell, uint32_t generation)
{
    uint64_t lap = position / (head->mask + 1) & 0xffff;
    return (uint64_t)cell << 48 | lap << 32 | generation;
}

static inline uint32_t mhi_entry_cell(uint64_t entry)
{
    return (uint32_t)(entry >> 48);
}

// How many laps the entry is ahead of this position: 0: it is about it; -1: it is still free.
static inline int16_t mhi_entry_laps_ahead(const mhi_mailbox_head *head, uint64_t entry,
                                           uint64_t position)
{
    return (int16_t)((entry >> 32) - position / (head->mask + 1));
}

static inline uint32_t mhi_cell_generation(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

// The entry's message was not taken yet: the word of its cell still says so.
static inline bool mhi_entry_is_waiting(uint64_t entry, uint64_t word)
{
    mhi_state state = mhi_claim_state(word);
    return mhi_cell_generation(word) == (uint32_t)entry &&
           (state == MHI_WRITING || state == MHI_RETURNING);
}

// Whoever finds the head or the tail behind moves it on; it does not matter who does.
static inline void mhi_mailbox_move_on(_Atomic uint64_t *end, uint64_t position)
{
    atomic_compare_exchange_strong(end, &position, position + 1);
}

// sending.c: a cell that is written. Cannot fail.
void mhi_mailbox_send_cell(mhi_mailbox_head *head, uint32_t at);

// taking.c: the first message that can be taken: its entry, where that is, and its cell's word.
// False: there is none.
bool mhi_mailbox_find_first(mhi_mailbox_head *head, uint64_t *position, uint64_t *entry,
                            uint64_t *word);

// What has been taken goes behind those that wait, now as `owner`'s. Nothing happens if the
// cell's word is not this any more.
void mhi_mailbox_send_again(mhi_mailbox_head *head, uint32_t at, uint64_t word, uint32_t owner);

// A cell is free: somebody may wait for one, or for the last message to go.
void mhi_mailbox_tell_of_free_cell(mhi_mailbox_head *head);

// payload.c: what a mailbox of so many cells takes in its first area: with memory behind it, and
// as a whole.
uint64_t mhi_mailbox_fixed_size(uint32_t ring);
uint64_t mhi_mailbox_view_size(uint32_t ring);

// Writes the bytes of a message. By the owner of the cell. MH_NO_MEMORY, MH_SYSTEM.
mh_status mhi_cell_write(mhi_mailbox *mailbox, uint32_t at, mh_bytes message);

// A small message, word by word, by anyone, who has to ask afterwards whether it was still there.
void mhi_cell_load(const mhi_cell *cell, void *bytes, uint64_t size);

// Where the message lies; NULL: it is empty, or there is no address space to see it.
const void *mhi_cell_read(mhi_mailbox *mailbox, uint32_t at, uint64_t size);

// Nobody needs the bytes of a large message any more.
void mhi_cell_clear(mhi_mailbox *mailbox, uint32_t at);
static inline bool mhi_cell_is_large(uint64_t size)
{
    return size > MHI_CELL_PAGE;
}

// By its owner, who was writing it.
void mhi_mailbox_free_cell(mhi_mailbox_head *head, uint32_t at);

#endif
