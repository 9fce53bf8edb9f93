// Threaded pool: a function with a pool of its own, and one line at the end that closes all
// the pools there are. The results can still be read then.
//
// Shows (FEATURES): P12, P13 a private pool for a function; P8 all pools are listed, and
// closed with one deadline; P2 a handle outlives its pool.
//
//     ./threaded_pool
//
// prints:
//
//     pools: 2
//     not finished in time: 0
//     pools: 0
//     1 4 9 16 25 36
//     1 8 27 64 125 216

#include <stdio.h>

#include <manyhands.h>

#define COUNT 6

static long square(long x)
{
    return x * x;
}

static long cube(long x)
{
    return x * x * x;
}

MH_PROCESSED(cube_later, cube, long, long, .home = MH_HOME_PRIVATE, .pool.workers = 2);
MH_THREADED(square_later, square, long, long, .home = MH_HOME_PRIVATE, .pool.workers = 3);

static void print_and_drop(mh_task **tasks)
{
    for (int i = 0; i < COUNT; i++) {
        mh_result result;
        if (mh_task_result(tasks[i], &result) == MH_OK)
            printf("%ld%c", mh_result_as(long, result), i < COUNT - 1 ? ' ' : '\n');
        mh_task_drop(tasks[i]);
    }
}

int main(void)
{
    mh_task *squares[COUNT] = {NULL}, *cubes[COUNT] = {NULL};
    for (int i = 0; i < COUNT; i++) {
        cube_later(i + 1, &cubes[i]);
        square_later(i + 1, &squares[i]);
    }
    printf("pools: %zu\n", mh_pools(NULL, 0));
    printf("not finished in time: %zu\n", mh_pools_close(mh_in_ms(60000), NULL, 0));
    printf("pools: %zu\n", mh_pools(NULL, 0));
    print_and_drop(squares);
    print_and_drop(cubes);
    return 0;
}
