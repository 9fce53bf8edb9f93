// Window: a ring of slots through which work passes to workers and back.
//
// It has one producer and one consumer, both in the opening process, and any number of workers. A slot
// holds a chunk: one item or more, their results, and how far its owner has come. Who may touch a slot
// is settled by its claim word (claim.h) and by nothing else; the hint of where to look next is only a
// hint, which anyone may write and nobody relies on.
//
//     producer:   vacant -> fill its input area -> put
//     worker:     take -> perform, counting steps -> end
//     consumer:   look for ended -> read its output area -> clear
//     supervisor: for a slot of a dead worker: settle what it ran -> give back, or end
//     opener:     takes back items that have not begun (course.h), where the ring is revocable
//
// In order: slots are filled and emptied round the ring, so a slot that is not there yet holds up its
// followers only at the consumer. Unordered: any empty slot is filled, any ended one emptied.
#ifndef MHI_WINDOW_H
#define MHI_WINDOW_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "claim.h"
#include "course.h"
#include "event.h"

// How much of the work may still be done; only ever goes up, but for mhi_window_go_on.
typedef enum mhi_brake {
    MHI_GO,
    MHI_START_NOTHING, // what runs may finish, what has not begun is cancelled
    MHI_WIND_DOWN,     // the same, because the program was interrupted
    MHI_STOP,          // what runs is asked to stop as well
} mhi_brake;

// The areas of the arena in which the channels and the event of a task lie; 0: it has none.
typedef struct mhi_wires {
    uint32_t input, output, cancel;
} mhi_wires;

// One cache line, and one more that keeps the prefetcher of the neighbour away.
typedef struct mhi_slot {
    alignas(128) mhi_claim claim;
    // atomic
    mhi_course course; // items in the chunk, and how far its owner is
    _Atomic uint32_t
        wanted; // revocable: the opener is told when more items than this are whole
    // claimed
    uint16_t routine;    // number of the routine, or MHI_ROUTINE_OWN
    bool is_wired;       // tasks only: they have `wires`
    uint64_t first;      // index of the first item
    uint64_t input_used; // bytes of records in the input area
    // Relaxed: ordered by the course, or by the end of the slot.
    _Atomic uint64_t output_used; // the same for the output area, of whole items at least
    _Atomic uint64_t began_ns;    // when its owner took it
    uint64_t run_ns;              // how long its items ran, together; told when an owner ends
    mhi_wires wires;              // claimed
    uint64_t queued_ns;           // claimed: when it was put, in a map that is traced; else 0
} mhi_slot;

// The part of a window that lies in shared memory.
typedef struct mhi_ring {
    // fixed while open; a worker that looks late, when the window has changed hands, reads `slots` too,
    // and finds nothing READY behind the smaller ring: atomic, relaxed
    alignas(128) _Atomic uint32_t slots; // a power of two
    uint32_t stop_on_error;              // whether an item that ends badly puts the brake on
    uint32_t revocable;                  // whether items that have not begun may be taken back
    uint32_t map; // which of the pool's maps this is, from 1 on; 0: none, but the tasks
    // atomic
    // Put on sequentially, for who sleeps; workers look at it relaxed, for it only hurries things, and
    // nothing else is read because of it.
    _Atomic uint32_t brake;
    _Atomic uint32_t undone; // relaxed: items that the brake has kept from beginning
    alignas(
        128) _Atomic uint32_t hint; // relaxed: where to look for something READY, never wrapped
    alignas(128) mhi_event ended;   // signalled when a slot was ended
    _Atomic uint32_t awaited;       // the slot the consumer sleeps for, or MHI_ANY_SLOT
    // revocable: how workers tell the opener of something it should look at
    _Atomic uint32_t told; // something was told since the opener looked last
    _Atomic uint32_t
        attended; // somebody looks at `told`, or sleeps on `ended`; else `unattended` wakes
    _Atomic uint32_t more; // a worker without work should tell: there is more behind the window
    mhi_event unattended;
    mhi_slot slot[];
} mhi_ring;

#define MHI_ANY_SLOT UINT32_MAX    // the consumer takes whatever is ended
#define MHI_NOT_WANTED UINT32_MAX  // nobody waits for anything in this slot
#define MHI_ROUTINE_OWN UINT16_MAX // each worker's own routine

// A window as one process sees it.
typedef struct mhi_window {
    mhi_arena *arena;
    mhi_ring *ring;
    uint32_t
        first_area; // of slot 0; slot n has the areas first_area + 2 n (input) and + 1 (output)
} mhi_window;

static inline size_t mhi_ring_size(uint32_t slots)
{
    return sizeof(mhi_ring) + slots * sizeof(mhi_slot);
}

static inline uint32_t mhi_window_input(const mhi_window *window, const mhi_slot *slot)
{
    return window->first_area + 2 * (uint32_t)(slot - window->ring->slot);
}

static inline uint32_t mhi_window_output(const mhi_window *window, const mhi_slot *slot)
{
    return mhi_window_input(window, slot) + 1;
}

// The opening process prepares an unused ring.
void mhi_window_begin(mhi_window *window, uint32_t slots, bool stop_on_error, bool revocable);

// Worker: takes a slot that is READY, looking at up to `reach` of them from the hint on. NULL: none.
mhi_slot *mhi_window_take(mhi_window *window, uint32_t owner, uint32_t reach);

// Worker or supervisor: ends a slot, and wakes the consumer if it sleeps for this one.
void mhi_window_end(mhi_window *window, mhi_slot *slot);

// Supervisor: gives back a slot of a dead worker, so that others go on with it.
void mhi_window_give_back(mhi_window *window, mhi_slot *slot);

// Opener, when nothing is READY: the next slot to be taken will be the one at this position, counted on and
// never wrapped, as the hint is.
void mhi_window_hint(mhi_window *window, uint32_t position);

// Revocable: tells the opener that there is something to look at. `told` and `attended` are sequential, and
// so are the opener's looks at them (Dekker's argument, as in event.h).
void mhi_window_tell(mhi_window *window);

// Puts the brake on, at least that far; and takes it off again, of a window with nothing READY.
void mhi_window_brake(mhi_window *window, mhi_brake brake);
void mhi_window_go_on(mhi_window *window);

// What is in a window of which no item is ever taken back: how many items are over, or run, or have
// not begun. Each slot is as it was at one moment, but not all at the same.
typedef struct mhi_stand {
    uint64_t done, running, waiting;
} mhi_stand;
void mhi_window_count(const mhi_window *window, mhi_stand *stand);

static inline mhi_brake mhi_window_braked(const mhi_window *window)
{
    return (mhi_brake)atomic_load_explicit(&window->ring->brake, memory_order_relaxed);
}

#endif
