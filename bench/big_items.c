// Big items: how fast large inputs reach worker processes.
//
// Items of 1 MiB lie in a buffer of the parent; worker processes add up their words. The peer
// is the least that could ever be done: one memcpy of the same items to memory shared with
// other processes, with nobody there to read them.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <manyhands/map.h>

#include "benchmarks.h"
#include "measure.h"
#include "numbers.h"

#define ITEM_SIZE ((size_t)1 << 20)
#define BUFFER_ITEMS 64
#define WORDS (ITEM_SIZE / sizeof(uint64_t))

enum { ITEMS = 1280 };

typedef struct big_items {
    mh_pool *pool;
    uint64_t *buffer;
    char *shared; // where the peer copies to
    int items;    // of one pass; they go round the buffer
    int next;     // the item the source gives next
    uint64_t sum; // of all results of one pass
} big_items;

static uint64_t sum_of(const uint64_t *words, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += words[i];
    return sum;
}

static mh_status add_up(mh_call *call, mh_bytes item)
{
    const uint64_t sum = sum_of(item.data, item.size / sizeof sum);
    return mh_return(call, &sum, sizeof sum);
}
static const mh_routine add_up_each = {.name = "add up", .run = add_up};

static const uint64_t *item_at(const big_items *big, int number)
{
    return big->buffer + (size_t)(number % BUFFER_ITEMS) * WORDS;
}

static mh_status next_item(void *context, mh_bytes *item)
{
    big_items *big = context;
    if (big->next == big->items)
        return MH_END;
    *item = (mh_bytes){item_at(big, big->next++), ITEM_SIZE};
    return MH_OK;
}

static double map_pass(void *context)
{
    big_items *big = context;
    const double start = bench_now();
    mh_map *map;
    big->next = 0;
    const mh_source source = mh_source_of(next_item, big);
    bench_require(mh_map_open(&map, big->pool, &add_up_each, &source, NULL), "no map");
    uint64_t sum = 0;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
        sum += mh_result_as(uint64_t, result);
    mh_map_close(map);
    const double ns = bench_now() - start;
    bench_check(sum == big->sum, "the sum of the big items is wrong");
    return ns;
}

static double copy_pass(void *context)
{
    const big_items *big = context;
    const double start = bench_now();
    for (int number = 0; number < big->items; number++)
        memcpy(big->shared + (size_t)(number % BUFFER_ITEMS) * ITEM_SIZE, item_at(big, number),
               ITEM_SIZE);
    return bench_now() - start;
}

static void prepare(big_items *big)
{
    const size_t size = BUFFER_ITEMS * ITEM_SIZE;
    big->buffer = malloc(size);
    big->shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bench_check(big->buffer != NULL && big->shared != MAP_FAILED, "no memory");
    for (size_t i = 0; i < BUFFER_ITEMS * WORDS; i++)
        big->buffer[i] = i * 0x9e3779b97f4a7c15U;
    for (int number = 0; number < big->items; number++)
        big->sum += sum_of(item_at(big, number), WORDS);
}

void bench_big_items(const bench_options *options)
{
    big_items big = {.pool = bench_open_pool(MH_PROCESSES, options),
                     .items = (int)bench_amount(options, ITEMS)};
    prepare(&big);
    const bench_contest contest = {
        .name = "big-items",
        .unit = "GB/s",
        .amount = (double)big.items * ITEM_SIZE,
        .speed = true,
        .ours = {.name = "big-items", .pass = map_pass, .context = &big},
        .peer = {.name = "memcpy", .pass = copy_pass, .context = &big},
    };
    bench_compare(options, &contest);
    mh_pool_close(big.pool);
    munmap(big.shared, BUFFER_ITEMS * ITEM_SIZE);
    free(big.buffer);
}
