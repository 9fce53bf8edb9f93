// Tracing: opening a book, giving it more room, and reading it.

#include "tracing.h"

#include "../platform/platform.h"

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

// A worker that ran wild may have damaged the number.
static uint64_t count_of(const mhi_ledger *ledger, memory_order order)
{
    return least(atomic_load_explicit(&ledger->count, order), MHI_BOOK_LIMIT);
}

void mhi_tracer_begin(mhi_tracer *tracer, mhi_arena *arena, mhi_ledger *ledger, uint32_t area)
{
    // Whoever wrote here before is gone, and who learnt of that has seen all it did.
    *tracer = (mhi_tracer){.arena = arena,
                           .ledger = ledger,
                           .area = area,
                           .count = count_of(ledger, memory_order_relaxed)};
}

// Half as much again as there is, so that a long book asks seldom; but never so much that the worker
// would pause for long.
static bool ask_for_room(mhi_tracer *tracer)
{
    enum { FIRST = 256, MOST = 1 << 14 }; // records
    uint64_t more = least(tracer->count / 2 + FIRST, MOST), bytes;
    uint64_t wanted = least(tracer->count + more, MHI_BOOK_LIMIT);
    uint64_t written = tracer->count * sizeof(mhi_trace_event);
    char *address;
    if (mhi_arena_write(tracer->arena, tracer->area, wanted * sizeof(mhi_trace_event), &address,
                        &bytes) != MH_OK)
        return false;
    mhi_file_hurry(address + written, bytes - written);
    tracer->events = (mhi_trace_event *)(void *)address;
    tracer->room = least(bytes / sizeof(mhi_trace_event), MHI_BOOK_LIMIT);
    return true;
}

// What found no memory once is not asked for again with every item: that would be slow, and each
// time a line in the log.
bool mhi_tracer_grow(mhi_tracer *tracer)
{
    if (!tracer->is_closed && tracer->count < MHI_BOOK_LIMIT && ask_for_room(tracer))
        return true;
    tracer->is_closed = true;
    atomic_fetch_add_explicit(&tracer->ledger->lost, 1, memory_order_relaxed);
    return false;
}

const mhi_trace_event *mhi_tracer_last(mhi_tracer *tracer)
{
    if (tracer->count == 0 ||
        (tracer->room < tracer->count && (tracer->is_closed || !ask_for_room(tracer))))
        return NULL;
    return &tracer->events[tracer->count - 1];
}

bool mhi_trace_read(mhi_arena *again, const mhi_ledger *ledger, uint32_t area,
                    mhi_trace_book *book)
{
    // Acquire: partner of the release in mhi_tracer_add.
    uint64_t count = count_of(ledger, memory_order_acquire);
    *book = (mhi_trace_book){.lost = atomic_load_explicit(&ledger->lost, memory_order_relaxed)};
    if (count == 0)
        return true;
    book->events = (const mhi_trace_event *)(const void *)mhi_arena_look(
        again, area, count * sizeof(mhi_trace_event));
    book->count = book->events != NULL ? count : 0;
    return book->events != NULL;
}
