// Taking: finding the first message, taking it, and confirming that what was to be done with it
// is done.

#include <limits.h>

#include "entry.h"
#include "record.h"

bool mhi_mailbox_find_first(mhi_mailbox_head *head, uint64_t *position, uint64_t *entry,
                            uint64_t *word)
{
    for (;;) {
        *position = atomic_load(&head->head);
        *entry = atomic_load(&head->cell[*position & head->mask].entry);
        if (atomic_load(&head->head) != *position)
            continue; // laps go round: an old position could be taken for a new one
        int16_t ahead = mhi_entry_laps_ahead(head, *entry, *position);
        if (ahead == -1)
            return false;
        *word = atomic_load(&head->cell[mhi_entry_cell(*entry)].claim);
        if (ahead == 0 && mhi_entry_is_waiting(*entry, *word))
            return true;
        mhi_mailbox_move_on(&head->head, *position); // it was taken
    }
}

static bool is_on_same_stack(uint32_t one, uint32_t other)
{
    return one == other || ((one & other & MHI_OWNER_CALL) != 0 &&
                            one % MHI_OWNER_SEATS == other % MHI_OWNER_SEATS);
}

// Nothing is being sent, nor can anything come back from another process that has taken it.
static bool is_over(const mhi_mailbox_head *head, uint32_t owner)
{
    if (atomic_load(&head->ended) == 0)
        return false;
    for (uint32_t i = 0; i < head->cells; i++) {
        uint64_t word = atomic_load(&head->cell[i].claim);
        mhi_state state = mhi_claim_state(word);
        if (state != MHI_EMPTY &&
            (state != MHI_READING || !is_on_same_stack(mhi_claim_owner(word), owner)))
            return false;
    }
    return true;
}

// What has been taken goes behind those that wait.
void mhi_mailbox_send_again(mhi_mailbox_head *head, uint32_t at, uint64_t word, uint32_t owner)
{
    if (!atomic_compare_exchange_strong(
            &head->cell[at].claim, &word,
            mhi_claim_word(word + MHI_ONE_GENERATION, owner, MHI_RETURNING)))
        return;
    mhi_mailbox_send_cell(head, at);
    mhi_event_signal(&head->filled, 1);
}

static mh_status look_at(mhi_mailbox *mailbox, uint32_t at, uint32_t owner, mhi_taken *letter)
{
    mhi_cell *cell = &mailbox->head->cell[at];
    uint64_t word = atomic_load_explicit(&cell->claim, memory_order_relaxed);
    letter->size = atomic_load_explicit(&cell->size, memory_order_relaxed);
    letter->place = (uint64_t)mhi_cell_generation(word) << 32 | at;
    letter->data = mhi_cell_read(mailbox, at, letter->size);
    if (letter->data != NULL || letter->size == 0)
        return MH_OK;
    mhi_mailbox_send_again(mailbox->head, at, word, owner);
    return MH_NO_MEMORY;
}

// What a message must be, and where the first one is: a swap must find its cell's word as it was.
typedef struct find {
    uint64_t least, most;
    uint64_t position, word, size;
    uint32_t at;
} find;

static mh_status look_for(mhi_mailbox_head *head, find *found)
{
    uint64_t entry;
    while (mhi_mailbox_find_first(head, &found->position, &entry, &found->word)) {
        found->at = mhi_entry_cell(entry);
        const mhi_cell *cell = &head->cell[found->at];
        found->size = atomic_load_explicit(&cell->size, memory_order_relaxed);
        if (found->size >= found->least && found->size <= found->most)
            return MH_OK;
        if (atomic_load(&cell->claim) == found->word) // else it may be the size of another
            return found->size > found->most ? MH_TOO_LARGE : MH_INVALID;
    }
    return MH_TIMEOUT;
}

