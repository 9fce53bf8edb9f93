// Record, fuzzed: whatever lies in an area, readers stay inside, and a writer can go on after
// it.
//
// The input is an area as a crashing worker may have left it. First it is read where it ends
// exactly, so that a sanitizer sees the first byte too far; then through an arena, as the
// supervisor does: it counts its way to a place, writes a crash there, and finds it again.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "driver.h"
#include "shared/record.h"
#include "worker/worker.h"

// All of it, or, where a damaged size leads far into memory that nobody has touched, both ends.
static uint64_t sum_of(const char *bytes, size_t size)
{
    enum { END = 64 << 10 };
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i = i == END && size > 3 * (size_t)END ? size - END : i + 1)
        sum += (unsigned char)bytes[i];
    return sum;
}

static uint64_t read_all(mhi_reader *reader)
{
    uint64_t sum = 0;
    const char *end = reader->base + reader->end;
    for (const mhi_record *record; (record = mhi_reader_next(reader)) != NULL;) {
        mh_result result;
        expect((const char *)mhi_record_payload(record) + record->size <= end);
        expect(reader->at <= reader->end);
        mhi_result_read(record, &result);
        expect(result.message != NULL);
        sum += strlen(result.message);
        sum += sum_of(result.data, result.size);
    }
    return sum;
}

static void read_exactly(const uint8_t *bytes, size_t size)
{
    char *copy = malloc(size + (size == 0));
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, size);
    mhi_reader reader = {.base = copy, .end = size};
    volatile uint64_t sum = read_all(&reader);
    (void)sum;
    free(copy);
}

static mhi_arena arena;

static void lay(const uint8_t *bytes, size_t size)
{
    char *address;
    uint64_t room;
    expect(mhi_arena_write(&arena, 0, size + 1, &address, &room) == MH_OK);
    memset(address, 0, room);
    memcpy(address, bytes, size);
}

static void write_a_crash(uint32_t whole)
{
    const mhi_failure failure = {.signal = 11};
    mhi_writer writer;
    mhi_reader reader;
    uint64_t at = mhi_record_seek(&arena, 0, whole);
    mhi_writer_begin(&writer, &arena, 0, at);
    mhi_write_failure(&writer, MH_CRASHED, 3, 77, &failure, "it crashed");
    expect(writer.used > at);
    expect(mhi_reader_begin(&reader, &arena, 0, writer.used));
    reader.at = at;
    const mhi_record *record = mhi_reader_next(&reader);
    expect(record != NULL && reader.at == writer.used);
    mh_result result;
    mhi_result_read(record, &result);
    expect(result.outcome == MH_CRASHED && strcmp(result.message, "it crashed") == 0);
    reader.at = 0;
    read_all(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    mh_log_limit(MH_LOG_OFF);
    if (arena.views == NULL)
        expect(mhi_arena_open(
                   &arena, &(mhi_arena_shape){.fixed_size = 8, .limit = 1 << 20, .areas = 1}) ==
               MH_OK);
    read_exactly(bytes, size);
    uint64_t room = 0;
    uint32_t whole = size > 0 ? bytes[0] : 0;
    lay(bytes, size);
    write_a_crash(whole);
    lay(bytes, size);
    if (size >= sizeof room)
        memcpy(&room, bytes + size - sizeof room, sizeof room);
    arena.rooms[0] = room; // this, too, the worker may have damaged
    write_a_crash(whole);
    mhi_arena_trim(&arena, 0, 0);
    return 0;
}
