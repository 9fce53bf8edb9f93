// Log: who gets which line, whole and one at a time; what reaches standard error when nobody
// asked.

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

typedef struct notebook {
    int lines;
    mh_log_level level;
    char last[1 << 14];
} notebook;

static void write_down(void *context, mh_log_level level, const char *line)
{
    notebook *book = context;
    book->lines++;
    book->level = level;
    snprintf(book->last, sizeof book->last, "%s", line);
}

// ---- levels -------------------------------------------------------------------------------------

START_TEST(a_limit_lets_through_what_is_as_urgent_or_more)
{
    notebook book = {0};
    mh_log_to(write_down, &book);
    mh_log_limit((mh_log_level)_i);
    for (int level = MH_LOG_ERROR; level <= MH_LOG_DEBUG; level++) {
        book.lines = 0;
        mhi_log((mh_log_level)level, "level %d", level);
        ck_assert_int_eq(book.lines, level <= _i ? 1 : 0);
    }
    book.lines = 0;
    mhi_log(MH_LOG_OFF, "never said");
    ck_assert_int_eq(book.lines, 0);
}
END_TEST

START_TEST(a_limit_that_does_not_exist_is_refused)
{
    notebook book = {0};
    mh_log_to(write_down, &book);
    mh_log_limit(MH_LOG_INFO);
    mh_log_limit((mh_log_level)(MH_LOG_DEBUG + 1));
    ck_assert_int_eq(book.lines, 1);
    mh_log_limit((mh_log_level)-1);
    ck_assert_int_eq(book.lines, 2);
    mhi_log(MH_LOG_INFO, "as before");
    ck_assert_int_eq(book.lines, 3);
    mhi_log(MH_LOG_DEBUG, "as before");
    ck_assert_int_eq(book.lines, 3);
}
END_TEST

static const struct start {
    const char *variable; // NULL: not set
    mh_log_level limit;
} starts[] = {
    {NULL, MH_LOG_WARNING},   {"off", MH_LOG_OFF},     {"error", MH_LOG_ERROR},
    {"info", MH_LOG_INFO},    {"debug", MH_LOG_DEBUG}, {"warning", MH_LOG_WARNING},
    {"loud", MH_LOG_WARNING}, {"", MH_LOG_WARNING},    {"DEBUG", MH_LOG_WARNING},
};

START_TEST(the_environment_sets_the_first_limit)
{
    notebook book = {0};
    mh_log_to(write_down, &book);
    unsetenv("MH_LOG");
    if (starts[_i].variable != NULL)
        setenv("MH_LOG", starts[_i].variable, 1);
    for (int level = MH_LOG_ERROR; level <= MH_LOG_DEBUG; level++)
        mhi_log((mh_log_level)level, "a line");
    ck_assert_int_eq(book.lines, (int)starts[_i].limit);
    setenv("MH_LOG", "debug", 1); // it is asked once only
    mhi_log(MH_LOG_DEBUG, "a line");
    ck_assert_int_eq(book.lines, (int)starts[_i].limit + (starts[_i].limit == MH_LOG_DEBUG));
}
END_TEST

// ---- lines --------------------------------------------------------------------------------------

START_TEST(a_refusal_tells_its_reason_and_gives_its_status)
{
    notebook book = {0};
    mh_log_to(write_down, &book);
    ck_assert_int_eq(mhi_refuse(MH_FULL, "%d of %s", 3, "them"), MH_FULL);
    ck_assert_int_eq(book.level, MH_LOG_WARNING);
    ck_assert_str_eq(book.last, "3 of them");
}
END_TEST

START_TEST(a_refusal_of_the_system_is_told_in_words)
{
    static const struct {
        int error;
        mh_status status;
    } cases[] = {{ENOMEM, MH_NO_MEMORY},
                 {ENOSPC, MH_NO_MEMORY},
                 {EMFILE, MH_SYSTEM},
                 {EAGAIN, MH_SYSTEM}};
    notebook book = {0};
    mh_log_to(write_down, &book);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char wanted[256];
        snprintf(wanted, sizeof wanted, "making it: %s", strerror(cases[i].error));
        ck_assert_int_eq(mhi_refuse_errno(cases[i].error, "making %s", "it"), cases[i].status);
        ck_assert_str_eq(book.last, wanted);
    }
}
END_TEST

START_TEST(a_line_of_any_length_is_cut_not_lost)
{
    static char line[100000];
    memset(line, 'x', sizeof line - 1);
    notebook book = {0};
    mh_log_to(write_down, &book);
    mhi_log(MH_LOG_ERROR, "%s", line);
    ck_assert_int_eq(book.lines, 1);
    size_t size = strlen(book.last);
    ck_assert_uint_ge(size, 1000);
    ck_assert_uint_gt(strspn(book.last, "x"), 1000);
    ck_assert_int_eq(mhi_refuse_errno(ENOENT, "%s", line), MH_SYSTEM);
    ck_assert_ptr_nonnull(strstr(book.last, ": No such file"));
}
END_TEST

