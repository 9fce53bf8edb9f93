// Lines: a bounded ring of bytes in shared memory, with one writer and one reader, that carries
// what a worker has to say, in order, exactly once.
//
// Each entry is a kind, a level and some text; what they mean is not known here. An entry is there
// whole or not at all: the writer may be killed at any instruction. A reader that finds something
// that cannot be (the writer ran wild before it died) loses what is in the ring, and goes on.
//
// The writer never overwrites what was not read: it is told that the ring is full, and may wait,
// or drop what it has to say, which is counted. Woken by: the reader, once half of the ring is
// free; there is no other end of that wait, since who reads outlives who writes, or kills it.
//
// Each entry says how many were dropped before it, so that the reader knows where the gaps are,
// and no count is lost or told twice, whenever the writer dies.
//
// A ring between two sides with one index each is Lamport's (1983).
#ifndef MHI_LINES_H
#define MHI_LINES_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "event.h"

enum {
    MHI_LINES_SIZE = 1 << 16, // bytes of a ring, a power of two
    MHI_LINE_MOST = 8192,     // bytes of one text
};

// Zeroed, it is an empty ring.
typedef struct mhi_lines {
    // by the writer
    alignas(128) _Atomic uint64_t written; // bytes so far
    _Atomic uint64_t dropped;              // entries so far that found no room
    // by the reader
    alignas(128) _Atomic uint64_t read; // bytes so far
    uint64_t told;                      // of those dropped, how many the reader knows of
    mhi_event emptied;                  // half of it is free again
    alignas(128) char bytes[MHI_LINES_SIZE];
} mhi_lines;

typedef struct mhi_line {
    uint32_t size; // of the text
    uint16_t kind;
    uint16_t level;
    uint64_t dropped; // before it, since the ring was empty and new; filled in by the add
} mhi_line;

// Adds an entry. False: there is no room for it now. Never blocks.
bool mhi_lines_add(mhi_lines *lines, mhi_line line, const char *text);

// Waits until there is room for `size` bytes of text.
void mhi_lines_wait(mhi_lines *lines, uint32_t size);

// One entry found no room, and is given up.
void mhi_lines_drop(mhi_lines *lines);

// Where what lies in the ring now ends. A reader that takes no more than that comes to an end,
// however fast the writer is.
uint64_t mhi_lines_end(const mhi_lines *lines);

// Whether there is something to take before `end`.
bool mhi_lines_has(const mhi_lines *lines, uint64_t end);

// Takes the oldest entry, with its text and a 0 after it. There is one. False: it is damaged, and
// all that was in the ring is gone.
bool mhi_lines_take(mhi_lines *lines, mhi_line *line, char text[MHI_LINE_MOST + 1]);

// How many entries the reader has not known to be dropped, of `dropped` so far; or of all, when
// that is UINT64_MAX. Now it knows.
uint64_t mhi_lines_note_dropped(mhi_lines *lines, uint64_t dropped);

#endif
