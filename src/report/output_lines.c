// Output by line, and grouped: what is held is a line that has no end yet, or all of a task.

#include <string.h>

#include "../base/memory.h"
#include "output.h"

enum { FIRST = 4 << 10, KEPT = 256 << 10 }; // bytes of room: at first, and between tasks

enum { LABEL = 96 };

static bool has_room(mhi_held *held, size_t size)
{
    size_t wanted = held->size + size, room = held->room > 0 ? held->room : FIRST;
    if (wanted <= held->room)
        return true;
    while (room < wanted)
        room *= 2;
    char *bytes = mhi_resize(held->bytes, room);
    if (bytes == NULL)
        return false;
    held->bytes = bytes;
    held->room = room;
    return true;
}

// The part up to the last newline; 0: there is none.
static size_t whole_lines(const char *bytes, size_t size)
{
    while (size > 0 && bytes[size - 1] != '\n')
        size--;
    return size;
}

// A line without an end is given one; a long one several.
static void say_broken(const mhi_printout *printout, uint32_t stream, const char *bytes,
                       size_t size)
{
    char part[4096];
    size_t at = whole_lines(bytes, size);
    if (at > 0)
        printout->say((int)stream + 1, bytes, at);
    while (at < size) {
        size_t left = size - at, count = left < sizeof part ? left : sizeof part - 1;
        memcpy(part, bytes + at, count);
        part[count] = '\n';
        printout->say((int)stream + 1, part, count + 1);
        at += count;
    }
}

// Without memory what is there is written as it is, and the line, or group, begins anew.
static void add(const mhi_printout *printout, mhi_held *held, uint32_t stream,
                const char *bytes, size_t size)
{
    if (has_room(held, size)) {
        memcpy(held->bytes + held->size, bytes, size);
        held->size += size;
        return;
    }
    say_broken(printout, stream, held->bytes, held->size);
    held->size = 0;
    say_broken(printout, stream, bytes, size);
}

void mhi_print_held(mhi_printout *printout, mhi_held *held, uint32_t stream)
{
    if (held->size > 0 && held->bytes[held->size - 1] != '\n')
        add(printout, held, stream, "\n", 1);
    if (held->size > 0)
        printout->say((int)stream + 1, held->bytes, held->size);
    held->size = 0;
    if (held->room > KEPT) {
        mhi_free(held->bytes);
        *held = (mhi_held){0};
    }
}

static void print_all(mhi_printout *printout, const mhi_subject *subject)
{
    for (uint32_t stream = 0; stream < MHI_OUTPUT_STREAMS; stream++)
        mhi_print_held(printout, mhi_held_of(printout, subject, stream), stream);
}

// ---- by line ------------------------------------------------------------------------------------

static size_t prefix_of(const mhi_printout *printout, const mhi_subject *subject,
                        char prefix[LABEL])
{
    int worker = subject->worker;
    unsigned long long index = subject->index;
    prefix[0] = '\0';
    if (printout->options.mode != MH_OUTPUT_PREFIX)
        return 0;
    if (subject->source == MH_OUTPUT_OF_TASK)
        return (size_t)snprintf(prefix, LABEL, "[worker %d, task %llu] ", worker, index);
    if (subject->source == MH_OUTPUT_OF_ITEM)
        return (size_t)snprintf(prefix, LABEL, "[worker %d, map %u item %llu] ", worker,
                                subject->map, index);
    return (size_t)snprintf(prefix, LABEL, "[worker %d] ", worker);
}

static void say_whole_lines(const mhi_printout *printout, mhi_held *held, uint32_t stream)
{
    size_t whole = whole_lines(held->bytes, held->size);
    if (whole == 0)
        return;
    printout->say((int)stream + 1, held->bytes, whole);
    held->size -= whole;
    memmove(held->bytes, held->bytes + whole, held->size);
}

// What is held never ends a line, so when there is nothing one begins.
void mhi_print_lines(mhi_printout *printout, const mhi_piece *piece)
{
    mhi_held *held = mhi_held_of(printout, &piece->subject, piece->stream);
    char prefix[LABEL];
    size_t prefix_size = prefix_of(printout, &piece->subject, prefix);
    const char *at = piece->bytes, *end = at + piece->size;
    bool begins = held->size == 0, has_newline = false;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline != NULL ? newline + 1 : end;
        if (begins && prefix_size > 0)
            add(printout, held, piece->stream, prefix, prefix_size);
        add(printout, held, piece->stream, at, (size_t)(next - at));
        has_newline |= newline != NULL;
        begins = newline != NULL;
        at = next;
    }
    if (has_newline)
        say_whole_lines(printout, held, piece->stream);
    if (piece->has_ended)
        print_all(printout, &piece->subject);
}

// ---- grouped ------------------------------------------------------------------------------------

static size_t heading_of(const mhi_piece *piece, char heading[LABEL])
{
    const mhi_subject *subject = &piece->subject;
    const char *stream = piece->stream == 0 ? "" : ", stderr";
    int worker = subject->worker;
    unsigned long long index = subject->index;
    if (subject->source == MH_OUTPUT_OF_TASK)
        return (size_t)snprintf(heading, LABEL, "---- task %llu (worker %d)%s\n", index, worker,
                                stream);
    if (subject->source == MH_OUTPUT_OF_ITEM)
        return (size_t)snprintf(heading, LABEL, "---- map %u item %llu (worker %d)%s\n",
                                subject->map, index, worker, stream);
    return (size_t)snprintf(heading, LABEL, "---- worker %d%s\n", worker, stream);
}

void mhi_print_group(mhi_printout *printout, const mhi_piece *piece)
{
    mhi_held *held = mhi_held_of(printout, &piece->subject, piece->stream);
    char heading[LABEL];
    size_t size = heading_of(piece, heading);
    if (held->size == 0 && piece->size > 0)
        add(printout, held, piece->stream, heading, size);
    if (piece->size > 0)
        add(printout, held, piece->stream, piece->bytes, piece->size);
    if (piece->has_ended)
        print_all(printout, &piece->subject);
}
