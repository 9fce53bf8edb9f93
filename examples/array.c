// Array: from an array to an array of results, in one call. Where all the input is there, and
// all the output is wanted at once, nothing more is needed.
//
// Shows (FEATURES): M15 the list-returning form, as pqdm has it; M3 an item that is a struct.
//
//     ./array [threads|processes|serial]
//
// prints, for every kind:
//
//     2 x 3 = 6
//     4 x 5 = 20
//     6 x 7 = 42

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

struct rectangle {
    double width, height;
};

static double area(struct rectangle rectangle)
{
    return rectangle.width * rectangle.height;
}

MH_ROUTINE(area_of_each, area, struct rectangle, double);

int main(int argc, char **argv)
{
    const struct rectangle input[] = {{2, 3}, {4, 5}, {6, 7}};
    double output[3];
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 2};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_status status = mh_map_array(pool, &area_of_each, input, 3, sizeof *input, output,
                                    sizeof *output, NULL);
    mh_pool_close(pool);
    if (status != MH_OK)
        return 1;
    for (int i = 0; i < 3; i++)
        printf("%g x %g = %g\n", input[i].width, input[i].height, output[i]);
    return 0;
}
