// Chaos: maps a million items on worker processes that are killed and stopped at random
// moments.
//
// Promises that are checked, in every round: each index comes exactly once; what is reported
// done ran exactly once and has the right value; what is reported crashed ran at most once;
// there are no more crashes than killings; and after the close no process, descriptor or thread
// is left. Tasks note in shared memory what they did, so that the library is not asked about
// itself.
//
//     chaos [--seconds N] [--items N] [--seed S] [--workers N] [--chunk N] [--unordered]

#include <getopt.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <manyhands.h>

#include "hunter.h"

typedef struct plan {
    uint64_t seconds, items, seed, workers, chunk;
    bool unordered;
} plan;

// What tasks did: in shared memory, one byte each for every item.
typedef struct ledger {
    bag prey;
    _Atomic uint8_t *begun;
    _Atomic uint8_t *finished;
} ledger;

typedef struct round {
    uint64_t number, seed;
    mh_map_options options;
    int workers;
    uint8_t *times_seen;
    uint64_t next; // index, in order
    uint64_t done, crashed, violations;
} round;

static ledger *book;
static plan wanted = {.seconds = 0, .items = 1000000};

// ---- the task -----------------------------------------------------------------------------------

static uint64_t value_of(uint64_t index)
{
    uint64_t value = index;
    for (uint64_t i = 0; i < 1 + index % 40; i++)
        value = mixed(value + i);
    return value;
}

static mh_status work(mh_call *call, mh_bytes item)
{
    int64_t index;
    memcpy(&index, item.data, sizeof index);
    atomic_fetch_add(&book->begun[index], 1);
    uint64_t value = value_of((uint64_t)index);
    mh_status status = mh_return(call, &value, sizeof value);
    atomic_fetch_add(&book->finished[index], 1);
    return status;
}

static const mh_routine worker = {.name = "work", .run = work};

// ---- what must hold -----------------------------------------------------------------------------

static void blame(round *now, const char *what, uint64_t index)
{
    if (now->violations++ < 20)
        fprintf(stderr, "seed %llu, round %llu: item %llu %s (begun %u, finished %u)\n",
                (unsigned long long)wanted.seed, (unsigned long long)now->number,
                (unsigned long long)index, what,
                index < wanted.items ? atomic_load(&book->begun[index]) : 0u,
                index < wanted.items ? atomic_load(&book->finished[index]) : 0u);
}

static void check_done(round *now, const mh_result *result)
{
    uint64_t index = result->index;
    now->done++;
    if (atomic_load(&book->begun[index]) != 1 || atomic_load(&book->finished[index]) != 1)
        blame(now, "is done, but did not run exactly once", index);
    if (result->size != sizeof(uint64_t) || mh_result_as(uint64_t, *result) != value_of(index))
        blame(now, "is done, with a wrong value", index);
}

static void check_crashed(round *now, const mh_result *result)
{
    now->crashed++;
    if (atomic_load(&book->begun[result->index]) > 1)
        blame(now, "crashed, and ran more than once", result->index);
    if (result->signal != SIGKILL && result->signal != SIGSEGV && result->signal != SIGTERM)
        blame(now, "crashed by a signal that nobody sent", result->index);
    if (result->worker < 0 || result->worker >= now->workers || result->pid <= 0)
        blame(now, "crashed, but nobody ran it", result->index);
}

static void check_result(round *now, const mh_result *result)
{
    uint64_t index = result->index;
    if (index >= wanted.items) {
        blame(now, "does not exist", index);
        return;
    }
    if (now->times_seen[index]++ != 0)
        blame(now, "came twice", index);
    if (!now->options.unordered && index != now->next)
        blame(now, "came out of order", index);
    now->next = index + 1;
    if (result->outcome == MH_DONE)
        check_done(now, result);
    else if (result->outcome == MH_CRASHED)
        check_crashed(now, result);
    else
        blame(now, result->message, index);
}

static void check_end(round *now, const mh_map *map, mh_status status)
{
    if (status != MH_END)
        blame(now, mh_status_text(status), wanted.items);
    if (mh_map_count(map) != wanted.items || mh_map_length(map) != wanted.items)
        blame(now, "is not the number that the map counted", mh_map_count(map));
    for (uint64_t i = 0; i < wanted.items; i++)
        if (now->times_seen[i] == 0)
            blame(now, "never came", i);
    if (now->crashed > atomic_load(&book->prey.killed))
        blame(now, "crashes are more than there were killings", now->crashed);
}

// ---- a round ------------------------------------------------------------------------------------

