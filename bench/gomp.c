// Gomp: the tasks of OpenMP, as gcc's library runs them, the peer that costs least.
//
// It can afford to: its tasks have no handle and no result, and as soon as 64 for each thread
// are queued, the one that submits runs the next at once, as a plain call. This file alone is
// compiled for OpenMP. That of other compilers is another library.

#include "task_peers.h"

#include <stddef.h>

#include "measure.h"

#if defined _OPENMP && defined __GNUC__ && !defined __clang__

const char *const bench_gomp_missing = NULL;

double bench_gomp_pass(void *context)
{
    const uint64_t count = *(const uint64_t *)context;
    const double start = bench_now();
#pragma omp parallel num_threads(BENCH_TASK_WORKERS)
#pragma omp single
    {
        for (uint64_t number = 0; number < count; number++) {
#pragma omp task
            __asm__ volatile(""); // nothing, but the compiler must not find that out
        }
#pragma omp taskwait
    }
    return bench_now() - start;
}

#else

const char *const bench_gomp_missing = "built without the OpenMP of gcc";

double bench_gomp_pass(void *context)
{
    (void)context;
    return -1;
}

#endif
