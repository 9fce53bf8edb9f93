// Large: results of any size without a copy. The worker writes into memory that it shares with
// the program, and the program reads it where it lies.
//
// Shows (FEATURES): N10 large results, up to the `item_limit` of the pool (1 GiB if nothing is
// said).
//
//     ./large [threads|processes|serial] [MiB]
//
// prints, for every kind, for 64 MiB:
//
//     64 MiB
//     first number: 0
//     last number: 8388607
//     all as they were written: yes

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

#include "kind.h"

#define MIB ((size_t)1024 * 1024)

// The item says how many bytes to make.
static mh_status make_numbers(mh_call *call, mh_bytes item)
{
    size_t size = *(const size_t *)item.data;
    void *room;
    mh_status status = mh_reserve(call, size, &room);
    if (status != MH_OK)
        return status;
    uint64_t *numbers = room;
    for (size_t i = 0; i < size / sizeof *numbers; i++)
        numbers[i] = i;
    return MH_OK;
}

static const mh_routine make_each = {.name = "make numbers", .run = make_numbers};

static void print_numbers(const mh_result *result)
{
    const uint64_t *numbers = result->data;
    size_t count = result->size / sizeof *numbers;
    bool right = true;
    for (size_t i = 0; i < count; i++)
        right = right && numbers[i] == i;
    printf("%zu MiB\n", result->size / MIB);
    printf("first number: %llu\n", (unsigned long long)numbers[0]);
    printf("last number: %llu\n", (unsigned long long)numbers[count - 1]);
    printf("all as they were written: %s\n", right ? "yes" : "no");
}

int main(int argc, char **argv)
{
    size_t size = (argc > 2 ? strtoul(argv[2], NULL, 10) : 64) * MIB;
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 1};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_map *map;
    mh_source source = mh_source_array(&size, 1, sizeof size);
    if (mh_map_open(&map, pool, &make_each, &source, NULL) == MH_OK) {
        for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
            if (result.outcome == MH_DONE && result.size > 0)
                print_numbers(&result);
            else
                printf("%s: %s\n", mh_outcome_text(result.outcome), result.message);
        mh_map_close(map);
    }
    mh_pool_close(pool);
    return 0;
}
