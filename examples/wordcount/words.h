// Words: how often each word was met. A hash table with open addressing.
//
// Words arrive file by file. Those of the file at hand are only noted, and count once the file
// is kept: a file that turns out to be broken in its middle is dropped, and leaves no trace.
//
// The words lie one after the other in one piece of memory, and nothing in there is an address:
// so it can be handed to another process as it is.
#ifndef WORDCOUNT_WORDS_H
#define WORDCOUNT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORD_MIN 4  // letters; shorter words are no news
#define WORD_MAX 64 // letters; longer runs are not words but data

// What words_hash_letter starts from, for each word.
#define WORDS_HASH_START ((uint64_t)14695981039346656037u)

struct word {
    uint64_t hash;
    uint64_t count;  // in all files that were kept
    uint32_t noted;  // in the file at hand
    uint32_t next;   // the place of another word of the file at hand; 0: none
    uint32_t length; // in letters
    char text[];     // no final NUL
};

struct slot {
    uint32_t hash;  // the upper half, to tell most strangers without a look at the word
    uint32_t place; // of the word, in the memory of words; 0: the slot is empty
};

struct words {
    struct slot *slots;
    size_t slot_count; // a power of two
    uint64_t *memory;  // of the words; places count in its elements, and the first stays empty
    size_t size, room; // of that, in elements
    size_t count;      // of words
    uint32_t noted;    // the place of the word of the file at hand that came last; 0: none
};

// False: memory ran out.
bool words_init(struct words *words);
void words_fini(struct words *words);

// A word of the file at hand. False: memory ran out, and it is not noted.
bool words_note(struct words *words, const char *text, size_t length, uint64_t hash);

// The end of a file: what was noted counts, or is forgotten.
void words_keep(struct words *words);
void words_drop(struct words *words);

// Adds the words of another table, of which only the memory is there, `size` bytes of it.
// False: memory ran out in the middle.
bool words_merge(struct words *words, const void *memory, size_t size);
size_t words_bytes(const struct words *words);

// Goes through all words: NULL is before the first, and after the last.
const struct word *words_next(const struct words *words, const struct word *word);

// One step of FNV-1a: the hash of a word grows with the word, letter by letter.
static inline uint64_t words_hash_letter(uint64_t hash, char letter)
{
    return (hash ^ (unsigned char)letter) * 1099511628211u;
}

#endif
