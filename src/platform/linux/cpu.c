// CPU limits on Linux: processors that are on, the affinity mask, and the quotas of control groups.
//
// Promises: whatever cannot be read, or makes no sense, is no limit. Nothing is allocated.
//
// A control group (cgroup) may give its processes less time than the machine has, and so may every group
// above it. /proc/self/cgroup says in which group this process is, /proc/self/mountinfo where the groups
// can be seen as folders. There are two versions, and a machine may use both: version 1 has a hierarchy
// for each controller, or for a few of them together; version 2 has one for all. In a container only a
// part of a hierarchy may be mounted; what lies above it cannot be seen, and so cannot be counted.

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../platform.h"

enum { LINE = 8192, MASK_WORDS = 1024 };

typedef struct hierarchy {
    const char *type;                     // of its file system
    const char *controller;               // by which it is known; "" is the one for all
    double (*allowed)(const char *group); // what one group allows; 0: no limit
} hierarchy;

typedef struct mount {
    char *root;          // the group that is seen at the mount point
    char *point;         // the folder where it is seen
    const char *type;    // of the file system
    const char *options; // of the file system, with commas between
} mount;

// The stricter of two limits, 0 being none.
static double stricter(double one, double other)
{
    if (one <= 0 || other <= 0)
        return one > 0 ? one : other;
    return one < other ? one : other;
}

static bool is_listed(const char *list, const char *word)
{
    for (;; list++) {
        size_t length = strcspn(list, ",");
        if (length == strlen(word) && strncmp(list, word, length) == 0)
            return true;
        list += length;
        if (*list == '\0')
            return false;
    }
}

// ---- files --------------------------------------------------------------------------------------

static FILE *open_in(const char *folder, const char *name)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", folder, name);
    return size > 0 && (size_t)size < sizeof path ? fopen(path, "re") : NULL;
}

// Reads the next line that fits, without its newline; longer ones are passed over.
static bool next_line(FILE *file, char line[LINE])
{
    while (fgets(line, LINE, file) != NULL) {
        size_t size = strcspn(line, "\n");
        bool is_whole = line[size] == '\n' || feof(file);
        line[size] = '\0';
        if (is_whole)
            return true;
        for (int c = 0; c != '\n' && c != EOF;)
            c = getc(file);
    }
    return false;
}

// Reads whole numbers from the first line of a small file. False when they are not there.
static bool read_numbers(const char *folder, const char *name, long long *numbers, int count)
{
    char line[64] = "";
    FILE *file = open_in(folder, name);
    if (file == NULL)
        return false;
    bool is_good = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    char *at = line;
    for (int i = 0; i < count && is_good; i++) {
        char *end;
        numbers[i] = strtoll(at, &end, 10);
        is_good = end != at && (*end == ' ' || *end == '\n' || *end == '\0');
        at = end;
    }
    return is_good;
}

// ---- groups -------------------------------------------------------------------------------------

static double share(long long quota, long long period)
{
    return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

static double allowed_by_v1(const char *group)
{
    long long quota, period;
    bool is_known = read_numbers(group, "cpu.cfs_quota_us", &quota, 1) &&
                    read_numbers(group, "cpu.cfs_period_us", &period, 1);
    return is_known ? share(quota, period) : 0;
}

static double allowed_by_v2(const char *group)
{
    long long numbers[2];
    return read_numbers(group, "cpu.max", numbers, 2) ? share(numbers[0], numbers[1]) : 0;
}

// Asks a group and all those above it. `group` is a path whose first `top` characters are the mount
// point; it is cut shorter level by level.
static double allowed_upwards(const hierarchy *kind, char *group, size_t top)
{
    double limit = kind->allowed(group);
    for (char *slash; (slash = strrchr(group + top, '/')) != NULL;) {
        *slash = '\0';
        limit = stricter(limit, kind->allowed(group));
    }
    return limit;
}

// Finds the group this process is in; lines are "number:controllers:path".
static bool find_group(const char *root, const hierarchy *kind, char path[LINE])
{
    bool is_found = false;
    char line[LINE];
    FILE *file = open_in(root, "proc/self/cgroup");
    if (file == NULL)
        return false;
    while (!is_found && next_line(file, line)) {
        char *rest = line;
        strsep(&rest, ":");
        const char *controllers = strsep(&rest, ":");
        is_found = rest != NULL && is_listed(controllers, kind->controller);
        if (is_found)
            strcpy(path, rest);
    }
    fclose(file);
    return is_found;
}

// ---- mounts -------------------------------------------------------------------------------------

// Spaces and the like stand as a backslash and three octal digits.
static void unescape(char *text)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; out++) {
        bool is_escaped = in[0] == '\\' && strspn(in + 1, "01234567") >= 3;
        *out = is_escaped ? (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'))
                          : *in;
        in += is_escaped ? 4 : 1;
    }
    *out = '\0';
}

