// Fake terminal: a terminal in memory, with a window of some rows and all that has scrolled out of it.
//
// It understands what a terminal must for bars: newline, carriage return, up, clearing to the end of
// the line or screen, and colour, which it does not keep. It fails the test on any other escape. It
// wraps lines at its last column, knows characters of two columns and of none (from the C library, not
// from us), and puts wrapped lines together anew when its width changes, as most terminals do.
#ifndef TESTS_FAKE_TERMINAL_H
#define TESTS_FAKE_TERMINAL_H

#include <check.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { FAKE_ROWS = 2000, FAKE_COLUMNS = 160 };

typedef struct fake_cell {
    char text[15]; // empty: blank
    char columns;  // 0: the second half of a wide character
} fake_cell;

typedef struct fake_row {
    fake_cell cells[FAKE_COLUMNS];
    bool wraps; // goes on in the next row
} fake_row;

typedef struct fake_terminal {
    int columns, lines; // its size
    fake_row *rows[FAKE_ROWS];
    int top; // the first row of the window
    int row, column;
} fake_terminal;

// ---- rows -----------------------------------------------------------------------------------

static inline fake_row *fake_row_at(fake_terminal *terminal, int row)
{
    if (row >=
        FAKE_ROWS) // Check writes down each assertion; there are too many characters for that
        ck_abort_msg("more rows than the fake terminal has");
    if (terminal->rows[row] == NULL)
        terminal->rows[row] = calloc(1, sizeof(fake_row));
    return terminal->rows[row];
}

static inline void fake_down(fake_terminal *terminal)
{
    terminal->row++;
    if (terminal->row >= terminal->top + terminal->lines)
        terminal->top = terminal->row - terminal->lines + 1;
}

static inline void fake_clear_line(fake_terminal *terminal, int row, int column)
{
    fake_row *cleared = fake_row_at(terminal, row);
    if (column == terminal->columns)
        column--; // the cursor hangs over its last column
    memset(cleared->cells + column, 0, sizeof(fake_cell) * (size_t)(FAKE_COLUMNS - column));
    cleared->wraps = false;
}

static inline void fake_put(fake_terminal *terminal, const char *text, int size, int columns)
{
    if (columns == 0) { // a mark: stands on the character before it
        if (terminal->column > 0) {
            char *on = fake_row_at(terminal, terminal->row)->cells[terminal->column - 1].text;
            if (strlen(on) + (size_t)size < sizeof(fake_cell) - 1)
                strncat(on, text, (size_t)size);
        }
        return;
    }
    if (terminal->column + columns > terminal->columns) {
        fake_row_at(terminal, terminal->row)->wraps = true;
        fake_down(terminal);
        terminal->column = 0;
    }
    fake_cell *cell = &fake_row_at(terminal, terminal->row)->cells[terminal->column];
    memset(cell, 0, sizeof *cell * (size_t)columns);
    memcpy(cell->text, text, (size_t)size);
    cell->columns = (char)columns;
    terminal->column += columns;
}

// ---- what is written to it ------------------------------------------------------------------

static inline size_t fake_escape(fake_terminal *terminal, const char *text)
{
    int count = 1, size = 0;
    char what = 0;
    if (sscanf(text, "\033[%*dm%n", &size) == 0 && size > 0)
        return (size_t)size;
    if (sscanf(text, "\033[%dA%n", &count, &size) == 1 && size > 0) {
        terminal->row -= count;
        if (terminal->row < terminal->top)
            terminal->row = terminal->top;
        return (size_t)size;
    }
    ck_assert_int_eq(sscanf(text, "\033[%c", &what), 1);
    ck_assert(what == 'K' || what == 'J');
    if (what == 'J' && terminal->row == terminal->top && terminal->column == 0)
        ck_abort_msg(
            "some terminals keep in their history what is cleared from the first place");
    fake_clear_line(terminal, terminal->row, terminal->column);
    for (int row = terminal->row + 1; what == 'J' && row < terminal->top + terminal->lines;
         row++)
        fake_clear_line(terminal, row, 0);
    return 3;
}

