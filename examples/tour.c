// Tour: what a program with many workers looks like from outside. Eight measurements are read by three
// worker processes. Each has a bar, and so have all together; what is said and printed meanwhile stands
// above the bars that run. One of the workers crashes, and nothing else is lost.
//
// Shows (FEATURES): M12, C4, C5 bars of a map and of its items; C7 log lines, C8 output of worker
// processes, above them; N1 a crash.
//
//     ./tour [MS]         each step takes so many milliseconds, 1 when it is not given
//
// shows bars on standard error, and prints among them:
//
//     roof: opened again after a pause
//     7 of 8 are read, 1 crashed

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

typedef struct measurement {
    char name[16];
    int count, pause_at, empty_at, crash_at; // in steps; 0: never
    int step_ms;
} measurement;

static void look_closely(const measurement *it, int step)
{
    if (step == it->pause_at)
        printf("%s: opened again after a pause\n", it->name);
    if (step == it->empty_at)
        mh_log(MH_LOG_WARNING, "%s: line %d is empty", it->name, step);
    if (step == it->crash_at)
        abort(); // as a bug would
}

static mh_status read_one(mh_call *call, mh_bytes item)
{
    const measurement *it = item.data;
    mh_progress *bar = NULL;
    mh_progress_open(&bar, it->name, (uint64_t)it->count);
    for (int step = 1; step <= it->count; step++) {
        mh_wait_cancelled(call, mh_in_ms(it->step_ms)); // here something would be computed
        mh_progress_add(bar, 1);
        look_closely(it, step);
    }
    mh_progress_close(bar);
    return MH_OK;
}
static const mh_routine reader = {.name = "read", .run = read_one};

static void read_all(mh_pool *pool, measurement *all, size_t count)
{
    int done = 0, crashed = 0;
    mh_map *map = NULL;
    mh_source source = mh_source_array(all, count, sizeof *all);
    const mh_map_options options = {.progress = "all measurements", .unordered = true};
    if (mh_map_open(&map, pool, &reader, &source, &options) == MH_OK)
        for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;) {
            done += result.outcome == MH_DONE;
            crashed += result.outcome == MH_CRASHED;
        }
    mh_map_close(map);
    mh_progress_wait(MH_FOREVER); // all bars have had their last word
    printf("%d of %zu are read, %d crashed\n", done, count, crashed);
}

int main(int argc, char **argv)
{
    measurement all[] = {
        {"cellar", .count = 250},
        {"garden", .count = 420},
        {"roof", .count = 330, .pause_at = 60},
        {"street", .count = 380, .empty_at = 40},
        {"tower", .count = 300, .crash_at = 180},
        {"harbour", .count = 200},
        {"bridge", .count = 280},
        {"forest", .count = 150},
    };
    const size_t count = sizeof all / sizeof all[0];
    for (size_t i = 0; i < count; i++)
        all[i].step_ms = argc > 1 ? atoi(argv[1]) : 1;
    mh_pool *pool;
    const mh_pool_options options = {
        .kind = MH_PROCESSES, .workers = 3, .output = MH_OUTPUT_LINES};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    read_all(pool, all, count);
    mh_pool_close(pool);
    return 0;
}
