// Log chaos: thousands of items that say many lines, on worker processes that are killed and stopped
// at random moments.
//
// Promises that are checked, in every round: each line comes whole, once and in order; when the result
// of an item is handed out, all lines have come that it had said, up to the last call that returned
// before its death; and where workers drop what finds no room, lines and those that were dropped add
// up. Items note in shared memory what they have said, so that the library is not asked about itself.
// (C7)
//
//     log_chaos [--rounds N] [--items N] [--seed S]

#include <getopt.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <manyhands.h>

#include "hunter.h"

static struct plan {
    uint64_t rounds, items, seed;
} wanted = {.rounds = 1, .items = 3000};

// In shared memory.
typedef struct ledger {
    bag prey;
    _Atomic uint32_t said[]; // by each item: lines whose call has returned
} ledger;

typedef struct round {
    uint64_t number, seed;
    mh_pool_options pool;
    mh_map_options map;
    bool as_tasks;
    // under the log's lock, and read where no worker speaks of that item any more
    uint32_t *heard; // of each item: how many have come
    int64_t *last;   // and the number of the last
    uint64_t lines, dropped;
    _Atomic uint64_t violations;
    uint64_t done, crashed;
} round;

static ledger *book;

static void blame(round *now, const char *what, uint64_t index)
{
    if (atomic_fetch_add(&now->violations, 1) < 20)
        fprintf(stderr, "seed %llu, round %llu: item %llu %s (said %u, heard %u)\n",
                (unsigned long long)wanted.seed, (unsigned long long)now->number,
                (unsigned long long)index, what,
                index < wanted.items ? atomic_load(&book->said[index]) : 0u,
                index < wanted.items ? now->heard[index] : 0u);
}

// ---- what is said -------------------------------------------------------------------------------

enum { MOST_LINES = 2500, LONG = 6000 };

static uint32_t lines_of(uint64_t index)
{
    uint64_t number = mixed(index + 77);
    return number % 200 == 0 ? MOST_LINES : (uint32_t)(number % 12);
}

// So that a line that is torn, or somebody else's, is seen.
static void write_line(uint64_t index, uint64_t line, char text[LONG + 64])
{
    uint64_t number = mixed(index * 4096 + line);
    size_t size = number % 100 == 0 ? LONG : number % 60;
    int used = sprintf(text, "item %llu line %llu ", (unsigned long long)index,
                       (unsigned long long)line);
    memset(text + used, (int)('a' + number % 26), size);
    text[(size_t)used + size] = '\0';
}

static mh_status work(mh_call *call, mh_bytes item)
{
    char text[LONG + 64];
    int64_t index;
    memcpy(&index, item.data, sizeof index);
    for (uint32_t line = 0; line < lines_of((uint64_t)index); line++) {
        write_line((uint64_t)index, line, text);
        mh_log(MH_LOG_WARNING, "%s", text);
        atomic_store(&book->said[index], line + 1);
    }
    return mh_return(call, &index, sizeof index);
}
static const mh_routine worker = {.name = "work", .run = work};

// ---- what is heard ------------------------------------------------------------------------------

static void hear_line(round *now, uint64_t index, uint64_t line, const char *text)
{
    char right[LONG + 64];
    if (index >= wanted.items || line >= lines_of(index)) {
        blame(now, "does not exist, or has not so many lines", index);
        return;
    }
    write_line(index, line, right);
    if (strcmp(text, right) != 0)
        blame(now, "has a line that is damaged", index);
    bool is_in_turn = now->pool.drop_logs ? (int64_t)line > now->last[index]
                                          : (int64_t)line == now->last[index] + 1;
    if (!is_in_turn)
        blame(now, "has a line that came twice, or out of turn", index);
    now->last[index] = (int64_t)line;
    now->heard[index]++;
    now->lines++;
}

static void hear(void *context, mh_log_level level, const char *text)
{
    round *now = context;
    unsigned long long index, line;
    (void)level;
    if (sscanf(text, "item %llu line %llu ", &index, &line) == 2)
        hear_line(now, index, line, text);
    else if (sscanf(text, "%llu lines were dropped", &line) == 1 ||
             sscanf(text, "%llu line was dropped", &line) == 1)
        now->dropped += line;
    else if (strstr(text, "damaged") != NULL)
        blame(now, text, wanted.items);
}

// ---- what must hold -----------------------------------------------------------------------------

// A call that was under way at the death may have come to its line, or not.
static void check_result(round *now, const mh_result *result, uint64_t index)
{
    uint32_t said = atomic_load(&book->said[index]);
    now->done += result->outcome == MH_DONE;
    now->crashed += result->outcome == MH_CRASHED;
    if (result->outcome == MH_DONE && said != lines_of(index))
        blame(now, "is done, and has not said all", index);
    if (result->outcome != MH_DONE && result->outcome != MH_CRASHED)
        blame(now, result->message, index);
    uint32_t most = result->outcome == MH_DONE ? said : said + 1;
    bool is_whole = now->pool.drop_logs || now->heard[index] >= said;
    if (!is_whole || now->heard[index] > most)
        blame(now, "has a result before all it said was heard", index);
}

