// Asleep: those who are about to wait say so, and a test goes on when they really wait: a thread
// that sleeps is seen in /proc, so nobody has to guess how long that takes.
#ifndef TESTS_ASLEEP_H
#define TESTS_ASLEEP_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "submitted.h"

enum { WAITERS = STAGE_PLACES - 1, WAITER = 20, MOST_WAITERS = 32 }; // places on the stage

// The last thing before a wait, in whatever thread or process.
static inline void say_that_it_waits(void)
{
    int number = count_up(WAITERS);
    on_stage()->pid[WAITER + number % MOST_WAITERS] = gettid();
    open_gate(RUNNING, 1);
}

// Or gone.
static inline bool is_asleep(pid_t thread)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)thread);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return true;
    const char *after_name = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    return after_name != NULL && after_name[1] == ' ' && after_name[2] == 'S';
}

// So many have said so since the last time. Every other time they are met on the way to their
// sleep instead.
static inline void await_waiters(int count)
{
    static bool are_met;
    for (int i = 0; i < count; i++)
        pass_gate(RUNNING);
    are_met = !are_met;
    for (int i = 0, last = counted(WAITERS); i < count && !are_met; i++)
        while (!is_asleep(on_stage()->pid[WAITER + (last - i) % MOST_WAITERS]))
            sched_yield();
}

// The next one has said so, and sleeps.
static inline void await_sleeper(void)
{
    pass_gate(RUNNING);
    while (!is_asleep(on_stage()->pid[WAITER + counted(WAITERS) % MOST_WAITERS]))
        sched_yield();
}

#endif
