// The driver: runs the benchmarks that were asked for, one after another.
//
// Each runs in a child process of its own. So none sees the threads or the memory another has
// left behind, pools are opened in a program that has one thread, and a benchmark that crashes
// or hangs costs one line, not the others.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks.h"
#include "options.h"

enum { LONGEST_SECONDS = 300 };

typedef struct benchmark {
    const char *name;
    benchmark_run *run;
} benchmark;

static const benchmark benchmarks[] = {
    {"map-threads", bench_map_threads},
    {"map-processes", bench_map_processes},
    {"map-processes-mpi", bench_map_processes_mpi},
    {"map-one", bench_map_one},
    {"map-skewed", bench_map_skewed},
    {"big-items", bench_big_items},
    {"memory", bench_memory},
    {"idle", bench_idle},
    {"open", bench_open},
    {"submit-wait-gomp", bench_submit_wait_gomp},
    {"submit-wait-tbb", bench_submit_wait_tbb},
    {"submit-wait-glib", bench_submit_wait_glib},
    {"submit-forget", bench_submit_forget},
    {"submit-processes", bench_submit_processes},
    {"latency-p50", bench_latency_p50},
    {"latency-p99", bench_latency_p99},
    {"priority", bench_priority},
    {"task-bytes", bench_task_bytes},
    {"channel-pipe", bench_channel_pipe},
    {"channel-mq", bench_channel_mq},
    {"channel-many", bench_channel_many},
    {"channel-latency-p50", bench_channel_latency_p50},
    {"channel-latency-p99", bench_channel_latency_p99},
    {"cancel", bench_cancel},
    {"cancel-asleep", bench_cancel_asleep},
    {"drawing", bench_drawing},
    {"progress-add", bench_progress_add},
    {"trace-map", bench_trace_map},
    {"trace-submit", bench_trace_submit},
    {"log", bench_log},
};
static const int benchmark_count = sizeof benchmarks / sizeof *benchmarks;

static bool is_known(const char *name)
{
    for (int i = 0; i < benchmark_count; i++)
        if (strcmp(benchmarks[i].name, name) == 0)
            return true;
    return false;
}

static void check_names(const bench_options *options)
{
    for (int i = 0; i < options->name_count; i++) {
        if (is_known(options->names[i]))
            continue;
        fprintf(stderr, "bench: there is no benchmark %s; there are:", options->names[i]);
        for (int known = 0; known < benchmark_count; known++)
            fprintf(stderr, " %s", benchmarks[known].name);
        fprintf(stderr, "\n");
        exit(EXIT_FAILURE);
    }
}

static bool run_apart(const benchmark *chosen, const bench_options *options)
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(LONGEST_SECONDS); // ends the child by a signal, which is seen below
        chosen->run(options);
        exit(EXIT_SUCCESS);
    }
    int end = 0;
    if (child > 0 && waitpid(child, &end, 0) == child && end == 0)
        return true;
    if (child > 0 && WIFSIGNALED(end))
        printf("bench %s failed (signal %d)\n", chosen->name, WTERMSIG(end));
    else
        printf("bench %s failed\n", chosen->name);
    fflush(stdout);
    return false;
}

int main(int count, char **arguments)
{
    const bench_options options = bench_options_read(count, arguments);
    check_names(&options);
    bool all_worked = true;
    for (int i = 0; i < benchmark_count; i++)
        if (bench_is_wanted(&options, benchmarks[i].name))
            all_worked = run_apart(&benchmarks[i], &options) && all_worked;
    return all_worked ? EXIT_SUCCESS : EXIT_FAILURE;
}
