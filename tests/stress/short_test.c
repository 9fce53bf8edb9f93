// Short: a little of stress and of each chaos, as a test; the long runs are CI's.
//
// Runs the programs that were built beside it, so the stories are told in one place only.

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const runs[][6] = {
    {"stress", "--scale", "1", NULL},
    {"chaos", "--items", "20000", NULL},
    {"log_chaos", "--items", "1000", "--rounds", "4", NULL},
    {"output_chaos", "--rounds", "2", "--items", "2000", NULL},
};

// The path of a program in the folder of this one.
static void neighbour(const char *name, char *path, size_t room)
{
    char own[PATH_MAX] = "";
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    own[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(own, '/');
    snprintf(path, room, "%.*s%s", slash == NULL ? 0 : (int)(slash - own + 1), own, name);
}

static int run(const char *const *words)
{
    char path[PATH_MAX + 64];
    int status = -1;
    neighbour(words[0], path, sizeof path);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        execv(path, (char *const *)(void *)(uintptr_t)words);
        perror(path);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        fprintf(stderr, "%s did not end well (%d)\n", words[0], status);
    return status == 0 ? 0 : 1;
}

int main(void)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        failed |= run(runs[i]);
    return failed;
}
