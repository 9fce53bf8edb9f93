// Bar chaos: tasks on a pool of processes open bars, nested and side by side, and close them or leave them open,
// while a hunter kills the workers. Every bar that was shown must come to exactly one end, before the
// result of its task is handed out, and an end that its task could have come to; and after the close no bar
// and nothing else is left.
//
//     bar_chaos_test [--seconds N] [--seed S]

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <manyhands.h>

#include "hunter.h"

enum { ITEMS = 400, BARS = 3 };

static struct {
    uint64_t seconds, seed;
} wanted = {.seconds = 2};

static int file = -1;
static int violations;

static void blame(const char *title, const char *words)
{
    printf("%s: %s\n", title, words);
    violations++;
}

// ---- tasks --------------------------------------------------------------------------------------

// What it does is decided by its number.
static mh_status act(mh_call *call, mh_bytes item)
{
    mh_progress *bars[BARS] = {NULL};
    uint64_t seed = mh_index(call);
    for (int b = 0; b < BARS; b++) {
        char title[32];
        snprintf(title, sizeof title, "bar-%llu-%d", (unsigned long long)mh_index(call), b);
        if (mh_progress_open(&bars[b], title, 40) != MH_OK)
            return mh_fail(call, 1, "no bar");
        for (uint64_t i = chance(&seed, 40); i > 0; i--)
            mh_progress_add(bars[b], 1);
        if (one_in(&seed, 3))
            mh_progress_close(bars[b]);
    }
    if (one_in(&seed, 8))
        mh_wait_cancelled(call, mh_in_ms(1)); // time to be killed in
    if (one_in(&seed, 5))
        return mh_fail(call, 1, "at random");
    return mh_return(call, item.data, item.size);
}
static const mh_routine acting = {.name = "act", .run = act};

// ---- what was shown -----------------------------------------------------------------------------

static char *text; // all of it

static void read_shown(void)
{
    enum { ROOM = 4 << 20 };
    if (text == NULL)
        text = malloc(ROOM);
    ssize_t size = text == NULL ? -1 : pread(file, text, ROOM - 1, 0);
    if (size < 0)
        exit(2);
    text[size] = '\0';
}

static bool has(const char *line, const char *end, const char *words)
{
    const char *found = strstr(line, words);
    return found != NULL && found < end;
}

// How often an end of this bar was shown; and whether any of it was.
static int ends_of(const char *title, bool *is_shown, bool *is_crash)
{
    char name[40];
    int ends = 0;
    snprintf(name, sizeof name, " %s: ", title);
    *is_shown = *is_crash = false;
    for (const char *at = text; (at = strstr(at, name)) != NULL; at++) {
        const char *end = strchr(at, '\n');
        *is_shown = true;
        bool is_crashed = has(at, end, ", crashed after");
        *is_crash |= is_crashed;
        ends += is_crashed || has(at, end, ", in ") || has(at, end, ", left open after") ||
                has(at, end, ", failed after") || has(at, end, ", stopped after") ||
                has(at, end, ", cancelled after");
    }
    return ends;
}

// The result has been handed out.
static void check_task(const mh_result *result)
{
    for (int b = 0; b < BARS; b++) {
        char title[32];
        bool is_shown, is_crash;
        snprintf(title, sizeof title, "bar-%llu-%d", (unsigned long long)result->index, b);
        int ends = ends_of(title, &is_shown, &is_crash);
        if (ends > 1)
            blame(title, "it ended more than once");
        if (ends == 0 && is_shown)
            blame(title, "it did not end");
        if (is_crash && result->outcome != MH_CRASHED)
            blame(title, "it crashed, and its task did not");
        if (!is_shown && (result->outcome == MH_DONE || result->outcome == MH_FAILED))
            blame(title, "it was never shown");
    }
}

// ---- a round ------------------------------------------------------------------------------------

static void run_tasks(mh_pool *pool, uint64_t *outcomes)
{
    mh_map *map = NULL;
    mh_source source = mh_source_range(0, ITEMS, 1);
    if (mh_map_open(&map, pool, &acting, &source, &(mh_map_options){.progress = "all"}) !=
        MH_OK)
        exit(2);
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;) {
        outcomes[result.outcome]++;
        read_shown();
        check_task(&result);
    }
    mh_map_close(map);
}

static void run_round(uint64_t number, bag *prey)
{
    uint64_t seed = wanted.seed + number * 1000003, outcomes[8] = {0};
    if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0)
        exit(2);
    census before = take_census();
    hunter one = raise_hunter(seed, prey);
    mh_pool *pool;
    mh_pool_options options = {
        .kind = MH_PROCESSES, .start = MH_START_FORK, .workers = 1 + (int)chance(&seed, 4)};
    if (mh_pool_open(&pool, &options) != MH_OK)
        exit(2);
    release_hunter(&one);
    run_tasks(pool, outcomes);
    mh_pool_close(pool);
    call_back_hunter(&one);
    if (mh_progress_wait(MH_NOW) != MH_OK)
        blame("stands for all", "a bar is open still");
    if (!is_nothing_left(&before))
        blame("stands for all", "something was left behind");
    printf("round %llu: %llu done, %llu failed, %llu crashed, %d violations\n",
           (unsigned long long)number, (unsigned long long)outcomes[MH_DONE],
           (unsigned long long)outcomes[MH_FAILED], (unsigned long long)outcomes[MH_CRASHED],
           violations);
    fflush(stdout);
}

static void read_options(int count, char **words)
{
    static const struct option known[] = {
        {"seconds", 1, NULL, 's'}, {"seed", 1, NULL, 'S'}, {NULL, 0, NULL, 0}};
    for (int key; (key = getopt_long(count, words, "", known, NULL)) != -1;) {
        uint64_t number = key == '?' ? 0 : strtoull(optarg, NULL, 0);
        if (key == 's')
            wanted.seconds = number;
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
    mh_log_limit(MH_LOG_OFF);
    unsetenv("MH_PROGRESS");
    file = memfd_create("bars", MFD_CLOEXEC);
    bag *prey = mmap(NULL, sizeof *prey, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                     0);
    if (file < 0 || prey == MAP_FAILED || mh_progress_to(MH_PROGRESS_LINES, file) != MH_OK)
        return 2;
    printf("bar_chaos_test --seed %llu\n", (unsigned long long)wanted.seed);
    fflush(stdout);
    mh_deadline end = mh_in_ms((int64_t)wanted.seconds * 1000);
    uint64_t number = 0;
    do
        run_round(number++, prey);
    while (mh_in_ms(1) < end);
    printf("%llu workers were killed\n", (unsigned long long)atomic_load(&prey->killed));
    return violations == 0 ? 0 : 1;
}
