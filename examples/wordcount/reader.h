// Reader: the routine of the workers. An item is the path of a file, its result an answer.
//
// Each worker has its own buffers, its own inflater and its own table of words, made once by
// setup and kept as long as it lives. The table travels once, at the end, as the worker's last
// result; on the way back from each file there are only a few numbers.
#ifndef WORDCOUNT_READER_H
#define WORDCOUNT_READER_H

#include <stddef.h>
#include <stdint.h>

#include <manyhands.h>

#include "text.h"

// What comes back for each file. The mark tells which worker holds the words of this file: a
// number that setup draws, and that no other worker has, not even one that takes the place of
// this one.
struct answer {
    struct counts counts;
    uint64_t mark;
};

// The last result of a worker is its mark, as a uint64_t, then the memory of its words.

// The argument of setup is a text: a file whose path ends with it crashes its worker, on
// purpose. Empty: none does.
extern const mh_routine reader_routine;

#endif
