// Source: where the items of a map come from.
//
// A source is asked for its next item only when there is room for it, by the thread that calls
// mh_map_next, inside that call; so it needs no locks, and may use whatever that thread may use. It
// may know how many items there are ("sized") or not.
//
//     mh_source source = mh_source_array(numbers, 5, sizeof *numbers);
//     mh_source source = mh_source_range(0, 1000000, 1);
//     mh_source source = mh_source_lines(stdin);
//     mh_source source = mh_source_of(next_record, &reader);
//
// A source that blocks holds up the results too, for nothing else runs in that thread meanwhile. Where
// items arrive slowly and each should be answered at once, set the map's window to 1.
#ifndef MANYHANDS_SOURCE_H
#define MANYHANDS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <manyhands/bytes.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

// Gives the next item: sets `*item` to bytes that stay valid until it is asked again, and returns
// MH_OK; or returns MH_END when there are no more; or any other status when it failed, which ends the
// input. It is not asked again after the last two.
typedef mh_status mh_source_next(void *context, mh_bytes *item);

// Make one with the functions below; the fields are for them.
typedef struct mh_source {
    mh_source_next *next;
    void *context;   // passed to next; NULL: the source itself
    bool sized;      // whether `length` is known
    uint64_t length; // in items
    union {
        struct {
            const char *data;
            size_t size;
            uint64_t left;
        } array;
        struct {
            int64_t current, next, step;
            uint64_t left;
        } range;
        struct {
            FILE *file;
            char *line;
            size_t room;
        } lines;
    } own;
} mh_source;

// The `count` elements, of `size` bytes each, of an array that stays as it is until the map is closed.
mh_source mh_source_array(const void *data, size_t count, size_t size);

// The numbers first, first + step ... up to but not including `end`, as int64_t. A step of 0 is
// refused by mh_map_open.
mh_source mh_source_range(int64_t first, int64_t end, int64_t step);

// The lines of a file, each without its newline but with a final NUL, so that the routine can use it
// as a text. Unsized. The file belongs to the caller. A read error fails the source.
mh_source mh_source_lines(FILE *file);

// Whatever `next` gives, when the number of items is not known, and when it is. A sized source that
// ends early, or goes on, is believed: its length was only a forecast.
mh_source mh_source_of(mh_source_next *next, void *context);
mh_source mh_source_sized(mh_source_next *next, void *context, uint64_t length);

#ifdef __cplusplus
}
#endif
#endif
