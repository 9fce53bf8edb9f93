// Family: finds relatives in /proc, and adds up what they use.
//
// Memory is the "Pss" of smaps_rollup: each page divided by the number of those who map it, so
// that the sum over the family is what the machine really gave. Time is read from each
// process's own clock, which is finer than the ticks of /proc/PID/stat and counts all its
// threads.

#include "family.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { EVERYBODY = 8192 };

typedef struct relation {
    pid_t id;
    pid_t parent;
    bool related;
} relation;

// The name in parentheses may hold anything, so what follows the last one counts.
static bool read_parent(const char *id, pid_t *parent)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/stat", id);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false; // it has just ended
    char line[512] = "";
    const bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    const char *name_end = strrchr(line, ')');
    char state;
    return read && name_end != NULL && sscanf(name_end + 1, " %c %d", &state, parent) == 2 &&
           state != 'Z';
}

static int read_everybody(relation *all, int room)
{
    DIR *folder = opendir("/proc");
    bench_check(folder != NULL, "there is no /proc");
    int count = 0;
    for (struct dirent *entry; count < room && (entry = readdir(folder)) != NULL;) {
        const pid_t id = atoi(entry->d_name);
        pid_t parent;
        if (id > 0 && read_parent(entry->d_name, &parent))
            all[count++] = (relation){id, parent, id == getpid()};
    }
    closedir(folder);
    return count;
}

static bool is_related(const relation *all, int count, pid_t id)
{
    for (int i = 0; i < count; i++)
        if (all[i].id == id)
            return all[i].related;
    return false;
}

// Follows the relation from parents to children until nobody new is found: a child may be
// listed before its parent.
static void mark_related(relation *all, int count)
{
    for (bool grown = true; grown;) {
        grown = false;
        for (int i = 0; i < count; i++) {
            if (all[i].related || !is_related(all, count, all[i].parent))
                continue;
            all[i].related = grown = true;
        }
    }
}

void bench_family_find(bench_family *family)
{
    static relation all[EVERYBODY];
    const int count = read_everybody(all, EVERYBODY);
    mark_related(all, count);
    family->count = 0;
    for (int i = 0; i < count; i++) {
        if (!all[i].related)
            continue;
        bench_check(family->count < BENCH_FAMILY_LIMIT, "the family is too large");
        family->ids[family->count++] = all[i].id;
    }
}

static double memory_of(pid_t id)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", id);
    FILE *file = fopen(path, "r");
    bench_check(file != NULL, "the memory of a process cannot be read");
    double memory = -1;
    for (char line[256]; memory < 0 && fgets(line, sizeof line, file) != NULL;)
        if (sscanf(line, "Pss: %lf", &memory) != 1)
            memory = -1;
    fclose(file);
    bench_check(memory >= 0, "the memory of a process is not told");
    return memory;
}

static double seconds_of(pid_t id)
{
    clockid_t clock;
    struct timespec used;
    bench_check(clock_getcpuclockid(id, &clock) == 0 && clock_gettime(clock, &used) == 0,
                "the time of a process cannot be read");
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

double bench_family_memory(const bench_family *family)
{
    double sum = 0;
    for (int i = 0; i < family->count; i++)
        sum += memory_of(family->ids[i]);
    return sum;
}

double bench_family_seconds(const bench_family *family)
{
    double sum = 0;
    for (int i = 0; i < family->count; i++)
        sum += seconds_of(family->ids[i]);
    return sum;
}
