// Text: counts the lines, words and bytes of one file, piece by piece, in one pass.
//
// For the totals a word is what wc says it is: bytes without white space between them. For the
// table of words it is a run of letters, in lower case. A file is given in pieces, cut
// anywhere.
#ifndef WORDCOUNT_TEXT_H
#define WORDCOUNT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "words.h"

struct counts {
    uint64_t lines, words, bytes;
};

struct text {
    struct counts counts;
    struct words *table;
    bool inside;        // the last byte belonged to a word, as wc sees it
    char run[WORD_MAX]; // the letters that came last, in lower case
    size_t run_length;  // how many there were; more than WORD_MAX are counted, not stored
    uint64_t run_hash;
    bool no_memory; // a word did not fit into the table
};

void text_init(struct text *text, struct words *table);
void text_add(struct text *text, const char *piece, size_t size);
void text_end(struct text *text);

#endif