static inline size_t fake_character(fake_terminal *terminal, const char *text, size_t size)
{
    wchar_t character = 0;
    size_t used = mbrtowc(&character, text, size, &(mbstate_t){0});
    bool is_broken = used == (size_t)-1 || used == (size_t)-2;
    int columns = is_broken ? 1 : wcwidth(character);
    if (columns < 0) // nothing else may move the cursor
        ck_abort_msg("an unfit character: %x", (unsigned)character);
    used = is_broken ? 1 : used;
    fake_put(terminal, is_broken ? "?" : text, (int)used, columns);
    return used;
}

static inline void fake_terminal_write(fake_terminal *terminal, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        if (text[i] == '\033') {
            i += fake_escape(terminal, text + i);
        } else if (text[i] == '\r') {
            terminal->column = 0;
            i++;
        } else if (text[i] == '\n') {
            fake_down(terminal);
            terminal->column = 0;
            i++;
        } else {
            i += fake_character(terminal, text + i, size - i);
        }
    }
}

// ---- what is done to it ---------------------------------------------------------------------

static inline int fake_used(const fake_row *row)
{
    int used = FAKE_COLUMNS;
    while (used > 0 && row->cells[used - 1].text[0] == '\0' &&
           (used < 2 || row->cells[used - 2].columns < 2))
        used--;
    return used;
}

// Copies a row of another width cell by cell; wrapped rows are put together by not ending the line.
static inline void fake_reflow(fake_terminal *to, fake_terminal *from)
{
    int last = from->row;
    for (int row = 0; row <= last; row++) {
        fake_row *old = fake_row_at(from, row);
        int used = fake_used(old);
        for (int column = 0; column < used; column++) {
            const fake_cell *cell = &old->cells[column];
            bool is_half = cell->text[0] == '\0' && column > 0 && cell[-1].columns == 2;
            if (!is_half)
                fake_put(to, cell->text[0] != '\0' ? cell->text : " ",
                         cell->text[0] != '\0' ? (int)strlen(cell->text) : 1,
                         cell->columns > 0 ? cell->columns : 1);
        }
        if (row < last && !old->wraps) {
            fake_down(to);
            to->column = 0;
        }
    }
}

static inline void fake_terminal_clear(fake_terminal *terminal)
{
    for (int row = 0; row < FAKE_ROWS; row++)
        free(terminal->rows[row]);
    memset(terminal, 0, sizeof *terminal);
}

static inline void fake_terminal_resize(fake_terminal *terminal, int columns, int lines)
{
    fake_terminal *fresh = calloc(1, sizeof *fresh);
    fresh->columns = columns;
    fresh->lines = lines;
    fake_reflow(fresh, terminal);
    fake_terminal_clear(terminal);
    *terminal = *fresh;
    free(fresh);
}

// ---- what is seen on it ---------------------------------------------------------------------

// The rows from `row` down to the cursor, without what is blank at their ends; "|" is where the cursor
// rests. The text stands until the next call.
static inline const char *fake_terminal_rows(fake_terminal *terminal, int row)
{
    static char shown[FAKE_ROWS * 160];
    char *end = shown, *const limit = shown + sizeof shown - 16 * FAKE_COLUMNS;
    for (int first = row; row <= terminal->row; row++) {
        const fake_row *seen = fake_row_at(terminal, row);
        end = stpcpy(end, row > first ? "\n" : "");
        int used = fake_used(seen);
        for (int column = 0; column < used; column++) {
            bool is_half = seen->cells[column].text[0] == '\0' && column > 0 &&
                           seen->cells[column - 1].columns == 2;
            bool is_blank = seen->cells[column].text[0] == '\0';
            end = stpcpy(end, is_half ? "" : is_blank ? " " : seen->cells[column].text);
        }
        while (end > shown && end[-1] == ' ')
            end--;
        if (end >= limit)
            ck_abort_msg("more than can be shown");
    }
    strcpy(end, "|");
    return shown;
}

#endif
