// Life: a pipe that ends when the last process that belongs to a family is gone.
//
// The family inherits its write end, through fork and exec; the test keeps only the other one. Reading
// there blocks while anybody lives, so no test has to look again and again who is left.
#ifndef TESTS_LIFE_H
#define TESTS_LIFE_H

#include <check.h>
#include <fcntl.h>
#include <unistd.h>

enum { LIFE_FD = 230 };

// Returns the end to read from. The write end is open here, until leave_family.
static inline int begin_family(void)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(dup2(ends[1], LIFE_FD), LIFE_FD); // without close-on-exec
    close(ends[1]);
    return ends[0];
}

static inline void leave_family(void)
{
    close(LIFE_FD);
}

static inline void wait_until_all_are_gone(int life)
{
    char byte;
    ck_assert_int_eq(read(life, &byte, 1), 0);
    close(life);
}

#endif
