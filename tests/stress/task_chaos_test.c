// Task chaos: threads that submit, wait for, cancel, stop, kill, reorder and drop tasks at
// random, on a pool of threads, on one that has no workers, and on one of processes, which are
// killed meanwhile. Each task must be accounted for exactly once (task_ledger.h), and after the
// close nothing is left.
//
//     task_chaos_test [--seconds N] [--seed S] [--users N]

#include <getopt.h>
#include <sys/resource.h>
#include <time.h>

#include "task_actions.h"

enum { MOST_USERS = 16 };

static struct {
    uint64_t seconds, seed, users;
} wanted = {.seconds = 2, .users = 4};

// ---- a round ------------------------------------------------------------------------------------

static void open_pools(uint64_t *seed)
{
    static const int prefetches[] = {0, 0, MH_PREFETCH_NONE, 3};
    static const mh_kind kinds[POOLS] = {MH_PROCESSES, MH_THREADS, MH_SERIAL};
    for (int i = 0; i < POOLS; i++) {
        mh_pool_options options = {.kind = kinds[i],
                                   .start = i == 0 ? MH_START_FORK : MH_START_AUTO,
                                   .workers = 1 + (int)chance(seed, 4),
                                   .prefetch = prefetches[chance(seed, 4)]};
        if (mh_pool_open(&pools[i], &options) != MH_OK)
            exit(2);
    }
}

static void run_users(uint64_t *seed)
{
    static user users[MOST_USERS];
    for (uint64_t u = 0; u < wanted.users; u++) {
        users[u].seed = mixed(*seed + u);
        if (pthread_create(&users[u].thread, NULL, act_at_random, &users[u]) != 0)
            exit(2);
    }
    for (uint64_t u = 0; u < wanted.users; u++)
        pthread_join(users[u].thread, NULL);
    for (int i = 0; i < BOARD; i++) {
        mh_task_drop(board.tasks[i]);
        board.tasks[i] = NULL;
    }
}

// With or without waiting for what was submitted.
static void close_pool(mh_pool *pool, bool waits)
{
    mh_pool_facts facts;
    if (waits && (mh_pool_wait(pool, false, MH_FOREVER) != MH_OK ||
                  mh_pool_facts_of(pool, &facts) != MH_OK || facts.queued + facts.running > 0 ||
                  facts.ended != facts.submitted))
        blame(&book->entries[0], "stands for all: the pool has not done its work");
    mh_pool_close(pool);
}

static void run_round(uint64_t number)
{
    uint64_t seed = wanted.seed + number * 1000003;
    begin_page(mixed(seed));
    census before = take_census();
    hunter one = raise_hunter(seed, &book->prey);
    open_pools(&seed);
    if (!one_in(&seed, 4))
        release_hunter(&one);
    run_users(&seed);
    for (int i = 0; i < POOLS; i++)
        close_pool(pools[i], one_in(&seed, 2));
    call_back_hunter(&one);
    if (!is_nothing_left(&before))
        blame(&book->entries[0], "stands for all: something was left behind");
    page_sum sum = check_page();
    printf("round %llu: %llu done, %llu failed, %llu crashed, %llu cancelled, %llu of them "
           "killed, %llu violations\n",
           (unsigned long long)number, (unsigned long long)sum.of[MH_DONE],
           (unsigned long long)sum.of[MH_FAILED], (unsigned long long)sum.of[MH_CRASHED],
           (unsigned long long)sum.of[MH_CANCELLED], (unsigned long long)sum.killed,
           (unsigned long long)atomic_load(&book->violations));
    fflush(stdout);
}

// ---- the program --------------------------------------------------------------------------------

static void read_options(int count, char **words)
{
    static const struct option known[] = {{"seconds", 1, NULL, 's'},
                                          {"seed", 1, NULL, 'S'},
                                          {"users", 1, NULL, 'u'},
                                          {NULL, 0, NULL, 0}};
    for (int key; (key = getopt_long(count, words, "", known, NULL)) != -1;) {
        uint64_t number = key == '?' ? 0 : strtoull(optarg, NULL, 0);
        if (key == 's')
            wanted.seconds = number;
        else if (key == 'S')
            wanted.seed = number;
        else if (key == 'u' && number > 0 && number <= MOST_USERS)
            wanted.users = number;
        else
            exit(2);
    }
}

int main(int count, char **words)
{
    wanted.seed = (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;
    read_options(count, words);
    first_seed = wanted.seed;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prepare_census();
    mh_log_limit(MH_LOG_ERROR); // each killing would be a warning
    lay_book();
    printf("task_chaos_test --seed %llu --users %llu\n", (unsigned long long)wanted.seed,
           (unsigned long long)wanted.users);
    fflush(stdout);
    mh_deadline end = mh_in_ms((int64_t)wanted.seconds * 1000);
    uint64_t number = 0;
    do
        run_round(number++);
    while (mh_in_ms(1) < end);
    return atomic_load(&book->violations) == 0 ? 0 : 1;
}
