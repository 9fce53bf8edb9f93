// Mirror: two lists in the same order, walked side by side.

#include "mirror.h"

#include "../base/fork.h"
#include "../base/memory.h"
#include "../worker/bars.h"
#include "sights.h"

typedef struct image {
    mhi_sight of; // as it was seen last
    mhi_bar *place;
} image;

// One look at a time, so there is no lock.
static struct {
    image *images; // in order of opening
    image *next;   // those of the look that is being taken
    size_t count;
    size_t room;
    uint32_t generation; // of the process they belong to
} mirror;

static bool make_room(size_t count)
{
    if (count <= mirror.room)
        return true;
    image *images = mhi_resize(mirror.images, count * 2 * sizeof *images);
    if (images == NULL)
        return false;
    mirror.images = images;
    image *next = mhi_resize(mirror.next, count * 2 * sizeof *next);
    if (next == NULL)
        return false;
    mirror.next = next;
    mirror.room = count * 2;
    return true;
}

static void store(_Atomic uint64_t *count, uint64_t value)
{
    atomic_store_explicit(count, value, memory_order_relaxed);
}

static void copy_numbers(mhi_bar *place, const mhi_sight *sight)
{
    store(&place->done, sight->done - sight->skipped);
    store(&place->skipped, sight->skipped);
    store(&place->bad, sight->bad);
    store(&place->total, sight->sized ? sight->total : MH_PROGRESS_UNSIZED);
}

// True: the opener is to be told.
static bool begin(image *fresh, const mhi_sight *sight)
{
    *fresh = (image){.of = *sight};
    uint64_t total = sight->sized ? sight->total : MH_PROGRESS_UNSIZED;
    fresh->place = mhi_bars_claim(sight->title, total, false);
    if (fresh->place == NULL)
        return false; // the board is full: it is not shown
    fresh->place->opened_ns = sight->opened_ns;
    copy_numbers(fresh->place, sight);
    mhi_bars_publish(fresh->place);
    return true;
}

static bool update(const image *old, const mhi_sight *sight)
{
    if (old->place == NULL)
        return false;
    copy_numbers(old->place, sight);
    return sight->ending != MHI_RUNS &&
           mhi_bars_end_at(old->place, sight->ending, sight->ended_ns);
}

static bool forget(const image *old)
{
    return old->place != NULL && mhi_bars_end(old->place, MHI_FORGOTTEN);
}

static bool is_same(const image *old, const mhi_sight *sight)
{
    return old->of.key == sight->key;
}

// Walks along both; what is in one of them only has come or gone.
static bool walk(const mhi_sight *sights, size_t count)
{
    bool is_news = false;
    size_t old = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        for (; old < mirror.count && mhi_sight_is_before(&mirror.images[old].of, &sights[i]);
             old++)
            is_news |= forget(&mirror.images[old]);
        image *at = &mirror.next[kept];
        if (old < mirror.count && is_same(&mirror.images[old], &sights[i]))
            *at = mirror.images[old++];
        else
            is_news |= begin(at, &sights[i]);
        is_news |= update(at, &sights[i]);
        kept += sights[i].ending == MHI_RUNS;
    }
    for (; old < mirror.count; old++)
        is_news |= forget(&mirror.images[old]);
    image *last = mirror.images;
    mirror.images = mirror.next;
    mirror.next = last;
    mirror.count = kept;
    return is_news;
}

void mhi_mirror_look(const mhi_sight *sights, size_t count, bool now)
{
    (void)now; // whoever looks at the board decides
    if (mirror.generation != mhi_fork_generation()) {
        mirror.generation = mhi_fork_generation();
        mirror.count = 0; // those were on the board of the parent
    }
    if (make_room(count + 1) && walk(sights, count))
        mhi_bars_tell();
}
