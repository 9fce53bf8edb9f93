// Lines: reads lines from standard input, and writes them in capital letters, in the same
// order.
//
// Shows (FEATURES): M2 the lines of a FILE as items, read only as fast as there is room for
// them; M4 order is kept, though lines differ in length.
//
//     printf 'many hands\nmake light work\n' | ./lines [threads|processes|serial]
//
// prints, for every kind:
//
//     MANY HANDS
//     MAKE LIGHT WORK

#include <ctype.h>
#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

// A line comes with its final NUL, so the result is a text as well.
static mh_status capitalize(mh_call *call, mh_bytes line)
{
    const unsigned char *from = line.data;
    void *room;
    mh_status status = mh_reserve(call, line.size, &room);
    if (status != MH_OK)
        return status;
    char *capitals = room;
    for (size_t i = 0; i < line.size; i++)
        capitals[i] = (char)toupper(from[i]);
    return MH_OK;
}

static const mh_routine capitalize_each = {.name = "capitalize", .run = capitalize};

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 4};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_map *map;
    mh_source source = mh_source_lines(stdin);
    if (mh_map_open(&map, pool, &capitalize_each, &source, NULL) == MH_OK) {
        for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
            if (result.outcome == MH_DONE)
                puts(result.data);
            else
                fprintf(stderr, "line %u: %s\n", (unsigned)result.index + 1, result.message);
        mh_map_close(map);
    }
    mh_pool_close(pool);
    return 0;
}
