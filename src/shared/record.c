// Record: the rare parts of writing and reading: growing, and finding a place by counting.

#include "record.h"

#include <string.h>

#include "../base/memory.h"

static mh_status grow_private(mhi_writer *writer, uint64_t size)
{
    uint64_t room = 2 * writer->room > size ? 2 * writer->room : size;
    char *base = mhi_resize(writer->base, room);
    if (base == NULL)
        return MH_NO_MEMORY;
    writer->base = base;
    writer->room = room;
    return MH_OK;
}

mh_status mhi_writer_grow(mhi_writer *writer, uint64_t size)
{
    if (writer->arena == NULL)
        return grow_private(writer, writer->used + mhi_record_span(size));
    return mhi_arena_write(writer->arena, writer->area, writer->used + mhi_record_span(size),
                           &writer->base, &writer->room);
}

void mhi_failure_read(const mhi_record *record, mh_result *result)
{
    mhi_failure failure = {0};
    const char *payload = mhi_record_payload(record);
    if (record->size <= sizeof failure || payload[record->size - 1] != '\0') {
        result->message = "what the worker wrote about it is damaged";
        return;
    }
    memcpy(&failure, payload, sizeof failure);
    result->code = failure.code;
    result->signal = failure.signal;
    result->exit_code = failure.exit_code;
    result->likely_oom = failure.likely_oom != 0;
    result->message = payload + sizeof failure;
}

uint64_t mhi_record_seek(mhi_arena *arena, uint32_t area, uint32_t number)
{
    mhi_reader reader;
    if (!mhi_reader_begin(&reader, arena, area, arena->rooms[area]))
        return 0;
    while (number > 0 && mhi_reader_next(&reader) != NULL)
        number--;
    return reader.at & ~UINT64_C(15); // where damage has led to an odd place
}
