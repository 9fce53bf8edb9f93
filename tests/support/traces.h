// Traces: what a program has of processes, threads, descriptors and shared memory, counted in /proc.
//
// A test counts before and after; what the library took, it must have given back.
#ifndef TESTS_TRACES_H
#define TESTS_TRACES_H

#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct traces {
    int processes; // children, theirs, and so on
    int threads;
    int fds;
    int mappings; // of the library's shared memory
} traces;

static inline int entries_of(const char *path)
{
    DIR *folder = opendir(path);
    ck_assert_ptr_nonnull(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

// The parent of a process; 0 when it is gone, or dead and only not yet forgotten.
static inline pid_t parent_of(pid_t pid)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = '\0';
    char state = 'X';
    int parent = 0;
    const char *after_name = strrchr(line, ')');
    if (after_name == NULL || sscanf(after_name + 1, " %c %d", &state, &parent) != 2)
        return 0;
    return state == 'Z' || state == 'X' ? 0 : parent;
}

static inline bool descends_from(pid_t pid, pid_t ancestor)
{
    for (pid_t at = parent_of(pid); at > 1; at = parent_of(at))
        if (at == ancestor)
            return true;
    return false;
}

static inline int descendants_of(pid_t ancestor)
{
    DIR *folder = opendir("/proc");
    ck_assert_ptr_nonnull(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]))
            count += descends_from((pid_t)atoi(entry->d_name), ancestor);
    closedir(folder);
    return count;
}

// The first living child of this process: of a program with one process pool, its nursery.
static inline pid_t child_of_mine(void)
{
    DIR *folder = opendir("/proc");
    ck_assert_ptr_nonnull(folder);
    pid_t child = 0;
    for (struct dirent *entry; child == 0 && (entry = readdir(folder)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]) &&
            parent_of((pid_t)atoi(entry->d_name)) == getpid())
            child = (pid_t)atoi(entry->d_name);
    closedir(folder);
    return child;
}

static inline int shared_mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    ck_assert_ptr_nonnull(file);
    int count = 0;
    for (char line[512]; fgets(line, sizeof line, file) != NULL;)
        count += strstr(line, "memfd:manyhands") != NULL;
    fclose(file);
    return count;
}

// Bytes of memory behind the library's shared files of this process.
static inline long long shared_bytes(void)
{
    long long bytes = 0;
    for (int fd = 0; fd < 1024; fd++) {
        char path[64], name[64] = "";
        struct stat facts;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (readlink(path, name, sizeof name - 1) > 0 && strstr(name, "memfd:manyhands") &&
            fstat(fd, &facts) == 0)
            bytes += (long long)facts.st_blocks * 512;
    }
    return bytes;
}

static inline void *end_at_once(void *nothing)
{
    return nothing;
}

// A sanitizer may bring a thread of its own with the first of ours; so let there have been one.
static inline void let_a_thread_come_and_go(void)
{
    int before = entries_of("/proc/self/task");
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, end_at_once, NULL), 0);
    pthread_join(thread, NULL);
    time_t limit = time(NULL) + 1;
    while (entries_of("/proc/self/task") > before && time(NULL) < limit)
        sched_yield(); // it may be listed for another moment
}

static inline traces count_traces(void)
{
    static bool is_settled;
    if (!is_settled)
        let_a_thread_come_and_go();
    is_settled = true;
    return (traces){.processes = descendants_of(getpid()),
                    .threads = entries_of("/proc/self/task"),
                    .fds = entries_of("/proc/self/fd"),
                    .mappings = shared_mappings()};
}

// A thread that was joined may be listed for another moment; so threads are counted again until they
// are as before, or this takes far too long.
static inline void assert_no_traces(const traces *before)
{
    time_t limit = time(NULL) + 5;
    while (entries_of("/proc/self/task") != before->threads && time(NULL) < limit)
        sched_yield();
    traces now = count_traces();
    ck_assert_int_eq(now.processes, before->processes);
    ck_assert_int_eq(now.threads, before->threads);
    ck_assert_int_eq(now.fds, before->fds);
    ck_assert_int_eq(now.mappings, before->mappings);
}

#endif
