// Output: everything that tasks print, by whatever way, comes to the program, every byte once, with
// whose it is, and before the result of the task; also when it crashes.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/deaths.h"
#include "support/printed.h"
#include "support/refused.h"
#include "support/submitted.h"

static void print_raw(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
}

// A child, and a child of it.
static void print_from_grandchild(int64_t number)
{
    char text[64];
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            snprintf(text, sizeof text, "grandchild %lld\n", (long long)number);
            print_raw(1, text);
            _exit(0);
        }
        waitpid(grandchild, NULL, 0);
        snprintf(text, sizeof text, "child %lld\n", (long long)number);
        print_raw(2, text);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static int64_t print_in_all_ways(int64_t number)
{
    char command[64];
    long long shown = number;
    printf("stdio %lld\n", shown);
    printf("no newline %lld,", shown);
    fflush(stdout);
    print_raw(1, "write,");
    fprintf(stderr, "stdio to stderr %lld\n", shown);
    print_raw(2, "write to stderr\n");
    snprintf(command, sizeof command, "echo shell %lld; echo shell to stderr >&2", shown);
    if (system(command) != 0)
        abort();
    print_from_grandchild(number);
    printf("not flushed %lld", shown);
    return number;
}
MH_ROUTINE(printing, print_in_all_ways, int64_t, int64_t);

static void expect_all_ways(int64_t number, char out[256], char err[256])
{
    long long shown = number;
    snprintf(out, 256,
             "stdio %lld\nno newline %lld,write,shell %lld\ngrandchild %lld\nnot flushed %lld",
             shown, shown, shown, shown, shown);
    snprintf(err, 256, "stdio to stderr %lld\nwrite to stderr\nshell to stderr\nchild %lld\n",
             shown, shown);
}

// ---- whole, and before the result ---------------------------------------------------------------

enum { ITEMS = 12, WORKERS = 3 };

START_TEST(C8_what_items_print_comes_before_their_results)
{
    char out[256], err[256];
    mh_pool *pool = open_captured(_i, WORKERS);
    for (int round = 1; round <= 2; round++) { // two maps
        mh_map *map = open_map(pool, &printing, mh_source_range(0, ITEMS, 1),
                               (mh_map_options){.unordered = round == 2});
        for (int i = 0; i < ITEMS; i++) {
            mh_result result = take(map);
            ck_assert_int_eq(result.outcome, MH_DONE);
            expect_all_ways((int64_t)result.index, out, err);
            assert_item_printed(round, result.index, out, err);
        }
        assert_ends(map, MH_END);
        mh_map_close(map);
    }
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.count, 2 * ITEMS); // and nothing else
}
END_TEST

START_TEST(C8_what_tasks_print_comes_before_their_results)
{
    char out[256], err[256];
    mh_pool *pool = open_captured(_i, WORKERS);
    mh_task *tasks[ITEMS];
    for (int i = 0; i < ITEMS; i++)
        tasks[i] = submit(pool, &printing, i);
    for (int i = 0; i < ITEMS; i++) {
        mh_result result = wait_for(tasks[i]);
        ck_assert_uint_eq(result.index, mh_task_id(tasks[i]));
        expect_all_ways(i, out, err);
        assert_task_printed(result.index, out, err);
        mh_task_drop(tasks[i]);
    }
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.count, ITEMS);
}
END_TEST

START_TEST(C8_what_prints_nothing_is_not_told_of)
{
    mh_pool *pool = open_captured(_i, 2);
    for (int64_t i = 0; i < 1000; i++) { // more marks than fit into a ring
        submit_and_forget(pool, &echo, i, NULL);
        if (i % 100 == 0)
            ck_assert_int_eq(number_of(submit(pool, &printing, i)), i);
    }
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.count, 10);
    ck_assert(!prints.is_wrong);
}
END_TEST

// ---- much ---------------------------------------------------------------------------------------

static char byte_of(int64_t number, size_t at)
{
    return (char)(at % 977 == 0 ? '\n' : (char)(number * 31 + (int64_t)at * 7));
}

// A megabyte and a bit, of all values, in parts of all sizes.
enum { LARGE = (1 << 20) + 77 };

