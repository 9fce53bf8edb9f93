// What a line says: its exact text on standard error, newlines, lines that are too long, and calls
// that make no sense; from the program and from every kind of worker alike.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <wchar.h>

#include "support/heard.h"
#include "support/submitted.h"

enum { LONGEST = 8192 };

static void say_by_list(mh_log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    mh_log_v(level, format, arguments);
    va_end(arguments);
}

// What tasks, and the program, say when they are told to.
enum word { PLAIN, LISTED, NEWLINES, NOTHING, LONGEST_LINE, TOO_LONG, TOO_LONG_WIDE, MISUSES };
enum { WORDS = MISUSES + 1 };

static const char *volatile no_format = NULL; // so that no compiler looks through it

static void say_long(size_t size, const char *letter)
{
    static char text[3 * LONGEST];
    size_t width = strlen(letter);
    for (size_t at = 0; at < size; at += width)
        memcpy(text + at, letter, width);
    text[size] = '\0';
    mh_log(MH_LOG_ERROR, "%s", text);
}

static void say_word(int word)
{
    switch (word) {
    case PLAIN:
        mh_log(MH_LOG_ERROR, "an error");
        mh_log(MH_LOG_WARNING, "%d of %s", 3, "them");
        mh_log(MH_LOG_INFO, "100%%\n");
        mh_log(MH_LOG_DEBUG, "a %s", "detail");
        break;
    case LISTED:
        say_by_list(MH_LOG_WARNING, "%s and %c", "words", 'c');
        break;
    case NEWLINES:
        mh_log(MH_LOG_WARNING, "one\ntwo\n\nfour\n\n");
        break;
    case NOTHING:
        mh_log(MH_LOG_WARNING, "%s", "");
        mh_log(MH_LOG_WARNING, "\n");
        mh_log(MH_LOG_WARNING, "before%cafter", '\0');
        break;
    case LONGEST_LINE:
        say_long(LONGEST, "x");
        break;
    case TOO_LONG:
        say_long(2 * LONGEST, "x");
        break;
    case TOO_LONG_WIDE:
        say_long(3 * (LONGEST / 2), "\xE2\x82\xAC"); // the euro sign
        break;
    default:
        mh_log(MH_LOG_OFF, "never");
        mh_log((mh_log_level)5, "never");
        mh_log((mh_log_level)-1, "never");
        mh_log(MH_LOG_ERROR, no_format, 1);
        mh_log(MH_LOG_ERROR, "%lc", (wint_t)0x7fffffff); // there is no such character
        break;
    }
}

static mh_status say_it(mh_call *call, mh_bytes item)
{
    say_word((int)*(const int64_t *)item.data);
    return mh_return(call, item.data, item.size);
}
static const mh_routine saying = {.name = "say it", .run = say_it};

static void say_in(mh_pool *pool, int word)
{
    mh_task *task = submit(pool, &saying, word);
    assert_waits(task);
    mh_task_drop(task);
}

// ---- standard error -----------------------------------------------------------------------------

static const char *const on_standard_error[WORDS] = {
    [PLAIN] = "error: an error\nwarning: 3 of them\ninfo: 100%\ndebug: a detail\n",
    [LISTED] = "warning: words and c\n",
    [NEWLINES] = "warning: one\n    two\n    \n    four\n    \n",
    [NOTHING] = "warning: \nwarning: \nwarning: before\n",
    [MISUSES] = "manyhands: warning: mh_log: there is no level 0\n"
                "manyhands: warning: mh_log: there is no level 5\n"
                "manyhands: warning: mh_log: there is no level -1\n"
                "manyhands: warning: mh_log: the format is NULL\n"
                "error: (this cannot be formatted) %lc\n",
};

static char printed[1 << 16];

// What is written to standard error between the two.
static int begin_overhearing(void)
{
    int ends[2], before = dup(2);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, (int)sizeof printed), 0);
    dup2(ends[1], 2);
    close(ends[1]);
    dup2(ends[0], 60);
    close(ends[0]);
    return before;
}

static void end_overhearing(int before)
{
    dup2(before, 2);
    close(before);
    size_t used = 0;
    fcntl(60, F_SETFL, O_NONBLOCK);
    for (ssize_t size; (size = read(60, printed + used, sizeof printed - 1 - used)) > 0;)
        used += (size_t)size;
    printed[used] = '\0';
    close(60);
}

START_TEST(C7_without_a_sink_lines_are_printed_with_their_level)
{
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_log_limit(MH_LOG_DEBUG);
    for (int word = 0; word < WORDS; word++) {
        if (on_standard_error[word] == NULL)
            continue;
        int before = begin_overhearing();
        say_word(word);
        end_overhearing(before);
        ck_assert_str_eq(printed, on_standard_error[word]);
        before = begin_overhearing();
        say_in(pool, word);
        end_overhearing(before);
        ck_assert_str_eq(printed, on_standard_error[word]);
    }
    mh_log_limit(MH_LOG_OFF);
    mh_pool_close(pool);
}
END_TEST

// ---- sinks --------------------------------------------------------------------------------------

static struct last {
    int lines;
    mh_log_level level;
    char line[3 * LONGEST];
} last;

// The thread sanitizer does not see that a line follows from what the test did, by way of a worker process.
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;

static void keep_last(void *context, mh_log_level level, const char *line)
{
    struct last *self = context;
    pthread_mutex_lock(&last_lock);
    self->lines++;
    self->level = level;
    strcpy(self->line, line);
    pthread_mutex_unlock(&last_lock);
}

