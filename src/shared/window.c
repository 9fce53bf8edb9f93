// Window: taking, ending, giving back. The producer's and the consumer's sides, which only the opening
// process has, are in flow/.

#include "window.h"

void mhi_window_begin(mhi_window *window, uint32_t slots, bool stop_on_error, bool revocable)
{
    mhi_ring *ring = window->ring;
    ring->slots = slots;
    ring->stop_on_error = stop_on_error;
    ring->revocable = revocable;
    atomic_store_explicit(&ring->brake, MHI_GO, memory_order_relaxed);
    atomic_store_explicit(&ring->undone, 0, memory_order_relaxed);
    atomic_store_explicit(&ring->hint, 0, memory_order_relaxed);
    atomic_store_explicit(&ring->awaited, MHI_ANY_SLOT, memory_order_relaxed);
}

// Whoever has taken a slot moves the hint behind it, unless it is there already: a slow thread must not
// send everybody back.
static void move_hint(mhi_ring *ring, uint32_t before, uint32_t to)
{
    while ((int32_t)(to - before) > 0 &&
           !atomic_compare_exchange_weak_explicit(&ring->hint, &before, to,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

// The slot behind the hint that was filled first: what was EMPTY when we passed it may have been filled before
// the READY one at `found` was. Looked at after that one, so what was filled before it is seen.
static uint32_t first_ready(const mhi_ring *ring, uint32_t hint, uint32_t found, uint32_t mask)
{
    uint32_t i = 0;
    while (i < found && mhi_claim_look(&ring->slot[(hint + i) & mask].claim) != MHI_READY)
        i++;
    return i;
}

mhi_slot *mhi_window_take(mhi_window *window, uint32_t owner, uint32_t reach)
{
    mhi_ring *ring = window->ring;
    uint32_t slots = atomic_load_explicit(&ring->slots, memory_order_relaxed);
    uint32_t hint = atomic_load_explicit(&ring->hint, memory_order_relaxed);
    if (reach > slots)
        reach = slots;
    for (uint32_t i = 0; i < reach; i++) {
        if (mhi_claim_look(&ring->slot[(hint + i) & (slots - 1)].claim) != MHI_READY)
            continue;
        i = first_ready(ring, hint, i, slots - 1);
        mhi_slot *slot = &ring->slot[(hint + i) & (slots - 1)];
        if (mhi_claim_take(&slot->claim, owner)) {
            move_hint(ring, hint, hint + i + 1);
            return slot;
        }
    }
    return NULL;
}

void mhi_window_tell(mhi_window *window)
{
    mhi_ring *ring = window->ring;
    if (atomic_exchange(&ring->told, 1) != 0)
        return; // it was told before, and has not looked yet
    mhi_event_signal(atomic_load(&ring->attended) ? &ring->ended : &ring->unattended, 1);
}

static void tell_of_end(mhi_window *window, const mhi_slot *slot, bool revocable)
{
    mhi_ring *ring = window->ring;
    if (revocable) {
        if (atomic_load(&slot->wanted) != MHI_NOT_WANTED)
            mhi_window_tell(window);
        return;
    }
    if (!mhi_event_is_awaited(&ring->ended))
        return;
    uint32_t awaited = atomic_load(&ring->awaited);
    if (awaited == MHI_ANY_SLOT || awaited == (uint32_t)(slot - ring->slot))
        mhi_event_wake(&ring->ended, 1);
}

// Once the slot is ended, the window may change hands; what is fixed while it is open is read before.
void mhi_window_end(mhi_window *window, mhi_slot *slot)
{
    bool revocable = window->ring->revocable;
    mhi_claim_leave(&slot->claim, MHI_ENDED);
    tell_of_end(window, slot, revocable);
}

// The hint goes back to it, by less than once round the ring.
void mhi_window_give_back(mhi_window *window, mhi_slot *slot)
{
    mhi_ring *ring = window->ring;
    uint32_t mask = atomic_load_explicit(&ring->slots, memory_order_relaxed) - 1;
    uint32_t hint = atomic_load_explicit(&ring->hint, memory_order_relaxed);
    mhi_claim_leave(&slot->claim, MHI_READY);
    atomic_store_explicit(&ring->hint, hint - ((hint - (uint32_t)(slot - ring->slot)) & mask),
                          memory_order_relaxed);
}

void mhi_window_hint(mhi_window *window, uint32_t position)
{
    mhi_ring *ring = window->ring;
    move_hint(ring, atomic_load_explicit(&ring->hint, memory_order_relaxed), position);
}

void mhi_window_brake(mhi_window *window, mhi_brake brake)
{
    uint32_t before = atomic_load(&window->ring->brake);
    while (before < (uint32_t)brake &&
           !atomic_compare_exchange_weak(&window->ring->brake, &before, (uint32_t)brake))
        continue;
}

void mhi_window_go_on(mhi_window *window)
{
    atomic_store(&window->ring->brake, MHI_GO);
}

static void count_slot(const mhi_slot *slot, mhi_stand *stand)
{
    mhi_state state = mhi_claim_look(&slot->claim);
    if (state == MHI_EMPTY)
        return;
    uint64_t word = atomic_load(&slot->course);
    uint32_t items = mhi_course_count(word), begun = mhi_course_begun(word);
    uint32_t whole = mhi_course_whole(word);
    begun = begun < items ? begun : items; // it may be damaged
    whole = whole < begun ? whole : begun;
    stand->done += state == MHI_ENDED ? items : whole;
    stand->running += state == MHI_ENDED ? 0 : begun - whole;
    stand->waiting += state == MHI_ENDED ? 0 : items - begun;
}

// What the brake has kept from beginning looks whole to its owner.
void mhi_window_count(const mhi_window *window, mhi_stand *stand)
{
    const mhi_ring *ring = window->ring;
    uint32_t slots = atomic_load_explicit(&ring->slots, memory_order_relaxed);
    for (uint32_t i = 0; i < slots; i++)
        count_slot(&ring->slot[i], stand);
}
