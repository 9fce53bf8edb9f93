// Farm: starts the MPI farm through mpirun, and reads from its standard output how long it
// took.

#include "farm.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const double failed = -1;
static const double not_found = -2;

static void find_program(char *program, size_t room)
{
    static const char name[] = "mpi-farm";
    const ssize_t length = readlink("/proc/self/exe", program, room - sizeof name - 1);
    program[length < 0 ? 0 : length] = '\0';
    char *slash = strrchr(program, '/');
    strcpy(slash != NULL ? slash + 1 : program, name);
}

// Starts mpirun with its standard output going to `output`; 0, or an errno value.
static int start(const char *const *arguments, int output, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    // It does not change them; only its type says so.
    char *const *own = (char *const *)arguments;
    const int error = posix_spawnp(child, own[0], &actions, NULL, own, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

// The first number the child writes, once it has ended well; else `failed`.
static double read_answer(int input, pid_t child)
{
    char text[256] = "";
    size_t used = 0;
    for (ssize_t got; (got = read(input, text + used, sizeof text - 1 - used)) > 0;)
        used += (size_t)got;
    text[used] = '\0';
    int end = 0;
    if (waitpid(child, &end, 0) != child || end != 0)
        return failed;
    char *rest;
    const double answer = strtod(text, &rest);
    return rest != text ? answer : failed;
}

static double run(const char *const *arguments)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failed;
    pid_t child;
    const int error = start(arguments, ends[1], &child);
    close(ends[1]);
    const double answer = error == 0 ? read_answer(ends[0], child) : not_found;
    close(ends[0]);
    return answer;
}

void bench_farm_init(bench_farm *farm, const bench_options *options, uint64_t count)
{
    find_program(farm->program, sizeof farm->program);
    snprintf(farm->ranks, sizeof farm->ranks, "%d", options->workers + 1);
    snprintf(farm->count, sizeof farm->count, "%llu", (unsigned long long)count);
    const char *version[] = {"mpirun", "--version", NULL};
    farm->missing = NULL;
    if (access(farm->program, X_OK) != 0)
        farm->missing = "mpi-farm was not built";
    else if (run(version) == not_found)
        farm->missing = "there is no mpirun";
}

double bench_farm_pass(void *context)
{
    bench_farm *farm = context;
    // Only root needs leave to run as root; for others an option is said twice.
    const char *leave = geteuid() == 0 ? "--allow-run-as-root" : "--oversubscribe";
    return run((const char *[]){"mpirun", "--oversubscribe", leave, "-n", farm->ranks,
                                farm->program, farm->count, NULL});
}
