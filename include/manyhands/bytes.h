// Bytes: a piece of memory somebody else owns, as an address and a size.
//
// Whoever receives an mh_bytes as an argument may read it until the call returns, and copies what it
// needs for longer. Inside a routine, the bytes of an item start at an address aligned for any type.
//
//     mh_bytes seven = MH_BYTES_OF((long){7});
//     mh_bytes name = mh_bytes_of_text("seven");
#ifndef MANYHANDS_BYTES_H
#define MANYHANDS_BYTES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_bytes {
    const void *data; // may be NULL when size is 0
    size_t size;      // in bytes
} mh_bytes;

// The bytes of a variable, or of a compound literal such as (long){7}.
#define MH_BYTES_OF(value) ((mh_bytes){.data = &(value), .size = sizeof(value)})

// The bytes of a text, including its final NUL, so that the receiver can use it as a text again.
// NULL gives no bytes.
mh_bytes mh_bytes_of_text(const char *text);

#ifdef __cplusplus
}
#endif
#endif
