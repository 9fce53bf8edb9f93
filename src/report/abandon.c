// Abandon: a number and a write.

#include "abandon.h"

#include <stdatomic.h>

#include "../platform/platform.h"

static _Atomic int resting = -1; // sequential

void mhi_screen_rests_on(int fd)
{
    atomic_store(&resting, fd);
}

void mhi_screen_abandon(void)
{
    static const char fresh_line[] = "\r\n";
    int fd = atomic_exchange(&resting, -1);
    if (fd >= 0)
        mhi_terminal_write(fd, fresh_line, sizeof fresh_line - 1);
}