static void run_map(round *now, mh_pool *pool)
{
    mh_map *map;
    mh_source source = mh_source_range(0, (int64_t)wanted.items, 1);
    mh_status status = mh_map_open(&map, pool, &worker, &source, &now->options);
    if (status != MH_OK) {
        blame(now, mh_status_text(status), 0);
        return;
    }
    mh_result result;
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK)
        check_result(now, &result);
    check_end(now, map, status);
    mh_map_close(map);
}

// Always by fork: a worker that begins afresh would not see the ledger.
static void run_pool(round *now)
{
    hunter one = raise_hunter(now->seed, &book->prey);
    mh_pool *pool;
    mh_status status = mh_pool_open(&pool, &(mh_pool_options){.kind = MH_PROCESSES,
                                                              .workers = now->workers,
                                                              .start = MH_START_FORK});
    if (status == MH_OK) {
        release_hunter(&one);
        run_map(now, pool);
        mh_pool_close(pool);
    } else {
        blame(now, mh_status_text(status), 0);
    }
    call_back_hunter(&one);
}

static void draw_up(round *now)
{
    uint64_t *seed = &now->seed;
    bool is_chunked = one_in(seed, 2), is_windowed = one_in(seed, 3);
    size_t chunk = wanted.chunk > 0 ? wanted.chunk : is_chunked ? 1 + chance(seed, 300) : 0;
    now->workers = (int)(wanted.workers > 0 ? wanted.workers : 1 + chance(seed, 6));
    now->options = (mh_map_options){.unordered = wanted.unordered || one_in(seed, 2),
                                    .chunk = chunk,
                                    .window = is_windowed ? chunk + 1 + chance(seed, 3000) : 0};
}

static uint64_t run_round(uint64_t number)
{
    round now = {.number = number, .seed = wanted.seed + number * 1000003};
    draw_up(&now);
    now.times_seen = calloc(wanted.items, 1);
    memset((void *)book->begun, 0, wanted.items);
    memset((void *)book->finished, 0, wanted.items);
    atomic_store(&book->prey.killed, 0);
    atomic_store(&book->prey.stopped, 0);
    census before = take_census();
    run_pool(&now);
    if (!is_nothing_left(&before))
        blame(&now, "is how far we came before something was left", wanted.items);
    printf("round %llu: %d workers, chunk %zu, window %zu, %s: %llu done, %llu crashed, "
           "%llu killed, %llu stopped, %llu violations\n",
           (unsigned long long)number, now.workers, now.options.chunk, now.options.window,
           now.options.unordered ? "unordered" : "ordered", (unsigned long long)now.done,
           (unsigned long long)now.crashed, (unsigned long long)atomic_load(&book->prey.killed),
           (unsigned long long)atomic_load(&book->prey.stopped),
           (unsigned long long)now.violations);
    fflush(stdout);
    free(now.times_seen);
    return now.violations;
}

// ---- the program --------------------------------------------------------------------------------

static void *shared_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("chaos");
        exit(2);
    }
    return memory;
}

static void lay_book(void)
{
    book = shared_memory(sizeof *book);
    book->begun = shared_memory(wanted.items);
    book->finished = shared_memory(wanted.items);
}

static void read_options(int count, char **words)
{
    static const struct option known[] = {
        {"seconds", 1, NULL, 's'}, {"items", 1, NULL, 'i'}, {"seed", 1, NULL, 'S'},
        {"workers", 1, NULL, 'w'}, {"chunk", 1, NULL, 'c'}, {"unordered", 0, NULL, 'u'},
        {NULL, 0, NULL, 0}};
    for (int key; (key = getopt_long(count, words, "", known, NULL)) != -1;) {
        uint64_t number = optarg == NULL ? 0 : strtoull(optarg, NULL, 0);
        switch (key) {
        case 's':
            wanted.seconds = number;
            break;
        case 'i':
            wanted.items = number > 0 ? number : 1;
            break;
        case 'S':
            wanted.seed = number;
            break;
        case 'w':
            wanted.workers = number;
            break;
        case 'c':
            wanted.chunk = number;
            break;
        case 'u':
            wanted.unordered = true;
            break;
        default:
            exit(2);
        }
    }
}

int main(int count, char **words)
{
    wanted.seed = (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;
    read_options(count, words);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prepare_census();
    mh_log_limit(MH_LOG_ERROR); // each killing would be a warning
    lay_book();
    printf("chaos --seed %llu --items %llu\n", (unsigned long long)wanted.seed,
           (unsigned long long)wanted.items);
    fflush(stdout);
    uint64_t violations = 0, number = 0;
    mh_deadline end = mh_in_ms((int64_t)wanted.seconds * 1000);
    do
        violations += run_round(number++);
    while (mh_in_ms(1) < end);
    return violations == 0 ? 0 : 1;
}
