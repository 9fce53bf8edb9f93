// Latency: how long a lone task takes there and back, when its worker is ready and has nothing
// else to do.
//
// The peer is the least that two threads need which sleep until it is their turn: a word that
// changes, and a futex to wait for it on either side.

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <manyhands/task.h>

#include "benchmarks.h"
#include "measure.h"
#include "tasks.h"
#include "trips.h"

static double trip_of_task(void *pool)
{
    const double start = bench_now();
    mh_task *task;
    const mh_bytes nothing = {0};
    bench_require(mh_submit(pool, &bench_empty_routine, nothing, NULL, &task), "no task");
    bench_require(mh_task_wait(task, MH_FOREVER), "a task could not be waited for");
    mh_task_drop(task);
    return bench_now() - start;
}

// ---- the peer -------------------------------------------------------------------------------

enum { HERE, THERE, OVER };

static void wait_while(_Atomic uint32_t *turn, uint32_t whose)
{
    while (atomic_load_explicit(turn, memory_order_acquire) == whose)
        syscall(SYS_futex, turn, FUTEX_WAIT_PRIVATE, whose, NULL, NULL, 0);
}

static void hand_over(_Atomic uint32_t *turn, uint32_t whose)
{
    atomic_store_explicit(turn, whose, memory_order_release);
    syscall(SYS_futex, turn, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static double trip_by_futex(void *turn)
{
    const double start = bench_now();
    hand_over(turn, THERE);
    wait_while(turn, THERE);
    return bench_now() - start;
}

static void *hand_back(void *context)
{
    _Atomic uint32_t *turn = context;
    for (;;) {
        wait_while(turn, HERE);
        if (atomic_load_explicit(turn, memory_order_relaxed) == OVER)
            return NULL;
        hand_over(turn, HERE);
    }
}

// ---- both -----------------------------------------------------------------------------------

static void compare(const bench_options *options, const char *name, int hundredth)
{
    _Atomic uint32_t turn = HERE;
    pthread_t thread;
    bench_check(pthread_create(&thread, NULL, hand_back, &turn) == 0, "no thread");
    mh_pool *pool = bench_open_workers(MH_THREADS, 1);
    bench_trips tasks = {hundredth, trip_of_task, pool};
    bench_trips futexes = {hundredth, trip_by_futex, &turn};
    bench_compare_trips(options, name, &tasks, "futex", &futexes);
    mh_pool_close(pool);
    hand_over(&turn, OVER);
    pthread_join(thread, NULL);
}

void bench_latency_p50(const bench_options *options)
{
    compare(options, "latency-p50", 50);
}

void bench_latency_p99(const bench_options *options)
{
    compare(options, "latency-p99", 99);
}
