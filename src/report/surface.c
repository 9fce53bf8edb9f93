// Surface: remembers how wide each row was when it was drawn, and so knows how many rows it takes
// after the terminal has wrapped it.
//
// Only escapes that every terminal knows are used: up, clear to the end of the line, and to the end of
// the screen. The cursor is never hidden, so there is nothing to restore.

#include "surface.h"

#include <stdio.h>
#include <string.h>

#include "../base/memory.h"
#include "abandon.h"

enum { USUAL_COLUMNS = 80, USUAL_LINES = 24, HEAD = 48 };

mhi_surface *mhi_surface_open(const mhi_screen_target *target, int fd)
{
    mhi_surface *surface = mhi_allocate(1, sizeof *surface);
    if (surface == NULL)
        return NULL;
    surface->target = target;
    surface->fd = fd;
    return surface;
}

void mhi_surface_close(mhi_surface *surface)
{
    mhi_text_fini(&surface->rows);
    mhi_text_fini(&surface->above);
    mhi_text_fini(&surface->frame);
    mhi_free(surface);
}

// ---- measuring ------------------------------------------------------------------------------

static int rows_covered(const mhi_surface *surface, int columns)
{
    int rows = 0;
    for (int i = 0; i < surface->drawn; i++)
        rows += surface->widths[i] > columns ? (surface->widths[i] + columns - 1) / columns : 1;
    return rows;
}

// Returns whether the bars as they were drawn still fit. The cursor cannot go higher than the first
// row there is, so no more is counted.
static bool measure(mhi_surface *surface)
{
    int columns = 0, lines = 0;
    surface->target->size(surface->fd, &columns, &lines);
    columns = columns > 0 ? columns : USUAL_COLUMNS;
    lines = lines > 0 ? lines : USUAL_LINES;
    bool fits = columns >= surface->columns && lines >= surface->lines;
    surface->covered = rows_covered(surface, columns);
    surface->is_torn = surface->covered != surface->drawn;
    if (surface->covered > lines)
        surface->covered = lines;
    surface->columns = columns;
    surface->lines = lines;
    return fits;
}

int mhi_surface_columns(const mhi_surface *surface)
{
    int columns = 0, lines = 0;
    surface->target->size(surface->fd, &columns, &lines);
    return columns > 0 ? columns : USUAL_COLUMNS;
}

// ---- writing --------------------------------------------------------------------------------

typedef struct pieces {
    char head[HEAD];
    const mhi_text *above;
    const mhi_text *rows;
    const char *tail;
} pieces;

static bool put_together(mhi_text *frame, const pieces *all)
{
    frame->size = 0;
    return mhi_text_put(frame, all->head) &&
           mhi_text_add(frame, all->above->bytes, all->above->size) &&
           mhi_text_add(frame, all->rows->bytes, all->rows->size) &&
           mhi_text_put(frame, all->tail);
}

static void write_piece(const mhi_surface *surface, const char *bytes, size_t size)
{
    if (size > 0)
        surface->target->write(surface->fd, bytes, size);
}

static void write_all(mhi_surface *surface, const pieces *all)
{
    if (put_together(&surface->frame, all)) {
        write_piece(surface, surface->frame.bytes, surface->frame.size);
        return;
    }
    write_piece(surface, all->head, strlen(all->head));
    write_piece(surface, all->above->bytes, all->above->size);
    write_piece(surface, all->rows->bytes, all->rows->size);
    write_piece(surface, all->tail, strlen(all->tail));
}

// To the first row of the last frame. Clearing the rest of the screen from its very first place would
// put it into the history of some terminals; so it begins in the second row.
static void put_head(char head[HEAD], int covered, bool is_cleared)
{
    char up[16] = "";
    if (covered > 1)
        snprintf(up, sizeof up, "\033[%dA", covered - 1);
    const char *clear = covered > 1 ? "\033[K\n\033[J\033[1A" : "\033[K";
    snprintf(head, HEAD, "\r%s%s", up, is_cleared ? clear : "");
}

// Lines with no bars under them, now or before, are written as they are. So a file gets nothing but
// lines.
static void emit(mhi_surface *surface)
{
    bool is_drawn = surface->drawn > 0 || surface->covered > 0;
    bool is_over = surface->covered > 0 || surface->above.size == 0; // goes over what is there
    bool is_other = surface->above.size > 0 || surface->is_torn || surface->drawn == 0;
    bool is_cleared = surface->covered > 0 && is_other;
    pieces all = {.above = &surface->above, .rows = &surface->rows};
    if (is_drawn && is_over)
        put_head(all.head, surface->covered, is_cleared);
    all.tail = is_drawn && !is_cleared ? "\033[J" : "";
    mhi_screen_rests_on(surface->drawn > 0 ? surface->fd : -1);
    write_all(surface, &all);
    surface->above.size = 0;
    surface->covered = 0;
}

static void forget_rows(mhi_surface *surface)
{
    surface->drawn = 0;
    surface->rows.size = 0;
}

void mhi_surface_add_above(mhi_surface *surface, const char *text, size_t size)
{
    if (mhi_text_add(&surface->above, text, size))
        return;
    mhi_surface_flush(surface); // there is no memory: one after the other, then
    measure(surface);
    forget_rows(surface);
    emit(surface);
    write_piece(surface, text, size);
}

// ---- frames ---------------------------------------------------------------------------------

void mhi_surface_begin(mhi_surface *surface)
{
    measure(surface);
    forget_rows(surface);
}

int mhi_surface_room(const mhi_surface *surface)
{
    int most = surface->lines - 1 < MHI_SURFACE_ROWS ? surface->lines - 1 : MHI_SURFACE_ROWS;
    return most - surface->drawn;
}

void mhi_surface_add_row(mhi_surface *surface, const char *row, int width)
{
    const char *before = surface->drawn > 0 ? "\033[K\n" : "";
    size_t size = surface->rows.size;
    if (mhi_surface_room(surface) > 0 && mhi_text_put(&surface->rows, before) &&
        mhi_text_put(&surface->rows, row))
        surface->widths[surface->drawn++] = (uint16_t)width;
    else
        surface->rows.size = size;
}

void mhi_surface_end(mhi_surface *surface)
{
    if (surface->drawn > 0 || surface->covered > 0 || surface->above.size > 0)
        emit(surface);
}

void mhi_surface_flush(mhi_surface *surface)
{
    if (surface->above.size == 0)
        return;
    if (!measure(surface))
        forget_rows(surface);
    emit(surface);
}

void mhi_surface_leave(mhi_surface *surface)
{
    if (surface->drawn > 0)
        write_piece(surface, "\n", 1);
    mhi_screen_rests_on(-1);
    forget_rows(surface);
}
