// Process, on Linux: hearing of a parent's death, and starting the same program again.
//
// A nursery watches its parent through a pidfd, which speaks of the whole process. (The signal of
// prctl(PR_SET_PDEATHSIG) follows the thread that forked, and is safe only below the nursery, which has
// one thread.) Where there is no pidfd, the end of the line says the same, unless the program has
// forked children of its own that still hold it.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../platform.h"
#include "../posix/process.h"

static int parent_fd = -1; // of the process a nursery watches
static sigset_t while_waiting;

int mhi_process_watch(pid_t pid)
{
    return mhi_fd_keep_off_standard((int)syscall(SYS_pidfd_open, pid, 0)); // closed on exec
}

mhi_heard mhi_line_listen(int fd, int watch, int timeout_ms)
{
    struct pollfd watched[] = {{.fd = fd, .events = POLLIN}, {.fd = watch, .events = POLLIN}};
    int count;
    while ((count = poll(watched, 2, timeout_ms)) < 0)
        continue; // interrupted
    return count == 0                ? MHI_HEARD_NOTHING
           : watched[0].revents != 0 ? MHI_HEARD_LINE
                                     : MHI_HEARD_DEATH;
}

bool mhi_process_await(int watch, uint64_t deadline_ns)
{
    struct pollfd watched = {.fd = watch, .events = POLLIN};
    for (uint64_t now; watch >= 0 && (now = mhi_clock_ns()) < deadline_ns;)
        if (poll(&watched, 1, (int)((deadline_ns - now) / 1000000u) + 1) > 0)
            return true;
    return false;
}

int mhi_nursery_begin(pid_t watched)
{
    mhi_nursery_settle_in(&while_waiting);
    parent_fd = mhi_process_watch(watched);
    return getppid() == watched ? 0 : ESRCH;
}

mhi_news mhi_nursery_wait(int fd, mhi_death *death)
{
    struct pollfd watched[] = {{.fd = fd, .events = POLLIN},
                               {.fd = parent_fd, .events = POLLIN}};
    for (;;) {
        if (mhi_nursery_reap_one(death))
            return MHI_NEWS_DEATH;
        int count = ppoll(watched, 2, NULL, &while_waiting);
        if (count > 0 && watched[1].revents != 0)
            return MHI_NEWS_ORPHANED;
        if (count > 0 && watched[0].revents != 0)
            return MHI_NEWS_MESSAGE;
    }
}

bool mhi_process_die_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return getppid() == parent; // it may have died before the request
}

// The environment of this process and one variable more. Freed by the caller.
static char **environment_with(char *assignment)
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **copy = calloc(count + 2, sizeof *copy);
    if (copy == NULL)
        return NULL;
    copy[0] = assignment;
    memcpy(copy + 1, environ, count * sizeof *copy);
    return copy;
}

// A process group of its own from the first moment, so that a Ctrl-C at the terminal is not for it.
static int begin_group(posix_spawnattr_t *attributes)
{
    int error = posix_spawnattr_init(attributes);
    if (error == 0)
        posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP);
    return error;
}

static int spawn(pid_t *pid, char **environment, const int *fds, int count)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int error = begin_group(&attributes);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_init(&actions);
    if (error != 0) {
        posix_spawnattr_destroy(&attributes);
        return error;
    }
    for (int i = 0; i < count && error == 0; i++) // onto itself: clears close-on-exec
        error = posix_spawn_file_actions_adddup2(&actions, fds[i], fds[i]);
    char *arguments[] = {program_invocation_name, NULL};
    if (error == 0)
        error = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, arguments,
                            environment);
    const char *path = (const char *)getauxval(AT_EXECFN);
    if (error == ENOENT && path != NULL) // there is no /proc
        error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int mhi_process_spawn_self(pid_t *pid, const char *variable, const char *value, const int *fds,
                           int count)
{
    char assignment[256];
    snprintf(assignment, sizeof assignment, "%s=%s", variable, value);
    char **environment = environment_with(assignment);
    if (environment == NULL)
        return ENOMEM;
    int error = spawn(pid, environment, fds, count);
    free(environment);
    return error;
}

// The number that follows `key` in a small text file of /proc; -1 when there is none.
static long long read_number(const char *path, const char *key)
{
    long long number = -1;
    char line[256];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    while (number < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            number = strtoll(line + strlen(key), NULL, 10);
    fclose(file);
    return number;
}

int mhi_thread_count(void)
{
    long long count = read_number("/proc/self/status", "Threads:");
    if (count > 0)
        return (int)count;
    return __libc_single_threaded ? 1 : 0;
}

uint32_t mhi_thread_number(void)
{
    return (uint32_t)gettid();
}

// pthread_join returns a moment before the kernel forgets the thread.
void mhi_thread_await_end(uint32_t number)
{
    while (tgkill(getpid(), (pid_t)number, 0) == 0)
        sched_yield();
}

const char *mhi_signal_name(int number)
{
    static _Thread_local char name[24];
    const char *abbreviation = sigabbrev_np(number);
    if (abbreviation != NULL)
        snprintf(name, sizeof name, "SIG%s", abbreviation);
    else
        snprintf(name, sizeof name, "signal %d", number);
    return name;
}

uint64_t mhi_oom_kills(void)
{
    long long count = read_number("/proc/vmstat", "oom_kill ");
    return count > 0 ? (uint64_t)count : 0;
}
