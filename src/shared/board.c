// Board: every change of hands is one swap of a place's claim word.

#include "board.h"

#include <string.h>

#include "../platform/platform.h"

static const uint64_t ONE_GENERATION = UINT64_C(1) << 32;
static const uint32_t ELSEWHERE = MHI_OWNER_OPENER -
                                  1; // the owner is the parent of this process

uint32_t mhi_board_used(const mhi_board *board)
{
    // Acquire: partner of the swap that raises it, before a place from there is claimed.
    uint32_t used = atomic_load_explicit(&board->used, memory_order_acquire);
    return used <= MH_PROGRESS_LIMIT ? used : MH_PROGRESS_LIMIT; // it may be damaged
}

// Where a text of at most `room` bytes ends, so that no UTF-8 character is cut.
static size_t whole_characters(const char *text, size_t room)
{
    size_t size = strnlen(text, room + 1);
    if (size <= room)
        return size;
    size = room;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return size > 0 ? size : room; // no UTF-8 at all
}

// ---- the owner's --------------------------------------------------------------------------------

static void raise_used(mhi_board *board, uint32_t number)
{
    uint32_t used = atomic_load_explicit(&board->used, memory_order_relaxed);
    while (used <= number &&
           !atomic_compare_exchange_weak_explicit(&board->used, &used, number + 1,
                                                  memory_order_release, memory_order_relaxed))
        continue;
}

static bool claim_one(mhi_board *board, uint32_t number, uint32_t owner)
{
    mhi_claim *claim = &board->place[number].claim;
    uint64_t word = atomic_load_explicit(claim, memory_order_relaxed);
    if (mhi_claim_state(word) != MHI_EMPTY)
        return false;
    raise_used(board, number); // before: a place that nobody looks at would be lost
    uint64_t next = mhi_claim_word(word + ONE_GENERATION, owner, MHI_PLACE_WRITING);
    // Acquire: partner of the reader's clear.
    return atomic_compare_exchange_strong_explicit(claim, &word, next, memory_order_acquire,
                                                   memory_order_relaxed);
}

static void fill(mhi_bar *place, const mhi_bar_plan *plan)
{
    place->opened_ns = plan->opened_ns;
    atomic_store_explicit(&place->call, plan->call, memory_order_relaxed);
    atomic_store_explicit(&place->total, plan->total, memory_order_relaxed);
    atomic_store_explicit(&place->done, 0, memory_order_relaxed);
    atomic_store_explicit(&place->skipped, 0, memory_order_relaxed);
    atomic_store_explicit(&place->bad, 0, memory_order_relaxed);
    size_t size = whole_characters(plan->title, sizeof place->title - 1);
    memcpy(place->title, plan->title, size);
    memset(place->title + size, 0, sizeof place->title - size);
}

mhi_bar *mhi_board_claim(mhi_board *board, uint32_t owner, const mhi_bar_plan *plan)
{
    for (uint32_t i = 0; i < MH_PROGRESS_LIMIT; i++)
        if (claim_one(board, i, owner)) {
            fill(&board->place[i], plan);
            return &board->place[i];
        }
    return NULL;
}

// The owner is alone with what it writes. Release: partner of mhi_bar_look. The count comes after, so
// that who sees it sees the bar.
void mhi_board_publish(mhi_board *board, mhi_bar *place)
{
    uint64_t word = atomic_load_explicit(&place->claim, memory_order_relaxed);
    word = mhi_claim_word(word, mhi_claim_owner(word), MHI_PLACE_OPEN);
    atomic_store_explicit(&place->claim, word, memory_order_release);
    atomic_fetch_add(&board->changes, 1);
}

void mhi_board_drop(mhi_bar *place)
{
    if (mhi_claim_look(&place->claim) == MHI_PLACE_WRITING)
        mhi_claim_clear(&place->claim);
}

static bool is_open_of(uint64_t word, uint32_t owner)
{
    return mhi_claim_state(word) == MHI_PLACE_OPEN && mhi_claim_owner(word) == owner;
}

