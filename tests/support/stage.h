// Stage: where a test and routines in other threads and processes meet.
//
// It is a page of shared memory and a few pipes at fixed descriptor numbers. Those go through fork and
// through exec alike, so a routine finds them wherever it runs, with nothing in its item. Setting the
// stage again makes all of it new; a pool opened before does not see that.
#ifndef TESTS_STAGE_H
#define TESTS_STAGE_H

#include <check.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STAGE_FD = 200, GATE_FD = 201, GATES = 4, STAGE_PLACES = 128 };

typedef struct stage {
    _Atomic int count[STAGE_PLACES];
    _Atomic int pid[STAGE_PLACES];
} stage;

static stage *stage_here; // in this process

// The stage, for tests and routines.
static inline stage *on_stage(void)
{
    if (stage_here == NULL)
        stage_here = mmap(NULL, sizeof *stage_here, PROT_READ | PROT_WRITE, MAP_SHARED,
                          STAGE_FD, 0);
    return stage_here;
}

static inline void move_fd(int from, int to)
{
    ck_assert_int_eq(dup2(from, to), to); // without close-on-exec
    ck_assert_int_eq(close(from), 0);
}

static inline void set_gate(int gate)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    move_fd(ends[0], GATE_FD + 2 * gate);
    move_fd(ends[1], GATE_FD + 2 * gate + 1);
}

static inline void set_stage(void)
{
    int file = memfd_create("stage", 0);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, sizeof(stage)), 0);
    move_fd(file, STAGE_FD);
    stage_here = NULL;
    ck_assert_ptr_ne(on_stage(), MAP_FAILED);
    for (int gate = 0; gate < GATES; gate++)
        set_gate(gate);
}

// A gate lets through as many as it was opened for, whoever comes first; others wait at it.
static inline void open_gate(int gate, int how_many)
{
    while (how_many-- > 0)
        if (write(GATE_FD + 2 * gate + 1, "g", 1) != 1)
            _exit(99);
}

static inline void pass_gate(int gate)
{
    char byte;
    if (read(GATE_FD + 2 * gate, &byte, 1) != 1)
        _exit(99);
}

// Waits until `all` have called it, and returns how many came before. Once for each gate.
static inline int meet_at_gate(int gate, int place, int all)
{
    int before = atomic_fetch_add(&on_stage()->count[place], 1);
    if (before + 1 == all)
        open_gate(gate, all);
    pass_gate(gate);
    return before;
}

static inline int count_up(int place)
{
    return atomic_fetch_add(&on_stage()->count[place], 1) + 1;
}

static inline int counted(int place)
{
    return atomic_load(&on_stage()->count[place]);
}

#endif
