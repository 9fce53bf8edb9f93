// Fake screen: a small terminal in memory and a clock that stands still, for tests of the
// screen.
//
// It understands what a terminal must for bars: newline, carriage return, up, clearing to the
// end of the line or screen, and colour, which it does not keep. It fails the test on any other
// escape, and on text that reaches its last column. To it, every character takes one column.
#ifndef TESTS_FAKE_SCREEN_H
#define TESTS_FAKE_SCREEN_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../src/report/screen.h"

enum { FAKE_ROWS = 100, FAKE_COLUMNS = 200, FAKE_FDS = 8 };

typedef struct fake_terminal {
    char cells[FAKE_ROWS][FAKE_COLUMNS];
    int row, column;
    int writes;
    char raw[1 << 16]; // everything written to it
    size_t raw_size;
    char last[1 << 14]; // the last write
} fake_terminal;

static fake_terminal fake_terminals[FAKE_FDS];
static uint64_t fake_now_ns;
static int fake_columns = 80;
static bool fake_is_terminal = true;

static size_t fake_escape(fake_terminal *terminal, const char *text)
{
    int count = 1, size = 0;
    char what = 0;
    if (sscanf(text, "\033[%*dm%n", &size) == 0 && size > 0)
        return (size_t)size;
    if (sscanf(text, "\033[%dA%n", &count, &size) == 1 && size > 0) {
        terminal->row -= count;
        ck_assert_int_ge(terminal->row, 0);
        return (size_t)size;
    }
    ck_assert_int_eq(sscanf(text, "\033[%c", &what), 1);
    ck_assert(what == 'K' || what == 'J');
    char *from = &terminal->cells[terminal->row][terminal->column];
    char *line_end = terminal->cells[terminal->row] + FAKE_COLUMNS;
    char *screen_end = terminal->cells[0] + sizeof terminal->cells;
    memset(from, ' ', (size_t)((what == 'K' ? line_end : screen_end) - from));
    return 3;
}

static void fake_write(int fd, const char *text, size_t size)
{
    fake_terminal *terminal = &fake_terminals[fd];
    terminal->writes++;
    snprintf(terminal->last, sizeof terminal->last, "%.*s", (int)size, text);
    memcpy(terminal->raw + terminal->raw_size, text, size);
    terminal->raw_size += size;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\033') {
            i += fake_escape(terminal, text + i) - 1;
        } else if (text[i] == '\r') {
            terminal->column = 0;
        } else if (text[i] == '\n') {
            terminal->column = 0;
            ck_assert_int_lt(++terminal->row, FAKE_ROWS);
        } else if ((text[i] & 0xC0) != 0x80) { // UTF-8: a character counts by its first byte
            terminal->cells[terminal->row][terminal->column++] = text[i];
            ck_assert(!fake_is_terminal || fake_columns == 0 ||
                      terminal->column < fake_columns);
        }
    }
}

// The rows down to the cursor, without what is blank at their ends; "|" is where the cursor
// rests.
static const char *fake_screen(int fd)
{
    static char shown[FAKE_ROWS * (FAKE_COLUMNS + 1)];
    fake_terminal *terminal = &fake_terminals[fd];
    char *end = shown;
    for (int row = 0; row <= terminal->row; row++) {
        int size = FAKE_COLUMNS;
        while (size > 0 &&
               (terminal->cells[row][size - 1] == ' ' || terminal->cells[row][size - 1] == 0))
            size--;
        end += sprintf(end, "%s%.*s", row > 0 ? "\n" : "", size, terminal->cells[row]);
    }
    strcpy(end, "|");
    return shown;
}

static int fake_width(int fd)
{
    (void)fd;
    return fake_columns;
}

static bool fake_is(int fd)
{
    (void)fd;
    return fake_is_terminal;
}

static uint64_t fake_clock_ns(void)
{
    return fake_now_ns;
}

static int fake_second_of_day(void)
{
    return 12 * 3600 + (int)(fake_now_ns / 1000000000);
}

static const mhi_screen_target fake_target = {fake_write, fake_width, fake_is, fake_clock_ns,
                                              fake_second_of_day};

#endif