// ---- standard error -----------------------------------------------------------------------------

// What `talk` writes to standard error.
static void overhear(void (*talk)(void), char *heard, size_t room)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    int before = dup(2);
    dup2(fileno(file), 2);
    talk();
    dup2(before, 2);
    close(before);
    rewind(file);
    heard[fread(heard, 1, room - 1, file)] = '\0';
    fclose(file);
}

static void talk_at_all_levels(void)
{
    mhi_log(MH_LOG_ERROR, "one");
    mhi_log(MH_LOG_WARNING, "two");
    mhi_log(MH_LOG_INFO, "three");
}

static void talk_long(void)
{
    static char line[5000];
    memset(line, 'y', sizeof line - 1);
    mhi_log(MH_LOG_ERROR, "%s", line);
}

START_TEST(without_a_sink_it_goes_to_standard_error)
{
    char heard[10000];
    overhear(talk_at_all_levels, heard, sizeof heard);
    ck_assert_str_eq(heard, "manyhands: error: one\nmanyhands: warning: two\n");
    notebook book = {0};
    mh_log_to(write_down, &book);
    overhear(talk_at_all_levels, heard, sizeof heard);
    ck_assert_str_eq(heard, "");
    ck_assert_int_eq(book.lines, 2);
    mh_log_to(NULL, NULL);
    overhear(talk_long, heard, sizeof heard);
    ck_assert_int_eq(book.lines, 2);
    ck_assert_int_eq(heard[strlen(heard) - 1], '\n');
    ck_assert_ptr_eq(strchr(heard, '\n'), heard + strlen(heard) - 1);
}
END_TEST

// ---- threads ------------------------------------------------------------------------------------

typedef struct doorkeeper {
    _Atomic int inside;
    _Atomic bool was_crowded;
    _Atomic int lines;
} doorkeeper;

static void count_who_is_inside(void *context, mh_log_level level, const char *line)
{
    doorkeeper *door = context;
    (void)level;
    if (atomic_fetch_add(&door->inside, 1) != 0 || strcmp(line, "many at once") != 0)
        atomic_store(&door->was_crowded, true);
    sched_yield();
    atomic_fetch_add(&door->lines, 1);
    atomic_fetch_sub(&door->inside, 1);
}

enum { TALKERS = 4, LINES = 1000 };

static void *talk_a_lot(void *nothing)
{
    for (int i = 0; i < LINES; i++)
        mhi_log(MH_LOG_ERROR, "many at %s", "once");
    return nothing;
}

START_TEST(a_sink_hears_one_line_at_a_time_and_none_after_it_was_left)
{
    doorkeeper door = {0}, next = {0};
    pthread_t threads[TALKERS];
    mh_log_to(count_who_is_inside, &door);
    for (int i = 0; i < TALKERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, talk_a_lot, NULL), 0);
    while (atomic_load(&door.lines) == 0)
        sched_yield();
    mh_log_to(count_who_is_inside, &next);
    ck_assert_int_eq(atomic_load(&door.inside), 0);
    int lines = atomic_load(&door.lines);
    for (int i = 0; i < TALKERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(atomic_load(&door.lines), lines);
    ck_assert_int_eq(lines + atomic_load(&next.lines), TALKERS * LINES);
    ck_assert(!atomic_load(&door.was_crowded) && !atomic_load(&next.was_crowded));
}
END_TEST

int main(void)
{
    unsetenv("MH_LOG");
    TCase *levels = tcase_create("levels");
    tcase_add_loop_test(levels, a_limit_lets_through_what_is_as_urgent_or_more, MH_LOG_OFF,
                        MH_LOG_DEBUG + 1);
    tcase_add_test(levels, a_limit_that_does_not_exist_is_refused);
    tcase_add_loop_test(levels, the_environment_sets_the_first_limit, 0,
                        sizeof starts / sizeof *starts);
    TCase *lines = tcase_create("lines");
    tcase_add_test(lines, a_refusal_tells_its_reason_and_gives_its_status);
    tcase_add_test(lines, a_refusal_of_the_system_is_told_in_words);
    tcase_add_test(lines, a_line_of_any_length_is_cut_not_lost);
    tcase_add_test(lines, without_a_sink_it_goes_to_standard_error);
    tcase_add_test(lines, a_sink_hears_one_line_at_a_time_and_none_after_it_was_left);
    Suite *suite = suite_create("log");
    suite_add_tcase(suite, levels);
    suite_add_tcase(suite, lines);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
