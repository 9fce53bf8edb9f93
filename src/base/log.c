// Log: formats a line, and gives it to the sink the program chose.
//
// Promises: lines come one at a time; nothing is allocated; a line longer than the buffer is cut, not
// lost. Lies this low because every room above may have to say why it refused.

#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/platform.h"

enum { LINE = 1200 };

static mhi_mutex lock = PTHREAD_MUTEX_INITIALIZER;
static mh_log_sink *sink;      // under lock; NULL: standard error
static void *sink_context;     // under lock
static _Atomic int limit = -1; // -1: ask the environment first

static mh_log_level limit_from_environment(void)
{
    static const char *const names[] = {"off", "error", "warning", "info", "debug"};
    const char *wanted = getenv("MH_LOG");
    for (int i = 0; wanted != NULL && i < 5; i++)
        if (strcmp(wanted, names[i]) == 0)
            return (mh_log_level)i;
    return MH_LOG_WARNING;
}

static bool is_wanted(mh_log_level level)
{
    int most = atomic_load(&limit);
    if (most < 0) {
        most = (int)limit_from_environment();
        atomic_store(&limit, most);
    }
    return (int)level <= most && level != MH_LOG_OFF;
}

static void to_standard_error(mh_log_level level, char *line)
{
    static const char *const names[] = {"", "error", "warning", "info", "debug"};
    char text[LINE + 32];
    int size = snprintf(text, sizeof text, "manyhands: %s: %s\n", names[level], line);
    mhi_terminal_write(2, text, (size_t)size);
}

static void say(mh_log_level level, const char *format, va_list arguments)
{
    if (!is_wanted(level))
        return;
    char line[LINE];
    vsnprintf(line, sizeof line, format, arguments);
    mhi_mutex_lock(&lock);
    if (sink == NULL)
        to_standard_error(level, line);
    else
        sink(sink_context, level, line);
    mhi_mutex_unlock(&lock);
}

void mhi_log(mh_log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(level, format, arguments);
    va_end(arguments);
}

mh_status mhi_refuse(mh_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(MH_LOG_WARNING, format, arguments);
    va_end(arguments);
    return status;
}

mh_status mhi_refuse_errno(int error, const char *format, ...)
{
    char what[LINE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    mhi_log(MH_LOG_WARNING, "%s: %s", what, mhi_error_text(error));
    return error == ENOMEM || error == ENOSPC ? MH_NO_MEMORY : MH_SYSTEM;
}

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
}

void mh_log_to(mh_log_sink *new_sink, void *context)
{
    mhi_mutex_lock(&lock);
    sink = new_sink;
    sink_context = context;
    mhi_mutex_unlock(&lock);
}

void mh_log_limit(mh_log_level new_limit)
{
    if (new_limit >= MH_LOG_OFF && new_limit <= MH_LOG_DEBUG)
        atomic_store(&limit, (int)new_limit);
    else
        mhi_log(MH_LOG_WARNING, "mh_log_limit: there is no level %d", (int)new_limit);
}
