// Priority: what order costs, when everything waits at once.
//
// The single worker is held until all tasks are queued; then they run by priority, and those of
// the same one as they were submitted. The routine sees to it that they do. What is measured
// goes from the first submit to the end of the last task.
//
// The peer puts each task into its place by walking there from the end of the queue. So many
// tasks take it half a minute, and it is asked only once.

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <manyhands/task.h>

#include "benchmarks.h"
#include "measure.h"
#include "priorities.h"
#include "task_peers.h"
#include "tasks.h"

enum { TASKS = 100000, PRIORITIES = 1000 };

typedef struct line {
    mh_pool *pool;
    const bench_priorities *tasks;
} line;

// Only the one worker touches these while it works.
static uint64_t expected_least;
static bool out_of_order;

// An item is a priority, and below it the number of the task, as one number that must grow.
static mh_status check_turn(mh_call *call, mh_bytes item)
{
    (void)call;
    uint64_t turn;
    memcpy(&turn, item.data, sizeof turn);
    out_of_order |= turn < expected_least;
    expected_least = turn + 1;
    return MH_OK;
}
static const mh_routine check_each_turn = {.name = "check turn", .run = check_turn};

static void submit_all(mh_pool *pool, const bench_priorities *tasks)
{
    for (size_t number = 0; number < tasks->count; number++) {
        const mh_task_options options = {.priority = tasks->each[number]};
        const uint64_t turn = (uint64_t)options.priority << 32 | number;
        bench_require(mh_submit(pool, &check_each_turn, MH_BYTES_OF(turn), &options, NULL),
                      "a task was refused");
    }
}

static double line_pass(void *context)
{
    const line *line = context;
    bench_gate *gate = line->tasks->gate;
    expected_least = 0;
    bench_require(mh_submit(line->pool, &bench_gate_routine, MH_BYTES_OF(gate), NULL, NULL),
                  "a task was refused");
    bench_gate_await(gate);
    const double start = bench_now();
    submit_all(line->pool, line->tasks);
    bench_gate_open(gate);
    bench_require(mh_pool_wait(line->pool, false, MH_FOREVER), "the pool never finished");
    const double ns = bench_now() - start;
    bench_check(expected_least > 0 && !out_of_order, "tasks did not run by their priority");
    return ns;
}

static bench_priorities make_priorities(size_t count)
{
    bench_priorities made = {bench_gate_make(), count, malloc(count * sizeof *made.each)};
    bench_check(made.each != NULL, "no memory");
    uint64_t seed = 1;
    for (size_t number = 0; number < count; number++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        made.each[number] = (int)((seed >> 33) % PRIORITIES);
    }
    return made;
}

void bench_priority(const bench_options *options)
{
    bench_priorities tasks = make_priorities(bench_amount(options, TASKS));
    line line = {bench_open_workers(MH_THREADS, 1), &tasks};
    const bench_contest contest = {
        .name = "priority",
        .unit = "ns",
        .amount = (double)tasks.count,
        .ours = {.name = "priority", .pass = line_pass, .context = &line},
        .peer = {.name = "GThreadPool",
                 .pass = bench_glib_priorities_pass,
                 .context = &tasks,
                 .missing = bench_glib_missing},
        .peer_once = true,
    };
    bench_compare(options, &contest);
    mh_pool_close(line.pool);
    free(tasks.each);
}
