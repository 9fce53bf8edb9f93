// Drawing: what 100 bars cost the program that shows them.
//
// A minute's frames are drawn one after another, on a pseudo-terminal that another process reads, and
// their processor time is set against that minute. So nobody has to wait for it.

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <manyhands/progress.h>

#include "../src/report/screen.h"
#include "benchmarks.h"
#include "measure.h"

enum { BARS = 100, STEPS = 1000, FRAMES = 600, FRAMES_A_SECOND = 10, SIDE = 120 };

static const double aim_percent = 1;

static double processor_seconds(void)
{
    struct timespec used;
    bench_check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0, "no processor clock");
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

// The reader ends when nobody holds the terminal any more.
static int open_terminal(void)
{
    const int keeper = posix_openpt(O_RDWR | O_NOCTTY);
    bench_check(keeper >= 0 && grantpt(keeper) == 0 && unlockpt(keeper) == 0, "no terminal");
    const pid_t reader = fork();
    bench_check(reader >= 0, "no process");
    if (reader == 0) {
        char text[1 << 16];
        while (read(keeper, text, sizeof text) > 0)
            ;
        _exit(0);
    }
    const int terminal = open(ptsname(keeper), O_RDWR | O_NOCTTY);
    const struct winsize size = {.ws_row = SIDE, .ws_col = SIDE};
    bench_check(terminal >= 0 && ioctl(terminal, TIOCSWINSZ, &size) == 0, "no terminal");
    return terminal;
}

static void draw(mhi_sight *bars, uint64_t frame)
{
    for (uint64_t i = 0; i < BARS; i++)
        bars[i].done = (frame * (i + 1) / 7 + i) % (STEPS + 1);
    mhi_screen_look(bars, BARS, true);
}

void bench_drawing(const bench_options *options)
{
    static mhi_sight bars[BARS];
    static char titles[BARS][32];
    const uint64_t frames = bench_amount(options, FRAMES);
    const int terminal = open_terminal();
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("MH_PROGRESS");
    unsetenv("NO_COLOR");
    bench_require(mh_progress_to(MH_PROGRESS_BAR, terminal), "no bars");
    for (uint64_t i = 0; i < BARS; i++) {
        snprintf(titles[i], sizeof titles[i], "bar number %" PRIu64, i);
        bars[i] = (mhi_sight){.key = i + 1,
                              .title = titles[i],
                              .sized = true,
                              .total = STEPS,
                              .opened_ns = (uint64_t)bench_now()};
    }
    draw(bars, 0);
    const double before = processor_seconds();
    for (uint64_t frame = 1; frame <= frames; frame++)
        draw(bars, frame);
    const double seconds = processor_seconds() - before;
    const double minute = (double)frames / FRAMES_A_SECOND;
    bench_print("drawing", seconds / minute * 100, "% of a CPU", "aim", aim_percent);
    mhi_screen_leave();
    close(terminal);
}