// `word` is what was found there: if it was ended meanwhile, or is another bar by now, it is left alone.
static bool end(mhi_bar *place, uint64_t word, mhi_ending ending, uint64_t ended_ns)
{
    atomic_store_explicit(&place->ended_ns, ended_ns, memory_order_relaxed);
    // Release: partner of mhi_bar_look.
    return atomic_compare_exchange_strong_explicit(
        &place->claim, &word, mhi_claim_word(word, (uint32_t)ending, MHI_PLACE_ENDED),
        memory_order_release, memory_order_relaxed);
}

bool mhi_board_end(mhi_board *board, mhi_bar *place, uint32_t owner, mhi_ending ending,
                   uint64_t ended_ns)
{
    uint64_t word = atomic_load_explicit(&place->claim, memory_order_relaxed);
    if (!is_open_of(word, owner) || !end(place, word, ending, ended_ns))
        return false;
    atomic_fetch_add(&board->changes, 1);
    return true;
}

bool mhi_board_end_call(mhi_board *board, uint32_t owner, uint64_t call, mhi_ending ending)
{
    bool has_ended = false;
    for (uint32_t i = 0, used = mhi_board_used(board); i < used; i++) {
        mhi_bar *place = &board->place[i];
        // Acquire: the call is that of this bar. Partner of the publish.
        uint64_t word = atomic_load_explicit(&place->claim, memory_order_acquire);
        if (is_open_of(word, owner) &&
            atomic_load_explicit(&place->call, memory_order_relaxed) == call)
            has_ended |= end(place, word, ending, mhi_clock_ns());
    }
    if (has_ended)
        atomic_fetch_add(&board->changes, 1);
    return has_ended;
}

// No race is possible: the owner was reaped. It may have died before it counted a change, so one is counted
// whatever is found.
void mhi_board_settle(mhi_board *board, uint32_t owner, mhi_ending ending)
{
    uint32_t used = mhi_board_used(board);
    for (uint32_t i = 0; i < used; i++) {
        mhi_bar *place = &board->place[i];
        uint64_t word = atomic_load_explicit(&place->claim, memory_order_acquire);
        if (mhi_claim_held_by(&place->claim, owner))
            mhi_claim_clear(&place->claim);
        else if (is_open_of(word, owner))
            end(place, word, ending, mhi_clock_ns());
    }
    if (used > 0)
        atomic_fetch_add(&board->changes, 1);
}

bool mhi_board_has(const mhi_board *board, const mhi_bar *place)
{
    uintptr_t first = (uintptr_t)board->place, at = (uintptr_t)place;
    return at >= first && at < first + sizeof board->place && (at - first) % sizeof *place == 0;
}

// ---- the reader's -------------------------------------------------------------------------------

bool mhi_bar_look(const mhi_bar *place, uint64_t *word, mhi_ending *ending)
{
    // Acquire: partner of publish and end.
    *word = atomic_load_explicit(&place->claim, memory_order_acquire);
    mhi_state state = mhi_claim_state(*word);
    uint32_t how = mhi_claim_owner(*word);
    if (state == MHI_PLACE_OPEN)
        *ending = MHI_RUNS;
    else // a worker that ran wild may have written anything
        *ending = how > MHI_RUNS && how <= MHI_FORGOTTEN ? (mhi_ending)how : MHI_FORGOTTEN;
    return state == MHI_PLACE_OPEN || state == MHI_PLACE_ENDED;
}

// There is one thread.
void mhi_board_begin_child(mhi_board *board)
{
    for (uint32_t i = 0, used = mhi_board_used(board); i < used; i++) {
        mhi_claim *claim = &board->place[i].claim;
        mhi_state state = mhi_claim_look(claim);
        if (state == MHI_PLACE_ENDED)
            mhi_claim_clear(claim);
        else if (state != MHI_EMPTY)
            atomic_store(claim,
                         mhi_claim_word(atomic_load(claim), ELSEWHERE, MHI_PLACE_WRITING));
    }
}
