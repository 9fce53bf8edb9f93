// Letters: messages that say who they are, and a list of those that wait, for the tests of the
// mailbox.
#ifndef TESTS_LETTERS_H
#define TESTS_LETTERS_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mailbox.h"

enum { MOST_CELLS = 100, LARGEST_LETTER = 300 << 10, KEEPS_MEMORY = 70 << 10 };

#define LETTER_STEP UINT64_C(0x9e3779b97f4a7c15)

// A letter is a row of words that begins with its number; one that is no whole number of words
// ends within one.
static inline void write_letter(uint64_t number, uint64_t size, uint64_t *to)
{
    for (uint64_t i = 0; i < (size + 7) / 8; i++)
        to[i] = number + i * LETTER_STEP;
}

static inline bool is_letter(const mhi_taken *letter, uint64_t number, uint64_t size)
{
    const char *at = letter->data;
    if (letter->size != size || (at == NULL) != (size == 0) || (uintptr_t)at % 16 != 0)
        return false;
    for (uint64_t word = number; size > 0; word += LETTER_STEP) {
        size_t some = size < sizeof word ? size : sizeof word;
        if (memcmp(at, &word, some) != 0)
            return false;
        at += some;
        size -= some;
    }
    return true;
}

// Looks at all cells for a free one.
static inline mh_status send_bytes(mhi_mailbox *to, uint32_t owner, mh_bytes message)
{
    return mhi_mailbox_send(to, owner, message, UINT32_MAX);
}

static inline mh_status send_letter(mhi_mailbox *to, uint32_t owner, uint64_t number,
                                    uint64_t size)
{
    static _Thread_local uint64_t bytes[LARGEST_LETTER / 8 + 1]; // who dies leaves no garbage
    write_letter(number, size, bytes);
    return send_bytes(to, owner, (mh_bytes){bytes, size});
}

// ---- what is to be expected ---------------------------------------------------------------------

enum { MOST_LETTERS = 256 };

// The sizes that letters have by their number, where a test does not choose them.
static inline uint64_t size_by_number(uint64_t number)
{
    static const uint64_t sizes[] = {0, 24, MHI_CELL_BYTES + 1, KEEPS_MEMORY};
    return sizes[number % 4];
}

// Which letters wait, in order; but those that came back in the same turn come in any order.
typedef struct letter_list {
    uint64_t number[MOST_LETTERS];
    uint32_t turn[MOST_LETTERS];
    uint32_t count, turns;
} letter_list;

static inline void add_to(letter_list *list, uint64_t number)
{
    list->number[list->count] = number;
    list->turn[list->count++] = list->turns;
}

static inline void add_next(letter_list *list, uint64_t number)
{
    list->turns++;
    add_to(list, number);
}

static inline uint64_t remove_from(letter_list *list, uint32_t which)
{
    uint64_t number = list->number[which];
    list->count--;
    for (uint32_t i = which; i < list->count; i++) {
        list->number[i] = list->number[i + 1];
        list->turn[i] = list->turn[i + 1];
    }
    return number;
}

// Removes the one that this is, if it may come next.
static inline bool is_next(letter_list *list, const mhi_taken *letter, uint64_t *number)
{
    for (uint32_t i = 0; i < list->count && list->turn[i] == list->turn[0]; i++)
        if (is_letter(letter, list->number[i], size_by_number(list->number[i]))) {
            *number = remove_from(list, i);
            return true;
        }
    return false;
}

// ---- a mailbox to put them in -------------------------------------------------------------------

static inline void open_mailbox(mhi_mailbox *mailbox, mhi_arena *arena, uint32_t cells)
{
    mhi_arena_shape shape = {
        .fixed_size = 100, .limit = 1 << 20, .areas = 3 + mhi_mailbox_areas(MOST_CELLS)};
    ck_assert_int_eq(mhi_arena_open(arena, &shape), MH_OK);
    ck_assert_int_eq(mhi_mailbox_begin(mailbox, arena, 3, cells), MH_OK);
}

static inline void close_mailbox(mhi_mailbox *mailbox)
{
    mhi_arena *arena = mailbox->arena;
    mhi_mailbox_finish(mailbox);
    mhi_arena_close(arena);
}

#endif