static mh_status print_large(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    char *bytes = malloc(LARGE);
    for (size_t i = 0; bytes != NULL && i < LARGE; i++)
        bytes[i] = byte_of(number, i);
    fwrite(bytes, 1, LARGE / 2, stdout);
    fflush(stdout);
    for (size_t at = LARGE / 2, size = 1; at < LARGE;
         at += size, size = size * 3 % 100000 + 1) {
        size = size < LARGE - at ? size : LARGE - at;
        if (write(1, bytes + at, size) != (ssize_t)size)
            abort();
    }
    free(bytes);
    return mh_return(call, &number, sizeof number);
}
static const mh_routine large_printing = {.name = "print large", .run = print_large};

START_TEST(C8_a_megabyte_of_each_of_many_tasks_is_whole)
{
    enum { TASKS = 24 };
    char *wanted = malloc(LARGE);
    mh_pool *pool = open_captured(_i, 4);
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit(pool, &large_printing, i);
    for (int i = 0; i < TASKS; i++) {
        mh_result result = wait_for(tasks[i]);
        for (size_t at = 0; at < LARGE; at++)
            wanted[at] = byte_of(i, at);
        assert_printed_bytes(MH_OUTPUT_OF_TASK, 0, 0, result.index, 0, wanted, LARGE);
        mh_task_drop(tasks[i]);
    }
    mh_pool_close(pool);
    free(wanted);
    ck_assert_uint_eq(prints.bytes, (uint64_t)TASKS * LARGE);
}
END_TEST

static int64_t print_short(int64_t number)
{
    printf("%lld", (long long)number);
    return number;
}
MH_ROUTINE(short_printing, print_short, int64_t, int64_t);

START_TEST(C8_thousands_of_short_items_are_told_apart)
{
    enum { COUNT = 5000 };
    char text[32];
    mh_pool *pool = open_captured(_i, 8);
    mh_map *map = open_map(pool, &short_printing, mh_source_range(0, COUNT, 1),
                           (mh_map_options){.unordered = true});
    for (int i = 0; i < COUNT; i++)
        take(map);
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.count, COUNT);
    for (uint64_t i = 0; i < COUNT; i += 7) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)i);
        assert_item_printed(1, i, text, "");
    }
}
END_TEST

// ---- crashes ------------------------------------------------------------------------------------

// The number says how to die, in the middle of a line.
static mh_status print_and_die(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    printf("whole lines are never held back: %lld\n", (long long)number);
    puts("not these either");
    print_raw(1, "half a li");
    print_raw(2, "last words");
    if (number % 2 == 1)
        deaths[number / 2].die();
    return mh_return(call, &number, sizeof number);
}
static const mh_routine dying = {.name = "print and die", .run = print_and_die};

START_TEST(C8_what_was_printed_up_to_a_crash_is_there)
{
    enum { COUNT = 2 * DEATHS };
    char text[128];
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_captured(_i, 2);
    mh_map *map = open_map(pool, &dying, mh_source_range(0, COUNT, 1), (mh_map_options){0});
    for (int i = 0; i < COUNT; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(result.outcome, i % 2 == 1 ? MH_CRASHED : MH_DONE);
        snprintf(text, sizeof text,
                 "whole lines are never held back: %d\nnot these either\nhalf a li", i);
        assert_item_printed(1, (uint64_t)i, text, "last words");
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.count, COUNT);
}
END_TEST

static mh_status print_and_wait(mh_call *call, mh_bytes item)
{
    print_raw(1, "waiting");
    pass_gate(0);
    return mh_return(call, item.data, item.size);
}
static const mh_routine lingering = {.name = "print and wait", .run = print_and_wait};

START_TEST(C8_output_is_told_while_its_task_runs_also_when_that_is_killed)
{
    mh_log_limit(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_captured(_i, 1);
    mh_task *first = submit(pool, &lingering, 1);
    await_printed("waiting");
    ck_assert_int_ne(mh_task_state_of(first), MH_TASK_ENDED);
    open_gate(0, 1);
    ck_assert_int_eq(number_of(first), 1);
    forget_printed();
    mh_task *second = submit(pool, &lingering, 2);
    uint64_t id = mh_task_id(second);
    await_printed("waiting");
    ck_assert_int_eq(mh_task_kill(second), MH_OK);
    assert_outcome(second, MH_CANCELLED);
    assert_task_printed(id, "waiting", "");
    mh_pool_close(pool);
}
END_TEST

START_TEST(C8_when_all_workers_are_lost_what_they_printed_is_not)
{
    mh_log_limit(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_captured(_i, 1);
    mh_task *task = submit(pool, &lingering, 1);
    uint64_t id = mh_task_id(task);
    await_printed("waiting");
    pthread_mutex_lock(&prints_lock);
    pid_t worker = prints.all[0].pid;
    pthread_mutex_unlock(&prints_lock);
    char path[64];
    int nursery = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)worker);
    FILE *file = fopen(path, "re");
    ck_assert_int_eq(fscanf(file, "%*d %*s %*c %d", &nursery), 1);
    fclose(file);
    ck_assert_int_eq(kill(nursery, SIGKILL), 0);
    assert_outcome(task, MH_CRASHED);
    assert_task_printed(id, "waiting", "");
    mh_pool_close(pool);
}
END_TEST

