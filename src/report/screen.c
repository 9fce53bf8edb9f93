// Screen: a list of the open bars under one lock, and the two ways to write about them.
//
// A frame begins at the first row of the bars and ends at the end of the last, where the cursor
// rests until the next one, so that the bars never take more rows than they have. An ended bar
// becomes the first row of its last frame, and is not counted as a row after it: it scrolls up
// by itself.
//
// A line that is to appear above running bars would be written the same way as an ended bar;
// the log does not do this yet. So that it can one day, nothing is logged while the lock is
// held.
//
// A forked child forgets the bars: they are its parent's to draw.

#include "screen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"
#include "abandon.h"
#include "bar.h"
#include "look.h"
#include "progress.h"
#include "report.h"

#define SECOND_NS UINT64_C(1000000000)
#define FRAME_NS (SECOND_NS / 10)

enum {
    ROWS = 16, // of bars at once; more would push each other off a small terminal
    USUAL_WIDTH = 80,
    LONGEST_PAUSE = 60, // seconds between two lines
};

struct mhi_bar {
    mhi_bar *next; // under lock
    // fixed after open
    mhi_look look;
    int fd;
    // under lock
    mh_progress_facts facts;
    mhi_progress progress;
    uint64_t told_ns;
    uint64_t due_ns; // not drawn again before
    uint64_t pause;  // seconds to the next line
    bool is_told;
    bool is_shown; // has a row
    // fixed after open
    char title[];
};

static int second_of_day(void);

static const mhi_screen_target real = {mhi_terminal_write, mhi_terminal_width, mhi_terminal_is,
                                       mhi_clock_ns, second_of_day};

static mhi_mutex lock = PTHREAD_MUTEX_INITIALIZER;
static const mhi_screen_target *target = &real;         // under lock
static mhi_bar *bars;                                   // under lock; oldest first
static mh_progress_mode wanted_mode = MH_PROGRESS_AUTO; // under lock
static int wanted_fd = 2;                               // under lock
static bool is_fork_watched;                            // under lock
static char frame[(ROWS + 2) * MHI_BAR_LINE];           // under lock

static int second_of_day(void)
{
    time_t now = time(NULL);
    struct tm local = {0};
    localtime_r(&now, &local);
    return (local.tm_hour * 60 + local.tm_min) * 60 + local.tm_sec;
}

// ---- the list -------------------------------------------------------------------------------

// Where the list points at this bar, or its end.
static mhi_bar **find(const mhi_bar *bar)
{
    mhi_bar **link = &bars;
    while (*link != NULL && *link != bar)
        link = &(*link)->next;
    return link;
}

static bool is_drawn_on(const mhi_bar *bar, int fd)
{
    return bar->fd == fd && bar->look.mode == MH_PROGRESS_BAR && bar->is_told;
}

static int rows_on(int fd)
{
    int rows = 0;
    for (const mhi_bar *bar = bars; bar != NULL; bar = bar->next)
        rows += is_drawn_on(bar, fd) && bar->is_shown;
    return rows;
}

static void forget_all(void)
{
    mhi_mutex_init(&lock); // whoever held it does not live here
    bars = NULL;
    mhi_screen_rests_on(-1);
}

static int watch_forks(void)
{
    if (is_fork_watched)
        return 0;
    int error = mhi_should_fail() ? ENOMEM : mhi_at_fork(forget_all);
    is_fork_watched = error == 0;
    return error;
}

// ---- drawing --------------------------------------------------------------------------------

static mhi_bar_numbers numbers_of(mhi_bar *bar, uint64_t now_ns)
{
    mhi_bar_numbers numbers = {.facts = bar->facts};
    mh_progress_facts *facts = &numbers.facts;
    facts->title = bar->title;
    facts->elapsed_ns += now_ns - bar->told_ns; // the bar may be drawn because another was told
    mhi_progress_tell(&bar->progress, facts->elapsed_ns, facts->done);
    numbers.rate = facts->ended ? mhi_progress_mean(facts->elapsed_ns, facts->done)
                                : mhi_progress_rate(&bar->progress);
    numbers.left_ns = mhi_progress_left_ns(&bar->progress, facts->total);
    return numbers;
}

static size_t add(size_t size, const char *format, ...) __attribute__((format(printf, 2, 3)));
static size_t add(size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(frame + size, sizeof frame - size, format, arguments);
    va_end(arguments);
    return size + (size_t)more;
}

static size_t add_row(size_t size, mhi_bar *bar, int row, uint64_t now_ns)
{
    char line[MHI_BAR_LINE];
    int width = target->width(bar->fd);
    mhi_bar_numbers numbers = numbers_of(bar, now_ns);
    mhi_bar_draw(line, &numbers, width > 0 ? width : USUAL_WIDTH, bar->look.utf8,
                 bar->look.colour);
    return add(size, "%s%s", row > 0 ? "\033[K\n" : "", line);
}

