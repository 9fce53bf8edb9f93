// Screen: the one owner of the terminal, where all bars are drawn.
//
// Promises: what is on one descriptor is written together, in one write, at most ten times a second;
// the running bars stay at the bottom, in order of opening; an ended one is left above them with its
// last word, and so is every line that is said. Bars never take more rows than the terminal has less
// one. What is not drawn as a bar is told in lines or JSON, at growing intervals. What the program
// itself writes meanwhile is not the screen's matter, and may tear a bar until the next frame.
//
// No thread lives here: whoever has the numbers brings them. Nothing is logged while the screen's lock
// is held, and no other lock is taken, so a log sink may say its lines here. Not for signal handlers.
#ifndef MHI_SCREEN_H
#define MHI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/status.h>

#include "../shared/ending.h"

// One bar, as it stands at one look.
typedef struct mhi_sight {
    uint64_t key;       // the same at each look, never used for another bar
    const char *title;  // UTF-8, may hold anything; borrowed for the call
    uint64_t done;      // counts skipped work too
    uint64_t skipped;   // was done before, so it says nothing about speed
    uint64_t bad;       // items of a map that did not end as done
    uint64_t total;     // may change from look to look
    bool sized;         // whether `total` is known
    uint64_t opened_ns; // mhi_clock_ns
    uint64_t ended_ns;  // the same clock; only when it has ended
    mhi_ending ending;
} mhi_sight;

// Reads the environment (MH_PROGRESS, NO_COLOR, the locale ...) for all bars seen from now on, and sees
// to it that forked children forget the bars: they are their parent's to draw. To be called in a thread
// of the program, which may change its environment, before another thread looks. A first look does it
// where nobody did. MH_NO_MEMORY, MH_SYSTEM: then nothing has changed.
mh_status mhi_screen_prepare(void);

// One look at all bars there are, in order of opening. An ended one is in exactly one look, where it is
// told its last word, in order of `ended_ns`; one that is missing vanishes. Draws if it is time, or
// `now`, or something ended. How a bar looks, and where, is decided when it is first seen. Looks come
// one at a time.
void mhi_screen_look(const mhi_sight *sights, size_t count, bool now);

// Writes whole lines: above the bars, in one write with them, if they are drawn on the terminal (or
// file) that `fd` is; else just writes them. Any thread.
void mhi_screen_say(int fd, const char *text, size_t size);

// Leaves the bars on the terminal as they stand, and the cursor on a fresh line below. A later look
// draws them again, further down. Any thread.
void mhi_screen_leave(void);

// ---- for tests, which bring a screen and a clock of their own -----------------------------------

typedef struct mhi_screen_target {
    void (*write)(int fd, const char *text, size_t size);
    void (*size)(int fd, int *columns, int *rows); // 0 when not known
    bool (*is_terminal)(int fd);
    bool (*is_same)(int fd, int other); // one terminal, or one file
    uint64_t (*clock_ns)(void);
    uint64_t (*wall_ns)(void); // since 1970
} mhi_screen_target;

// Only while there is no bar. NULL: the real one. The target is not copied.
void mhi_screen_on(const mhi_screen_target *target);

#endif
