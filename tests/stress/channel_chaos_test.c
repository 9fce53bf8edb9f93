// Channel chaos: messages of all sizes pass through channels between writers and readers, some
// of them tasks in worker processes, some threads of the program, while the workers are killed
// and stopped at random moments. Each message must be accounted for (message_ledger.h), nobody
// may wait for ever, and after the close nothing is left. (Y9)
//
// Who dies is replaced: the program submits its task again. Now and then a channel is ended
// half-way, or the pool closed under way.
//
//     channel_chaos_test [--messages N] [--seed S]        --messages 1000000 takes a while

#include <getopt.h>
#include <sys/resource.h>
#include <time.h>

#include "message_pass.h"

static struct {
    uint64_t messages, seed;
} wanted = {.messages = 200000};

// The thread sanitizer does not: a message that a worker process had, and that comes back from
// it, looks to it as if nobody had handed it over.
#ifdef __SANITIZE_THREAD__
static const bool sees_processes = false;
#else
static const bool sees_processes = true;
#endif

static void open_pool(pass *now, uint64_t *seed)
{
    static const size_t limits[] = {0, 0, LARGEST, 1 << 20};
    static const int prefetches[] = {0, 0, MH_PREFETCH_NONE, 3};
    mh_pool_options options = {.kind = now->kind,
                               .start = now->kind == MH_PROCESSES ? MH_START_FORK
                                                                  : MH_START_AUTO,
                               .workers = (int)now->workers,
                               .item_limit = limits[chance(seed, 4)],
                               .prefetch = prefetches[chance(seed, 4)]};
    if (mh_pool_open(&now->pool, &options) != MH_OK)
        exit(2);
}

// Returns how many messages were sent.
static uint64_t run_round(uint64_t number)
{
    uint64_t seed = mixed(wanted.seed + number * 1000003), sent = 0;
    pass now = {.kind = one_in(&seed, 8) || !sees_processes ? MH_THREADS : MH_PROCESSES,
                .workers = 1 + (uint32_t)chance(&seed, MOST_TASKS)};
    atomic_store(&book->prey.killed, 0);
    atomic_store(&book->prey.stopped, 0);
    census before = take_census();
    hunter one = raise_hunter(seed, &book->prey);
    open_pool(&now, &seed);
    release_hunter(&one);
    for (uint64_t passes = 1 + chance(&seed, 4); passes > 0 && now.pool != NULL; passes--)
        sent += run_pass(&now, mixed(seed + passes));
    mh_pool_close(now.pool);
    call_back_hunter(&one);
    if (now.crashes > atomic_load(&book->prey.killed))
        blame_all("crashes came", now.crashes, atomic_load(&book->prey.killed));
    if (!is_nothing_left(&before))
        blame_all("is the round that left something behind", number, number);
    printf("round %llu: %s, %llu sent, %llu doubtful, %llu killed, %llu stopped, "
           "%llu crashes, %llu violations\n",
           (unsigned long long)number, now.kind == MH_THREADS ? "threads" : "processes",
           (unsigned long long)sent, (unsigned long long)now.doubtful,
           (unsigned long long)atomic_load(&book->prey.killed),
           (unsigned long long)atomic_load(&book->prey.stopped),
           (unsigned long long)now.crashes, (unsigned long long)atomic_load(&book->violations));
    fflush(stdout);
    return sent;
}

static void read_options(int count, char **words)
{
    static const struct option known[] = {
        {"messages", 1, NULL, 'm'}, {"seed", 1, NULL, 'S'}, {NULL, 0, NULL, 0}};
    for (int key; (key = getopt_long(count, words, "", known, NULL)) != -1;) {
        uint64_t number = key == '?' ? 0 : strtoull(optarg, NULL, 0);
        if (key == 'm')
            wanted.messages = number;
        else if (key == 'S')
            wanted.seed = number;
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
    printf("channel_chaos_test --seed %llu --messages %llu\n", (unsigned long long)wanted.seed,
           (unsigned long long)wanted.messages);
    fflush(stdout);
    uint64_t sent = 0, number = 0;
    do
        sent += run_round(number++);
    while (sent < wanted.messages);
    return atomic_load(&book->violations) == 0 ? 0 : 1;
}
