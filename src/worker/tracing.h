// Tracing: what workers write down of each item they have run, and the opener of each that never ran.
//
// Every worker has a *book* in the arena: an area of records of one size, one behind the other, and
// a *ledger* that says how many of them are whole. A book has one writer at a time: the worker; for
// what a dead one was running, whoever settles it. So nothing is locked, and a worker may be killed
// at any instruction: what it wrote stays. One more book is the opener's, where several threads
// write; they take a lock of that process.
//
// An item is written down before it counts as whole. A worker that dies between the two leaves a
// record of an item that is then a crash; the record of the crash says that it replaces the one
// before it.
//
// A book is bounded. What does not fit, or finds no memory, is lost, and counted as such.
#ifndef MHI_TRACING_H
#define MHI_TRACING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <manyhands/result.h>

#include "../shared/arena.h"
#include "../shared/window.h"

// Most records of one book: 160 MiB.
enum { MHI_BOOK_LIMIT = 4 << 20 };

typedef struct mhi_trace_event {
    uint64_t queued_ns; // when it was given to the pool; all times are of mhi_clock_ns
    uint64_t began_ns;  // 0: it never ran
    uint64_t ended_ns;
    uint64_t index;   // of the item in its map; or the task's number
    uint32_t map;     // from 1 on, in the order of opening; 0: a single task
    uint16_t routine; // never MHI_ROUTINE_OWN
    uint8_t outcome;  // an mh_outcome; with MHI_TRACE_REPLACES, the record before it is void
    uint8_t attempt;
} mhi_trace_event;

enum { MHI_TRACE_REPLACES = 0x80 };

// A cache line of its own for each book, for each has another writer.
typedef struct mhi_ledger {
    alignas(128) _Atomic uint64_t count; // whole records: release, partner of who reads them
    _Atomic uint64_t lost;               // relaxed: only a number
} mhi_ledger;

// A book as its writer has it open.
typedef struct mhi_tracer {
    mhi_arena *arena; // NULL: nothing is traced
    mhi_ledger *ledger;
    uint32_t area;
    bool is_closed; // it is full, or there was no memory
    uint64_t count;
    uint64_t room; // records that fit without asking for memory
    mhi_trace_event *events;
} mhi_tracer;

// Opens the book that `ledger` and `area` make up, behind what was written there before.
void mhi_tracer_begin(mhi_tracer *tracer, mhi_arena *arena, mhi_ledger *ledger, uint32_t area);

// Makes room for one more. False: there is none, and the record counts as lost.
bool mhi_tracer_grow(mhi_tracer *tracer);

static inline void mhi_tracer_add(mhi_tracer *tracer, const mhi_trace_event *event)
{
    if (tracer->count >= tracer->room && !mhi_tracer_grow(tracer))
        return;
    tracer->events[tracer->count++] = *event;
    // Release: partner of the acquire in mhi_trace_read.
    atomic_store_explicit(&tracer->ledger->count, tracer->count, memory_order_release);
}

// What was written last; NULL: nothing.
const mhi_trace_event *mhi_tracer_last(mhi_tracer *tracer);

// A book as a reader has it, which may be reading along.
typedef struct mhi_trace_book {
    const mhi_trace_event *events;
    uint64_t count;
    uint64_t lost;
} mhi_trace_book;

// `again` are views of the reader's own (mhi_arena_open_again), who keeps them while it reads.
// False: there is no address space.
bool mhi_trace_read(mhi_arena *again, const mhi_ledger *ledger, uint32_t area,
                    mhi_trace_book *book);

#endif
