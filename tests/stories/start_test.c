// Start modes: what workers see of the program, and where they find their routines.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/heard.h"
#include "support/stage.h"
#include "support/story.h"

static int number_here = 1;

static int add_number_here(int number)
{
    return number + number_here;
}
MH_ROUTINE(adding, add_number_here, int, int);

static int answer_of(mh_pool *pool)
{
    static const int hundred = 100;
    mh_map *map = open_map(pool, &adding, mh_source_array(&hundred, 1, sizeof hundred),
                           (mh_map_options){0});
    mh_result result = take(map);
    assert_done(&result, 0);
    int answer = mh_result_as(int, result);
    mh_map_close(map);
    return answer;
}

START_TEST(N12_forked_workers_see_what_the_program_built_fresh_ones_do_not)
{
    number_here = 2;
    mh_pool *pool = open_kind(_i, 2);
    ck_assert_int_eq(answer_of(pool), _i == SPAWNED ? 101 : 102);
    mh_pool_close(pool);
}
END_TEST

static void assert_auto(mh_start wanted)
{
    listen_to_log(MH_LOG_INFO);
    mh_pool *pool = open_with(&(mh_pool_options){.kind = MH_PROCESSES, .workers = 2});
    ck_assert_msg(was_heard(wanted == MH_START_FORK ? "begin by fork" : "begin by exec"), "%s",
                  heard.text);
    number_here = 3; // too late for both
    ck_assert_int_eq(answer_of(pool), wanted == MH_START_FORK ? 102 : 101);
    number_here = 2;
    mh_pool_close(pool);
}

static void *wait_for_end(void *argument)
{
    pass_gate(0);
    return argument;
}

START_TEST(N12_auto_forks_a_program_of_one_thread_and_starts_others_afresh)
{
    set_stage();
    number_here = 2;
    if (has_thread_sanitizer)
        return;
    assert_auto(MH_START_FORK);
    mh_pool *other = open_kind(FORKED, 1); // our own threads do not count
    assert_auto(MH_START_FORK);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_end, NULL), 0);
    assert_auto(MH_START_EXEC);
    mh_pool_close(other);
    assert_auto(MH_START_EXEC);
    open_gate(0, 1);
    pthread_join(thread, NULL);
}
END_TEST

static mh_status look_around(mh_call *call, mh_bytes item)
{
    (void)item;
    char facts[3000], folder[2000] = "";
    snprintf(facts, sizeof facts, "%s %s %s", getcwd(folder, sizeof folder),
             getenv("STORY") != NULL ? getenv("STORY") : "no story",
             getenv("MANYHANDS_NURSERY") != NULL ? "a trace of ours" : "nothing else");
    return mh_return(call, facts, strlen(facts) + 1);
}
static const mh_routine looking = {.name = "look around", .run = look_around};

