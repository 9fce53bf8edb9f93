// Line: a pair of connected sockets between the opening process and its nursery.
//
// Messages are few and small (a birth, a death). The socket keeps their bounds, so that several
// processes can send at the same end.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
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

// Interrupted; or the other side died without having read everything: Linux says so once, before it
// hands out what that one had sent.
static bool is_to_try_again(ssize_t received, bool *was_lost)
{
    bool is_lost = received < 0 && errno == ECONNRESET && !*was_lost;
    *was_lost |= is_lost;
    return is_lost || (received < 0 && errno == EINTR);
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
    bool was_lost = false;
    do
        received = recv(fd, data, size, 0);
    while (is_to_try_again(received, &was_lost));
    return error_of(received, size);
}

// Room for two descriptors beside a message, aligned as the system wants it.
typedef union luggage {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
} luggage;

int mhi_line_send_fds(int fd, const void *data, size_t size, const int fds[2])
{
    size_t count = (fds[0] >= 0) + (size_t)(fds[1] >= 0);
    const int carried[2] = {fds[0] >= 0 ? fds[0] : fds[1], fds[1]};
    luggage luggage = {.header = {.cmsg_len = CMSG_LEN(count * sizeof(int)),
                                  .cmsg_level = SOL_SOCKET,
                                  .cmsg_type = SCM_RIGHTS}};
    memcpy(CMSG_DATA(&luggage.header), carried, count * sizeof(int));
    struct iovec text = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr message = {.msg_iov = &text,
                             .msg_iovlen = 1,
                             .msg_control = count > 0 ? luggage.bytes : NULL,
                             .msg_controllen = count > 0 ? CMSG_SPACE(count * sizeof(int)) : 0};
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return error_of(sent, size);
}

static void unpack(struct msghdr *message, int fds[2])
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(header), (count < 2 ? count : 2) * sizeof(int));
    for (int i = 0; i < 2; i++)
        fds[i] = mhi_fd_keep_off_standard(fds[i]);
}

int mhi_line_receive_fds(int fd, void *data, size_t size, int fds[2])
{
    luggage luggage;
    struct iovec text = {.iov_base = data, .iov_len = size};
    struct msghdr message = {.msg_iov = &text,
                             .msg_iovlen = 1,
                             .msg_control = luggage.bytes,
                             .msg_controllen = sizeof luggage.bytes};
    ssize_t received;
    bool was_lost = false;
    do
        received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (is_to_try_again(received, &was_lost));
    fds[0] = fds[1] = -1;
    if (received > 0)
        unpack(&message, fds);
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

int mhi_fd_stand_in(int fd, int number)
{
    while (dup2(fd, number) < 0)
        if (errno != EINTR && errno != EBUSY)
            return errno;
    return 0;
}

void mhi_fd_keep_from_programs(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}
