// Stress: many maps at once, from many threads, in every way that options allow.
//
// Three pools, one of each kind, with many more workers than processors, are shared by all
// threads. Each thread opens map after map with options drawn by chance: chunks, windows,
// order, what errors do; it reads to the end, leaves early, or is cancelled by another thread
// meanwhile; now and then it opens a pool of its own. What comes out is compared with what the
// items must come to.
//
//     stress [--scale N] [--seed S] [--threads N]

#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <manyhands.h>

#include "census.h"
#include "trial.h"

enum { MAPS_EACH = 6 };

static struct {
    uint64_t scale, seed, threads;
} wanted = {.scale = 20, .threads = 6};
static mh_pool *pools[3];

// ---- many of them -------------------------------------------------------------------------------

// A pool of this thread alone, opened and closed while all others go on.
static void run_own_pool(uint64_t *seed)
{
    trial own = {.items = 0};
    draw_up(&own, seed);
    mh_pool_options options = {.kind = (mh_kind)chance(seed, 3),
                               .workers = 1 + (int)chance(seed, 4)};
    if (mh_pool_open(&own.pool, &options) != MH_OK) {
        blame(&own, "has no pool", 0);
        return;
    }
    run_trial(&own);
    mh_pool_close(own.pool);
}

static void *run_many(void *argument)
{
    uint64_t *seed = argument;
    for (uint64_t i = 0; i < MAPS_EACH * wanted.scale; i++) {
        trial one = {.pool = pools[chance(seed, 3)]};
        draw_up(&one, seed);
        run_trial(&one);
        if (one_in(seed, 12))
            run_own_pool(seed);
    }
    return NULL;
}

static void run_threads(void)
{
    pthread_t *threads = calloc(wanted.threads, sizeof *threads);
    uint64_t *seeds = calloc(wanted.threads, sizeof *seeds);
    for (uint64_t i = 0; i < wanted.threads; i++) {
        seeds[i] = mixed(wanted.seed + i);
        if (pthread_create(&threads[i], NULL, run_many, &seeds[i]) != 0)
            exit(2);
    }
    for (uint64_t i = 0; i < wanted.threads; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    free(seeds);
}

// ---- the program --------------------------------------------------------------------------------

static void open_pools(void)
{
    static const mh_pool_options options[] = {{.kind = MH_PROCESSES, .workers = 9},
                                              {.kind = MH_THREADS, .workers = 17},
                                              {.kind = MH_SERIAL}};
    for (int i = 0; i < 3; i++)
        if (mh_pool_open(&pools[i], &options[i]) != MH_OK)
            exit(2);
}

static void read_options(int count, char **words)
{
    static const struct option known[] = {{"scale", 1, NULL, 's'},
                                          {"seed", 1, NULL, 'S'},
                                          {"threads", 1, NULL, 't'},
                                          {NULL, 0, NULL, 0}};
    for (int key; (key = getopt_long(count, words, "", known, NULL)) != -1;) {
        uint64_t number = key == '?' ? 0 : strtoull(optarg, NULL, 0);
        if (key == 's')
            wanted.scale = number;
        else if (key == 'S')
            wanted.seed = number;
        else if (key == 't' && number > 0 && number <= 20)
            wanted.threads = number;
        else
            exit(2);
    }
}

int main(int count, char **words)
{
    wanted.seed = (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;
    read_options(count, words);
    first_seed = wanted.seed;
    printf("stress --seed %llu --scale %llu --threads %llu\n", (unsigned long long)wanted.seed,
           (unsigned long long)wanted.scale, (unsigned long long)wanted.threads);
    fflush(stdout);
    prepare_census();
    census before = take_census();
    open_pools();
    run_threads();
    for (int i = 0; i < 3; i++)
        mh_pool_close(pools[i]);
    if (!is_nothing_left(&before))
        atomic_fetch_add(&violations, 1);
    printf("%llu maps, %llu results, %llu violations\n", (unsigned long long)atomic_load(&maps),
           (unsigned long long)atomic_load(&results),
           (unsigned long long)atomic_load(&violations));
    return atomic_load(&violations) == 0 ? 0 : 1;
}
