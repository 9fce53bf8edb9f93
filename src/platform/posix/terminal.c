// Terminal: what a descriptor is, how wide, and a write that does not give up half-way.

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../platform.h"

bool mhi_terminal_is(int fd)
{
    return isatty(fd) == 1;
}

int mhi_terminal_width(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void mhi_terminal_write(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, text, size);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        }
    }
}
