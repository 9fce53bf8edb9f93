// Surface: one descriptor that bars are written to, and what it shows of them.
//
// A frame begins at the first row of the bars and ends at the end of the last, where the cursor
// rests until the next one, so that bars never take more rows than there are bars. Lines that are to
// stand above are collected, and written with the next frame, in one write.
//
// Promises: bars never take more rows than the terminal has less one; a terminal that has become
// narrower, and has wrapped them, is cleaned. What cannot be put together for want of memory is
// written in pieces. Whoever uses it holds the screen's lock.
#ifndef MHI_SURFACE_H
#define MHI_SURFACE_H

#include "overall.h"
#include "screen.h"
#include "text.h"

enum { MHI_SURFACE_ROWS = 512 }; // the most that bars take, however high the terminal is

typedef struct mhi_surface mhi_surface;
struct mhi_surface {
    mhi_surface *next;
    const mhi_screen_target *target;
    int fd;
    mhi_overall overall; // all bars drawn here
    size_t users;        // who is told here
    size_t bars;         // those of them that are drawn
    uint64_t due_ns;     // no frame before, unless
    bool is_changed;     // ... something came or went
    // as last drawn
    int columns, lines; // of the terminal
    int drawn;          // rows
    uint16_t widths[MHI_SURFACE_ROWS];
    mhi_text rows;
    // to be written
    int covered;    // rows of the terminal that the last frame takes now
    bool is_torn;   // they are not the rows it was drawn in
    mhi_text above; // whole lines
    mhi_text frame; // all of it
};

mhi_surface *mhi_surface_open(const mhi_screen_target *target, int fd); // NULL: no memory
void mhi_surface_close(mhi_surface *surface);

int mhi_surface_columns(const mhi_surface *surface); // of the terminal, now

// Puts whole lines above the bars, with the next write.
void mhi_surface_add_above(mhi_surface *surface, const char *text, size_t size);

// A frame: begins by asking for the size, takes row after row while there is room, ends with the
// write. `width` is that of the terminal.
void mhi_surface_begin(mhi_surface *surface);
int mhi_surface_room(const mhi_surface *surface);
void mhi_surface_add_row(mhi_surface *surface, const char *row, int width);
void mhi_surface_end(mhi_surface *surface);

// Writes what is to stand above, with the bars as they were last drawn; without them, until the next
// frame, if the terminal has become smaller.
void mhi_surface_flush(mhi_surface *surface);

// Leaves the bars where they are: the cursor goes to a fresh line.
void mhi_surface_leave(mhi_surface *surface);

#endif
