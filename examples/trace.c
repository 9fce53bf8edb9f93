// Trace: a run is looked at afterwards. Every item of the map is written down as it runs: when it
// was queued, begun and ended, how, and by which worker.
//
// Shows (FEATURES): N13 a trace for Perfetto, a page with a timeline, a summary.
//
//     ./trace [threads|processes|serial] [FOLDER]
//
// prints:
//
//     120 items: 114 done, 6 failed, 0 never ran
//     by workers that are known: yes
//     in the trace: all of them
//
// With a folder, it leaves there what it wrote: run.json, to be opened in https://ui.perfetto.dev;
// run.html, to be opened in any browser; and run.txt, a summary.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kind.h"

enum { ITEMS = 120 };

// Some numbers take far longer than others, and one in twenty is not to be had.
static mh_status add_up(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    if (number % 20 == 13)
        return mh_fail(call, 13, "%d is unlucky", (int)number);
    uint64_t sum = 1;
    for (int64_t i = 0; i < (number * 7919 % 100) * 5000; i++)
        sum = sum * 6364136223846793005 + (uint64_t)number;
    return mh_return(call, &sum, sizeof sum);
}
static const mh_routine add_up_each = {.name = "add up", .run = add_up};

static void run(mh_pool *pool)
{
    mh_source source = mh_source_range(0, ITEMS, 1);
    mh_map *map;
    if (mh_map_open(&map, pool, &add_up_each, &source, NULL) != MH_OK)
        return;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
        continue;
    mh_map_close(map);
}

// A file in this folder, or, without one, nowhere.
static void write_to(mh_pool *pool, const char *folder, mh_trace_form form, const char *name)
{
    char path[4096] = "/dev/null";
    if (folder != NULL)
        snprintf(path, sizeof path, "%s/%s", folder, name);
    if (mh_trace_write(pool, form, path) != MH_OK)
        exit(1);
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 3, .trace = true};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    run(pool);
    const char *folder = argc > 2 ? argv[2] : NULL;
    write_to(pool, folder, MH_TRACE_JSON, "run.json");
    write_to(pool, folder, MH_TRACE_PAGE, "run.html");
    write_to(pool, folder, MH_TRACE_SUMMARY, "run.txt");
    mh_trace_facts facts;
    if (mh_trace_facts_of(pool, &facts) == MH_OK) {
        printf("%d items: %d done, %d failed, %d never ran\n", (int)facts.items,
               (int)facts.done, (int)facts.failed, (int)facts.never_ran);
        printf("by workers that are known: %s\n",
               facts.workers == mh_pool_workers(pool) ? "yes" : "no");
        printf("in the trace: %s\n", facts.lost == 0 ? "all of them" : "not all");
    }
    mh_pool_close(pool);
}
