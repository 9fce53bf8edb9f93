// Primes: finds prime numbers in several ranges at once, after the example of py_multitasking.
//
// Shows (FEATURES): M3 an item that is a struct of several arguments, checked by the compiler;
// M2 a source that makes its items while it is asked; results of a fixed size (a count) and of
// any size (a list); M11 a pool used for two maps.
//
//     ./primes [threads|processes|serial]
//
// prints, for every kind:
//
//     1 to 100000: 9592 primes
//     100000 to 200000: 8392 primes
//     200000 to 300000: 8013 primes
//     300000 to 400000: 7863 primes
//     400000 to 500000: 7678 primes
//     in all: 41538 primes
//     by lists: 41538 primes, from 2 to 499979

#include <stdbool.h>
#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

#define END 500000
#define RANGE_SIZE 100000

struct range {
    int64_t first, end; // the end itself is not part of it
};

static bool is_prime(int64_t number)
{
    if (number < 4)
        return number > 1;
    if (number % 2 == 0)
        return false;
    for (int64_t divisor = 3; divisor * divisor <= number; divisor += 2)
        if (number % divisor == 0)
            return false;
    return true;
}

// ---- a count for each range: a plain function from one value to another

static long count_primes(struct range range)
{
    long count = 0;
    for (int64_t number = range.first; number < range.end; number++)
        count += is_prime(number);
    return count;
}

MH_ROUTINE(count_primes_in, count_primes, struct range, long);

static void print_counts(mh_pool *pool)
{
    const struct range ranges[] = {
        {1, 100000}, {100000, 200000}, {200000, 300000}, {300000, 400000}, {400000, 500000}};
    mh_source source = mh_source_array(ranges, 5, sizeof *ranges);
    mh_map *map;
    if (mh_map_open(&map, pool, &count_primes_in, &source, NULL) != MH_OK)
        return;
    long found = 0;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;) {
        const struct range *range = &ranges[result.index];
        long count = mh_result_as(long, result);
        printf("%lld to %lld: %ld primes\n", (long long)range->first, (long long)range->end,
               count);
        found += count;
    }
    mh_map_close(map);
    printf("in all: %ld primes\n", found);
}

// ---- a list for each range: the full kind of routine, whose result may have any size

static mh_status list_primes(mh_call *call, mh_bytes item)
{
    const struct range *range = item.data;
    void *room;
    size_t most = (size_t)(range->end - range->first);
    mh_status status = mh_reserve(call, most * sizeof(int64_t), &room);
    if (status != MH_OK)
        return status;
    int64_t *primes = room;
    size_t count = 0;
    for (int64_t number = range->first; number < range->end; number++)
        if (is_prime(number))
            primes[count++] = number;
    return mh_reserve(call, count * sizeof *primes, &room); // gives back what was too much
}

static const mh_routine list_primes_in = {.name = "list primes", .run = list_primes};

// Gives one range after the other. It is asked only when there is room for one more.
static mh_status next_range(void *context, mh_bytes *item)
{
    struct range *range = context;
    if (range->end == END)
        return MH_END;
    *range = (struct range){range->end, range->end + RANGE_SIZE};
    *item = (mh_bytes){range, sizeof *range};
    return MH_OK;
}

static void print_lists(mh_pool *pool)
{
    struct range range = {0, 0};
    mh_source source = mh_source_of(next_range, &range);
    mh_map *map;
    if (mh_map_open(&map, pool, &list_primes_in, &source, NULL) != MH_OK)
        return;
    size_t found = 0;
    int64_t first = 0, last = 0;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;) {
        const int64_t *primes = result.data;
        size_t count = result.size / sizeof *primes;
        if (count == 0)
            continue;
        if (found == 0)
            first = primes[0];
        last = primes[count - 1];
        found += count;
    }
    mh_map_close(map);
    printf("by lists: %zu primes, from %lld to %lld\n", found, (long long)first,
           (long long)last);
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 5};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    print_counts(pool);
    print_lists(pool);
    mh_pool_close(pool);
    return 0;
}
