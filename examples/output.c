// Output: what tasks print, and the programs they start, is told apart: grouped by task, with a
// prefix, or handed to a function. One of the tasks crashes in the middle of a line.
//
// Shows (FEATURES): C8 the output of tasks, also of C libraries and child programs.
//
//     ./output            (only processes: threads share the stdout of the program)
//
// prints:
//
//     grouped by task:
//     ---- task 0 (worker 0)
//     reading station 0
//     the kettle says 20 degrees
//     ---- task 1 (worker 0)
//     reading station 1
//     the kettle sa
//     task 1 crashed
//     ---- task 2 (worker 0)
//     reading station 2
//     the kettle says 22 degrees
//     with a prefix:
//     [worker 0, task 0] reading station 0
//     [worker 0, task 0] the kettle says 20 degrees
//     [worker 0, task 1] reading station 1
//     [worker 0, task 1] the kettle sa
//     task 1 crashed
//     [worker 0, task 2] reading station 2
//     [worker 0, task 2] the kettle says 22 degrees
//     by a function of our own:
//     task 0 printed 45 bytes
//     task 1 printed 31 bytes
//     task 1 crashed
//     task 2 printed 45 bytes
//
// There is only one worker, so that these lines always come in the same order.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

// Half of the line is a shell's.
static int64_t read_station(int64_t number)
{
    printf("reading station %d\n", (int)number);
    if (system("printf 'the kettle sa'") != 0)
        return -1;
    if (number == 1)
        raise(SIGKILL);
    printf("ys %d degrees\n", 20 + (int)number);
    return number;
}
MH_ROUTINE(reading, read_station, int64_t, int64_t);

static void run_tasks(const mh_pool_options *options)
{
    mh_pool *pool;
    if (mh_pool_open(&pool, options) != MH_OK)
        return;
    for (int64_t number = 0; number < 3; number++) {
        mh_task *task;
        mh_result result;
        if (mh_submit(pool, &reading, MH_BYTES_OF(number), NULL, &task) != MH_OK)
            continue;
        mh_task_wait(task, MH_FOREVER); // all it printed has been passed on
        mh_task_result(task, &result);
        if (result.outcome != MH_DONE)
            printf("task %d %s\n", (int)number, mh_outcome_text(result.outcome));
        fflush(stdout);
        mh_task_drop(task);
    }
    mh_pool_close(pool);
}

// Called by one thread at a time.
static void count_bytes(void *context, const mh_output_piece *piece)
{
    size_t *bytes = context;
    *bytes += piece->size;
    if (!piece->has_ended)
        return;
    printf("task %d printed %d bytes\n", (int)piece->index, (int)*bytes);
    *bytes = 0;
}

static void say(const char *words)
{
    printf("%s\n", words);
    fflush(stdout);
}

int main(void)
{
    mh_log_limit(MH_LOG_OFF); // the crash would be told as well
    mh_pool_options options = {.kind = MH_PROCESSES, .workers = 1};
    say("grouped by task:");
    options.output = MH_OUTPUT_TASKS;
    run_tasks(&options);
    say("with a prefix:");
    options.output = MH_OUTPUT_PREFIX;
    run_tasks(&options);
    say("by a function of our own:");
    size_t bytes = 0;
    options.output = MH_OUTPUT_RAW; // 0
    options.on_output = count_bytes;
    options.output_context = &bytes;
    run_tasks(&options);
    return 0;
}
