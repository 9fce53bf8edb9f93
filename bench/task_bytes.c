// Task bytes: what it costs to let many tasks wait.
//
// A million tasks with an input of 8 bytes are queued behind a worker that is held, with a
// handle for each. What the memory of program and workers grows by is divided by their number.
// The room for the handles is the program's, and is touched before.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands/task.h>

#include "benchmarks.h"
#include "family.h"
#include "gate.h"
#include "measure.h"
#include "numbers.h"
#include "tasks.h"

enum { TASKS = 1000000, AIM_BYTES = 256 };

static double family_bytes(void)
{
    static bench_family family;
    bench_family_find(&family);
    return bench_family_memory(&family) * 1024;
}

static void hold_worker(mh_pool *pool, bench_gate *gate)
{
    bench_require(mh_submit(pool, &bench_gate_routine, MH_BYTES_OF(gate), NULL, NULL),
                  "a task was refused");
    bench_gate_await(gate);
}

// Touched once the workers are there, or they would share the room until it is written to.
static mh_task **make_room(size_t count)
{
    mh_task **room = malloc(count * sizeof *room);
    bench_check(room != NULL, "no memory");
    memset(room, 1, count * sizeof *room);
    return room;
}

static void submit_all(mh_pool *pool, mh_task **tasks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const long number = (long)i;
        const mh_bytes input = MH_BYTES_OF(number);
        bench_require(mh_submit(pool, &bench_numbers_routine, input, NULL, &tasks[i]),
                      "a task was refused");
    }
}

static void finish_all(mh_task **tasks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mh_result result;
        bench_require(mh_task_wait(tasks[i], MH_FOREVER), "a task could not be waited for");
        bench_require(mh_task_result(tasks[i], &result), "a task has no result");
        bench_check(mh_result_as(long, result) == (long)i + 1, "a result is wrong");
        mh_task_drop(tasks[i]);
    }
}

void bench_task_bytes(const bench_options *options)
{
    const size_t count = bench_amount(options, TASKS);
    bench_gate *gate = bench_gate_make();
    mh_pool *pool = bench_open_workers(MH_PROCESSES, 1);
    hold_worker(pool, gate);
    mh_task **tasks = make_room(count);
    family_bytes(); // so that what the reading itself needs is there before
    const double before = family_bytes();
    submit_all(pool, tasks, count);
    bench_print("task-bytes", (family_bytes() - before) / (double)count, "B", "aim", AIM_BYTES);
    bench_gate_open(gate);
    finish_all(tasks, count);
    free(tasks);
    mh_pool_close(pool);
}
