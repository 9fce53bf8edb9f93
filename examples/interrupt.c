// Interrupt: a long computation that a Ctrl-C ends in order.
//
// Shows (FEATURES): N11 the first Ctrl-C stops handing out, what runs comes to its end, and the program goes
// on behind its loop; a second one would kill it and its workers.
//
//     ./interrupt [threads|processes|serial]
//
// prints a square every now and then, until Ctrl-C is pressed. With `press` as a second argument it presses
// Ctrl-C itself, after the third one, and prints, for every kind:
//
//     the square of 0 is 0
//     the square of 100000 is 10000000000
//     the square of 200000 is 40000000000
//     the map says: it was cancelled before its end
//     interrupted: yes
//     results came in order: yes

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <manyhands.h>

#include "kind.h"

enum { STEP = 100000, PRESSED_AFTER = 3 };

static int64_t square(int64_t number)
{
    return number * number;
}

MH_ROUTINE(square_each, square, int64_t, int64_t);

// Prints some of them, and tells how the map ended.
static mh_status show_squares(mh_map *map, bool presses, bool *in_order)
{
    uint64_t next = 0;
    int shown = 0;
    mh_result result;
    mh_status status;
    *in_order = true;
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK) {
        *in_order &= result.index >= next;
        next = result.index + 1;
        if (result.index % STEP != 0 || mh_is_interrupted())
            continue;
        printf("the square of %" PRIu64 " is %" PRId64 "\n", result.index,
               mh_result_as(int64_t, result));
        fflush(stdout);
        if (++shown == PRESSED_AFTER && presses)
            raise(SIGINT);
    }
    return status;
}

int main(int argc, char **argv)
{
    bool presses = argc > 2 && strcmp(argv[2], "press") == 0, in_order;
    if (mh_interrupt_open(NULL) != MH_OK)
        return 1;
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 4};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_map *map;
    mh_source source = mh_source_range(0, INT64_MAX, 1);
    if (mh_map_open(&map, pool, &square_each, &source, NULL) != MH_OK)
        return 1;
    mh_status status = show_squares(map, presses, &in_order);
    printf("the map says: %s\n", mh_status_text(status));
    printf("interrupted: %s\n", mh_is_interrupted() ? "yes" : "no");
    printf("results came in order: %s\n", in_order ? "yes" : "no");
    mh_map_close(map);
    mh_pool_close(pool);
    return mh_interrupt_close() == MH_OK ? 0 : 1;
}
