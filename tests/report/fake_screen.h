// Fake screen: terminals and files in memory, a clock that stands still, and bars that do what they
// are told, for tests of the screen.
#ifndef TESTS_FAKE_SCREEN_H
#define TESTS_FAKE_SCREEN_H

#include <manyhands/log.h>
#include <manyhands/progress.h>

#include "../../src/base/memory.h"
#include "../../src/report/screen.h"
#include "fake_terminal.h"

#define MS UINT64_C(1000000)

enum { FAKE_FDS = 8, FAKE_BARS = 600, FAKE_RAW = 1 << 16 };

static fake_terminal fake_terminals[FAKE_FDS];
static char fake_raw[FAKE_FDS][FAKE_RAW]; // the beginning of all that was written
static size_t fake_raw_size[FAKE_FDS];
static char fake_last[1 << 15]; // the last write of all
static int fake_writes;
static uint64_t fake_now_ns;
static bool fake_is_terminal = true; // all of them, or none
static int fake_twin = -1;           // is the same terminal as 2

// ---- the target -----------------------------------------------------------------------------

static inline int fake_number(int fd)
{
    return fd == fake_twin ? 2 : fd;
}

static inline void fake_write(int fd, const char *text, size_t size)
{
    fd = fake_number(fd);
    fake_writes++;
    snprintf(fake_last, sizeof fake_last, "%.*s", (int)size, text);
    for (size_t i = 0; i < size && fake_raw_size[fd] < FAKE_RAW - 1; i++)
        fake_raw[fd][fake_raw_size[fd]++] = text[i];
    if (fake_is_terminal)
        fake_terminal_write(&fake_terminals[fd], text, size);
}

static inline void fake_size(int fd, int *columns, int *rows)
{
    *columns = fake_is_terminal ? fake_terminals[fake_number(fd)].columns : 0;
    *rows = fake_is_terminal ? fake_terminals[fake_number(fd)].lines : 0;
}

static inline bool fake_is(int fd)
{
    (void)fd;
    return fake_is_terminal;
}

static inline bool fake_is_same(int fd, int other)
{
    return fake_number(fd) == fake_number(other);
}

static inline uint64_t fake_clock_ns(void)
{
    return fake_now_ns;
}

static inline uint64_t fake_wall_ns(void)
{
    return UINT64_C(1767268800) * 1000 * MS + fake_now_ns; // noon, on 1 January 2026
}

static const mhi_screen_target fake_target = {fake_write,   fake_size,     fake_is,
                                              fake_is_same, fake_clock_ns, fake_wall_ns};

static inline void fake_resize(int columns, int lines)
{
    for (int fd = 0; fd < FAKE_FDS; fd++)
        fake_terminal_resize(&fake_terminals[fd], columns, lines);
}

// ---- bars -----------------------------------------------------------------------------------

static mhi_sight fake_bars[FAKE_BARS]; // each stays where it is
static size_t fake_bar_count;

static inline mhi_sight *fake_open(const char *title, uint64_t total)
{
    ck_assert_uint_lt(fake_bar_count, FAKE_BARS);
    mhi_sight *bar = &fake_bars[fake_bar_count++];
    *bar = (mhi_sight){.key = fake_bar_count,
                       .title = title,
                       .sized = total > 0,
                       .total = total,
                       .opened_ns = fake_now_ns};
    return bar;
}

static inline void fake_end(mhi_sight *bar, mhi_ending ending)
{
    bar->ending = ending;
    bar->ended_ns = fake_now_ns;
}

// Shows the screen all bars, those that have ended for the last time.
static inline void fake_look_now(bool now)
{
    static mhi_sight sights[FAKE_BARS];
    size_t count = 0;
    for (size_t i = 0; i < fake_bar_count; i++) {
        if (fake_bars[i].key == 0)
            continue;
        sights[count++] = fake_bars[i];
        if (fake_bars[i].ending != MHI_RUNS)
            fake_bars[i].key = 0;
    }
    mhi_screen_look(sights, count, now);
    memset(sights, 0xAA, sizeof *sights * count); // whoever kept one sees it
}

static inline void fake_look(uint64_t ms)
{
    fake_now_ns += ms * MS;
    fake_look_now(false);
}

static inline void fake_say(int fd, const char *text)
{
    mhi_screen_say(fd, text, strlen(text));
}

// ---- a story --------------------------------------------------------------------------------

// A person at a good, black and white terminal of 60 columns and 24 rows, in London.
static inline void fake_begin(void)
{
    static const char *const names[] = {"MH_PROGRESS", "CI", "LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    setenv("TZ", "UTC0", 1);
    mh_log_limit(MH_LOG_OFF);
    mhi_fail_after(0);
    mhi_screen_on(&fake_target);
    fake_resize(60, 24);
    ck_assert_int_eq(mhi_screen_prepare(), MH_OK);
}

// To be called again where the environment was changed.
#define fake_prepare() ck_assert_int_eq(mhi_screen_prepare(), MH_OK)

// All that scrolled out of the window, and the window.
#define expect_screen(wanted) \
    ck_assert_str_eq(fake_terminal_rows(&fake_terminals[2], 0), wanted)
#define expect_window(wanted) \
    ck_assert_str_eq(fake_terminal_rows(&fake_terminals[2], fake_terminals[2].top), wanted)
#define expect_raw(wanted) ck_assert_str_eq(fake_raw[2], wanted)

#endif
