// Terminal: what a descriptor is, how large, and a write that does not give up half-way.

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../platform.h"

bool mhi_terminal_is(int fd)
{
    return isatty(fd) == 1;
}

void mhi_terminal_size(int fd, int *columns, int *rows)
{
    struct winsize size;
    bool is_known = ioctl(fd, TIOCGWINSZ, &size) == 0;
    *columns = is_known ? size.ws_col : 0;
    *rows = is_known ? size.ws_row : 0;
}

bool mhi_terminal_is_same(int fd, int other)
{
    struct stat one, two;
    if (fd == other)
        return true;
    if (fstat(fd, &one) != 0 || fstat(other, &two) != 0)
        return false;
    // A terminal may have several names; its device has one number.
    bool is_device = S_ISCHR(one.st_mode) && S_ISCHR(two.st_mode);
    return is_device ? one.st_rdev == two.st_rdev
                     : one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

// Somebody who shares the terminal may have set it to refuse rather than wait. What is written then is
// to arrive all the same; whoever reads makes room, and whoever hangs up ends the wait.
static bool can_go_on(int fd, int error)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    if (error == EAGAIN)
        return poll(&room, 1, -1) > 0 || errno == EINTR;
    return error == EINTR;
}

void mhi_terminal_write(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, text, size);
        if (written < 0 && !can_go_on(fd, errno))
            return;
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        }
    }
}
