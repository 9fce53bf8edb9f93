// Output, mode by mode: exactly what stands on the stdout and stderr of the program in the end, and in
// which files.
#include <dirent.h>
#include <fcntl.h>

#include "support/refused.h"
#include "support/submitted.h"

// ---- the program's own stdout and stderr, for a while -------------------------------------------

enum { TEXT = 1 << 16 };

static int aside[2]; // what they really are
static int files[2];

static void redirect(void)
{
    for (int i = 0; i < 2; i++) {
        fflush(i == 0 ? stdout : stderr);
        aside[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 100);
        files[i] = memfd_create("printed", MFD_CLOEXEC);
        ck_assert(aside[i] >= 0 && files[i] >= 0);
        ck_assert_int_eq(fcntl(files[i], F_SETFL, O_APPEND), 0);
        ck_assert_int_eq(dup2(files[i], i + 1), i + 1);
    }
}

static void assert_printed(const char *out, const char *err)
{
    static char text[2][TEXT];
    const char *const wanted[2] = {out, err};
    for (int i = 0; i < 2; i++) {
        fflush(i == 0 ? stdout : stderr);
        ck_assert_int_eq(dup2(aside[i], i + 1), i + 1);
        close(aside[i]);
        ssize_t size = pread(files[i], text[i], TEXT - 1, 0);
        ck_assert_int_ge(size, 0);
        text[i][size] = '\0';
        close(files[i]);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(text[i], wanted[i]);
}

// ---- one worker, so that the order is always the same -------------------------------------------

static mh_status greet(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    *state = NULL;
    printf("hello");
    return MH_OK;
}

static mh_status speak(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    long long shown = number;
    printf("first %lld\nsecond ", shown);
    fflush(stdout);
    if (number == 1 && system("echo with help; echo trouble >&2") != 0)
        return MH_SYSTEM;
    if (number == 2)
        return mh_return(call, &number, sizeof number);
    printf("third");
    return mh_return(call, &number, sizeof number);
}

static void take_leave(mh_call *call, void *state)
{
    (void)call;
    (void)state;
    fprintf(stderr, "goodbye\n");
}
static const mh_routine speaking = {
    .name = "speak", .setup = greet, .run = speak, .teardown = take_leave};

static void run_three(int kind, mh_output output, const char *folder)
{
    mh_pool_options options = options_of(kind, 1);
    options.routine = &speaking;
    options.output = output;
    options.output_folder = folder;
    mh_pool *pool = open_with(&options);
    mh_map *map = open_map(pool, NULL, mh_source_range(0, 3, 1), (mh_map_options){0});
    for (uint64_t i = 0; i < 3; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}

static const struct mode {
    mh_output output;
    const char *out, *err;
} modes[] = {
    {MH_OUTPUT_LINES,
     "hello\n"
     "first 0\nsecond third\n"
     "first 1\nsecond with help\nthird\n"
     "first 2\nsecond \n",
     "trouble\ngoodbye\n"},
    {MH_OUTPUT_TASKS,
     "---- worker 0\nhello\n"
     "---- map 1 item 0 (worker 0)\nfirst 0\nsecond third\n"
     "---- map 1 item 1 (worker 0)\nfirst 1\nsecond with help\nthird\n"
     "---- map 1 item 2 (worker 0)\nfirst 2\nsecond \n",
     "---- map 1 item 1 (worker 0), stderr\ntrouble\n"
     "---- worker 0, stderr\ngoodbye\n"},
    {MH_OUTPUT_PREFIX,
     "[worker 0] hello\n"
     "[worker 0, map 1 item 0] first 0\n[worker 0, map 1 item 0] second third\n"
     "[worker 0, map 1 item 1] first 1\n[worker 0, map 1 item 1] second with help\n"
     "[worker 0, map 1 item 1] third\n"
     "[worker 0, map 1 item 2] first 2\n[worker 0, map 1 item 2] second \n",
     "[worker 0, map 1 item 1] trouble\n[worker 0] goodbye\n"},
};
enum { MODES = sizeof modes / sizeof *modes };

START_TEST(C8_each_mode_prints_exactly_this)
{
    const struct mode *mode = &modes[_i % MODES];
    redirect();
    run_three(WITH_PROCESSES + _i / MODES, mode->output, NULL);
    assert_printed(mode->out, mode->err);
}
END_TEST

// Raw text is the workers' own: all of it is there, but nothing is put in order.
START_TEST(C8_left_alone_it_is_left_alone)
{
    redirect();
    run_three(_i, MH_OUTPUT_RAW, NULL);
    assert_printed("hellofirst 0\nsecond thirdfirst 1\nsecond with help\nthirdfirst 2\nsecond ",
                   "trouble\ngoodbye\n");
}
END_TEST

// ---- files --------------------------------------------------------------------------------------

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/output-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void assert_file(const char *name, const char *wanted)
{
    char path[160], text[256] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "there is no %s", name);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    ck_assert_str_eq(text, wanted);
    ck_assert_int_eq(remove(path), 0);
}

START_TEST(C8_a_file_for_each_that_prints)
{
    make_folder();
    redirect();
    run_three(_i, MH_OUTPUT_FILES, folder);
    assert_printed("", "");
    assert_file("worker-0000.out", "hello");
    assert_file("worker-0000.err", "goodbye\n");
    assert_file("map-0001-item-000000000000.out", "first 0\nsecond third");
    assert_file("map-0001-item-000000000001.out", "first 1\nsecond with help\nthird");
    assert_file("map-0001-item-000000000001.err", "trouble\n");
    assert_file("map-0001-item-000000000002.out", "first 2\nsecond ");
    ck_assert_int_eq(remove(folder), 0); // nothing else is there
}
END_TEST

static int64_t print_line(int64_t number)
{
    printf("%lld\n", (long long)number);
    return number;
}
MH_ROUTINE(line_printing, print_line, int64_t, int64_t);

static int64_t print_nothing(int64_t number)
{
    return number;
}
MH_ROUTINE(silent, print_nothing, int64_t, int64_t);

START_TEST(C8_names_of_files_sort_as_tasks_were_submitted)
{
    enum { TASKS = 120 };
    make_folder();
    mh_pool_options options = options_of(_i, 4);
    options.output = MH_OUTPUT_FILES;
    options.output_folder = folder;
    mh_pool *pool = open_with(&options);
    for (int64_t i = 0; i < TASKS; i++) {
        submit_and_forget(pool, &line_printing, i, NULL);
        submit_and_forget(pool, &silent, i, NULL);
    }
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    mh_pool_close(pool);
    struct dirent **names = NULL;
    int count = scandir(folder, &names, NULL, alphasort), last = -1;
    for (int i = 0; i < count; i++) {
        char path[400];
        int number;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        FILE *file = names[i]->d_name[0] == '.' ? NULL : fopen(path, "re");
        if (file != NULL) {
            ck_assert_int_eq(fscanf(file, "%d\n", &number), 1);
            ck_assert_int_gt(number, last);
            last = number;
            fclose(file);
            ck_assert_int_eq(remove(path), 0);
        }
        free(names[i]);
    }
    free(names);
    ck_assert_int_eq(last, TASKS - 1);
    ck_assert_int_eq(remove(folder), 0);
}
END_TEST

START_TEST(C8_a_missing_folder_is_told_at_the_open)
{
    mh_pool *pool = NULL;
    hear_everything();
    mh_pool_options options = options_of(_i, 1);
    options.output = MH_OUTPUT_FILES;
    options.output_folder = "/nowhere/at/all";
    assert_refused(mh_pool_open(&pool, &options), MH_NOT_FOUND, "/nowhere/at/all");
    ck_assert_ptr_null(pool);
}
END_TEST

START_TEST(C8_a_folder_that_goes_is_told_in_the_log)
{
    make_folder();
    listen_to_log(MH_LOG_ERROR);
    mh_pool_options options = options_of(_i, 1);
    options.output = MH_OUTPUT_FILES;
    options.output_folder = folder;
    mh_pool *pool = open_with(&options);
    ck_assert_int_eq(remove(folder), 0);
    for (int64_t i = 0; i < 5; i++)
        ck_assert_int_eq(number_of(submit(pool, &line_printing, i)), i);
    ck_assert_int_eq(lines_heard(), 1);
    mh_pool_close(pool);
    ck_assert_int_eq(lines_heard(), 2);
    ck_assert(was_heard("10 bytes"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output modes");
    TCase *tests = add_case(suite, "modes", 20);
    int first = WITH_PROCESSES;
    tcase_add_loop_test(tests, C8_each_mode_prints_exactly_this, 0,
                        MODES * (KINDS - WITH_PROCESSES));
    tcase_add_loop_test(tests, C8_left_alone_it_is_left_alone, first, KINDS);
    tcase_add_loop_test(tests, C8_a_file_for_each_that_prints, first, KINDS);
    tcase_add_loop_test(tests, C8_names_of_files_sort_as_tasks_were_submitted, first, KINDS);
    tcase_add_loop_test(tests, C8_a_missing_folder_is_told_at_the_open, first, KINDS);
    tcase_add_loop_test(tests, C8_a_folder_that_goes_is_told_in_the_log, first, KINDS);
    return run_suite(suite);
}
