// Early stop: an endless source, and a program that leaves after the first answer it likes.
//
// Shows (FEATURES): M10 leaving in the middle with no process and no descriptor left behind; M4
// a source without end, which is only asked for as much as fits into the window.
//
//     ./early_stop [threads|processes|serial]
//
// prints, for every kind:
//
//     the first prime number above 1000000000000 is 1000000000039
//     child processes left: 0
//     descriptors left: 0

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>

#include <manyhands.h>

#include "kind.h"

static bool is_prime(int64_t number)
{
    for (int64_t divisor = 2; divisor * divisor <= number; divisor++)
        if (number % divisor == 0)
            return false;
    return true;
}

MH_ROUTINE(is_prime_each, is_prime, int64_t, bool);

static mh_status next_number(void *context, mh_bytes *item)
{
    int64_t *number = context;
    ++*number;
    *item = (mh_bytes){number, sizeof *number};
    return MH_OK; // for ever
}

static int64_t first_prime_above(mh_pool *pool, int64_t start)
{
    int64_t number = start, prime = 0;
    mh_source source = mh_source_of(next_number, &number);
    mh_map *map;
    if (mh_map_open(&map, pool, &is_prime_each, &source, NULL) != MH_OK)
        return 0;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
        if (mh_result_as(bool, result)) {
            prime = start + 1 + (int64_t)result.index;
            break; // the rest is not wanted
        }
    mh_map_close(map);
    return prime;
}

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

int main(int argc, char **argv)
{
    int descriptors = count_descriptors();
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 4};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    int64_t start = 1000000000000;
    printf("the first prime number above %lld is %lld\n", (long long)start,
           (long long)first_prime_above(pool, start));
    mh_pool_close(pool);
    int children = 0;
    while (waitpid(-1, NULL, WNOHANG) >= 0) // fails at once when there is no child at all
        children++;
    printf("child processes left: %d\n", children);
    printf("descriptors left: %d\n", count_descriptors() - descriptors);
    return 0;
}
