// Log: whether a line is wanted, and what it says.
//
// Promises: a line that is not wanted is not formatted; nothing is allocated; a line longer than
// the buffer is cut, not lost, and says so; errno stays as it was. Lies this low because every
// room above may have to say why it refused.

#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/platform.h"
#include "fork.h"

// ---- levels -------------------------------------------------------------------------------------

// Relaxed, all three: a limit orders nothing, and may be seen a moment later.
_Atomic(const _Atomic int32_t *) mhi_log_limit_at;
static _Atomic int32_t limit = -1; // -1: ask the environment first
static _Atomic(void (*)(void)) tell;

static mh_log_level limit_from_environment(void)
{
    static const char *const names[] = {"off", "error", "warning", "info", "debug"};
    const char *wanted = getenv("MH_LOG");
    for (int i = 0; wanted != NULL && i < 5; i++)
        if (strcmp(wanted, names[i]) == 0)
            return (mh_log_level)i;
    return MH_LOG_WARNING;
}

// From here on it is noticed when this process forks: the child has none of our locks.
static int32_t first_limit(void)
{
    int32_t none = -1, most = (int32_t)limit_from_environment();
    mhi_fork_generation();
    return atomic_compare_exchange_strong(&limit, &none, most) ? most : none;
}

// What was seen there is kept, for a child may not have that memory.
static int32_t limit_there(const _Atomic int32_t *there)
{
    int32_t most = atomic_load_explicit(there, memory_order_relaxed);
    if (most != atomic_load_explicit(&limit, memory_order_relaxed))
        atomic_store_explicit(&limit, most, memory_order_relaxed);
    return most;
}

int32_t mhi_log_limit_now(void)
{
    const _Atomic int32_t *there = atomic_load_explicit(&mhi_log_limit_at,
                                                        memory_order_relaxed);
    if (there != NULL)
        return limit_there(there);
    int32_t most = atomic_load_explicit(&limit, memory_order_relaxed);
    return most >= 0 ? most : first_limit();
}

static bool is_wanted(mh_log_level level)
{
    return (int32_t)level <= mhi_log_limit_now();
}

void mhi_log_limit_told_to(const _Atomic int32_t *new_limit)
{
    atomic_store_explicit(&mhi_log_limit_at, new_limit, memory_order_relaxed);
}

void mhi_log_limit_tell_by(void (*new_tell)(void))
{
    atomic_store(&tell, new_tell);
}

static bool is_level(mh_log_level level)
{
    return level >= MH_LOG_ERROR && level <= MH_LOG_DEBUG;
}

void mh_log_limit(mh_log_level new_limit)
{
    if (new_limit != MH_LOG_OFF && !is_level(new_limit)) {
        mhi_log(MH_LOG_WARNING, "mh_log_limit: there is no level %d", (int)new_limit);
        return;
    }
    mhi_fork_generation();
    atomic_store(&limit, (int32_t)new_limit);
    mhi_log_limit_told_to(NULL);
    void (*told)(void) = atomic_load(&tell);
    if (told != NULL)
        told();
}

// ---- words --------------------------------------------------------------------------------------

// The end of a line that is too long gives way to words that say so, and no character is halved.
static void mark_cut(char text[MHI_LOG_MOST + 1], int size)
{
    char mark[48];
    int room = snprintf(mark, sizeof mark, " ... (cut: it has %d bytes)", size);
    int at = MHI_LOG_MOST - room;
    while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    memcpy(text + at, mark, (size_t)room + 1);
}

static void end_without_newline(char *text)
{
    size_t size = strlen(text);
    if (size > 0 && text[size - 1] == '\n')
        text[size - 1] = '\0';
}

static void say(mh_log_level level, bool is_user, const char *format, va_list arguments)
{
    char text[MHI_LOG_MOST + 1];
    int size = vsnprintf(text, sizeof text, format, arguments);
    if (size < 0)
        snprintf(text, sizeof text, "(this cannot be formatted) %.1000s", format);
    else if (size > MHI_LOG_MOST)
        mark_cut(text, size);
    end_without_newline(text);
    mhi_log_pass_on(level, is_user, text);
}

static void say_if_wanted(mh_log_level level, const char *format, va_list arguments)
{
    int before = errno;
    if (level != MH_LOG_OFF && is_wanted(level))
        say(level, false, format, arguments);
    errno = before;
}

void mhi_log(mh_log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_if_wanted(level, format, arguments);
    va_end(arguments);
}

mh_status mhi_refuse(mh_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_if_wanted(MH_LOG_WARNING, format, arguments);
    va_end(arguments);
    return status;
}

mh_status mhi_refuse_errno(int error, const char *format, ...)
{
    char what[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    mhi_log(MH_LOG_WARNING, "%s: %s", what, mhi_error_text(error));
    return error == ENOMEM || error == ENOSPC ? MH_NO_MEMORY : MH_SYSTEM;
}

// ---- the user's ---------------------------------------------------------------------------------

// What makes no sense is said as well as can be: nobody looks at what a log call returns.
static void say_users(mh_log_level level, const char *format, va_list arguments)
{
    int before = errno;
    if (!is_level(level))
        mhi_log(MH_LOG_WARNING, "mh_log: there is no level %d", (int)level);
    else if (format == NULL)
        mhi_log(MH_LOG_WARNING, "mh_log: the format is NULL");
    else
        say(level, true, format, arguments);
    errno = before;
}

static bool is_users_wanted(mh_log_level level)
{
    return is_wanted(level) || !is_level(level);
}

void mh_log_v(mh_log_level level, const char *format, va_list arguments)
{
    if (is_users_wanted(level))
        say_users(level, format, arguments);
}

void mh_log(mh_log_level level, const char *format, ...)
{
    if (!is_users_wanted(level))
        return;
    va_list arguments;
    va_start(arguments, format);
    say_users(level, format, arguments);
    va_end(arguments);
}