START_TEST(N12_workers_have_the_folder_and_the_environment_of_the_program)
{
    ck_assert_int_eq(setenv("STORY", "once upon a time", 1), 0);
    ck_assert_int_eq(chdir("/"), 0);
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map = open_map(pool, &looking, mh_source_range(0, 1, 1), (mh_map_options){0});
    mh_result result = take(map);
    ck_assert_str_eq(result.data, "/ once upon a time nothing else");
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- a shared library ---------------------------------------------------------------------------

// Its routine answers with a status, so it needs nothing of ours.
static const char library_text[] = "struct bytes { const void *data; unsigned long size; };\n"
                                   "int add_thousand(void *call, struct bytes item)\n"
                                   "{ (void)call; return *(const int *)item.data + 1000; }\n";

typedef struct library {
    char folder[64], file[96];
    void *handle;
    mh_routine routine;
} library;

static void make_library(library *self)
{
    char source[96], command[300];
    strcpy(self->folder, "/tmp/manyhands-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(self->folder));
    snprintf(source, sizeof source, "%s/thousand.c", self->folder);
    snprintf(self->file, sizeof self->file, "%s/libthousand.so", self->folder);
    FILE *file = fopen(source, "w");
    ck_assert_ptr_nonnull(file);
    fputs(library_text, file);
    fclose(file);
    snprintf(command, sizeof command, "cc -shared -fPIC -o %s %s", self->file, source);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(unlink(source), 0);
}

static void load_library(library *self)
{
    self->handle = dlopen(self->file, RTLD_NOW);
    ck_assert_msg(self->handle != NULL, "%s", dlerror());
    self->routine = (mh_routine){.name = "add thousand"};
    void *run = dlsym(self->handle, "add_thousand");
    ck_assert_ptr_nonnull(run);
    memcpy(&self->routine.run, &run, sizeof run);
}

static void drop_library(library *self)
{
    dlclose(self->handle);
    unlink(self->file);
    rmdir(self->folder);
}

static void assert_thousand(mh_pool *pool, const mh_routine *routine)
{
    static const int numbers[] = {1, 2, 3};
    mh_map *map = open_map(pool, routine, mh_source_array(numbers, 3, sizeof *numbers),
                           (mh_map_options){0});
    for (int i = 0; i < 3; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(result.outcome, MH_FAILED);
        ck_assert_int_eq(result.code, 1000 + numbers[i]);
    }
    mh_map_close(map);
}

START_TEST(N12_a_routine_may_lie_in_a_library_that_was_loaded_after_the_pool_was_opened)
{
    library thousand;
    make_library(&thousand);
    mh_pool *pool = open_kind(_i, 2);
    load_library(&thousand);
    assert_thousand(pool, &thousand.routine);
    mh_pool_close(pool);
    mh_pool_options options = options_of(_i, 2); // and before, as the workers' own
    options.routine = &thousand.routine;
    pool = open_with(&options);
    assert_thousand(pool, NULL);
    mh_pool_close(pool);
    drop_library(&thousand);
}
END_TEST

START_TEST(N12_a_library_that_is_gone_is_a_clear_error_for_each_item)
{
    library thousand;
    make_library(&thousand);
    mh_pool *pool = open_kind(_i, 2);
    load_library(&thousand);
    ck_assert_int_eq(unlink(thousand.file), 0); // this process has it loaded, workers have not
    mh_map *map = open_map(pool, &thousand.routine, mh_source_range(0, 5, 1),
                           (mh_map_options){0});
    for (uint64_t i = 0; i < 5; i++) {
        mh_result result = take(map);
        ck_assert_uint_eq(result.index, i);
        ck_assert_int_eq(result.outcome, MH_FAILED);
        ck_assert_int_eq(result.code, MH_NOT_FOUND);
        ck_assert_str_eq(result.message, "its routine was not found in the worker");
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    ck_assert_int_gt(answer_of(pool), 100); // others are not concerned
    mh_pool_close(pool);
    drop_library(&thousand);
}
END_TEST

// ---- no file at all -----------------------------------------------------------------------------

START_TEST(N12_a_function_in_no_file_is_refused)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    mh_routine homeless = {.name = "homeless"};
    memcpy(&homeless.run, &page, sizeof page);
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 2), *another = NULL;
    mh_map *map = NULL;
    mh_source source = mh_source_range(0, 3, 1);
    ck_assert_int_eq(mh_map_open(&map, pool, &homeless, &source, NULL), MH_NOT_FOUND);
    ck_assert_ptr_null(map);
    ck_assert_msg(was_heard("'homeless'"), "%s", heard.text);
    mh_pool_options options = options_of(_i, 2);
    options.routine = &homeless;
    ck_assert_int_eq(mh_pool_open(&another, &options), MH_NOT_FOUND);
    ck_assert_ptr_null(another);
    ck_assert_int_gt(answer_of(pool), 100); // the pool is as good as before
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("start modes");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, N12_forked_workers_see_what_the_program_built_fresh_ones_do_not,
                        0, KINDS);
    tcase_add_test(tests, N12_auto_forks_a_program_of_one_thread_and_starts_others_afresh);
    tcase_add_loop_test(tests, N12_workers_have_the_folder_and_the_environment_of_the_program,
                        0, KINDS);
    tcase_add_loop_test(
        tests, N12_a_routine_may_lie_in_a_library_that_was_loaded_after_the_pool_was_opened, 0,
        KINDS);
    tcase_add_loop_test(tests, N12_a_library_that_is_gone_is_a_clear_error_for_each_item,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, N12_a_function_in_no_file_is_refused, 0, KINDS);
    return run_suite(suite);
}