static bool swap(mhi_mailbox_head *head, find *found, uint32_t owner, mhi_state state)
{
    uint64_t next = mhi_claim_word(found->word, owner, state);
    if (!atomic_compare_exchange_strong(&head->cell[found->at].claim, &found->word, next))
        return false;
    mhi_mailbox_pass(MHI_MAILBOX_TAKEN);
    mhi_mailbox_move_on(&head->head, found->position);
    return true;
}

mh_status mhi_mailbox_take(mhi_mailbox *mailbox, uint32_t owner, uint64_t least, uint64_t most,
                           mhi_taken *letter)
{
    mhi_mailbox_head *head = mailbox->head;
    find found = {.least = least, .most = most};
    mh_status status;
    do
        status = look_for(head, &found);
    while (status == MH_OK && !swap(head, &found, owner, MHI_READING));
    letter->size = found.size;
    if (status == MH_OK)
        return look_at(mailbox, found.at, owner, letter);
    return status == MH_TIMEOUT && is_over(head, owner) ? MH_END : status;
}

static mh_status receive_in_place(mhi_mailbox *mailbox, uint32_t owner, const find *found,
                                  void *buffer, uint64_t *size)
{
    mhi_taken letter = {.size = 0};
    mh_status status = mhi_mailbox_take(mailbox, owner, found->least, found->most, &letter);
    *size = letter.size;
    if (status != MH_OK)
        return status;
    mhi_copy(buffer, letter.data, letter.size);
    mhi_mailbox_confirm(mailbox, owner, letter.place);
    return MH_OK;
}

// A small message is copied first, and then taken and confirmed by one swap: if it works, nobody
// else has taken it, and the copy is good.
mh_status mhi_mailbox_receive(mhi_mailbox *mailbox, uint32_t owner, uint64_t least,
                              uint64_t most, void *buffer, uint64_t *size)
{
    mhi_mailbox_head *head = mailbox->head;
    uint64_t copy[MHI_CELL_BYTES / 8];
    find found = {.least = least, .most = most};
    mh_status status;
    while ((status = look_for(head, &found)) == MH_OK) {
        if (found.size > MHI_CELL_BYTES)
            return receive_in_place(mailbox, owner, &found, buffer, size);
        mhi_cell_load(&head->cell[found.at], copy, found.size);
        if (swap(head, &found, 0, MHI_EMPTY))
            break;
    }
    *size = found.size;
    if (status != MH_OK)
        return status == MH_TIMEOUT && is_over(head, owner) ? MH_END : status;
    mhi_mailbox_tell_of_free_cell(head);
    mhi_copy(buffer, copy, found.size);
    return MH_OK;
}

// Of a large message the memory goes back first. Meanwhile the cell is one that is being written,
// so that after a death it is not sent again, without its bytes.
bool mhi_mailbox_confirm(mhi_mailbox *mailbox, uint32_t owner, uint64_t place)
{
    mhi_mailbox_head *head = mailbox->head;
    uint32_t at = (uint32_t)place;
    if (at >= head->cells)
        return false;
    mhi_cell *cell = &head->cell[at];
    uint64_t word = atomic_load_explicit(&cell->claim, memory_order_relaxed);
    if (mhi_cell_generation(word) != mhi_cell_generation(place) ||
        mhi_claim_state(word) != MHI_READING || mhi_claim_owner(word) != owner)
        return false;
    bool is_large = mhi_cell_is_large(atomic_load_explicit(&cell->size, memory_order_relaxed));
    uint64_t next = is_large ? mhi_claim_word(word + MHI_ONE_GENERATION, owner, MHI_WRITING)
                             : mhi_claim_word(word, 0, MHI_EMPTY);
    if (!atomic_compare_exchange_strong(&cell->claim, &word, next))
        return false; // another thread was faster
    if (is_large) {
        mhi_cell_clear(mailbox, at);
        mhi_mailbox_free_cell(head, at);
    } else {
        mhi_mailbox_tell_of_free_cell(head);
    }
    return true;
}
