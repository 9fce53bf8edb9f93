// Thread: POSIX threads and mutexes, for the rooms above.
//
// Our threads have signals blocked: a program's handlers run on the program's own threads, as they did
// before it used this library. Not so the signals a thread brings on itself, which only it can take.

#include <sched.h>
#include <signal.h>
#include <string.h>

#include "../platform.h"

static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF};

static void *begin(void *argument)
{
    mhi_thread *thread = argument;
    atomic_store(&thread->number, mhi_thread_number());
    mhi_futex_wake(&thread->number, 1);
    return thread->run(thread->argument);
}

int mhi_thread_start(mhi_thread *thread, void *(*run)(void *), void *argument)
{
    sigset_t all, before;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&all, own[i]);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    thread->run = run;
    thread->argument = argument;
    atomic_store(&thread->number, 0);
    int error = pthread_create(&thread->handle, NULL, begin, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

const char *mhi_error_text(int error)
{
    return strerror(error); // where threads share its buffer, the worst is a garbled line
}

void mhi_thread_await_begin(mhi_thread *thread)
{
    while (atomic_load(&thread->number) == 0)
        mhi_futex_wait(&thread->number, 0, UINT64_MAX);
}

bool mhi_thread_is_self(const mhi_thread *thread)
{
    return pthread_equal(thread->handle, pthread_self()) != 0;
}

void mhi_thread_join(mhi_thread *thread)
{
    pthread_join(thread->handle, NULL);
    mhi_thread_await_end(atomic_load(&thread->number));
}

void mhi_thread_yield(void)
{
    sched_yield();
}

void mhi_mutex_init(mhi_mutex *mutex)
{
    pthread_mutex_init(mutex, NULL);
}

void mhi_mutex_fini(mhi_mutex *mutex)
{
    pthread_mutex_destroy(mutex);
}

void mhi_mutex_lock(mhi_mutex *mutex)
{
    pthread_mutex_lock(mutex);
}

bool mhi_mutex_try(mhi_mutex *mutex)
{
    return pthread_mutex_trylock(mutex) == 0;
}

void mhi_mutex_unlock(mhi_mutex *mutex)
{
    pthread_mutex_unlock(mutex);
}

void mhi_once_call(mhi_once *once, void (*call)(void))
{
    pthread_once(once, call);
}

int mhi_at_fork(void (*child)(void))
{
    return pthread_atfork(NULL, NULL, child);
}

int mhi_at_fork_around(void (*before)(void), void (*after)(void), void (*child)(void))
{
    return pthread_atfork(before, after, child);
}