// ---- raw ----------------------------------------------------------------------------------------

static mh_status tell_files(mh_call *call, mh_bytes item)
{
    struct stat facts[2];
    (void)item;
    if (fstat(1, &facts[0]) != 0 || fstat(2, &facts[1]) != 0)
        return MH_SYSTEM;
    ino_t told[2] = {facts[0].st_ino, facts[1].st_ino};
    return mh_return(call, told, sizeof told);
}
static const mh_routine telling_files = {.name = "tell files", .run = tell_files};

START_TEST(C8_left_alone_tasks_have_what_the_program_has)
{
    struct stat facts;
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &telling_files, 0);
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.outcome, MH_DONE);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(fstat(i + 1, &facts), 0);
        ck_assert_uint_eq(((const ino_t *)result.data)[i], facts.st_ino);
    }
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

// ---- what makes no sense ------------------------------------------------------------------------

static void assert_open_invalid(const mh_pool_options *options, const char *words)
{
    mh_pool *const before = (mh_pool *)&heard, *pool = before;
    assert_invalid(mh_pool_open(&pool, options), words);
    ck_assert_ptr_eq(pool, before);
}

START_TEST(C8_only_worker_processes_can_be_captured)
{
    hear_everything();
    for (mh_output output = MH_OUTPUT_LINES; output <= MH_OUTPUT_FILES; output++) {
        mh_pool_options options = options_of(_i, 1);
        options.output = output;
        options.output_folder = output == MH_OUTPUT_FILES ? "." : NULL;
        assert_open_invalid(&options, "only the output of worker processes");
    }
    mh_pool_options options = captured_options(_i, 1);
    assert_open_invalid(&options, "only the output of worker processes");
}
END_TEST

START_TEST(C8_options_that_contradict_each_other_are_refused)
{
    hear_everything();
    mh_pool_options options = captured_options(_i, 1);
    options.output = MH_OUTPUT_LINES;
    assert_open_invalid(&options, "contradict");
    options = options_of(_i, 1);
    options.output = (mh_output)(MH_OUTPUT_FILES + 1);
    assert_open_invalid(&options, "no output 5");
    options.output = (mh_output)-1;
    assert_open_invalid(&options, "no output -1");
    options.output = MH_OUTPUT_FILES;
    assert_open_invalid(&options, "output_folder");
    options.output = MH_OUTPUT_TASKS;
    options.output_folder = ".";
    assert_open_invalid(&options, "output_folder");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = add_case(suite, "captured", 40);
    int first = WITH_PROCESSES;
    tcase_add_loop_test(tests, C8_what_items_print_comes_before_their_results, first, KINDS);
    tcase_add_loop_test(tests, C8_what_tasks_print_comes_before_their_results, first, KINDS);
    tcase_add_loop_test(tests, C8_what_prints_nothing_is_not_told_of, first, KINDS);
    tcase_add_loop_test(tests, C8_a_megabyte_of_each_of_many_tasks_is_whole, first, KINDS);
    tcase_add_loop_test(tests, C8_thousands_of_short_items_are_told_apart, first, KINDS);
    tcase_add_loop_test(tests, C8_what_was_printed_up_to_a_crash_is_there, first, KINDS);
    tcase_add_loop_test(tests, C8_output_is_told_while_its_task_runs_also_when_that_is_killed,
                        first, KINDS);
    tcase_add_loop_test(tests, C8_when_all_workers_are_lost_what_they_printed_is_not, first,
                        KINDS);
    tcase_add_loop_test(tests, C8_left_alone_tasks_have_what_the_program_has, first, KINDS);
    tcase_add_loop_test(tests, C8_only_worker_processes_can_be_captured, 0, first);
    tcase_add_loop_test(tests, C8_options_that_contradict_each_other_are_refused, first, KINDS);
    return run_suite(suite);
}
