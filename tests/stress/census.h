// Census: who is there, as /proc tells it: children, descriptors, threads.
//
// A program takes a census before it begins and one at its end; what differs was left behind.
#ifndef CENSUS_H
#define CENSUS_H

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct census {
    int children;
    int descriptors;
    int threads;
} census;

static inline pid_t parent_of(pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    // The name, in brackets, may hold anything; after the last bracket: the state, then the
    // parent.
    const char *after_name = strrchr(text, ')');
    int parent = -1;
    if (after_name == NULL || sscanf(after_name + 1, " %*c %d", &parent) != 1)
        return -1;
    return parent;
}

// The processes whose parent is `parent`, at most `room` of them.
static inline int children_of(pid_t parent, pid_t *pids, int room)
{
    int count = 0;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && count < room && parent_of(pid) == parent)
            pids[count++] = pid;
    }
    if (processes != NULL)
        closedir(processes);
    return count;
}

static inline int entries_in(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count;
}

static inline void *do_nothing(void *nothing)
{
    return nothing;
}

// To be called first. Orphans below us become our children, so that none can hide; and a
// sanitizer starts the thread of its own now, which it does with the first of ours.
static inline void prepare_census(void)
{
    pthread_t thread;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (pthread_create(&thread, NULL, do_nothing, NULL) == 0)
        pthread_join(thread, NULL);
}

static inline census take_census(void)
{
    pid_t children[64];
    return (census){.children = children_of(getpid(), children, 64),
                    .descriptors = entries_in("/proc/self/fd"),
                    .threads = entries_in("/proc/self/task")};
}

static inline bool is_same_census(const census *a, const census *b)
{
    return a->children == b->children && a->descriptors == b->descriptors &&
           a->threads == b->threads;
}

// Whether everything is as it was. The kernel lists a joined thread, and the program a
// canceller's descriptor, a moment longer, so a difference counts only when it stays.
static inline bool is_nothing_left(const census *before)
{
    census now = take_census();
    for (int i = 0; i < 10000 && !is_same_census(before, &now); i++) {
        sched_yield();
        now = take_census();
    }
    if (is_same_census(before, &now))
        return true;
    fprintf(stderr, "left behind: %d children, %d descriptors, %d threads\n",
            now.children - before->children, now.descriptors - before->descriptors,
            now.threads - before->threads);
    return false;
}

#endif
