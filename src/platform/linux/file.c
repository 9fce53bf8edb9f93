// File: memory that several processes share, as a file without a name.
//
// memfd_create gives it: nothing appears in any directory, the size limit of /dev/shm does not apply,
// it survives exec when its descriptor does, and the kernel frees it with the last process.

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../platform.h"

int mhi_file_open(int *fd, uint64_t size)
{
    // Going beyond the limit on file sizes would kill the program with SIGXFSZ.
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        size > limit.rlim_cur)
        return EFBIG;
    int file = mhi_fd_keep_off_standard(memfd_create("manyhands", MFD_CLOEXEC));
    if (file < 0)
        return errno;
    if (ftruncate(file, (off_t)size) != 0) {
        int error = errno;
        close(file);
        return error;
    }
    *fd = file;
    return 0;
}

int mhi_file_map(int fd, uint64_t offset, size_t size, void **address)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    if (at == MAP_FAILED)
        return errno;
    *address = at;
    return 0;
}

void mhi_file_unmap(void *address, size_t size)
{
    if (address != NULL)
        munmap(address, size);
}

void mhi_file_keep_from_children(void *address, size_t size)
{
    madvise(address, size, MADV_DONTFORK);
}

int mhi_file_reserve(int fd, uint64_t offset, uint64_t size)
{
    while (fallocate(fd, 0, (off_t)offset, (off_t)size) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

enum { POPULATE_WRITE = 23 }; // MADV_POPULATE_WRITE, which older headers do not have

// Older kernels do not know the word, and refuse it.
void mhi_file_hurry(void *address, size_t size)
{
    uintptr_t begin = (uintptr_t)address, page = mhi_page_size();
    uintptr_t first = (begin + page - 1) / page * page;
    if (first < begin + size)
        madvise((void *)first, begin + size - first, POPULATE_WRITE);
}

void mhi_file_release(int fd, uint64_t offset, uint64_t size)
{
    while (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                     (off_t)size) != 0 &&
           errno == EINTR)
        continue;
}

// Nobody may cut it short: what was not read yet would be lost, and a program that opens /dev/stdout
// anew does just that.
int mhi_file_open_to_append(int *fd)
{
    int file = mhi_fd_keep_off_standard(
        memfd_create("manyhands output", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (file < 0)
        return errno;
    if (fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0 ||
        fcntl(file, F_SETFL, O_APPEND) != 0) {
        int error = errno;
        close(file);
        return error;
    }
    *fd = file;
    return 0;
}

size_t mhi_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}
