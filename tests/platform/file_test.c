// File: memory without a name that processes share, that costs nothing untouched, and can be
// given back.

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"

static int fd;
static char *memory;
static size_t page;

enum { PAGES = 64 };

static void open_file(void)
{
    void *address;
    page = mhi_page_size();
    ck_assert_int_eq(mhi_file_open(&fd, PAGES * page), 0);
    ck_assert_int_eq(mhi_file_map(fd, 0, PAGES * page, &address), 0);
    memory = address;
}

static void close_file(void)
{
    mhi_file_unmap(memory, PAGES * page);
    mhi_fd_close(fd);
}

static uint64_t pages_in_use(void)
{
    struct stat facts;
    ck_assert_int_eq(fstat(fd, &facts), 0);
    return (uint64_t)facts.st_blocks * 512 / page;
}

static bool is_mapped(const void *address)
{
    unsigned char there;
    return mincore((void *)(uintptr_t)address, page, &there) == 0;
}

START_TEST(a_page_is_a_power_of_two)
{
    ck_assert_uint_ge(page, 4096);
    ck_assert_uint_eq(page & (page - 1), 0);
}
END_TEST

START_TEST(untouched_memory_is_zero_and_free)
{
    ck_assert_uint_eq(pages_in_use(), 0);
    memory[5 * page] = 'x';
    ck_assert_uint_eq(pages_in_use(), 1);
    ck_assert_int_eq(memory[6 * page], 0);
}
END_TEST

START_TEST(two_mappings_show_the_same)
{
    void *again;
    ck_assert_int_eq(mhi_file_map(fd, 3 * page, 2 * page, &again), 0);
    memory[3 * page + 10] = 'y';
    ck_assert_int_eq(((char *)again)[10], 'y');
    mhi_file_unmap(again, 2 * page);
    ck_assert(!is_mapped(again));
    mhi_file_unmap(NULL, page);
}
END_TEST

START_TEST(what_is_reserved_is_there_and_what_is_released_is_gone)
{
    ck_assert_int_eq(mhi_file_reserve(fd, 8 * page, 10 * page), 0);
    ck_assert_uint_eq(pages_in_use(), 10);
    memset(memory + 8 * page, 'z', 10 * page);
    mhi_file_release(fd, 10 * page, 8 * page);
    ck_assert_uint_eq(pages_in_use(), 2);
    ck_assert_int_eq(memory[10 * page - 1], 'z');
    ck_assert_int_eq(memory[10 * page], 0);
    ck_assert_int_eq(mhi_file_reserve(fd, 8 * page, 2 * page), 0); // keeps what is there
    ck_assert_int_eq(memory[8 * page], 'z');
}
END_TEST

START_TEST(a_mapping_can_be_kept_from_children)
{
    void *kept;
    ck_assert_int_eq(mhi_file_map(fd, 0, page, &kept), 0);
    mhi_file_keep_from_children(kept, page);
    pid_t pid = fork();
    if (pid == 0)
        _exit(!is_mapped(kept) && is_mapped(memory) ? 0 : 1);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert(is_mapped(kept));
    mhi_file_unmap(kept, page);
}
END_TEST

START_TEST(it_is_closed_on_exec)
{
    ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    ck_assert_int_eq(fcntl(fd, F_SETFD, 0), 0);
    mhi_fd_keep_from_programs(fd);
    ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}
END_TEST

START_TEST(errors_are_told_and_change_nothing)
{
    void *address = &page;
    int other = 4711;
    ck_assert_int_ne(mhi_file_map(-1, 0, page, &address), 0);
    ck_assert_int_ne(mhi_file_reserve(-1, 0, page), 0);
    ck_assert_ptr_eq(address, &page);
    ck_assert_int_ne(mhi_file_open(&other, UINT64_MAX / 2 + 2), 0);
    ck_assert_int_eq(other, 4711);
    mhi_fd_close(-1);
}
END_TEST

