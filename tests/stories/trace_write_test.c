// Writing a trace: at any time, in every form, whole or not at all; and what is refused.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/refused.h"
#include "support/submitted.h"
#include "support/trace_file.h"
#include "support/traces.h"

static const mh_trace_form forms[] = {MH_TRACE_JSON, MH_TRACE_PAGE, MH_TRACE_SUMMARY};
enum { FORMS = 3 };

static trace_read trace;

static mh_pool *open_worked(int kind, int64_t items)
{
    mh_pool *pool = open_traced(kind, 2);
    for (int64_t i = 0; i < items; i++)
        ck_assert_int_eq(number_of(submit(pool, &echo, i)), i);
    return pool;
}

static void write_old(const char *path)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs("old", file);
    fclose(file);
}

static bool holds(const char *path, const char *words)
{
    char *text = text_of(path);
    bool found = strstr(text, words) != NULL;
    free(text);
    return found;
}

// ---- forms --------------------------------------------------------------------------------------

START_TEST(N13_every_form_is_written_and_leaves_nothing_else)
{
    static const char *const words[] = {"\"traceEvents\"", "<!DOCTYPE html>", "slowest"};
    traces before = count_traces();
    mh_pool *pool = open_worked(_i % KINDS, 5);
    int form = _i / KINDS;
    const char *path = place_for("out");
    for (int again = 0; again < 2; again++) { // what was there is replaced
        ck_assert_int_eq(mh_trace_write(pool, forms[form], path), MH_OK);
        ck_assert(holds(path, words[form]));
    }
    ck_assert_int_eq(entries_of(place_for("")), 1);
    unlink(place_for("out"));
    mh_pool_close(pool);
    assert_no_traces(&before);
}
END_TEST

// All that a browser needs is in the one file: it names no other.
START_TEST(N13_a_page_needs_nothing_else)
{
    mh_pool *pool = open_worked(SERIAL, 5);
    const char *path = place_for("page.html");
    ck_assert_int_eq(mh_trace_write(pool, MH_TRACE_PAGE, path), MH_OK);
    ck_assert(holds(path, "</html>"));
    static const char *const others[] = {"http:", "https:", "src=", "href=", "@import", "url("};
    for (int i = 0; i < 6; i++)
        ck_assert_msg(!holds(path, others[i]), "%s", others[i]);
    char *text = text_of(path), *data = strstr(text, "id=\"data\">");
    ck_assert_ptr_nonnull(data);
    data += strlen("id=\"data\">");
    *strstr(data, "</script>") = '\0';
    ck_assert(json_is_whole(data));
    ck_assert_int_eq((int)json_number(json_member(data, "lost")), 0);
    free(text);
    unlink(path);
    mh_pool_close(pool);
}
END_TEST

// ---- at any time --------------------------------------------------------------------------------

START_TEST(N13_what_runs_is_not_in_it_and_what_has_ended_is)
{
    set_stage();
    mh_pool *pool = open_traced(_i, 2);
    ck_assert_int_eq(number_of(submit(pool, &echo, 0)), 0);
    mh_task *running = occupy(pool, 1);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, 1);
    forget_trace(&trace);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(running), 1);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, 2);
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

// Somebody reads all the time, and never sees less than before, nor half of anything.
typedef struct reader {
    mh_pool *pool;
    _Atomic bool ends;
    int rounds;
} reader;

static void *read_along(void *argument)
{
    reader *self = argument;
    mh_trace_facts before = {.items = 0}, facts;
    do {
        ck_assert_int_eq(mh_trace_facts_of(self->pool, &facts), MH_OK);
        ck_assert_uint_ge(facts.items, before.items);
        ck_assert_uint_eq(facts.items, facts.done);
        ck_assert_int_eq(mh_trace_write(self->pool, forms[self->rounds % FORMS], "/dev/null"),
                         MH_OK);
        before = facts;
        self->rounds++;
    } while (!atomic_load(&self->ends));
    return NULL;
}

