// Span: from when to when something ran, for those examples that show how many ran at once.
#ifndef EXAMPLES_SPAN_H
#define EXAMPLES_SPAN_H

#include <stdint.h>
#include <time.h>

struct span {
    uint64_t begin_ns, end_ns; // the end itself is not part of it
};

// The clock is the same one for all processes.
static inline uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// The most that ran at any one moment: it is enough to look at the moments when one begins.
static inline int most_at_once(const struct span *spans, int count)
{
    int most = 0;
    for (int i = 0; i < count; i++) {
        int running = 0;
        for (int j = 0; j < count; j++)
            running += spans[j].begin_ns <= spans[i].begin_ns &&
                       spans[i].begin_ns < spans[j].end_ns;
        if (running > most)
            most = running;
    }
    return most;
}

#endif
