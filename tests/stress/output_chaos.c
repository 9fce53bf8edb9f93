// Output chaos: items print on worker processes that are killed and stopped at random moments, and
// everything they print is captured.
//
// Promises that are checked, in every round: each byte comes exactly once, in its place, and as that
// of the item and stream that printed it; of an item that is done all has come before its result,
// and of one that crashed all that it knew to be written; after the end of an item nothing more
// comes of it; and after the close no process, descriptor or thread is left. Items note in shared
// memory how far they are, so that the library is not asked about itself.
//
//     output_chaos [--rounds N] [--items N] [--seed S] [--workers N]

#include <getopt.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <manyhands.h>

#include "hunter.h"

enum { MAPS = 2, STREAMS = 2 };

typedef struct plan {
    uint64_t rounds, items, seed, workers;
} plan;

// What one item printed, by itself: between `written` and `begun` bytes of each stream.
typedef struct entry {
    _Atomic uint64_t begun[STREAMS];
    _Atomic uint64_t written[STREAMS];
} entry;

typedef struct ledger {
    bag prey;
    uint64_t salt;
    entry entries[];
} ledger;

// What came of it, under the one call at a time.
typedef struct arrival {
    uint64_t size[STREAMS];
    bool has_ended, is_out; // its end was told; its result was handed out
} arrival;

typedef struct round {
    uint64_t number, seed, violations, bytes, done, crashed;
    uint64_t late; // bytes that came as a worker's own
    int workers;
} round;

static plan wanted = {.rounds = 3, .items = 5000};
static ledger *book;
static arrival *arrivals;

static char byte_of(uint64_t key, int stream, uint64_t at)
{
    return (char)(at % 61 == 60 ? '\n'
                                : (char)(32 + (key * 7 + (uint64_t)stream * 13 + at) % 91));
}

static void blame(round *now, const char *what, uint64_t key)
{
    if (now->violations++ < 20)
        fprintf(stderr, "seed %llu, round %llu: item %llu of map %llu %s\n",
                (unsigned long long)wanted.seed, (unsigned long long)now->number,
                (unsigned long long)(key % wanted.items),
                (unsigned long long)(key / wanted.items + 1), what);
}

// ---- printing -----------------------------------------------------------------------------------

enum { PART = 20000 };

static void write_all(int fd, const char *bytes, uint64_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);
        if (count <= 0)
            _exit(9);
        bytes += count;
        size -= (uint64_t)count;
    }
}

static void write_in_child(int fd, const char *bytes, uint64_t size)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        write_all(fd, bytes, size);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        _exit(8);
}

static void print_part(uint64_t *seed, uint64_t key, int stream, uint64_t size)
{
    static char bytes[PART];
    entry *note = &book->entries[key];
    uint64_t from = atomic_load(&note->written[stream]);
    for (uint64_t i = 0; i < size; i++)
        bytes[i] = byte_of(key, stream, from + i);
    atomic_store(&note->begun[stream], from + size);
    uint64_t way = chance(seed, 400);
    if (way == 0) {
        write_in_child(stream + 1, bytes, size);
    } else if (way < 200) {
        write_all(stream + 1, bytes, size);
    } else {
        FILE *file = stream == 0 ? stdout : stderr;
        fwrite(bytes, 1, size, file);
        fflush(file);
    }
    atomic_store(&note->written[stream], from + size);
}

static mh_status print(mh_call *call, mh_bytes item)
{
    uint64_t key;
    memcpy(&key, item.data, sizeof key);
    uint64_t seed = mixed(book->salt + key);
    uint64_t parts = one_in(&seed, 3) ? 0 : 1 + chance(&seed, 4);
    for (uint64_t i = 0; i < parts; i++)
        print_part(&seed, key, one_in(&seed, 3),
                   1 + chance(&seed, one_in(&seed, 20) ? PART : 200));
    return mh_return(call, &key, sizeof key);
}
static const mh_routine printing = {.name = "print", .run = print};

// ---- what came ----------------------------------------------------------------------------------

static bool is_as_printed(const arrival *one, const mh_output_piece *piece, uint64_t key)
{
    uint64_t at = one->size[piece->is_error_stream];
    for (size_t i = 0; i < piece->size; i++)
        if (piece->data[i] != byte_of(key, piece->is_error_stream, at + i))
            return false;
    return true;
}

static void take_piece(void *context, const mh_output_piece *piece)
{
    round *now = context;
    uint64_t key = (uint64_t)(piece->map - 1) * wanted.items + piece->index;
    if (piece->source == MH_OUTPUT_OF_WORKER) {
        now->late += piece->size;
        return;
    }
    if (piece->source != MH_OUTPUT_OF_ITEM || piece->map < 1 || piece->map > MAPS ||
        piece->index >= wanted.items) {
        blame(now, "printed, and does not exist", key);
        return;
    }
    arrival *one = &arrivals[key];
    if (one->has_ended || one->is_out)
        blame(now, "printed after its end", key);
    if (!is_as_printed(one, piece, key))
        blame(now, "printed something else, or in another order", key);
    one->size[piece->is_error_stream] += piece->size;
    one->has_ended = piece->has_ended;
    now->bytes += piece->size;
}

