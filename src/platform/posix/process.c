// Process: births and deaths of child processes, as far as POSIX goes.
//
// Who forks: the opening process forks (or starts) one nursery, and the nursery forks the workers. The
// nursery has every signal blocked for all its life, so that only SIGKILL ends it; what the program
// itself had blocked is remembered, and given back to each worker.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../platform.h"
#include "process.h"

static _Thread_local sigset_t
    mask_before_fork;         // of the thread that forks; its child has a copy
static sigset_t program_mask; // in a nursery and its workers
static bool forked;           // whether mask_before_fork is set in this process

int mhi_process_fork(pid_t *pid)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask_before_fork);
    pid_t child = fork();
    int error = errno;
    if (child == 0) {
        forked = true;
        *pid = 0;
        return 0;
    }
    pthread_sigmask(SIG_SETMASK, &mask_before_fork, NULL);
    if (child < 0)
        return error;
    *pid = child;
    return 0;
}

static void forget_handlers(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            signal(number, SIG_DFL);
    }
    signal(SIGCHLD, SIG_DFL);
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
}

static void hear_child(int number)
{
    (void)number; // its only work is to interrupt the wait
}

static void forget_text(void)
{
    __fpurge(stdout);
    __fpurge(stderr);
}

void mhi_nursery_settle_in(sigset_t *while_waiting)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &program_mask);
    if (forked)
        program_mask = mask_before_fork;
    forget_handlers();
    struct sigaction action = {.sa_handler = hear_child};
    sigaction(SIGCHLD, &action, NULL);
    sigfillset(while_waiting);
    sigdelset(while_waiting, SIGCHLD);
    setpgid(0, 0);
    forget_text();
}

void mhi_process_detach(void)
{
    setpgid(0, 0);
    forget_handlers();
    pthread_sigmask(SIG_SETMASK, &program_mask, NULL);
}

void mhi_process_flush(void)
{
    fflush(stdout);
    fflush(stderr);
}

// A buffer of our own, for with the old one glibc would go on filling what it had begun to.
void mhi_process_flush_lines(void)
{
    static char buffer[BUFSIZ];
    setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
}

_Noreturn void mhi_process_leave(int code)
{
    mhi_process_flush();
    _exit(code);
}

static void leave(int code, void *nothing)
{
    (void)nothing;
    mhi_process_leave(code);
}

void mhi_process_short_exit(void)
{
    on_exit(leave, NULL); // the last one registered runs first, and does not return
}

void mhi_process_kill(pid_t pid)
{
    kill(pid, SIGKILL);
}

void mhi_process_kill_group(pid_t pid)
{
    kill(-pid, SIGKILL);
}

void mhi_process_reap(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

bool mhi_nursery_reap_one(mhi_death *death)
{
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
        return false;
    // While the dead leader is not forgotten its number cannot be given to another group.
    kill(-info.si_pid, SIGKILL);
    waitpid(info.si_pid, NULL, 0);
    bool killed = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    *death = (mhi_death){.pid = info.si_pid,
                         .signal = killed ? info.si_status : 0,
                         .exit_code = killed ? 0 : info.si_status};
    return true;
}

pid_t mhi_process_id(void)
{
    return getpid();
}

pid_t mhi_process_parent(void)
{
    return getppid();
}