START_TEST(a_limit_on_file_sizes_is_an_error_and_no_death)
{
    struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int other = 4711;
    ck_assert_int_eq(mhi_file_open(&other, (1 << 20) + 1), EFBIG);
    ck_assert_int_eq(other, 4711);
    ck_assert_int_eq(mhi_file_open(&other, 1 << 20), 0);
    mhi_fd_close(other);
}
END_TEST

// ---- files that programs write to ---------------------------------------------------------------

START_TEST(who_writes_appends_wherever_it_stands)
{
    int file, twice;
    char text[16] = "";
    ck_assert_int_eq(mhi_file_open_to_append(&file), 0);
    ck_assert_int_eq(fcntl(file, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    ck_assert_uint_eq(mhi_file_size(file), 0);
    twice = dup(file);
    ck_assert_int_eq(write(file, "one", 3), 3);
    ck_assert_int_eq(lseek(twice, 0, SEEK_SET), 0);
    ck_assert_int_eq(write(twice, "two", 3), 3);
    ck_assert_uint_eq(mhi_file_size(file), 6);
    ck_assert_uint_eq(mhi_file_read(file, 1, text, 4), 4);
    ck_assert_str_eq(text, "netw");
    ck_assert_uint_eq(mhi_file_read(file, 6, text, 4), 0);
    ck_assert_uint_eq(mhi_file_read(file, 100, text, 4), 0);
    close(file);
    close(twice);
    ck_assert_uint_eq(mhi_file_size(file), 0);
    ck_assert_uint_eq(mhi_file_read(file, 0, text, 4), 0);
}
END_TEST

START_TEST(nobody_cuts_it_short_but_what_was_read_can_be_given_back)
{
    int file;
    char path[64], text[4] = "";
    char *bytes = calloc(4, page);
    struct stat facts;
    ck_assert_int_eq(mhi_file_open_to_append(&file), 0);
    ck_assert_int_eq(write(file, bytes, 4 * page), (ssize_t)(4 * page));
    ck_assert_int_eq(write(file, "end", 3), 3);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    ck_assert_int_eq(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), -1);
    ck_assert_int_eq(ftruncate(file, 0), -1);
    mhi_file_release(file, 0, 4 * page);
    ck_assert_int_eq(fstat(file, &facts), 0);
    ck_assert_int_le(facts.st_blocks * 512, (blkcnt_t)page);
    ck_assert_uint_eq(mhi_file_read(file, 4 * page, text, 3), 3);
    ck_assert_str_eq(text, "end");
    close(file);
    free(bytes);
}
END_TEST

START_TEST(a_folder_is_one_where_files_can_be_made)
{
    ck_assert_int_eq(mhi_folder_check("/tmp"), 0);
    ck_assert_int_eq(mhi_folder_check("/nowhere/at/all"), ENOENT);
    ck_assert_int_eq(mhi_folder_check("/dev/null"), ENOTDIR);
    if (getuid() != 0)
        ck_assert_int_eq(mhi_folder_check("/proc"), EACCES);
}
END_TEST

int main(void)
{
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, open_file, close_file);
    tcase_add_test(files, a_page_is_a_power_of_two);
    tcase_add_test(files, untouched_memory_is_zero_and_free);
    tcase_add_test(files, two_mappings_show_the_same);
    tcase_add_test(files, what_is_reserved_is_there_and_what_is_released_is_gone);
    tcase_add_test(files, a_mapping_can_be_kept_from_children);
    tcase_add_test(files, it_is_closed_on_exec);
    tcase_add_test(files, errors_are_told_and_change_nothing);
    tcase_add_test(files, a_limit_on_file_sizes_is_an_error_and_no_death);
    tcase_add_test(files, who_writes_appends_wherever_it_stands);
    tcase_add_test(files, nobody_cuts_it_short_but_what_was_read_can_be_given_back);
    tcase_add_test(files, a_folder_is_one_where_files_can_be_made);
    Suite *suite = suite_create("file");
    suite_add_tcase(suite, files);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
