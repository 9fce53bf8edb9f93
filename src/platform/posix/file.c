// File: reading what others write to a file, and asking for its size.

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../platform.h"

uint64_t mhi_file_size(int fd)
{
    struct stat facts;
    return fstat(fd, &facts) == 0 && facts.st_size > 0 ? (uint64_t)facts.st_size : 0;
}

size_t mhi_file_read(int fd, uint64_t offset, void *bytes, size_t size)
{
    ssize_t count;
    do
        count = pread(fd, bytes, size, (off_t)offset);
    while (count < 0 && errno == EINTR);
    return count > 0 ? (size_t)count : 0;
}

int mhi_folder_check(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return errno;
    if (!S_ISDIR(facts.st_mode))
        return ENOTDIR;
    return access(path, W_OK | X_OK) == 0 ? 0 : errno;
}