static void check_sum(round *now)
{
    uint64_t said = 0, killed = atomic_load(&book->prey.killed);
    for (uint64_t i = 0; i < wanted.items; i++)
        said += atomic_load(&book->said[i]);
    uint64_t known = now->lines + now->dropped;
    if (known < said || known > said + killed)
        blame(now, "is too few or too many: the lines do not add up", known);
    if (!now->pool.drop_logs && now->dropped > 0)
        blame(now, "lines were dropped, where none may be", now->dropped);
}

// ---- a round ------------------------------------------------------------------------------------

static void run_map(round *now, mh_pool *pool)
{
    mh_map *map;
    mh_result result;
    mh_source source = mh_source_range(0, (int64_t)wanted.items, 1);
    mh_status status = mh_map_open(&map, pool, &worker, &source, &now->map);
    if (status != MH_OK) {
        blame(now, mh_status_text(status), 0);
        return;
    }
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK)
        check_result(now, &result, result.index);
    if (status != MH_END)
        blame(now, mh_status_text(status), wanted.items);
    mh_map_close(map);
}

static void run_session(round *now, mh_pool *pool)
{
    mh_session *session;
    mh_result result;
    mh_status status = mh_session_open(&session, pool, NULL);
    for (int64_t i = 0; status == MH_OK && i < (int64_t)wanted.items; i++)
        status = mh_session_run(session, NULL, &worker, MH_BYTES_OF(i), NULL, NULL);
    if (status != MH_OK) {
        blame(now, mh_status_text(status), 0);
        return;
    }
    while (mh_session_next(session, &result, MH_FOREVER) == MH_OK)
        check_result(now, &result, result.index);
    mh_session_close(session, MH_FOREVER);
}

// Always by fork: a worker that begins afresh would not see the ledger.
static void run_pool(round *now)
{
    hunter one = raise_hunter(now->seed, &book->prey);
    mh_pool *pool;
    mh_status status = mh_pool_open(&pool, &now->pool);
    if (status == MH_OK) {
        release_hunter(&one);
        if (now->as_tasks)
            run_session(now, pool);
        else
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
    now->pool = (mh_pool_options){.kind = MH_PROCESSES,
                                  .workers = 1 + (int)chance(seed, 6),
                                  .start = MH_START_FORK,
                                  .drop_logs = one_in(seed, 3)};
    now->as_tasks = one_in(seed, 2);
    now->map = (mh_map_options){.unordered = one_in(seed, 2),
                                .chunk = one_in(seed, 2) ? 1 + chance(seed, 100) : 0};
    now->heard = calloc(wanted.items, sizeof *now->heard);
    now->last = malloc(wanted.items * sizeof *now->last);
    for (uint64_t i = 0; i < wanted.items; i++) {
        now->last[i] = -1;
        atomic_store(&book->said[i], 0);
    }
    atomic_store(&book->prey.killed, 0);
    atomic_store(&book->prey.stopped, 0);
}

static uint64_t run_round(uint64_t number)
{
    round now = {.number = number, .seed = wanted.seed + number * 1000003};
    draw_up(&now);
    census before = take_census();
    mh_log_to(hear, &now);
    run_pool(&now);
    mh_log_to(NULL, NULL);
    check_sum(&now);
    if (!is_nothing_left(&before))
        blame(&now, "is how far we came before something was left", wanted.items);
    printf("round %llu: %d workers, %s%s: %llu done, %llu crashed, %llu lines, %llu dropped, "
           "%llu killed, %llu stopped, %llu violations\n",
           (unsigned long long)number, now.pool.workers, now.as_tasks ? "tasks" : "a map",
           now.pool.drop_logs ? ", dropping" : "", (unsigned long long)now.done,
           (unsigned long long)now.crashed, (unsigned long long)now.lines,
           (unsigned long long)now.dropped, (unsigned long long)atomic_load(&book->prey.killed),
           (unsigned long long)atomic_load(&book->prey.stopped),
           (unsigned long long)atomic_load(&now.violations));
    fflush(stdout);
    free(now.heard);
    free(now.last);
    return atomic_load(&now.violations);
}

// ---- the program --------------------------------------------------------------------------------

static void read_options(int count, char **words)
{
    static const struct option known[] = {{"rounds", 1, NULL, 'r'},
                                          {"items", 1, NULL, 'i'},
                                          {"seed", 1, NULL, 'S'},
                                          {NULL, 0, NULL, 0}};
    for (int key; (key = getopt_long(count, words, "", known, NULL)) != -1;) {
        uint64_t number = key == '?' ? 0 : strtoull(optarg, NULL, 0);
        if (key == 'r')
            wanted.rounds = number;
        else if (key == 'i')
            wanted.items = number > 0 ? number : 1;
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
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prepare_census();
    mh_log_limit(MH_LOG_WARNING);
    book = mmap(NULL, sizeof *book + wanted.items * sizeof *book->said, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (book == MAP_FAILED) {
        perror("log_chaos");
        return 2;
    }
    printf("log_chaos --seed %llu --items %llu --rounds %llu\n",
           (unsigned long long)wanted.seed, (unsigned long long)wanted.items,
           (unsigned long long)wanted.rounds);
    fflush(stdout);
    uint64_t violations = 0;
    for (uint64_t number = 0; number < wanted.rounds; number++)
        violations += run_round(number);
    return violations == 0 ? 0 : 1;
}