// Before the result is in the hands of the program.
static void check_result(round *now, const mh_result *result, uint32_t map)
{
    uint64_t key = (uint64_t)(map - 1) * wanted.items + result->index;
    arrival *one = &arrivals[key];
    const entry *note = &book->entries[key];
    bool has_printed = one->size[0] + one->size[1] > 0;
    now->done += result->outcome == MH_DONE;
    now->crashed += result->outcome == MH_CRASHED;
    if (result->outcome != MH_DONE && result->outcome != MH_CRASHED)
        blame(now, result->message, key);
    for (int i = 0; i < STREAMS; i++) {
        uint64_t least = atomic_load(&note->written[i]), most = atomic_load(&note->begun[i]);
        if (one->size[i] < least || one->size[i] > most)
            blame(now, "has lost what it printed, or has more", key);
    }
    if (has_printed && !one->has_ended)
        blame(now, "is out before its end was told", key);
    one->is_out = true;
}

// ---- a round ------------------------------------------------------------------------------------

typedef struct keys {
    uint64_t next, end, given;
} keys;

static mh_status give_key(void *context, mh_bytes *item)
{
    keys *self = context;
    if (self->next == self->end)
        return MH_END;
    self->given = self->next++;
    *item = MH_BYTES_OF(self->given);
    return MH_OK;
}

static void run_map(round *now, mh_pool *pool, uint32_t number)
{
    uint64_t first = (uint64_t)(number - 1) * wanted.items, count = 0;
    keys given = {.next = first, .end = first + wanted.items};
    uint64_t *seed = &now->seed;
    mh_map_options options = {.unordered = one_in(seed, 2),
                              .chunk = one_in(seed, 2) ? 1 + chance(seed, 60) : 0};
    mh_source source = mh_source_sized(give_key, &given, wanted.items);
    mh_map *map;
    mh_status status = mh_map_open(&map, pool, &printing, &source, &options);
    if (status != MH_OK) {
        blame(now, mh_status_text(status), 0);
        return;
    }
    mh_result result;
    for (; (status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK; count++)
        check_result(now, &result, number);
    if (status != MH_END || count != wanted.items)
        blame(now, "is where the map ended", count);
    mh_map_close(map);
}

static void run_pool(round *now)
{
    hunter one = raise_hunter(now->seed, &book->prey);
    mh_pool *pool;
    mh_pool_options options = {.kind = MH_PROCESSES,
                               .workers = now->workers,
                               .start = MH_START_FORK, // it sees the ledger
                               .on_output = take_piece,
                               .output_context = now};
    mh_status status = mh_pool_open(&pool, &options);
    if (status == MH_OK) {
        release_hunter(&one);
        for (uint32_t number = 1; number <= MAPS; number++)
            run_map(now, pool, number);
        mh_pool_close(pool);
    } else {
        blame(now, mh_status_text(status), 0);
    }
    call_back_hunter(&one);
}

// Workers print nothing of their own. But a child that is killed with its worker ends the page that it is
// writing, perhaps when the item has been told to have ended; then that is the worker's.
static void check_late(round *now)
{
    if (now->late > atomic_load(&book->prey.killed) * PART)
        blame(now, "stands for all: workers printed more than the killed can have left", 0);
}

static uint64_t run_round(uint64_t number)
{
    round now = {.number = number, .seed = wanted.seed + number * 1000003};
    now.workers = (int)(wanted.workers > 0 ? wanted.workers : 1 + chance(&now.seed, 6));
    memset(arrivals, 0, MAPS * wanted.items * sizeof *arrivals);
    memset(book->entries, 0, MAPS * wanted.items * sizeof *book->entries);
    book->salt = mixed(now.seed);
    atomic_store(&book->prey.killed, 0);
    atomic_store(&book->prey.stopped, 0);
    census before = take_census();
    run_pool(&now);
    check_late(&now);
    while (waitpid(-1, NULL, 0) > 0) // children of items that were killed with their workers
        continue;
    if (!is_nothing_left(&before))
        blame(&now, "stands for all: something was left", 0);
    printf("round %llu: %d workers: %llu done, %llu crashed, %llu bytes, %llu killed, "
           "%llu stopped, %llu violations\n",
           (unsigned long long)number, now.workers, (unsigned long long)now.done,
           (unsigned long long)now.crashed, (unsigned long long)now.bytes,
           (unsigned long long)atomic_load(&book->prey.killed),
           (unsigned long long)atomic_load(&book->prey.stopped),
           (unsigned long long)now.violations);
    fflush(stdout);
    return now.violations;
}

// ---- the program --------------------------------------------------------------------------------

static void lay_book(void)
{
    size_t size = sizeof *book + MAPS * wanted.items * sizeof *book->entries;
    book = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    arrivals = calloc(MAPS * wanted.items, sizeof *arrivals);
    if (book == MAP_FAILED || arrivals == NULL) {
        perror("output_chaos");
        exit(2);
    }
}

static void read_options(int count, char **words)
{
    static const struct option known[] = {{"rounds", 1, NULL, 'r'},
                                          {"items", 1, NULL, 'i'},
                                          {"seed", 1, NULL, 'S'},
                                          {"workers", 1, NULL, 'w'},
                                          {NULL, 0, NULL, 0}};
    for (int key; (key = getopt_long(count, words, "", known, NULL)) != -1;) {
        uint64_t number = key == '?' ? 0 : strtoull(optarg, NULL, 0);
        if (key == 'r')
            wanted.rounds = number;
        else if (key == 'i' && number > 0)
            wanted.items = number;
        else if (key == 'S')
            wanted.seed = number;
        else if (key == 'w')
            wanted.workers = number;
        else
            exit(2);
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
    printf("output_chaos --seed %llu --items %llu\n", (unsigned long long)wanted.seed,
           (unsigned long long)wanted.items);
    fflush(stdout);
    uint64_t violations = 0;
    for (uint64_t number = 0; number < wanted.rounds; number++)
        violations += run_round(number);
    return violations == 0 ? 0 : 1;
}
