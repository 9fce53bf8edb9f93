// Walk: goes through directories, one regular file at a time, in the order of their names. Only
// as much is read from the disk as was asked for. Symbolic links are not followed.
#ifndef WORDCOUNT_WALK_H
#define WORDCOUNT_WALK_H

#include <fts.h>
#include <stdbool.h>

struct walk {
    FTS *fts;
    bool failed; // the walk ended because it could not go on; errno says why
};

// Begins at each of the roots, a list that ends with NULL. False: no memory.
bool walk_open(struct walk *walk, char *const *roots);

// The next file, valid until the next call; NULL at the end. What cannot be looked into, as a
// directory without permission, is given too: whoever opens it will learn the reason.
const char *walk_next(struct walk *walk);

void walk_close(struct walk *walk);

#endif
