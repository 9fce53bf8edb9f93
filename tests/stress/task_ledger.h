// Ledger: what became of each number that was given to a task, as routines and callbacks noted
// it.
//
// It lies in shared memory, so that routines write in it wherever they run, and the library is
// not asked about itself. Of each number it must be true in the end that its task was told of
// exactly once, that it ran once if it ended by itself, and never if it was cancelled before.
#ifndef TASK_LEDGER_H
#define TASK_LEDGER_H

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <manyhands.h>

#include "chance.h"
#include "hunter.h"

enum { MOST_NUMBERS = 1 << 16 };

typedef struct entry {
    // by who submits, before
    bool is_alone; // else one of several inputs of a task
    bool keeps_nothing;
    // by who uses the handle
    _Atomic bool is_accepted;  // the submit worked
    _Atomic bool is_cancelled; // a cancel took effect
    _Atomic bool is_killed;    // a kill took effect
    // by the routine
    _Atomic uint8_t begun;
    // by the callback
    _Atomic uint8_t ended;
    _Atomic int outcome;
} entry;

typedef struct ledger {
    bag prey;
    uint64_t salt; // of this round
    _Atomic uint64_t next;
    _Atomic uint64_t violations;
    entry entries[MOST_NUMBERS];
} ledger;

static ledger *book;
static uint64_t first_seed; // to be named with what went wrong

static inline void lay_book(void)
{
    book = mmap(NULL, sizeof *book, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (book == MAP_FAILED) {
        perror("ledger");
        exit(2);
    }
}

static inline void begin_page(uint64_t salt)
{
    atomic_store(&book->prey.killed, 0);
    atomic_store(&book->prey.stopped, 0);
    atomic_store(&book->next, 0);
    memset(book->entries, 0, sizeof book->entries);
    book->salt = salt;
}

static inline uint64_t number_of(const entry *one)
{
    return (uint64_t)(one - book->entries);
}

static inline uint64_t value_of(uint64_t number)
{
    return mixed(number ^ book->salt);
}

static inline void blame(const entry *one, const char *what)
{
    if (atomic_fetch_add(&book->violations, 1) < 20)
        fprintf(stderr, "seed %llu: number %llu %s (begun %d, ended %d, %s%s%s%s%s)\n",
                (unsigned long long)first_seed, (unsigned long long)number_of(one), what,
                atomic_load(&one->begun), atomic_load(&one->ended),
                mh_outcome_text((mh_outcome)atomic_load(&one->outcome)),
                one->is_alone ? ", alone" : "", one->is_cancelled ? ", cancel" : "",
                one->is_killed ? ", kill" : "", one->is_accepted ? "" : ", not accepted");
}

// The first of `count` new entries in a row; NULL when the page is full.
static inline entry *new_entries(uint64_t count)
{
    uint64_t first = atomic_fetch_add(&book->next, count);
    return first + count <= MOST_NUMBERS ? &book->entries[first] : NULL;
}

// ---- what must hold -----------------------------------------------------------------------------

static inline void check_value(const entry *one, const mh_result *result)
{
    uint64_t value = value_of(number_of(one));
    if (result->outcome == MH_DONE &&
        (result->size < sizeof value || memcmp(result->data, &value, sizeof value) != 0))
        blame(one, "has a wrong value");
    for (size_t i = sizeof value; result->outcome == MH_DONE && i < result->size; i++)
        if (((const char *)result->data)[i] != (char)value) {
            blame(one, "has damaged bytes");
            return;
        }
}

static inline void check_death(const entry *one, const mh_result *result)
{
    int signal = result->signal;
    if (signal != SIGKILL && signal != SIGSEGV && signal != SIGTERM)
        blame(one, "crashed by a signal that nobody sent");
    if (result->worker < 0 || result->pid <= 0 || result->pid == getpid())
        blame(one, "crashed, but no process ran it");
}

static inline void note_end_of(entry *one, const mh_result *result)
{
    if (atomic_fetch_add(&one->ended, 1) != 0)
        blame(one, "ended again");
    atomic_store(&one->outcome, (int)result->outcome);
    check_value(one, result);
    if (result->outcome == MH_CRASHED)
        check_death(one, result);
    if (result->outcome == MH_FAILED && result->code != (int)(number_of(one) % 1000))
        blame(one, "failed for another reason");
}

static inline void check_entry(const entry *one)
{
    int begun = atomic_load(&one->begun), outcome = atomic_load(&one->outcome);
    bool ended_itself = outcome == MH_DONE || outcome == MH_FAILED;
    if (atomic_load(&one->ended) != (one->is_accepted ? 1 : 0))
        blame(one, "was not told of once");
    if (!one->is_accepted || atomic_load(&one->ended) == 0)
        return;
    if (begun > 1 || (ended_itself && begun != 1))
        blame(one, "did not run once");
    if (outcome == MH_TIMED_OUT)
        blame(one, "timed out");
    if (outcome == MH_CANCELLED && begun > 0 && one->is_alone && !one->is_killed)
        blame(one, "ran, and was cancelled");
    if (one->is_cancelled && (outcome != MH_CANCELLED || begun > 0))
        blame(one, "was cancelled in time, and ran");
    if (one->is_killed && one->is_alone && outcome != MH_CANCELLED)
        blame(one, "was killed, and is not cancelled");
}

// What a page comes to.
typedef struct page_sum {
    uint64_t of[MH_CANCELLED + 1]; // outcomes
    uint64_t killed;               // of those cancelled
} page_sum;

static inline page_sum check_page(void)
{
    page_sum sum = {.killed = 0};
    uint64_t count = atomic_load(&book->next);
    for (uint64_t i = 0; i < count && i < MOST_NUMBERS; i++) {
        const entry *one = &book->entries[i];
        check_entry(one);
        sum.of[atomic_load(&one->outcome)] += one->is_accepted;
        sum.killed += one->is_killed && atomic_load(&one->begun) > 0;
    }
    if (sum.of[MH_CRASHED] > atomic_load(&book->prey.killed))
        blame(&book->entries[0], "stands for all: there are more crashes than killings");
    return sum;
}

#endif
