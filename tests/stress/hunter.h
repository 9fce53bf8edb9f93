// Hunter: a process that kills and stops the workers of its parent's pool at random moments.
//
// It is forked before the pool is opened and waits at a pipe until it is told to begin. It
// finds the nursery as the one other child of its parent, and the workers as the nursery's
// children. Signals go through a pidfd, after another look at whose child it is: a number that
// meanwhile belongs to somebody else is never hit.
#ifndef HUNTER_H
#define HUNTER_H

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census.h"
#include "chance.h"

typedef struct hunter {
    pid_t pid;
    int leash; // it hunts until this end of a pipe is closed
} hunter;

// In shared memory.
typedef struct bag {
    _Atomic uint64_t killed;
    _Atomic uint64_t stopped;
} bag;

static inline pid_t nursery_of(pid_t program)
{
    pid_t children[64];
    int count = children_of(program, children, 64);
    for (int i = 0; i < count; i++)
        if (children[i] != getpid())
            return children[i];
    return 0;
}

// A descriptor of a worker picked at random, or -1.
static inline int pick_worker(pid_t program, uint64_t *seed)
{
    enum { MOST = 1024 };
    static pid_t workers[MOST];
    pid_t nursery = nursery_of(program);
    int count = nursery == 0 ? 0 : children_of(nursery, workers, MOST);
    if (count == 0)
        return -1;
    pid_t prey = workers[chance(seed, (uint64_t)count)];
    int fd = (int)syscall(SYS_pidfd_open, prey, 0);
    if (fd >= 0 && parent_of(prey) == nursery)
        return fd;
    close(fd);
    return -1;
}

static inline bool send_signal(int pidfd, int number)
{
    return syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) == 0;
}

// A pause of random length, which the end of the hunt cuts short: false. These pauses are what
// is tested; nothing waits for them.
static inline bool linger(int leash, uint64_t *seed, uint64_t most_ms)
{
    struct pollfd end = {.fd = leash, .events = POLLIN};
    int pause = one_in(seed, 3) ? 0 : (int)chance(seed, most_ms + 1);
    return poll(&end, 1, pause) == 0;
}

static inline bool hunt_one(pid_t program, int leash, uint64_t *seed, bag *prey)
{
    static const int deadly[] = {SIGKILL, SIGKILL, SIGKILL, SIGSEGV, SIGTERM};
    int pidfd = pick_worker(program, seed);
    if (pidfd < 0)
        return true;
    bool goes_on = true;
    if (one_in(seed, 4) && send_signal(pidfd, SIGSTOP)) {
        atomic_fetch_add(&prey->stopped, 1);
        goes_on = linger(leash, seed, 3);
        send_signal(pidfd, SIGCONT);
    } else if (send_signal(pidfd, deadly[chance(seed, 5)])) {
        atomic_fetch_add(&prey->killed, 1);
    }
    close(pidfd);
    return goes_on;
}

static inline _Noreturn void hunt(pid_t program, int leash, uint64_t seed, bag *prey)
{
    char begin;
    if (read(leash, &begin, 1) == 1)
        while (hunt_one(program, leash, &seed, prey) && linger(leash, &seed, 8))
            continue;
    _exit(0);
}

static inline hunter raise_hunter(uint64_t seed, bag *prey)
{
    int leash[2];
    hunter made = {.pid = -1, .leash = -1};
    pid_t program = getpid();
    if (pipe(leash) != 0 || (made.pid = fork()) < 0) {
        perror("hunter");
        exit(2);
    }
    if (made.pid == 0) {
        close(leash[1]);
        hunt(program, leash[0], seed, prey);
    }
    close(leash[0]);
    made.leash = leash[1];
    return made;
}

static inline void release_hunter(const hunter *one)
{
    if (write(one->leash, "b", 1) != 1)
        perror("hunter");
}

static inline void call_back_hunter(const hunter *one)
{
    close(one->leash);
    waitpid(one->pid, NULL, 0);
}

#endif