// Draws all bars of `fd` over the `rows` that are there. `ended`, which may be NULL, is drawn
// first, and is in the list no more.
static void draw_frame(int fd, int rows, mhi_bar *ended, uint64_t now_ns)
{
    size_t size = add(0, "\r");
    if (rows > 1)
        size = add(size, "\033[%dA", rows - 1);
    int row = 0, shown = 0;
    if (ended != NULL)
        size = add_row(size, ended, row++, now_ns);
    for (mhi_bar *bar = bars; bar != NULL; bar = bar->next) {
        if (!is_drawn_on(bar, fd))
            continue;
        bar->due_ns = now_ns + FRAME_NS;
        bar->is_shown = shown < ROWS;
        if (bar->is_shown) {
            size = add_row(size, bar, row++, now_ns);
            shown++;
        }
    }
    size = add(size, "\033[J%s", ended != NULL && shown == 0 ? "\n" : "");
    target->write(fd, frame, size);
    mhi_screen_rests_on(shown > 0 ? fd : -1);
}

static bool is_frame_due(int fd, uint64_t now_ns)
{
    for (const mhi_bar *bar = bars; bar != NULL; bar = bar->next)
        if (is_drawn_on(bar, fd) && now_ns < bar->due_ns)
            return false;
    return true;
}

static void tell_as_bar(mhi_bar *bar, uint64_t now_ns)
{
    int rows = rows_on(bar->fd);
    if (bar->facts.ended) {
        *find(bar) = bar->next;
        draw_frame(bar->fd, rows, bar, now_ns);
    } else if (is_frame_due(bar->fd, now_ns)) {
        draw_frame(bar->fd, rows, NULL, now_ns);
    }
}

static void tell_as_line(mhi_bar *bar, uint64_t now_ns)
{
    if (!bar->facts.ended && now_ns < bar->due_ns)
        return;
    char line[MHI_BAR_LINE];
    mhi_bar_numbers numbers = numbers_of(bar, now_ns);
    size_t size = mhi_bar_say(line, &numbers, target->second_of_day());
    target->write(bar->fd, line, size);
    bar->pause = bar->pause == 0 ? 1 : bar->pause * 2;
    if (bar->pause > LONGEST_PAUSE)
        bar->pause = LONGEST_PAUSE;
    bar->due_ns = now_ns + bar->pause * SECOND_NS;
}

// ---- what the library uses ------------------------------------------------------------------

// The look is chosen without the lock: what is odd about it goes to the log.
static int choose_look(mhi_bar *bar)
{
    mhi_mutex_lock(&lock);
    int error = watch_forks();
    mh_progress_mode mode = wanted_mode;
    bar->fd = wanted_fd;
    bool is_terminal = target->is_terminal(bar->fd);
    mhi_mutex_unlock(&lock);
    bar->look = mhi_look_choose(mode, is_terminal);
    return error;
}

mh_status mhi_bar_open(mhi_bar **bar, const char *title)
{
    size_t size = strlen(title) + 1;
    mhi_bar *fresh = mhi_allocate(1, sizeof *fresh + size);
    if (fresh == NULL)
        return mhi_refuse(MH_NO_MEMORY, "there is no memory for the progress of \"%s\"", title);
    memcpy(fresh->title, title, size);
    int error = choose_look(fresh);
    if (error != 0) {
        mhi_free(fresh);
        return mhi_refuse_errno(error, "the progress of \"%s\" cannot be shown", title);
    }
    mhi_mutex_lock(&lock);
    *find(NULL) = fresh;
    mhi_mutex_unlock(&lock);
    *bar = fresh;
    return MH_OK;
}

void mhi_bar_tell(void *context, const mh_progress_facts *facts)
{
    mhi_bar *bar = context;
    mhi_mutex_lock(&lock);
    uint64_t now_ns = target->clock_ns();
    bool is_ours = *find(bar) != NULL;
    bar->facts = *facts;
    bar->told_ns = now_ns;
    bar->is_told = true;
    if (is_ours && bar->look.mode == MH_PROGRESS_BAR)
        tell_as_bar(bar, now_ns);
    else if (is_ours && bar->look.mode == MH_PROGRESS_LINES)
        tell_as_line(bar, now_ns);
    mhi_mutex_unlock(&lock);
    if (facts->ended)
        mhi_bar_drop(bar);
}

void mhi_bar_drop(mhi_bar *bar)
{
    mhi_mutex_lock(&lock);
    int rows = rows_on(bar->fd);
    mhi_bar **link = find(bar);
    bool is_ours = *link != NULL;
    if (is_ours)
        *link = bar->next;
    if (is_ours && bar->is_shown)
        draw_frame(bar->fd, rows, NULL, target->clock_ns());
    mhi_mutex_unlock(&lock);
    mhi_free(bar);
}

mh_status mh_progress_to(mh_progress_mode mode, int fd)
{
    if ((int)mode < MH_PROGRESS_AUTO || mode > MH_PROGRESS_OFF)
        return mhi_refuse(MH_INVALID, "mh_progress_to: there is no mode %d", (int)mode);
    if (fd < -1 || (fd >= 0 && !mhi_fd_is_open(fd)))
        return mhi_refuse(MH_INVALID, "mh_progress_to: %d is no open descriptor", fd);
    mhi_mutex_lock(&lock);
    wanted_mode = mode;
    wanted_fd = fd == -1 ? 2 : fd;
    mhi_mutex_unlock(&lock);
    return MH_OK;
}

void mhi_screen_on(const mhi_screen_target *new_target)
{
    mhi_mutex_lock(&lock);
    target = new_target != NULL ? new_target : &real;
    mhi_mutex_unlock(&lock);
}
