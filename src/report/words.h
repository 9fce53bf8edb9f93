// Words: numbers as a person reads them.
//
// Promises: ASCII, at most 47 bytes, the same whatever the locale of the program says about commas.
#ifndef MHI_WORDS_H
#define MHI_WORDS_H

#include "numbers.h"

enum { MHI_WORDS = 48 }; // bytes that hold any of them, with the final 0

void mhi_words_count(char words[MHI_WORDS], uint64_t number);           // 10 000
void mhi_words_rate(char words[MHI_WORDS], double rate);                // 1.2k/s
void mhi_words_time(char words[MHI_WORDS], const mhi_numbers *numbers); // 0:03 left

// How it ended, in one or two words: "failed". Empty where there is nothing to complain about.
const char *mhi_words_complaint(const mhi_numbers *numbers);

#endif
