// Lines: copying in and out of a ring that may wrap anywhere.

#include "lines.h"

#include <string.h>

static uint64_t room_for(uint32_t size)
{
    return (sizeof(mhi_line) + size + 7) & ~UINT64_C(7);
}

static void copy_in(mhi_lines *lines, uint64_t at, const void *from, size_t size)
{
    size_t begin = at % MHI_LINES_SIZE, first = MHI_LINES_SIZE - begin;
    first = size < first ? size : first;
    memcpy(lines->bytes + begin, from, first);
    memcpy(lines->bytes, (const char *)from + first, size - first);
}

static void copy_out(const mhi_lines *lines, uint64_t at, void *to, size_t size)
{
    size_t begin = at % MHI_LINES_SIZE, first = MHI_LINES_SIZE - begin;
    first = size < first ? size : first;
    memcpy(to, lines->bytes + begin, first);
    memcpy((char *)to + first, lines->bytes, size - first);
}

// `read` is sequential, for it may be the last look before a sleep; its acquire is the partner of
// the reader's store: what was read is not overwritten before.
static bool has_room(const mhi_lines *lines, uint64_t written, uint32_t size)
{
    return written - atomic_load(&lines->read) + room_for(size) <= MHI_LINES_SIZE;
}

bool mhi_lines_add(mhi_lines *lines, mhi_line line, const char *text)
{
    uint64_t written = atomic_load_explicit(&lines->written, memory_order_relaxed); // our own
    if (!has_room(lines, written, line.size))
        return false;
    line.dropped = atomic_load_explicit(&lines->dropped, memory_order_relaxed); // our own
    copy_in(lines, written, &line, sizeof line);
    copy_in(lines, written + sizeof line, text, line.size);
    // Release: partner of the reader's acquire.
    atomic_store_explicit(&lines->written, written + room_for(line.size), memory_order_release);
    return true;
}

void mhi_lines_wait(mhi_lines *lines, uint32_t size)
{
    uint64_t written = atomic_load_explicit(&lines->written, memory_order_relaxed);
    while (!has_room(lines, written, size)) {
        uint32_t seen = mhi_event_prepare(&lines->emptied);
        if (has_room(lines, written, size))
            mhi_event_leave(&lines->emptied);
        else
            mhi_event_sleep(&lines->emptied, seen, UINT64_MAX);
    }
}

// Release: partner of the acquire in mhi_lines_note_dropped.
void mhi_lines_drop(mhi_lines *lines)
{
    uint64_t dropped = atomic_load_explicit(&lines->dropped, memory_order_relaxed);
    atomic_store_explicit(&lines->dropped, dropped + 1, memory_order_release);
}

// ---- the reader ---------------------------------------------------------------------------------

static uint64_t read_so_far(const mhi_lines *lines)
{
    return atomic_load_explicit(&lines->read, memory_order_relaxed); // our own
}

// Acquire, here and in the take: partner of the writer's release.
uint64_t mhi_lines_end(const mhi_lines *lines)
{
    uint64_t read = read_so_far(lines);
    uint64_t written = atomic_load_explicit(&lines->written, memory_order_acquire);
    bool is_sound = written - read <= MHI_LINES_SIZE;
    return is_sound ? written : read + MHI_LINES_SIZE;
}

bool mhi_lines_has(const mhi_lines *lines, uint64_t end)
{
    return (int64_t)(end - read_so_far(lines)) > 0;
}

bool mhi_lines_take(mhi_lines *lines, mhi_line *line, char text[MHI_LINE_MOST + 1])
{
    uint64_t read = read_so_far(lines);
    uint64_t written = atomic_load_explicit(&lines->written, memory_order_acquire);
    copy_out(lines, read, line, sizeof *line);
    bool is_sound = line->size <= MHI_LINE_MOST && room_for(line->size) <= written - read &&
                    written - read <= MHI_LINES_SIZE;
    if (is_sound) {
        copy_out(lines, read + sizeof *line, text, line->size);
        text[line->size] = '\0';
    }
    uint64_t next = is_sound ? read + room_for(line->size) : written;
    atomic_store(&lines->read, next);
    // Once for each half of the ring, or when it is empty: a writer that waits is let go early enough.
    bool is_time = next == written ||
                   next / (MHI_LINES_SIZE / 2) != read / (MHI_LINES_SIZE / 2);
    if (is_time)
        mhi_event_signal(&lines->emptied, 1);
    return is_sound;
}

uint64_t mhi_lines_note_dropped(mhi_lines *lines, uint64_t dropped)
{
    if (dropped == UINT64_MAX)
        dropped = atomic_load_explicit(&lines->dropped, memory_order_acquire);
    int64_t more = (int64_t)(dropped - lines->told);
    if (more <= 0)
        return 0; // it was told of already, when the ring was empty
    lines->told = dropped;
    return (uint64_t)more;
}
