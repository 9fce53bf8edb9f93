// Rounds: reads every file once, and again those whose words were lost with a worker that
// crashed.
//
// Workers here have a state of their own, their table of words, and hand it back when they end.
// When a worker crashes, its table dies with it. The file it was reading is told by the
// library: it comes back as crashed. But the files it had read before, their numbers long
// handed out, have lost their words as well. This is how a program with state in its workers
// stays right nevertheless:
//
//   1. With the numbers of each file comes the mark of the worker that holds its words.
//   2. With each table that comes back comes the mark of the worker that made it.
//   3. A file whose mark came back with a table is safe. All others are read again, by fresh
//      workers, in a further round, until none is left. The file that crashed its worker is not
//      tried again.
//
// It is not asked who crashed, only what arrived. So it also holds for a worker that was killed
// between two files, or while it handed back its table, and it needs no case of its own for any
// of them.
#ifndef WORDCOUNT_ROUNDS_H
#define WORDCOUNT_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands.h>

#include "text.h"
#include "walk.h"
#include "words.h"

struct plan {
    mh_kind kind;
    int workers;
    size_t window; // 0: the library chooses
    bool unordered;
    bool progress;
    const char *crash_name; // "" for none
    char *const *roots;     // a list that ends with NULL
};

struct file {
    enum {
        FILE_WAITING, // to be read, in this round or the next
        FILE_READ,    // its numbers are here, its words still with the worker
        FILE_SAFE,    // its words are here too
        FILE_FAILED,
    } state;
    char *path;
    struct counts counts; // once it was read
    uint64_t mark;        // likewise: who has its words
    char *reason;         // when it failed
};

struct work {
    const struct plan *plan;
    struct walk walk;
    struct file *files; // in the order of the walk
    size_t count, room;
    size_t *again; // the numbers of the files of a further round; NULL in the first
    size_t again_count, again_next;
    struct words words; // of all tables that came back
};

// Reads all files. False: it could not be done, and standard error says why. In any case,
// work_fini is called afterwards.
bool work_run(struct work *work, const struct plan *plan);

void work_fini(struct work *work);

#endif
