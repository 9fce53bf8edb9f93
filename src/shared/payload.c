// Payload: where the bytes of a message lie.
//
// Each area that is mapped costs a mapping, of which a process may have some ten thousands; so a
// channel of many cells maps their areas only while they are needed, and one of few keeps them.

#include <string.h>

#include "entry.h"
#include "record.h"

enum {
    FEW = 64,        // cells of a channel whose areas stay mapped
    KEEP = 64 << 10, // bytes that stay with such an area once its message has gone
};

uint64_t mhi_mailbox_fixed_size(uint32_t ring)
{
    uint64_t size = sizeof(mhi_mailbox_head) + ring * sizeof(mhi_cell);
    return (size + MHI_CELL_PAGE - 1) / MHI_CELL_PAGE * MHI_CELL_PAGE;
}

uint64_t mhi_mailbox_view_size(uint32_t ring)
{
    return mhi_mailbox_fixed_size(ring) + (uint64_t)ring * MHI_CELL_PAGE;
}

static uint64_t page_at(const mhi_mailbox *mailbox, uint32_t at)
{
    return mhi_mailbox_fixed_size(mailbox->head->mask + 1) + (uint64_t)at * MHI_CELL_PAGE;
}

static uint32_t area_of(const mhi_mailbox *mailbox, uint32_t at)
{
    return mailbox->area + 1 + at;
}

static bool has_many(const mhi_mailbox *mailbox)
{
    return mailbox->head->cells > FEW;
}

static mh_status write_page(mhi_mailbox *mailbox, uint32_t at, mh_bytes message)
{
    mhi_cell *cell = &mailbox->head->cell[at];
    uint64_t page = page_at(mailbox, at);
    if (!cell->has_page) {
        mh_status status = mhi_arena_reserve(mailbox->arena, mailbox->area, page,
                                             MHI_CELL_PAGE);
        if (status != MH_OK)
            return status;
        cell->has_page = true;
    }
    mhi_copy((char *)mailbox->head + page, message.data, message.size);
    return MH_OK;
}

static mh_status write_area(mhi_mailbox *mailbox, uint32_t at, mh_bytes message)
{
    char *bytes;
    uint64_t room;
    mh_status status = mhi_arena_write(mailbox->arena, area_of(mailbox, at), message.size,
                                       &bytes, &room);
    if (status != MH_OK)
        return status;
    mhi_copy(bytes, message.data, message.size);
    if (has_many(mailbox))
        mhi_arena_forget(mailbox->arena, area_of(mailbox, at));
    return MH_OK;
}

// Ordered by the entry that sends it.
static void store(mhi_cell *cell, const char *bytes, uint64_t size)
{
    for (uint64_t i = 0; i * 8 < size; i++) {
        uint64_t word = 0, left = size - i * 8;
        memcpy(&word, bytes + i * 8, left < 8 ? left : 8);
        atomic_store_explicit(&cell->word[i], word, memory_order_relaxed);
    }
}

// Ordered by the swap that follows: if it works, nobody has written here meanwhile.
void mhi_cell_load(const mhi_cell *cell, void *bytes, uint64_t size)
{
    for (uint64_t i = 0; i * 8 < size; i++) {
        uint64_t word = atomic_load_explicit(&cell->word[i], memory_order_relaxed);
        uint64_t left = size - i * 8;
        memcpy((char *)bytes + i * 8, &word, left < 8 ? left : 8);
    }
}

mh_status mhi_cell_write(mhi_mailbox *mailbox, uint32_t at, mh_bytes message)
{
    mhi_cell *cell = &mailbox->head->cell[at];
    mh_status status = MH_OK;
    if (message.size <= MHI_CELL_BYTES)
        store(cell, message.data, message.size);
    else if (message.size <= MHI_CELL_PAGE)
        status = write_page(mailbox, at, message);
    else
        status = write_area(mailbox, at, message);
    atomic_store_explicit(&cell->size, message.size, memory_order_relaxed);
    return status;
}

const void *mhi_cell_read(mhi_mailbox *mailbox, uint32_t at, uint64_t size)
{
    if (size == 0)
        return NULL;
    if (size <= MHI_CELL_BYTES)
        return (const void *)mailbox->head->cell[at].word;
    if (size <= MHI_CELL_PAGE)
        return (const char *)mailbox->head + page_at(mailbox, at);
    return mhi_arena_read(mailbox->arena, area_of(mailbox, at), size);
}

void mhi_cell_clear(mhi_mailbox *mailbox, uint32_t at)
{
    if (has_many(mailbox))
        mhi_arena_empty(mailbox->arena, area_of(mailbox, at));
    else
        mhi_arena_trim(mailbox->arena, area_of(mailbox, at), KEEP);
}
