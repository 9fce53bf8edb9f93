// Lifeline: a table of words that a handler can read at any moment.
//
// A word holds both descriptors of a line. Who removes one takes the word out first, and then waits until
// nobody cuts; who cuts says so first, and then marks each word that is still there. All of it is
// sequential, so either the word was gone, or the remover waits (Dekker's argument, as in event.h). A
// handler that interrupts the remover itself is done before that goes on.

#include "lifeline.h"

#include <limits.h>
#include <stdatomic.h>

#include "../platform/platform.h"

enum { LINES = 256 };

static _Atomic uint64_t
    lines[LINES];                // 0: free; else (fd + 1) << 32 | (watch + 1) << 1 | is cut
static _Atomic uint32_t cutting; // handlers at work; a futex

static int fd_of(uint64_t word)
{
    return (int)(word >> 32) - 1;
}

static int watch_of(uint64_t word)
{
    return (int)(uint32_t)(word >> 1 & INT_MAX) - 1;
}

void mhi_lifeline_add(int fd, int watch)
{
    uint64_t word = (uint64_t)((uint32_t)fd + 1) << 32 | (uint64_t)((uint32_t)(watch + 1)) << 1;
    for (int i = 0; i < LINES; i++) {
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&lines[i], &none, word))
            return;
    }
}

// Woken by: the last handler that lets go.
static void wait_for_handlers(void)
{
    for (uint32_t seen; (seen = atomic_load(&cutting)) != 0;)
        mhi_futex_wait(&cutting, seen, UINT64_MAX);
}

bool mhi_lifeline_remove(int fd)
{
    uint64_t word = 0;
    for (int i = 0; i < LINES && word == 0; i++)
        if (fd_of(atomic_load(&lines[i])) == fd)
            word = atomic_exchange(&lines[i], 0);
    wait_for_handlers();
    return (word & 1) != 0;
}

void mhi_lifelines_forget(void)
{
    for (int i = 0; i < LINES; i++)
        atomic_store(&lines[i], 0);
    atomic_store(&cutting, 0); // a handler of the parent's is not here
}

void mhi_lifelines_cut(uint64_t deadline_ns)
{
    atomic_fetch_add(&cutting, 1);
    for (int i = 0; i < LINES; i++) {
        uint64_t word = atomic_load(&lines[i]);
        if (word != 0 && atomic_compare_exchange_strong(&lines[i], &word, word | 1))
            mhi_line_end(fd_of(word));
    }
    for (int i = 0; i < LINES; i++) {
        uint64_t word = atomic_load(&lines[i]);
        if ((word & 1) != 0)
            mhi_process_await(watch_of(word), deadline_ns);
    }
}

void mhi_lifelines_let_go(void)
{
    atomic_fetch_sub(&cutting, 1);
    mhi_futex_wake(&cutting, INT_MAX);
}
