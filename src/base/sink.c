// Sink: where lines go: home, to the sink the program chose, or to standard error.
//
// Promises: lines come one at a time, each whole. What a sink itself has to say, or makes the
// library say, goes straight to standard error, for the sink is busy.

#include <string.h>

#include "../platform/platform.h"
#include "log.h"

static mhi_mutex lock = PTHREAD_MUTEX_INITIALIZER;
static mh_log_sink *sink;        // under lock; NULL: standard error
static void *sink_context;       // under lock
static mhi_log_forward *forward; // fixed once the process is a worker
static bool is_child;            // fixed once the process is one
static _Thread_local bool is_within;

// ---- standard error -----------------------------------------------------------------------------

enum { INDENT = 4, NAME = 32 };

typedef struct page {
    size_t used;
    char text[NAME + MHI_LOG_MOST * (1 + INDENT) + 1]; // a line may be all newlines
} page;

static void put(page *page, const char *text, size_t size)
{
    memcpy(page->text + page->used, text, size);
    page->used += size;
}

static void put_name(page *page, mh_log_level level, bool is_user)
{
    static const char *const names[] = {"", "error: ", "warning: ", "info: ", "debug: "};
    static const char ours[] = "manyhands: ";
    if (!is_user)
        put(page, ours, sizeof ours - 1);
    put(page, names[level], strlen(names[level]));
}

// What follows a newline is indented, so that it is seen where an entry begins.
static void put_line(page *page, const char *line)
{
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        put(page, line, (size_t)(end - line) + 1);
        put(page, "    ", INDENT);
    }
    put(page, line, strlen(line));
    put(page, "\n", 1);
}

static void to_standard_error(mh_log_level level, bool is_user, const char *line)
{
    static page page; // under lock
    page.used = 0;
    put_name(&page, level, is_user);
    put_line(&page, line);
    if (mhi_log_write_by != NULL && !is_child)
        mhi_log_write_by(2, page.text, page.used);
    else
        mhi_terminal_write(2, page.text, page.used);
}

// Without the lock, which this thread has.
static void aside(const char *line)
{
    static const char name[] = "manyhands: said by a log sink: ";
    mhi_terminal_write(2, name, sizeof name - 1);
    mhi_terminal_write(2, line, strlen(line));
    mhi_terminal_write(2, "\n", 1);
}

// ---- the way of a line --------------------------------------------------------------------------

static void give(mh_log_level level, bool is_user, const char *line)
{
    mhi_mutex_lock(&lock);
    is_within = true;
    if (sink == NULL)
        to_standard_error(level, is_user, line);
    else
        sink(sink_context, level, line);
    is_within = false;
    mhi_mutex_unlock(&lock);
}

void mhi_log_pass_on(mh_log_level level, bool is_user, const char *line)
{
    if (is_within)
        aside(line);
    else if (forward == NULL || !forward(level, is_user, line))
        give(level, is_user, line);
}

void mhi_log_forward_to(mhi_log_forward *new_forward)
{
    forward = new_forward;
}

void mh_log_to(mh_log_sink *new_sink, void *context)
{
    if (is_within) {
        aside("mh_log_to: called by a sink, it does nothing");
        return;
    }
    mhi_mutex_lock(&lock);
    sink = new_sink;
    sink_context = context;
    mhi_mutex_unlock(&lock);
}

// ---- forks --------------------------------------------------------------------------------------

void mhi_log_pause(void)
{
    mhi_mutex_lock(&lock);
}

void mhi_log_resume(void)
{
    mhi_mutex_unlock(&lock);
}

void mhi_log_begin_child(void)
{
    mhi_mutex_init(&lock);
    is_child = true;
    mhi_log_limit_told_to(NULL);
}
