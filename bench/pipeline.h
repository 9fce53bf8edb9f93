// Pipeline: the same stream of numbers through oneTBB's parallel_pipeline, the peer of threads.
#ifndef BENCH_PIPELINE_H
#define BENCH_PIPELINE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_pipeline {
    int workers;
    uint64_t count;
} bench_pipeline;

// Sends all the numbers through the pipeline, and says how many nanoseconds that took; negative
// when the sum of the results is wrong. The context is a bench_pipeline.
double bench_pipeline_pass(void *context);

#ifdef __cplusplus
}
#endif
#endif
