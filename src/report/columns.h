// Columns: how much room text takes on a terminal, for titles, which may hold anything.
//
// Promises: what comes out cannot move the cursor, and is never wider than asked. Where
// terminals disagree about a character, the wider answer is taken. Other text of this room is
// made of characters of one column and needs none of this.
#ifndef MHI_COLUMNS_H
#define MHI_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MHI_NO_CHARACTER UINT32_MAX

// Reads the character (UTF-8) at `*text`, which is not the end, and moves past it; past one byte
// where there is none, and returns MHI_NO_CHARACTER.
uint32_t mhi_columns_take(const char **text);

// Copies as much of `text` (UTF-8) as fits into `columns` and into `room` bytes (at least 4,
// with the final 0), and returns the columns used. What is cut off is marked at the end; what
// cannot be shown is a question mark, and so is all but ASCII when `utf8` is false.
int mhi_columns_copy(char *copy, size_t room, const char *text, int columns, bool utf8);

#endif
