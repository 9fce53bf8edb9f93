// Sights: copied from the boards, since a worker that runs wild may write there while they are shown.
//
// Whoever looks is the one reader of all boards (worker/boards.h), so only here is anything cleared.

#include "sights.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../worker/boards.h"

typedef char text[MH_TITLE_SIZE];

// Under the lock of all boards; kept from look to look, so that they seldom need memory.
static struct {
    mhi_sight *sights;
    text *titles;
    mhi_bar **ended;
    size_t room;
    size_t count;
    size_t ended_count;
    uint64_t left;
} look;

bool mhi_sight_is_before(const mhi_sight *one, const mhi_sight *other)
{
    return one->opened_ns != other->opened_ns ? one->opened_ns < other->opened_ns
                                              : one->key < other->key;
}

static bool are_in_order(void)
{
    for (size_t i = 1; i < look.count; i++)
        if (mhi_sight_is_before(&look.sights[i], &look.sights[i - 1]))
            return false;
    return true;
}

static int compare(const void *one, const void *other)
{
    return mhi_sight_is_before(one, other) ? -1 : 1;
}

static size_t count_bars(const mhi_board *board)
{
    size_t count = 0;
    uint32_t used = mhi_board_used(board);
    uint64_t word;
    mhi_ending ending;
    for (uint32_t i = 0; i < used; i++)
        count += mhi_bar_look(&board->place[i], &word, &ending);
    return count;
}

static bool grow(void *array, size_t count, size_t size)
{
    void *old, *grown;
    memcpy(&old, array, sizeof old);
    grown = mhi_resize(old, count * size);
    if (grown != NULL)
        memcpy(array, &grown, sizeof grown);
    return grown != NULL;
}

// Where there is no memory, what does not fit has to wait for a later look.
static void make_room(const mhi_watched *first)
{
    size_t count = 0;
    for (const mhi_watched *at = first; at != NULL; at = at->next)
        count += count_bars(at->board);
    if (count <= look.room)
        return;
    count += count / 2 + 8;
    if (grow(&look.sights, count, sizeof *look.sights) &&
        grow(&look.titles, count, sizeof *look.titles) &&
        grow(&look.ended, count, sizeof(mhi_bar *)))
        look.room = count;
}

// The same as long as the bar is there, and never again: a place has another generation each time.
static uint64_t key_of(const mhi_watched *at, uint64_t word, uint32_t number)
{
    return at->serial << 44 | (word >> 32) << 12 | number;
}

static uint64_t read_count(const _Atomic uint64_t *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

static void take_one(const mhi_bar *place, uint64_t key, mhi_ending ending)
{
    char *title = look.titles[look.count];
    size_t size = strnlen(place->title, sizeof place->title - 1);
    memcpy(title, place->title, size);
    title[size] = '\0';
    uint64_t skipped = read_count(&place->skipped), total = read_count(&place->total);
    look.sights[look.count++] = (mhi_sight){
        .key = key,
        .title = title,
        .done = read_count(&place->done) + skipped,
        .skipped = skipped,
        .bad = read_count(&place->bad),
        .total = total == MH_PROGRESS_UNSIZED ? 0 : total,
        .sized = total != MH_PROGRESS_UNSIZED,
        .opened_ns = place->opened_ns,
        .ended_ns = ending == MHI_RUNS ? 0 : read_count(&place->ended_ns),
        .ending = ending,
    };
}

static void take_board(const mhi_watched *at)
{
    uint32_t used = mhi_board_used(at->board);
    uint64_t word;
    mhi_ending ending;
    for (uint32_t i = 0; i < used; i++) {
        mhi_bar *place = &at->board->place[i];
        if (!mhi_bar_look(place, &word, &ending))
            continue;
        bool fits = look.count < look.room;
        look.left += ending == MHI_RUNS || !fits;
        if (!fits)
            continue;
        if (ending != MHI_RUNS)
            look.ended[look.ended_count++] = place;
        take_one(place, key_of(at, word, i), ending);
    }
}

uint64_t mhi_sights_take(mhi_sights_show *show, bool now, bool is_visit)
{
    mhi_watched *first = mhi_boards_hold();
    for (mhi_watched *at = first; at != NULL; at = at->next)
        at->looked = atomic_load(&at->board->changes); // before: what comes meanwhile is news
    make_room(first);
    look.count = look.ended_count = look.left = 0;
    for (const mhi_watched *at = first; at != NULL; at = at->next)
        take_board(at);
    if (!are_in_order()) // mostly they are, for who comes first has the first place
        qsort(look.sights, look.count, sizeof *look.sights, compare);
    show(look.sights, look.count, now);
    for (size_t i = 0; i < look.ended_count; i++)
        mhi_bar_clear(look.ended[i]);
    // Release: partner of mhi_watched_has_news.
    for (mhi_watched *at = first; is_visit && at != NULL; at = at->next)
        atomic_store_explicit(&at->seen, at->looked, memory_order_release);
    uint64_t left = look.left;
    mhi_boards_release();
    return left;
}
