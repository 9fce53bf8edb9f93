// Choices: a fuzz input read as a row of decisions.
#ifndef CHOICES_H
#define CHOICES_H

#include <stdint.h>
#include <string.h>

typedef struct choices {
    const uint8_t *bytes;
    size_t left;
} choices;

// A number of up to 8 bytes; zero when there is no more.
static inline uint64_t choose(choices *from, size_t width)
{
    uint64_t number = 0;
    size_t taken = width < from->left ? width : from->left;
    memcpy(&number, from->bytes, taken);
    from->bytes += taken;
    from->left -= taken;
    return number;
}

// 0 to below - 1.
static inline uint64_t choose_below(choices *from, uint64_t below)
{
    return choose(from, below > 256 ? 2 : 1) % below;
}

#endif