START_TEST(N13_a_trace_may_be_read_while_it_is_written)
{
    enum { MANY = 6000 };
    reader self = {.pool = open_traced(_i, 2)};
    mh_map *map = open_map(self.pool, &echo, mh_source_range(0, MANY, 1), (mh_map_options){0});
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, read_along, &self), 0);
    for (int i = 0; i < MANY; i++)
        take(map);
    atomic_store(&self.ends, true);
    pthread_join(thread, NULL);
    mh_trace_facts facts;
    ck_assert_int_eq(mh_trace_facts_of(self.pool, &facts), MH_OK);
    ck_assert_uint_eq(facts.items, MANY);
    ck_assert_int_gt(self.rounds, 0);
    mh_map_close(map);
    mh_pool_close(self.pool);
}
END_TEST

static mh_pool *here;

static int64_t count_so_far(int64_t number)
{
    mh_trace_facts facts;
    (void)number;
    ck_assert_int_eq(mh_trace_write(here, MH_TRACE_SUMMARY, "/dev/null"), MH_OK);
    ck_assert_int_eq(mh_trace_facts_of(here, &facts), MH_OK);
    return (int64_t)facts.items;
}
MH_ROUTINE(so_far, count_so_far, int64_t, int64_t);

START_TEST(N13_a_task_may_write_the_trace)
{
    here = open_traced(_i, 1);
    for (int64_t i = 0; i < 5; i++)
        ck_assert_int_eq(number_of(submit(here, &so_far, i)), i);
    mh_pool_close(here);
}
END_TEST

// ---- refused ------------------------------------------------------------------------------------

START_TEST(N13_what_makes_no_sense_is_refused)
{
    mh_pool *pool = open_traced(SERIAL, 1), *plain = open_kind(_i, 1);
    mh_trace_facts facts = {.items = 77};
    hear_everything();
    assert_invalid(mh_trace_write(NULL, MH_TRACE_JSON, "/dev/null"), "pool is NULL");
    assert_invalid(mh_trace_write(pool, MH_TRACE_JSON, NULL), "nowhere");
    assert_invalid(mh_trace_write(pool, (mh_trace_form)77, "/dev/null"), "no form 77");
    assert_invalid(mh_trace_write(plain, MH_TRACE_JSON, "/dev/null"), "without trace");
    assert_invalid(mh_trace_facts_of(NULL, &facts), "pool is NULL");
    assert_invalid(mh_trace_facts_of(pool, NULL), "nowhere");
    assert_invalid(mh_trace_facts_of(plain, &facts), "without trace");
    ck_assert_uint_eq(facts.items, 77);
    mh_pool_close(plain);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_the_child_of_a_program_has_no_trace_of_it)
{
    mh_pool *pool = open_traced(SERIAL, 1);
    listen_to_log(MH_LOG_OFF);
    pid_t child = fork();
    if (child == 0) {
        mh_trace_facts facts;
        _exit(mh_trace_write(pool, MH_TRACE_JSON, "/dev/null") == MH_FORKED &&
                      mh_trace_facts_of(pool, &facts) == MH_FORKED
                  ? 0
                  : 1);
    }
    int how = 0;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
    mh_pool_close(pool);
}
END_TEST

// ---- files --------------------------------------------------------------------------------------

START_TEST(N13_a_file_that_cannot_be_is_refused_with_the_reason)
{
    mh_pool *pool = open_worked(SERIAL, 3);
    char long_name[6000];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    hear_everything();
    assert_refused(mh_trace_write(pool, forms[_i], "/nowhere/at/all"), MH_SYSTEM,
                   "No such file");
    assert_refused(mh_trace_write(pool, forms[_i], ""), MH_SYSTEM, "No such file");
    assert_refused(mh_trace_write(pool, forms[_i], place_for("")), MH_SYSTEM, "irectory");
    assert_refused(mh_trace_write(pool, forms[_i], long_name), MH_SYSTEM, "too long");
    ck_assert_int_eq(entries_of(place_for("")), 0);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_a_full_disk_is_told)
{
    mh_pool *pool = open_worked(SERIAL, 3);
    hear_everything();
    assert_refused(mh_trace_write(pool, forms[_i], "/dev/full"), MH_SYSTEM, "No space left");
    struct stat facts;
    ck_assert(stat("/dev/full", &facts) == 0 && S_ISCHR(facts.st_mode)); // and not replaced
    mh_pool_close(pool);
}
END_TEST

