// Line: a pair of connected sockets between the opening process and its nursery.
//
// Messages are few and small (a birth, a death). The socket keeps their bounds, so that several
// processes can send at the same end.

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../platform.h"

int mhi_line_open(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    for (int i = 0; i < 2; i++)
        ends[i] = mhi_fd_keep_off_standard(ends[i]);
    if (ends[0] >= 0 && ends[1] >= 0)
        return 0;
    int error = errno;
    mhi_fd_close(ends[0]);
    mhi_fd_close(ends[1]);
    return error;
}

static int error_of(ssize_t moved, size_t size)
{
    if (moved < 0)
        return errno == EPIPE ? ECONNRESET : errno;
    return (size_t)moved == size ? 0 : moved == 0 ? ECONNRESET : EMSGSIZE;
}

int mhi_line_send(int fd, const void *data, size_t size)
{
    ssize_t sent;
    do
        sent = send(fd, data, size, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return error_of(sent, size);
}

int mhi_line_receive(int fd, void *data, size_t size)
{
    ssize_t received;
    do
        received = recv(fd, data, size, 0);
    while (received < 0 && errno == EINTR);
    return error_of(received, size);
}

void mhi_line_end(int fd)
{
    shutdown(fd, SHUT_RDWR);
}

int mhi_fd_keep_off_standard(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    close(fd);
    errno = error;
    return higher;
}

void mhi_fd_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

bool mhi_fd_is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1;
}

void mhi_fd_keep_from_programs(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}
