// Bell: lets a program wait until its tasks have come to some point, for those examples that
// show what becomes of running ones. It is a pipe, so that worker processes can ring it as
// threads do.
#ifndef EXAMPLES_BELL_H
#define EXAMPLES_BELL_H

#include <stdlib.h>
#include <unistd.h>

static int bell_ends[2];

// Before the pool is opened, and that with MH_START_FORK, so that its workers have the bell
// too.
static inline void open_bell(void)
{
    if (pipe(bell_ends) != 0)
        exit(1);
}

static inline void close_bell(void)
{
    close(bell_ends[0]);
    close(bell_ends[1]);
}

static inline void ring_bell(void)
{
    if (write(bell_ends[1], "!", 1) != 1)
        exit(1);
}

// Waits until it has rung so many times more.
static inline void wait_for_bell(int times)
{
    for (char byte; times > 0; times--)
        if (read(bell_ends[0], &byte, 1) != 1)
            exit(1);
}

#endif
