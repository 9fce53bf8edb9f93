// Benchmarks: all there are. Each measures, and prints its line or lines; README.md says what
// they mean. Each runs in a process of its own, and may simply end it when something went
// wrong.
#ifndef BENCH_BENCHMARKS_H
#define BENCH_BENCHMARKS_H

#include "options.h"

typedef void benchmark_run(const bench_options *options);

benchmark_run bench_map_threads;
benchmark_run bench_map_processes;
benchmark_run bench_map_processes_mpi;
benchmark_run bench_map_one;
benchmark_run bench_map_skewed;
benchmark_run bench_big_items;
benchmark_run bench_memory;
benchmark_run bench_idle;
benchmark_run bench_open;
benchmark_run bench_submit_wait_gomp;
benchmark_run bench_submit_wait_tbb;
benchmark_run bench_submit_wait_glib;
benchmark_run bench_submit_forget;
benchmark_run bench_submit_processes;
benchmark_run bench_latency_p50;
benchmark_run bench_latency_p99;
benchmark_run bench_priority;
benchmark_run bench_task_bytes;
benchmark_run bench_channel_pipe;
benchmark_run bench_channel_mq;
benchmark_run bench_channel_many;
benchmark_run bench_channel_latency_p50;
benchmark_run bench_channel_latency_p99;
benchmark_run bench_cancel;
benchmark_run bench_cancel_asleep;
benchmark_run bench_drawing;
benchmark_run bench_progress_add;
benchmark_run bench_trace_map;
benchmark_run bench_trace_submit;
benchmark_run bench_log;

#endif
