// Crash: one item makes its worker process die of a segmentation fault. That item alone fails,
// the pool puts a new worker in the place of the dead one, and all the others come out right.
//
// Shows (FEATURES): N1 crash isolation, with the signal, the worker and the process told.
//
//     ./crash            (only processes: a thread that crashes takes the program with it)
//
// prints:
//
//     item 0: 300 cents
//     item 1: 150 cents
//     item 2: crashed with signal 11 in worker 0
//     item 3: 80 cents
//     item 4: 220 cents
//     worker 0 was replaced: yes
//
// There is only one worker, so that these lines are always the same.

#include <stdio.h>

#include <manyhands.h>

static const long bread = 300, milk = 150, egg = 80, tea = 220;
static const long *const prices[] = {&bread, &milk, NULL, &egg, &tea}; // somebody forgot one

static long price_of(int64_t number)
{
    return *prices[number];
}

MH_ROUTINE(price_of_each, price_of, int64_t, long);

static void print_result(const mh_result *result)
{
    printf("item %u: ", (unsigned)result->index);
    if (result->outcome == MH_DONE)
        printf("%ld cents\n", mh_result_as(long, *result));
    else
        printf("%s with signal %d in worker %d\n", mh_outcome_text(result->outcome),
               result->signal, result->worker);
}

static void print_prices(mh_pool *pool)
{
    mh_source source = mh_source_range(0, 5, 1);
    mh_map *map;
    if (mh_map_open(&map, pool, &price_of_each, &source, NULL) != MH_OK)
        return;
    int first = 0, last = 0; // processes
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK; last = result.pid) {
        print_result(&result);
        if (result.index == 0)
            first = result.pid;
    }
    mh_map_close(map);
    printf("worker 0 was replaced: %s\n", first != last ? "yes" : "no");
}

int main(void)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = MH_PROCESSES, .workers = 1};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    print_prices(pool);
    mh_pool_close(pool);
    return 0;
}