// "number number device root point options [more] - type source options"
static bool read_mount(char *line, mount *found)
{
    for (int i = 0; i < 3; i++)
        strsep(&line, " ");
    found->root = strsep(&line, " ");
    found->point = strsep(&line, " ");
    char *second_half = line == NULL ? NULL : strstr(line, " - ");
    if (second_half == NULL)
        return false;
    second_half += strlen(" - ");
    found->type = strsep(&second_half, " ");
    strsep(&second_half, " ");
    found->options = second_half == NULL ? "" : second_half;
    unescape(found->root);
    unescape(found->point);
    return true;
}

static bool shows(const mount *at, const hierarchy *kind)
{
    return strcmp(at->type, kind->type) == 0 &&
           (kind->controller[0] == '\0' || is_listed(at->options, kind->controller));
}

static bool climbs(const char *path)
{
    size_t size = strlen(path);
    return strstr(path, "/../") != NULL || (size >= 3 && strcmp(path + size - 3, "/..") == 0);
}

// What follows `top` in `path`, "" or "/..."; NULL when the path does not lead below it.
static const char *path_below(const char *path, const char *top)
{
    size_t size = strcmp(top, "/") == 0 ? 0 : strlen(top);
    if (strncmp(path, top, size) != 0 || climbs(path + size))
        return NULL;
    if (path[size] != '/' && path[size] != '\0')
        return NULL;
    return strcmp(path + size, "/") == 0 ? "" : path + size;
}

static double allowed_at(const char *root, const hierarchy *kind, const mount *at,
                         const char *rest)
{
    char group[PATH_MAX];
    int size = snprintf(group, sizeof group, "%s%s%s", root, at->point, rest);
    if (size < 0 || (size_t)size >= sizeof group)
        return 0;
    return allowed_upwards(kind, group, strlen(root) + strlen(at->point));
}

// Asks every mount that shows the group. When none does, as when the mount was made outside of the
// namespace that the path is told in, a mount's own group is the best that is known: a container sees
// its limits there.
static double allowed_in(const char *root, const hierarchy *kind)
{
    char path[LINE], line[LINE];
    if (!find_group(root, kind, path))
        return 0;
    FILE *file = open_in(root, "proc/self/mountinfo");
    if (file == NULL)
        return 0;
    double inside = 0, outside = 0;
    bool is_shown = false;
    for (mount found; next_line(file, line);) {
        if (!read_mount(line, &found) || !shows(&found, kind))
            continue;
        const char *rest = path_below(path, found.root);
        if (rest == NULL)
            outside = stricter(outside, allowed_at(root, kind, &found, ""));
        else
            inside = stricter(inside, allowed_at(root, kind, &found, rest));
        is_shown = is_shown || rest != NULL;
    }
    fclose(file);
    return is_shown ? inside : outside;
}

// ---- processors ---------------------------------------------------------------------------------

static int online(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 && count <= INT_MAX ? (int)count : 0;
}

// A mask that is too small for the machine is an error, hence one for 65536 processors.
static int affinity(void)
{
    unsigned long mask[MASK_WORDS] = {0};
    if (sched_getaffinity(0, sizeof mask, (cpu_set_t *)mask) != 0)
        return 0;
    return CPU_COUNT_S(sizeof mask, (cpu_set_t *)mask);
}

void mhi_cpu_limits_read(const char *root, mhi_cpu_limits *limits)
{
    static const hierarchy v1 = {
        .type = "cgroup", .controller = "cpu", .allowed = allowed_by_v1};
    static const hierarchy v2 = {.type = "cgroup2", .controller = "", .allowed = allowed_by_v2};
    limits->online = online();
    limits->affinity = affinity();
    limits->quota = stricter(allowed_in(root, &v1), allowed_in(root, &v2));
}
