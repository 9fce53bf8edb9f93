// Traced: a child that runs one machine instruction at a time, so that it can be killed after any.
#ifndef TESTS_TRACED_H
#define TESTS_TRACED_H

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

// In the child, first of all. It then stops itself before its first instant and after its last.
static inline void be_traced(void)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(1);
}

static inline void await_stop(pid_t pid)
{
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSTOPPED(status), "it cannot be traced");
}

// Runs one instruction; false: that was the last.
static inline bool step_traced(pid_t pid)
{
    int status;
    if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid ||
        !WIFSTOPPED(status))
        ck_abort_msg("it cannot be traced any more");
    return WSTOPSIG(status) == SIGTRAP;
}

static inline void end_traced(pid_t pid)
{
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static inline uint64_t sum_of(uint64_t sum, const void *bytes, size_t size)
{
    for (const uint64_t *word = bytes; size >= sizeof *word; size -= sizeof *word)
        sum = (sum ^ *word++) * UINT64_C(0x9e3779b97f4a7c15);
    return sum;
}

// Some places forbid it.
static inline bool may_trace(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(1);
        raise(SIGSTOP);
        _exit(1);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return false;
    bool may = ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0 &&
               waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return may;
}

#endif
