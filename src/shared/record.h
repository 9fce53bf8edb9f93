// Record: how items and results lie in an area: one behind the other, each with its size.
//
//     | size | note | payload, padded to 16 | size | note | payload ...
//
// There is no table of offsets that could contradict the data; a half-written record is one that the
// owner's count of finished items does not reach. A reader never trusts a size it has not checked: the
// worker that wrote it may have been crashing.
#ifndef MHI_RECORD_H
#define MHI_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <manyhands/result.h>
#include <manyhands/status.h>

#include "arena.h"

typedef struct mhi_record {
    uint64_t size; // of the payload, in bytes
    uint64_t note; // of an item: mhi_item_note_at; of a result: outcome, worker and process
} mhi_record;      // 16 bytes, so that the payload is aligned for any type

typedef enum mhi_item_note {
    MHI_ITEM_WHOLE,
    MHI_ITEM_TOO_LARGE,
    MHI_ITEM_NO_MEMORY
} mhi_item_note;

// What the payload of a result is when the outcome is not done. The words follow, with their NUL.
typedef struct mhi_failure {
    int32_t code;
    int32_t signal;
    int32_t exit_code;
    int32_t likely_oom;
} mhi_failure;

static inline uint64_t mhi_record_span(uint64_t size)
{
    return (sizeof(mhi_record) + size + 15) & ~UINT64_C(15);
}

// When the item was queued is told where that is traced and its slot does not say it; else 0.
static inline uint64_t mhi_item_note_at(mhi_item_note note, uint64_t queued_ns)
{
    return (uint64_t)note | queued_ns << 2;
}

static inline mhi_item_note mhi_item_note_of(uint64_t note)
{
    return (mhi_item_note)(note & 3);
}

static inline uint64_t mhi_item_queued(uint64_t note)
{
    return note >> 2;
}

static inline uint64_t mhi_result_note(mh_outcome outcome, uint32_t worker, int32_t pid)
{
    return (uint64_t)outcome | (uint64_t)(worker & 0xffffff) << 8 |
           (uint64_t)(uint32_t)pid << 32;
}

// Copies an item or a result. Many are one word, and one comparison is cheaper than a call.
static inline void mhi_copy(void *to, const void *from, uint64_t size)
{
    if (size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else if (size > 0)
        memcpy(to, from, size);
}

// ---- writing, by the owner of the area ----------------------------------------------------------

typedef struct mhi_writer {
    mhi_arena *
        arena; // NULL: `base` is memory of this process, which is resized and then freed by mhi_free
    uint32_t area;
    uint64_t limit; // most bytes of an item or a result
    char *base;
    uint64_t used; // bytes of whole records
    uint64_t room; // bytes that can be written without asking the arena
} mhi_writer;

// What this process does not see yet of the area counts as no room; the first reserve mends it.
static inline void mhi_writer_begin(mhi_writer *writer, mhi_arena *arena, uint32_t area,
                                    uint64_t used)
{
    const mhi_view *view = &arena->views[area];
    uint64_t room = arena->rooms[area];
    *writer = (mhi_writer){.arena = arena,
                           .area = area,
                           .limit = arena->limit,
                           .base = view->address,
                           .used = used,
                           .room = room < view->size ? room : view->size};
}

mh_status mhi_writer_grow(mhi_writer *writer, uint64_t size);

// Room for the payload of the next record, whatever the limit of items is. What was written into it before
// stays, up to the new size.
static inline mh_status mhi_writer_ensure(mhi_writer *writer, uint64_t size, void **payload)
{
    if (size > writer->room || writer->used + mhi_record_span(size) > writer->room) {
        mh_status status = mhi_writer_grow(writer, size);
        if (status != MH_OK)
            return status;
    }
    *payload = writer->base + writer->used + sizeof(mhi_record);
    return MH_OK;
}

// The same for an item or a result, which have a limit.
static inline mh_status mhi_writer_reserve(mhi_writer *writer, uint64_t size, void **payload)
{
    return size <= writer->limit ? mhi_writer_ensure(writer, size, payload) : MH_TOO_LARGE;
}

// Makes what was reserved a record. `size` is at most what was reserved last.
static inline void mhi_writer_commit(mhi_writer *writer, uint64_t size, uint64_t note)
{
    mhi_record *record = (mhi_record *)(void *)(writer->base + writer->used);
    record->size = size;
    record->note = note;
    writer->used += mhi_record_span(size);
}

// ---- reading ------------------------------------------------------------------------------------

typedef struct mhi_reader {
    const char *base;
    uint64_t at;
    uint64_t end;
} mhi_reader;

// Reads records that take `used` bytes together. False when they cannot be mapped.
static inline bool mhi_reader_begin(mhi_reader *reader, mhi_arena *arena, uint32_t area,
                                    uint64_t used)
{
    const char *base = mhi_arena_read(arena, area, used);
    *reader = (mhi_reader){.base = base, .end = base != NULL ? used : 0};
    return base != NULL;
}

// The next record, or NULL when no whole one is left.
static inline const mhi_record *mhi_reader_next(mhi_reader *reader)
{
    uint64_t left = reader->end - reader->at;
    const mhi_record *record = (const mhi_record *)(const void *)(reader->base + reader->at);
    if (left < sizeof *record || record->size > left - sizeof *record)
        return NULL;
    reader->at += mhi_record_span(record->size);
    if (reader->at > reader->end)
        reader->at = reader->end;
    return record;
}

static inline const void *mhi_record_payload(const mhi_record *record)
{
    return record + 1;
}

static inline bool mhi_record_is_done(const mhi_record *record)
{
    return (record->note & 0xff) == MH_DONE;
}

void mhi_failure_read(const mhi_record *record, mh_result *result);

// What a record of a result says. Everything but the index, and how long it took.
static inline void mhi_result_read(const mhi_record *record, mh_result *result)
{
    uint32_t worker = (uint32_t)(record->note >> 8) & 0xffffff;
    bool is_done = mhi_record_is_done(record);
    *result = (mh_result){.outcome = (mh_outcome)(record->note & 0xff),
                          .data = is_done && record->size > 0 ? mhi_record_payload(record)
                                                              : NULL,
                          .size = is_done ? record->size : 0,
                          .message = "",
                          .worker = worker == 0xffffff ? -1 : (int)worker,
                          .pid = (int)(record->note >> 32),
                          .attempt = 1};
    if (!is_done)
        mhi_failure_read(record, result);
}

// Where record number `number` begins, counted from 0.
uint64_t mhi_record_seek(mhi_arena *arena, uint32_t area, uint32_t number);

#endif
