// Nested bars: loops in loops, each with a bar: one in the program, for the rows of a table, one in
// each task, for its row, and in it one for each field. After the nested loops of atpbar.
//
// Shows (FEATURES): C4 bars of the program and of its tasks, together; C9 waiting for them.
//
//     ./nested_bars [threads|processes|serial]
//
// shows the bars on standard error, and prints, for every kind:
//
//     4 rows of 3 fields: the sum is 66

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

enum { ROWS = 4, FIELDS = 3, STEPS = 50 };

// Here something would be looked up, step by step.
static long look_up(mh_call *call, long row, long field)
{
    char title[64];
    mh_progress *bar = NULL;
    snprintf(title, sizeof title, "row %ld, field %ld", row, field);
    mh_progress_open(&bar, title, STEPS);
    for (int i = 0; i < STEPS; i++, mh_progress_add(bar, 1))
        mh_wait_cancelled(call, mh_in_ms(1));
    mh_progress_close(bar);
    return row * FIELDS + field;
}

static mh_status add_up_row(mh_call *call, mh_bytes item)
{
    long row = (long)*(const int64_t *)item.data, sum = 0;
    char title[64];
    mh_progress *bar = NULL;
    snprintf(title, sizeof title, "row %ld", row);
    mh_progress_open(&bar, title, FIELDS);
    for (long field = 0; field < FIELDS; field++, mh_progress_add(bar, 1))
        sum += look_up(call, row, field);
    mh_progress_close(bar);
    return mh_return(call, &sum, sizeof sum);
}
static const mh_routine add_up = {.name = "add up a row", .run = add_up_row};

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 2};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    long sum = 0;
    mh_map *map = NULL;
    mh_source rows = mh_source_range(0, ROWS, 1);
    if (mh_map_open(&map, pool, &add_up, &rows, &(mh_map_options){.progress = "the table"}) ==
        MH_OK)
        for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
            if (result.outcome == MH_DONE)
                sum += mh_result_as(long, result);
    mh_map_close(map);
    mh_progress_wait(MH_FOREVER); // what is printed now comes below all bars
    printf("%d rows of %d fields: the sum is %ld\n", ROWS, FIELDS, sum);
    mh_pool_close(pool);
    return 0;
}
