// Named pool: two functions run on the same pool, which they know by its name only. Whoever
// wants to wait for all of that work finds the pool by its name as well.
//
// Shows (FEATURES): P8 a pool is found by name anywhere in the program; P12 functions that
// share a named pool; P6 waiting for it, with new submissions held back.
//
//     ./named_pool [threads|processes|serial]
//
// prints, for every kind:
//
//     geometry has done 8 tasks
//     1 x 2: area 2, border 6
//     2 x 3: area 6, border 10
//     3 x 4: area 12, border 14
//     4 x 5: area 20, border 18

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

#define COUNT 4

struct rectangle {
    int width, height;
};

static int area(struct rectangle rectangle)
{
    return rectangle.width * rectangle.height;
}

static int border(struct rectangle rectangle)
{
    return 2 * (rectangle.width + rectangle.height);
}

MH_THREADED(area_later, area, struct rectangle, int, .pool_name = "geometry");
MH_THREADED(border_later, border, struct rectangle, int, .pool_name = "geometry");

static int result_and_drop(mh_task *task)
{
    mh_result result;
    mh_status status = mh_task_result(task, &result);
    int value = status == MH_OK ? mh_result_as(int, result) : -1;
    mh_task_drop(task);
    return value;
}

static void wait_for_geometry(void)
{
    mh_pool *pool = mh_pool_find("geometry");
    mh_pool_facts facts;
    if (mh_pool_wait(pool, true, MH_FOREVER) == MH_OK &&
        mh_pool_facts_of(pool, &facts) == MH_OK)
        printf("%s has done %d tasks\n", mh_pool_name(pool), (int)facts.ended);
}

int main(int argc, char **argv)
{
    // Without this, the first call would open it, with threads.
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 3};
    mh_pool *pool;
    if (mh_pool_find_or_open(&pool, "geometry", &options) != MH_OK)
        return 1;
    mh_task *areas[COUNT] = {NULL}, *borders[COUNT] = {NULL};
    for (int i = 0; i < COUNT; i++) {
        struct rectangle rectangle = {i + 1, i + 2};
        area_later(rectangle, &areas[i]);
        border_later(rectangle, &borders[i]);
    }
    wait_for_geometry();
    for (int i = 0; i < COUNT; i++) {
        int covered = result_and_drop(areas[i]), around = result_and_drop(borders[i]);
        printf("%d x %d: area %d, border %d\n", i + 1, i + 2, covered, around);
    }
    mh_pools_close(MH_FOREVER, NULL, 0);
    return 0;
}
