// A run with some of everything, whose page is to be looked at: run_to_look_at PAGE
//
// Writes the page, and prints what must be on it, for tests/trace/look-at-page. It is known
// from the results alone.
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <manyhands.h>

enum { ITEMS = 400, WORKERS = 4, CRASH = 150 };

static void stay(long us)
{
    nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static mh_status etch(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    stay(200 + number * 7919 % 97 * 20 + (number % 61 == 7 ? 9000 : 0));
    if (number == CRASH)
        raise(SIGSEGV);
    if (number % 50 == 31)
        return mh_fail(call, 1, "the plate is cracked");
    return mh_return(call, item.data, item.size);
}
static const mh_routine etch_each = {.name = "etch <plate>", .run = etch};

static bool has_ended[WORKERS][MH_CANCELLED + 1]; // an item of this worker like this

static void note(const mh_result *result)
{
    if (result->worker >= 0 && result->worker < WORKERS)
        has_ended[result->worker][result->outcome] = true;
}

static void run_map(mh_pool *pool)
{
    mh_source source = mh_source_range(0, ITEMS, 1);
    mh_map *map;
    if (mh_map_open(&map, pool, &etch_each, &source, &(mh_map_options){.chunk = 1}) != MH_OK)
        exit(1);
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
        note(&result);
    mh_map_close(map);
}

// A task that never runs: the permit that it waits for is ours until it was taken back.
static mh_task *submit_and_cancel(mh_pool *pool, int64_t number)
{
    mh_task *task;
    mh_limiter *ours;
    if (mh_limiter_open(&ours, 1) != MH_OK || mh_limiter_take(ours, MH_FOREVER) != MH_OK)
        exit(1);
    const mh_task_options options = {.limiter = ours};
    if (mh_submit(pool, &etch_each, MH_BYTES_OF(number), &options, &task) != MH_OK ||
        mh_task_cancel(task) != MH_OK)
        exit(1);
    mh_limiter_give(ours);
    mh_limiter_close(ours);
    return task;
}

static void run_tasks(mh_pool *pool)
{
    enum { TASKS = 60 };
    mh_task *tasks[TASKS];
    for (int64_t i = 0; i < TASKS - 1; i++)
        if (mh_submit(pool, &etch_each, MH_BYTES_OF(i), NULL, &tasks[i]) != MH_OK)
            exit(1);
    tasks[TASKS - 1] = submit_and_cancel(pool, TASKS - 1);
    for (int i = 0; i < TASKS; i++) {
        mh_result result;
        if (mh_task_wait(tasks[i], MH_FOREVER) == MH_OK &&
            mh_task_result(tasks[i], &result) == MH_OK)
            note(&result);
        mh_task_drop(tasks[i]);
    }
}

static void tell(const mh_trace_facts *facts)
{
    printf("title: press &lt;1&gt;\n");
    printf("head: %d items, %d workers (processes), 1 never ran\n", (int)facts->items,
           facts->workers);
    printf("legend: done %d\n", (int)facts->done);
    printf("legend: failed %d\n", (int)facts->failed);
    printf("legend: crashed %d\n", (int)facts->crashed);
    printf("legend: cancelled %d\n", (int)facts->cancelled);
    for (int worker = 0; worker < WORKERS; worker++)
        for (int outcome = MH_DONE; outcome <= MH_CANCELLED; outcome++)
            if (has_ended[worker][outcome])
                printf("row worker %d: %s\n", worker, mh_outcome_text((mh_outcome)outcome));
    printf("row never ran: cancelled\n");
    printf("near: drawn\n");
    printf("tip: etch &lt;plate&gt;\n");
    printf("lines of workers: %d\n", WORKERS);
    printf("lines of slowest: 10\n");
    printf("bars: some\n");
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_trace_facts facts;
    mh_log_limit(MH_LOG_OFF); // one worker crashes, as it should
    mh_pool_options options = {
        .kind = MH_PROCESSES, .workers = WORKERS, .trace = true, .name = "press <1>"};
    if (argc < 2 || mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    run_map(pool);
    run_tasks(pool);
    if (mh_trace_facts_of(pool, &facts) != MH_OK ||
        mh_trace_write(pool, MH_TRACE_PAGE, argv[1]) != MH_OK)
        return 1;
    tell(&facts);
    mh_pool_close(pool);
}
