// Deaths: all the ways in which a task can take its process with it, and what is told of each.
#ifndef TESTS_DEATHS_H
#define TESTS_DEATHS_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static inline void die_by_write(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile char *)page = 1; // it may only be read
}

static inline void die_by_abort(void)
{
    abort();
}

static inline void die_by_kill(void)
{
    kill(getpid(), SIGKILL);
}

static inline void die_by_term(void)
{
    raise(SIGTERM);
}

static inline void die_by_trap(void)
{
    raise(SIGFPE);
}

static inline void leave_by_exit(void)
{
    exit(3);
}

static inline void leave_by_exit_0(void)
{
    exit(0);
}

static inline void leave_at_once(void)
{
    _exit(0);
}

static inline void leave_quickly(void)
{
    quick_exit(200);
}

// Without an end, and too much for the compiler to see through.
static inline int overflow(volatile char *above)
{
    volatile char here[4096];
    memset((void *)(size_t)here, *above, sizeof here);
    return *above == 77 ? 0 : overflow(here) + here[9];
}

static inline void die_by_stack(void)
{
    volatile char nothing = 0;
    overflow(&nothing);
}

static const struct death {
    void (*die)(void);
    int signal;
    int exit_code;
    const char *words;
} deaths[] = {
    {die_by_write, SIGSEGV, 0, "the worker was killed by SIGSEGV"},
    {die_by_abort, SIGABRT, 0, "the worker was killed by SIGABRT"},
    {die_by_kill, SIGKILL, 0, "the worker was killed by SIGKILL"},
    {die_by_term, SIGTERM, 0, "the worker was killed by SIGTERM"},
    {die_by_trap, SIGFPE, 0, "the worker was killed by SIGFPE"},
    {leave_by_exit, 0, 3, "the worker left with exit code 3"},
    {leave_by_exit_0, 0, 0, "the worker left with exit code 0"},
    {leave_at_once, 0, 0, "the worker left with exit code 0"},
    {leave_quickly, 0, 200, "the worker left with exit code 200"},
    {die_by_stack, SIGSEGV, 0, "the worker was killed by SIGSEGV"},
};
enum { DEATHS = sizeof deaths / sizeof *deaths };

#endif
