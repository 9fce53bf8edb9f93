// Text: bytes that grow, for what is put together before it is written.
//
// Promises: memory once asked for is used again; where there is none, what was there stays.
#ifndef MHI_TEXT_H
#define MHI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

// Zeroed, it is empty.
typedef struct mhi_text {
    char *bytes; // no final 0
    size_t size;
    size_t room;
} mhi_text;

// False, and nothing was added: there is no memory.
bool mhi_text_add(mhi_text *text, const char *bytes, size_t size);
bool mhi_text_put(mhi_text *text, const char *string);

// Gives the memory back; it is empty again.
void mhi_text_fini(mhi_text *text);

#endif
