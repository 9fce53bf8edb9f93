// Page: a file is written beside its place, and renamed when it is whole, which happens at once or
// not at all.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../platform.h"

// Devices and pipes are written to; and so is what links of the system point to, as /dev/stdout,
// for somebody has it open.
static bool is_direct(const char *path)
{
    struct stat facts;
    bool is_of_system = strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
    if (is_of_system && lstat(path, &facts) == 0 && S_ISLNK(facts.st_mode))
        return true;
    return stat(path, &facts) == 0 && !S_ISREG(facts.st_mode);
}

// A link is followed, so that what it points to is replaced, and not the link.
static int find_place(mhi_page *page, const char *path)
{
    char real[PATH_MAX];
    const char *place = !is_direct(path) && realpath(path, real) != NULL ? real : path;
    size_t size = strlen(place) + 1;
    if (size > sizeof page->path)
        return ENAMETOOLONG;
    memcpy(page->path, place, size);
    return 0;
}

// Each draft of this process has a name of its own, and no other process has its number.
static void name_draft(mhi_page *page)
{
    static _Atomic unsigned drafts;
    snprintf(page->beside, sizeof page->beside, "%s.%d-%u.part", page->path, (int)getpid(),
             atomic_fetch_add(&drafts, 1));
}

int mhi_page_begin(mhi_page *page, const char *path)
{
    *page = (mhi_page){.fd = -1};
    int error = find_place(page, path);
    if (error != 0)
        return error;
    bool is_beside = !is_direct(page->path);
    if (is_beside)
        name_draft(page);
    int fd = is_beside ? open(page->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)
                       : open(page->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    page->fd = mhi_fd_keep_off_standard(fd);
    return page->fd >= 0 ? 0 : errno;
}

// ---- writing ------------------------------------------------------------------------------------

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

// A write beyond the limit on file sizes, or to nobody, raises a signal in this very thread. It is
// blocked meanwhile, and taken away before it is let through; what was pending before stays.
int mhi_page_write(mhi_page *page, const void *data, size_t size)
{
    sigset_t fatal, before, pending;
    sigemptyset(&fatal);
    sigaddset(&fatal, SIGXFSZ);
    sigaddset(&fatal, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &fatal, &before);
    int error = write_all(page->fd, data, size);
    int raised = error == EFBIG ? SIGXFSZ : error == EPIPE ? SIGPIPE : 0;
    if (raised != 0 && sigismember(&pending, raised) == 0) {
        sigset_t taken;
        sigemptyset(&taken);
        sigaddset(&taken, raised);
        sigtimedwait(&taken, NULL, &(struct timespec){.tv_sec = 0});
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int mhi_page_end(mhi_page *page, bool is_good)
{
    int error = close(page->fd) == 0 || errno == EINTR ? 0 : errno;
    page->fd = -1;
    if (page->beside[0] == '\0')
        return error;
    if (is_good && error == 0 && rename(page->beside, page->path) != 0)
        error = errno;
    if (!is_good || error != 0)
        unlink(page->beside);
    return error;
}
