// Stateful: workers that build something once, keep it, and hand back a last result when they
// end.
//
// Each worker here is a clerk. Its argument is its name, its state a ledger, which it opens
// once, in setup, and keeps as long as it lives. A real one would load a model there, take a
// GPU, or connect to a server.
//
// Shows (FEATURES): M7 setup once in each worker, with an argument of its own; state; teardown
// with a last result that the program collects.
//
//     ./stateful [threads|processes|serial]
//
// prints, for every kind (who did how many is told on standard error, for it differs):
//
//     1000 prices: 49950000 cents
//     the workers say: 1000 prices, 49950000 cents

#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

#include "kind.h"

#define WORKERS 3
#define PRICES 1000
#define CENTS_PER_COIN 100

struct ledger {
    char name[16];     // of the clerk
    long count, cents; // of all prices so far
};

static mh_status open_ledger(mh_call *call, mh_bytes argument, void **state)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL)
        return mh_fail(call, 1, "no memory for the ledger");
    snprintf(ledger->name, sizeof ledger->name, "%s", (const char *)argument.data);
    *state = ledger;
    return MH_OK;
}

static mh_status convert(mh_call *call, mh_bytes item)
{
    struct ledger *ledger = mh_state(call);
    long cents = (long)*(const int64_t *)item.data * CENTS_PER_COIN;
    ledger->count++;
    ledger->cents += cents;
    return mh_return(call, &cents, sizeof cents);
}

static void close_ledger(mh_call *call, void *state)
{
    mh_return(call, state, sizeof(struct ledger)); // a copy, so it may be freed
    free(state);
}

static const mh_routine clerk = {
    .name = "clerk", .setup = open_ledger, .run = convert, .teardown = close_ledger};

static void convert_prices(mh_pool *pool)
{
    mh_source prices = mh_source_range(0, PRICES, 1);
    mh_map *map;
    if (mh_map_open(&map, pool, NULL, &prices, NULL) != MH_OK) // NULL: the pool's own routine
        return;
    long cents = 0;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
        cents += mh_result_as(long, result);
    printf("%llu prices: %ld cents\n", (unsigned long long)mh_map_count(map), cents);
    mh_map_close(map);
}

// Ends the workers, and reads what their teardown returned.
static void collect_ledgers(mh_pool *pool)
{
    long count = 0, cents = 0;
    for (mh_result last; mh_pool_next(pool, &last, MH_FOREVER) == MH_OK;) {
        struct ledger ledger = mh_result_as(struct ledger, last);
        fprintf(stderr, "worker %d, %s: %ld prices\n", last.worker, ledger.name, ledger.count);
        count += ledger.count;
        cents += ledger.cents;
    }
    printf("the workers say: %ld prices, %ld cents\n", count, cents);
}

int main(int argc, char **argv)
{
    mh_bytes names[WORKERS] = {mh_bytes_of_text("Anna"), mh_bytes_of_text("Bert"),
                               mh_bytes_of_text("Cleo")};
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv),
                               .workers = WORKERS,
                               .routine = &clerk,
                               .arguments = names};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    convert_prices(pool);
    collect_ledgers(pool);
    mh_pool_close(pool);
    return 0;
}
