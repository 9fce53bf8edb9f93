// Task peers: the same empty tasks as other libraries run them, one file for each.
//
// None of these tasks has a handle. They are submitted by one thread, and all of them have run
// when the time is taken. Each pass returns nanoseconds, or a negative number; its context is
// the number of tasks, a uint64_t.
#ifndef BENCH_TASK_PEERS_H
#define BENCH_TASK_PEERS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Of each library, and of our pools, whatever the machine.
enum { BENCH_TASK_WORKERS = 2 };

// libgomp: `task`, by two threads, one of which submits.
double bench_gomp_pass(void *context);
extern const char *const bench_gomp_missing; // NULL, or why it is not there

// oneTBB: `task_group`, by two threads, one of which submits.
double bench_task_group_pass(void *context);

// GLib: `GThreadPool` of two threads.
double bench_glib_pass(void *context);
extern const char *const bench_glib_missing; // NULL, or why it is not there

// GLib: a pool of one thread that sorts what is queued. The context is a bench_priorities.
double bench_glib_priorities_pass(void *context);

#ifdef __cplusplus
}
#endif
#endif