static void open_last(void)
{
    last.lines = 0;
    mh_log_to(keep_last, &last);
}

static void assert_last(int word)
{
    size_t size = strlen(last.line);
    ck_assert_int_eq(last.lines, 1);
    if (word == NEWLINES) {
        ck_assert_str_eq(last.line, "one\ntwo\n\nfour\n");
        ck_assert_int_eq(last.level, MH_LOG_WARNING);
    } else if (word == LONGEST_LINE) {
        ck_assert_uint_eq(size, LONGEST);
        ck_assert_uint_eq(strspn(last.line, "x"), LONGEST);
    } else if (word == TOO_LONG) {
        ck_assert_uint_eq(size, LONGEST);
        ck_assert_str_eq(strchr(last.line, ' '), " ... (cut: it has 16384 bytes)");
    } else {
        size_t whole = strspn(last.line, "\xE2\x82\xAC");
        ck_assert_uint_eq(whole % 3, 0);
        ck_assert_str_eq(last.line + whole, " ... (cut: it has 12288 bytes)");
        ck_assert_uint_gt(size, LONGEST - 3);
    }
}

START_TEST(C7_a_line_is_whole_or_says_that_it_was_cut)
{
    static const int words[] = {NEWLINES, LONGEST_LINE, TOO_LONG, TOO_LONG_WIDE};
    mh_log_limit(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 1);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        open_last();
        say_word(words[i]);
        assert_last(words[i]);
        open_last();
        say_in(pool, words[i]);
        assert_last(words[i]);
    }
    mh_log_to(NULL, NULL);
    mh_pool_close(pool);
}
END_TEST

// Longer than any ring, together: each has to be waited for.
START_TEST(C7_many_long_lines_come_whole)
{
    mh_log_limit(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 1);
    open_last();
    for (int turn = 1; turn <= 50; turn++) {
        say_in(pool, LONGEST_LINE);
        pthread_mutex_lock(&last_lock);
        ck_assert_int_eq(last.lines, turn);
        ck_assert_uint_eq(strspn(last.line, "x"), LONGEST);
        pthread_mutex_unlock(&last_lock);
    }
    mh_log_to(NULL, NULL);
    mh_pool_close(pool);
}
END_TEST

// ---- around it ----------------------------------------------------------------------------------

static mh_status keep_errno(mh_call *call, mh_bytes item)
{
    (void)item;
    errno = EDOM;
    mh_log(MH_LOG_ERROR, "wanted");
    mh_log(MH_LOG_DEBUG, "not wanted");
    int64_t kept = errno == EDOM;
    return mh_return(call, &kept, sizeof kept);
}
static const mh_routine careful = {.name = "keep errno", .run = keep_errno};

START_TEST(C7_errno_stays_as_it_was)
{
    listen_to_log(MH_LOG_ERROR);
    mh_pool *pool = open_kind(_i, 1);
    ck_assert_int_eq(number_of(submit(pool, &careful, 1)), 1);
    ck_assert(was_heard("wanted\n"));
    mh_pool_close(pool);
}
END_TEST

static void talk_back(void *context, mh_log_level level, const char *line)
{
    (void)level;
    ++*(int *)context;
    mh_log(MH_LOG_ERROR, "heard: %s", line);
    mh_log_to(NULL, NULL);
}

START_TEST(C7_a_sink_that_logs_is_heard_on_standard_error)
{
    int lines = 0;
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_log_limit(MH_LOG_WARNING);
    mh_log_to(talk_back, &lines);
    int before = begin_overhearing();
    say_in(pool, LISTED);
    end_overhearing(before);
    ck_assert_int_eq(lines, 1);
    ck_assert_str_eq(
        printed,
        "manyhands: said by a log sink: heard: words and c\n"
        "manyhands: said by a log sink: mh_log_to: called by a sink, it does nothing\n");
    mh_log_limit(MH_LOG_OFF);
    mh_pool_close(pool);
}
END_TEST

static mh_status set_sink(mh_call *call, mh_bytes item)
{
    mh_log_to(keep_last, &last);
    mh_log(MH_LOG_ERROR, "to whom");
    return mh_return(call, item.data, item.size);
}
static const mh_routine diverting = {.name = "set a sink", .run = set_sink};

START_TEST(C7_a_worker_process_cannot_keep_its_lines_for_itself)
{
    listen_to_log(MH_LOG_ERROR);
    mh_pool *pool = open_kind(_i, 1);
    number_of(submit(pool, &diverting, 1));
    ck_assert(was_heard("to whom\n"));
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    unsetenv("MH_LOG");
    Suite *suite = suite_create("log words");
    TCase *tests = add_case(suite, "words", 30);
    tcase_add_loop_test(tests, C7_without_a_sink_lines_are_printed_with_their_level, 0, KINDS);
    tcase_add_loop_test(tests, C7_a_line_is_whole_or_says_that_it_was_cut, 0, KINDS);
    tcase_add_loop_test(tests, C7_many_long_lines_come_whole, 0, KINDS);
    tcase_add_loop_test(tests, C7_errno_stays_as_it_was, 0, KINDS);
    tcase_add_loop_test(tests, C7_a_sink_that_logs_is_heard_on_standard_error, 0, KINDS);
    tcase_add_loop_test(tests, C7_a_worker_process_cannot_keep_its_lines_for_itself,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
