// Partial: some arguments of a function are bound now, and the rest is given when it is
// submitted.
//
// Shows (FEATURES): P4 partials, also with more arguments at the submit, and partials of
// partials.
//
//     ./partial [threads|processes|serial]
//
// prints, for every kind:
//
//     2 x 3 x 4 = 24
//     2 x 3 x 5 = 30
//     2 x 3 x 6 = 36

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

static int volume(int width, int height, int depth)
{
    return width * height * depth;
}

MH_ROUTINE_3(volume_of, volume, int, int, int, int);

static void print_volume(mh_pool *pool, const mh_partial *partial, mh_bytes rest,
                         const char *title)
{
    mh_task *task;
    if (mh_partial_submit(partial, pool, rest, NULL, &task) != MH_OK)
        return;
    mh_result result;
    if (mh_task_wait(task, MH_FOREVER) == MH_OK && mh_task_result(task, &result) == MH_OK)
        printf("%s = %d\n", title, mh_result_as(int, result));
    mh_task_drop(task);
}

static void print_volumes(mh_pool *pool)
{
    mh_partial *wide = NULL, *front = NULL, *box = NULL;
    if (mh_partial_open(&wide, &volume_of, MH_BYTES_OF((int){2})) == MH_OK &&
        mh_partial_bind(&front, wide, MH_BYTES_OF((int){3})) == MH_OK &&
        mh_partial_bind(&box, front, MH_BYTES_OF((int){6})) == MH_OK) {
        print_volume(pool, front, MH_BYTES_OF((int){4}), "2 x 3 x 4");
        print_volume(pool, front, MH_BYTES_OF((int){5}), "2 x 3 x 5");
        print_volume(pool, box, (mh_bytes){NULL, 0}, "2 x 3 x 6"); // all is bound
    }
    mh_partial_close(box);
    mh_partial_close(front);
    mh_partial_close(wide);
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 2};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    print_volumes(pool);
    mh_pool_close(pool);
    return 0;
}
