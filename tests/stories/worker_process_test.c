// A worker process as a citizen: its signals, its group, its descriptors, and what it writes.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/heard.h"
#include "support/stage.h"
#include "support/story.h"

static mh_result run_one(mh_pool *pool, mh_status (*run)(mh_call *, mh_bytes), mh_map **map)
{
    mh_routine routine = {.name = "one", .run = run};
    *map = open_map(pool, &routine, mh_source_range(0, 1, 1), (mh_map_options){0});
    return take(*map);
}

// ---- signals ------------------------------------------------------------------------------------

static mh_status interrupt_self(mh_call *call, mh_bytes item)
{
    (void)item;
    raise(SIGINT);
    raise(SIGQUIT);
    return mh_return(call, "still here", 11);
}

START_TEST(N1_an_interrupt_is_left_to_the_program)
{
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map;
    mh_result result = run_one(pool, interrupt_self, &map);
    assert_done(&result, 0);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

static mh_status tell_group(mh_call *call, mh_bytes item)
{
    (void)item;
    int leads = getpgrp() == getpid() && getpgid(getppid()) != getpgrp();
    return mh_return(call, &leads, sizeof leads);
}

START_TEST(N1_each_worker_leads_a_group_of_its_own)
{
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map;
    mh_result result = run_one(pool, tell_group, &map);
    ck_assert_int_eq(mh_result_as(int, result), 1);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

static mh_status tell_mask(mh_call *call, mh_bytes item)
{
    (void)item;
    sigset_t mask;
    int blocked[3] = {0};
    sigprocmask(SIG_BLOCK, NULL, &mask);
    blocked[0] = sigismember(&mask, SIGUSR1);
    blocked[1] = sigismember(&mask, SIGUSR2);
    blocked[2] = sigismember(&mask, SIGTERM);
    return mh_return(call, blocked, sizeof blocked);
}

static void on_signal(int number)
{
    (void)number;
    count_up(0);
}

START_TEST(N1_a_worker_has_the_mask_of_the_program_and_the_program_keeps_its_own)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map;
    mh_result result = run_one(pool, tell_mask, &map);
    const int *blocked = result.data;
    ck_assert_int_eq(blocked[0], 1);
    ck_assert_int_eq(blocked[1], 0);
    ck_assert_int_eq(blocked[2], 0);
    mh_map_close(map);
    mh_pool_close(pool);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    ck_assert_int_eq(sigismember(&mask, SIGUSR1), 1);
    ck_assert_int_eq(sigismember(&mask, SIGUSR2), 0);
}
END_TEST

static mh_status terminate_self(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    raise(SIGTERM);
    return MH_OK;
}

START_TEST(N1_the_programs_handlers_are_not_the_workers)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    signal(SIGTERM, on_signal);
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map;
    mh_result result = run_one(pool, terminate_self, &map);
    ck_assert_int_eq(result.outcome, MH_CRASHED);
    ck_assert_int_eq(result.signal, SIGTERM);
    ck_assert_int_eq(counted(0), 0);
    mh_map_close(map);
    mh_pool_close(pool);
    raise(SIGTERM);
    ck_assert_int_eq(counted(0), 1);
}
END_TEST

// ---- descriptors --------------------------------------------------------------------------------

static mh_status list_descriptors(mh_call *call, mh_bytes item)
{
    (void)item;
    char line[512];
    FILE *list = popen("ls -l /proc/self/fd", "r");
    int ours = -1;
    for (; list != NULL && fgets(line, sizeof line, list) != NULL; ours += ours < 0)
        ours += strstr(line, "manyhands") != NULL || strstr(line, "socket:") != NULL;
    if (list != NULL)
        pclose(list);
    return mh_return(call, &ours, sizeof ours);
}

START_TEST(N12_programs_that_tasks_start_get_none_of_our_descriptors)
{
    for (int fd = 3; fd < 64; fd++) // those of the test's own surroundings
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map;
    mh_result result = run_one(pool, list_descriptors, &map);
    ck_assert_int_eq(mh_result_as(int, result), 0);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- what is written ----------------------------------------------------------------------------

static mh_status print_and_exit(mh_call *call, mh_bytes item)
{
    (void)item;
    printf("from worker %d;", mh_worker(call));
    exit(3);
}

static mh_status print(mh_call *call, mh_bytes item)
{
    (void)item;
    printf("from worker %d;", mh_worker(call));
    return MH_OK;
}

// A program that has text in its buffers when the pool is opened, and writes it when it ends.
static _Noreturn void be_program(int kind, const char *path,
                                 mh_status (*run)(mh_call *, mh_bytes))
{
    mh_log_limit(MH_LOG_OFF);
    FILE *other = fopen(path, "a");
    if (freopen(path, "a", stdout) == NULL || other == NULL)
        _exit(1);
    printf("before;");
    fputs("beside;", other);
    mh_pool *pool = open_kind(kind, 1);
    mh_map *map;
    run_one(pool, run, &map);
    mh_map_close(map);
    mh_pool_close(pool);
    printf("after;");
    fclose(other);
    fflush(stdout);
    _exit(0);
}

static void run_program(int kind, mh_status (*run)(mh_call *, mh_bytes), char text[200])
{
    char path[] = "/tmp/manyhands-XXXXXX";
    int file = mkstemp(path), status;
    ck_assert_int_ge(file, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        be_program(kind, path, run);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ssize_t size = read(file, text, 199);
    ck_assert_int_ge(size, 0);
    text[size] = '\0';
    close(file);
    unlink(path);
}

static int times(const char *text, const char *word)
{
    int count = 0;
    for (; (text = strstr(text, word)) != NULL; text++)
        count++;
    return count;
}

START_TEST(N1_what_the_program_has_not_yet_written_is_written_once)
{
    mh_status (*const runs[])(mh_call *, mh_bytes) = {print_and_exit, print, terminate_self};
    for (int r = 0; r < 3; r++) {
        char text[200];
        run_program(_i, runs[r], text);
        ck_assert_msg(times(text, "before;") == 1, "%s", text);
        ck_assert_msg(times(text, "beside;") == 1, "%s", text);
        ck_assert_msg(times(text, "after;") == 1, "%s", text);
        ck_assert_msg(times(text, "from worker 0;") == (r < 2), "%s", text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("worker processes");
    TCase *tests = add_case(suite, "processes", 20);
    int first = WITH_PROCESSES;
    tcase_add_loop_test(tests, N1_an_interrupt_is_left_to_the_program, first, KINDS);
    tcase_add_loop_test(tests, N1_each_worker_leads_a_group_of_its_own, first, KINDS);
    tcase_add_loop_test(tests,
                        N1_a_worker_has_the_mask_of_the_program_and_the_program_keeps_its_own,
                        first, KINDS);
    tcase_add_loop_test(tests, N1_the_programs_handlers_are_not_the_workers, first, KINDS);
    tcase_add_loop_test(tests, N12_programs_that_tasks_start_get_none_of_our_descriptors, first,
                        KINDS);
    tcase_add_loop_test(tests, N1_what_the_program_has_not_yet_written_is_written_once, first,
                        KINDS);
    return run_suite(suite);
}