// Whoever looks at the name sees what was there before; and a signal that would end the program is
// none.
START_TEST(N13_a_file_that_may_not_grow_leaves_the_old_one)
{
    mh_pool *pool = open_worked(SERIAL, 3);
    const char *path = place_for("out");
    write_old(path);
    struct rlimit usual, small;
    getrlimit(RLIMIT_FSIZE, &usual);
    small = usual;
    small.rlim_cur = 100;
    hear_everything();
    setrlimit(RLIMIT_FSIZE,
              &small); // nothing is asserted meanwhile: Check writes to a file, too
    mh_status status = mh_trace_write(pool, forms[_i], path);
    setrlimit(RLIMIT_FSIZE, &usual);
    assert_refused(status, MH_SYSTEM, "too large");
    sigset_t pending;
    sigpending(&pending);
    ck_assert_int_eq(sigismember(&pending, SIGXFSZ), 0);
    ck_assert(holds(place_for("out"), "old"));
    ck_assert_int_eq(entries_of(place_for("")), 1);
    unlink(place_for("out"));
    mh_pool_close(pool);
}
END_TEST

// What is made of a link is left as it is, and what it points to is replaced.
START_TEST(N13_a_link_stays_a_link)
{
    mh_pool *pool = open_worked(SERIAL, 3);
    char file[128], link[128];
    snprintf(file, sizeof file, "%s", place_for("file"));
    snprintf(link, sizeof link, "%s", place_for("link"));
    write_old(file);
    ck_assert_int_eq(symlink(file, link), 0);
    ck_assert_int_eq(mh_trace_write(pool, MH_TRACE_JSON, link), MH_OK);
    struct stat facts;
    ck_assert(lstat(link, &facts) == 0 && S_ISLNK(facts.st_mode));
    ck_assert(!holds(file, "old"));
    ck_assert(holds(file, "traceEvents"));
    unlink(file);
    unlink(link);
    mh_pool_close(pool);
}
END_TEST

// Standard output may be a file that others write to as well.
START_TEST(N13_what_the_system_links_to_is_added_to)
{
    mh_pool *pool = open_worked(SERIAL, 3);
    char file[128];
    snprintf(file, sizeof file, "%s", place_for("file"));
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    ck_assert_ptr_nonnull(freopen(file, "w", stdout));
    printf("before\n");
    fflush(stdout);
    ck_assert_int_eq(mh_trace_write(pool, MH_TRACE_SUMMARY, "/dev/stdout"), MH_OK);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    unlink(file);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_a_pipe_nobody_reads_does_not_kill)
{
    mh_pool *pool = open_worked(SERIAL, 3);
    int ends[2];
    char path[64];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    hear_everything();
    int writer = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(writer, 0);
    close(writer);
    signal(SIGPIPE, SIG_DFL);
    int nobody = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nobody, ends[0]);
    mh_status status = mh_trace_write(pool, MH_TRACE_JSON, path);
    ck_assert_int_eq(status, MH_SYSTEM);
    close(nobody);
    close(ends[0]);
    close(ends[1]);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("writing a trace");
    TCase *tests = add_case(suite, "write", 60);
    tcase_add_checked_fixture(tests, NULL, remove_places);
    tcase_add_loop_test(tests, N13_every_form_is_written_and_leaves_nothing_else, 0,
                        FORMS * KINDS);
    tcase_add_test(tests, N13_a_page_needs_nothing_else);
    tcase_add_loop_test(tests, N13_what_runs_is_not_in_it_and_what_has_ended_is, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, N13_a_trace_may_be_read_while_it_is_written, 0, KINDS);
    tcase_add_loop_test(tests, N13_a_task_may_write_the_trace, SERIAL, FORKED);
    tcase_add_loop_test(tests, N13_what_makes_no_sense_is_refused, 0, KINDS);
    tcase_add_test(tests, N13_the_child_of_a_program_has_no_trace_of_it);
    tcase_add_loop_test(tests, N13_a_file_that_cannot_be_is_refused_with_the_reason, 0, FORMS);
    tcase_add_loop_test(tests, N13_a_full_disk_is_told, 0, FORMS);
    tcase_add_loop_test(tests, N13_a_file_that_may_not_grow_leaves_the_old_one, 0, FORMS);
    tcase_add_test(tests, N13_a_link_stays_a_link);
    tcase_add_test(tests, N13_what_the_system_links_to_is_added_to);
    tcase_add_test(tests, N13_a_pipe_nobody_reads_does_not_kill);
    return run_suite(suite);
}
