// Session primes: looks for prime numbers in five ranges; first alone, then with five named
// tasks of a session, then with a session that makes its tasks of an array. After the example
// of py_multitasking.
//
// Shows (FEATURES): Y1 named tasks, one after the other or of an array with a prefix; Y3
// waiting for all of them; Y4 results with their names, a failed one among them.
//
//     ./session_primes [threads|processes|serial [how many numbers]]
//
// prints, for every kind, with 500000 numbers (what it took is told on standard error):
//
//     alone: 41538 primes
//     task1: 9592 primes
//     task2: 8392 primes
//     task3: 8013 primes
//     task4: 7863 primes
//     task5: 7678 primes
//     five runs: 41538 primes
//     task-0: 9592 primes
//     task-1: 8392 primes
//     task-2: 8013 primes
//     task-3: 7863 primes
//     task-4: 7678 primes
//     one map: 41538 primes
//
// and with 5000000, as in the original, 78498, 70435, 67883, 66330 and 65367, in all 348513.

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

#include "kind.h"
#include "span.h"

#define RANGES 5

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

static size_t list_primes(struct range range, int64_t *primes)
{
    size_t count = 0;
    for (int64_t number = range.first; number < range.end; number++)
        if (is_prime(number))
            primes[count++] = number;
    return count;
}

// The result is the list itself.
static mh_status find_primes(mh_call *call, mh_bytes item)
{
    const struct range *range = item.data;
    void *primes;
    mh_status status = mh_reserve(call, (size_t)(range->end - range->first) * sizeof(int64_t),
                                  &primes);
    if (status != MH_OK)
        return status;
    size_t count = list_primes(*range, primes);
    return mh_reserve(call, count * sizeof(int64_t), &primes); // gives back what was too much
}

static const mh_routine find_primes_in = {.name = "find primes", .run = find_primes};

// ---- three ways

static size_t find_alone(const struct range *ranges)
{
    struct range all = {ranges[0].first, ranges[RANGES - 1].end};
    int64_t *primes = malloc((size_t)(all.end - all.first) * sizeof *primes);
    size_t count = primes != NULL ? list_primes(all, primes) : 0;
    free(primes);
    return count;
}

static size_t print_results(mh_session *session)
{
    size_t found = 0;
    mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER);
    for (mh_result result; mh_session_next_in_order(session, &result, MH_NOW) == MH_OK;) {
        const char *name = mh_session_name(session, result.index);
        if (result.outcome != MH_DONE) {
            printf("%s %s: %s\n", name, mh_outcome_text(result.outcome), result.message);
            continue;
        }
        printf("%s: %zu primes\n", name, result.size / sizeof(int64_t));
        found += result.size / sizeof(int64_t);
    }
    return found;
}

static size_t find_by_runs(mh_pool *pool, const struct range *ranges)
{
    static const char *const names[RANGES] = {"task1", "task2", "task3", "task4", "task5"};
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) != MH_OK)
        return 0;
    for (int i = 0; i < RANGES; i++)
        mh_session_run(session, names[i], &find_primes_in, MH_BYTES_OF(ranges[i]), NULL, NULL);
    size_t found = print_results(session);
    mh_session_close(session, MH_NOW);
    return found;
}

static size_t find_by_map(mh_pool *pool, const struct range *ranges)
{
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) != MH_OK)
        return 0;
    mh_session_map(session, "task-", &find_primes_in, ranges, RANGES, sizeof *ranges, NULL,
                   NULL);
    size_t found = print_results(session);
    mh_session_close(session, MH_NOW);
    return found;
}

static void print_total(const char *way, size_t found, uint64_t since_ns)
{
    printf("%s: %zu primes\n", way, found);
    fprintf(stderr, "%s: %.2f s\n", way, (double)(now_ns() - since_ns) / 1e9);
}

int main(int argc, char **argv)
{
    const int64_t size = (argc > 2 ? atol(argv[2]) : 500000) / RANGES;
    struct range ranges[RANGES];
    for (int i = 0; i < RANGES; i++)
        ranges[i] = (struct range){i == 0 ? 1 : i * size, (i + 1) * size};
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 5};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    uint64_t start_ns = now_ns();
    print_total("alone", find_alone(ranges), start_ns);
    start_ns = now_ns();
    print_total("five runs", find_by_runs(pool, ranges), start_ns);
    start_ns = now_ns();
    print_total("one map", find_by_map(pool, ranges), start_ns);
    mh_pool_close(pool);
    return 0;
}
