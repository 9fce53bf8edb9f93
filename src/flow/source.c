// Source: arrays, ranges, lines, and whatever a callback gives.
//
// A source of our own kinds keeps its state in itself, so making one allocates nothing and cannot fail.

#include "source.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/log.h"

static mh_status next_of_array(void *context, mh_bytes *item)
{
    mh_source *self = context;
    if (self->own.array.left == 0)
        return MH_END;
    *item = (mh_bytes){.data = self->own.array.data, .size = self->own.array.size};
    self->own.array.data += self->own.array.size;
    self->own.array.left--;
    return MH_OK;
}

mh_source mh_source_array(const void *data, size_t count, size_t size)
{
    mh_source source = {.next = next_of_array, .sized = true, .length = count};
    source.own.array.data = data;
    source.own.array.size = size;
    source.own.array.left = count;
    bool is_possible = size == 0 || count == 0 || (data != NULL && count <= SIZE_MAX / size);
    if (!is_possible)
        source.next = NULL; // refused when it is used
    return source;
}

static mh_status next_of_range(void *context, mh_bytes *item)
{
    mh_source *self = context;
    if (self->own.range.left == 0)
        return MH_END;
    self->own.range.current = self->own.range.next;
    if (--self->own.range.left > 0) // the step after the last could overflow
        self->own.range.next += self->own.range.step;
    *item = (mh_bytes){.data = &self->own.range.current,
                       .size = sizeof self->own.range.current};
    return MH_OK;
}

// How many numbers lie in [first, end) in steps, or (end, first] in negative ones. Unsigned arithmetic
// gives the distance of any two numbers without overflow.
static uint64_t count_of_range(int64_t first, int64_t end, int64_t step)
{
    if (step == 0)
        return 0;
    bool is_up = step > 0;
    if (is_up ? first >= end : first <= end)
        return 0;
    uint64_t distance = is_up ? (uint64_t)end - (uint64_t)first
                              : (uint64_t)first - (uint64_t)end;
    uint64_t stride = is_up ? (uint64_t)step : 0 - (uint64_t)step;
    return (distance - 1) / stride + 1;
}

mh_source mh_source_range(int64_t first, int64_t end, int64_t step)
{
    mh_source source = {.next = step == 0 ? NULL : next_of_range, .sized = true};
    source.length = count_of_range(first, end, step);
    source.own.range.next = first;
    source.own.range.step = step;
    source.own.range.left = source.length;
    return source;
}

static mh_status next_of_lines(void *context, mh_bytes *item)
{
    mh_source *self = context;
    errno = 0;
    ssize_t size = getline(&self->own.lines.line, &self->own.lines.room, self->own.lines.file);
    if (size < 0 && feof(self->own.lines.file))
        return MH_END;
    if (size < 0)
        return mhi_refuse_errno(errno, "reading lines");
    if (size > 0 && self->own.lines.line[size - 1] == '\n')
        self->own.lines.line[--size] = '\0';
    *item = (mh_bytes){.data = self->own.lines.line, .size = (size_t)size + 1};
    return MH_OK;
}

mh_source mh_source_lines(FILE *file)
{
    mh_source source = {.next = file == NULL ? NULL : next_of_lines};
    source.own.lines.file = file;
    return source;
}

mh_source mh_source_of(mh_source_next *next, void *context)
{
    return (mh_source){.next = next, .context = context};
}

mh_source mh_source_sized(mh_source_next *next, void *context, uint64_t length)
{
    return (mh_source){.next = next, .context = context, .sized = true, .length = length};
}

void mhi_source_fini(mh_source *source)
{
    if (source->next == next_of_lines) {
        free(source->own.lines.line); // getline's own
        source->own.lines.line = NULL;
    }
}
