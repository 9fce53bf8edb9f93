// Bars: what was shown of bars, as lines in a file that only a test reads.
//
// A line is "HH:MM:SS title: words". Between its first word and its last a bar may be told at any time, so only
// those are compared; and of the last one only how far it came and how it ended, not how fast.
#ifndef TESTS_BARS_H
#define TESTS_BARS_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <manyhands.h>

static int bars_file = -1;

// From now on bars are shown there, and nothing is there yet.
static inline void show_bars(void)
{
    unsetenv("MH_PROGRESS");
    bars_file = memfd_create("bars", MFD_CLOEXEC);
    ck_assert_int_ge(bars_file, 0);
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_LINES, bars_file), MH_OK);
}

// The same file, with nothing in it.
static inline void show_bars_again(void)
{
    ck_assert_int_eq(ftruncate(bars_file, 0), 0);
    ck_assert_int_eq(lseek(bars_file, 0, SEEK_SET), 0);
}

// All that was shown so far; valid until the next call.
static inline const char *shown(void)
{
    static char text[1 << 20];
    ssize_t size = pread(bars_file, text, sizeof text - 1, 0);
    ck_assert_int_ge(size, 0);
    text[size] = '\0';
    return text;
}

// The words of the last line about this bar that have these in them; false: there is none.
static inline bool find_line(const char *title, const char *words, char found[256])
{
    bool is_found = false;
    char name[256];
    snprintf(name, sizeof name, " %s: ", title);
    for (const char *at = shown(), *end; *at != '\0'; at = end + (*end != '\0')) {
        char line[512];
        end = strchrnul(at, '\n');
        snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        const char *colon = strstr(line, name);
        if (colon != line + 8 || strstr(colon + strlen(name), words) == NULL)
            continue;
        snprintf(found, 256, "%s", colon + strlen(name));
        is_found = true;
    }
    return is_found;
}

static inline bool was_shown(const char *title, const char *words)
{
    char found[256];
    return find_line(title, words, found);
}

static inline void assert_shown(const char *title, const char *words)
{
    ck_assert_msg(was_shown(title, words), "no \"%s\" of \"%s\" in:\n%s", words, title,
                  shown());
}

// How its last line ends, which must be its last word.
static inline void assert_last_word(const char *title, const char *far, const char *how)
{
    char found[256] = "";
    find_line(title, "", found);
    ck_assert_msg(strncmp(found, far, strlen(far)) == 0 && strstr(found, how) != NULL,
                  "the last of \"%s\" is \"%s\", not \"%s ... %s\", in:\n%s", title, found, far,
                  how, shown());
}

#define AS_IT_SHOULD ", in " // how the last words of bars end
#define LEFT_OPEN "left open after "
#define FAILED "failed after "
#define CRASHED "crashed after "
#define CANCELLED "cancelled after "
#define STOPPED "stopped after " // closed too early

static inline mh_progress *open_bar(const char *title, uint64_t total)
{
    mh_progress *bar = NULL;
    mh_status status = mh_progress_open(&bar, title, total);
    ck_assert_msg(status == MH_OK, "opening a bar: %s", mh_status_text(status));
    ck_assert_ptr_nonnull(bar);
    return bar;
}

#endif
