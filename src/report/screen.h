// Screen: the one owner of the terminal, where all open bars are drawn.
//
// Promises: all bars of a descriptor are drawn together, in one write, at most ten times a
// second; the running ones stay at the bottom and an ended one is left above them; what is not
// drawn as a bar is told in lines, at growing intervals. What the program itself writes
// meanwhile is not its matter, and may tear a bar until the next frame.
//
// Bars are used through report.h; this is for tests, which bring a screen and a clock of their
// own.
#ifndef MHI_SCREEN_H
#define MHI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mhi_screen_target {
    void (*write)(int fd, const char *text, size_t size);
    int (*width)(int fd); // columns; 0 when not known
    bool (*is_terminal)(int fd);
    uint64_t (*clock_ns)(void);
    int (*second_of_day)(void); // local time
} mhi_screen_target;

// Only while no bar is open. NULL: the real one. The target is not copied.
void mhi_screen_on(const mhi_screen_target *target);

#endif
