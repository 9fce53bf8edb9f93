// Driver: a main for fuzz targets, so that they are tests with any compiler.
//
// A target is what libFuzzer calls LLVMFuzzerTestOneInput. With libFuzzer (clang,
// -fsanitize=fuzzer, -DMH_LIBFUZZER) it chooses the inputs; otherwise this main does: the files
// it is given, or as many random inputs as it is told, by seed, printed when one of them stops
// the program.
//
//     target [FILE...]        target --rounds N [--seed S]
#ifndef DRIVER_H
#define DRIVER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#ifndef MH_LIBFUZZER

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 4096, ROUNDS = 3000 };

static inline uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

// Random bytes, with many small numbers among them, as sizes and counts are.
static inline size_t draw_input(uint8_t *bytes, uint64_t seed)
{
    seed = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    size_t size = draw(&seed) % (draw(&seed) % 3 == 0 ? MOST_BYTES : 200);
    uint64_t tame = draw(&seed) % 4;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(draw(&seed) % 4 <= tame ? i % 8 == 0 ? draw(&seed) % 64 : 0
                                                     : draw(&seed));
    return size;
}

static inline int try_random(uint64_t rounds, uint64_t seed)
{
    static uint8_t bytes[MOST_BYTES];
    for (uint64_t round = 0; round < rounds; round++) {
        size_t size = draw_input(bytes, seed + round);
        LLVMFuzzerTestOneInput(bytes, size);
    }
    return 0;
}

static inline int try_file(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 2;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return LLVMFuzzerTestOneInput(bytes, size);
}

int main(int count, char **words)
{
    uint64_t rounds = ROUNDS, seed = 1;
    int status = 0, files = 0;
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--rounds") == 0 && i + 1 < count)
            rounds = strtoull(words[++i], NULL, 0);
        else if (strcmp(words[i], "--seed") == 0 && i + 1 < count)
            seed = strtoull(words[++i], NULL, 0);
        else
            status |= try_file(words[i]), files++;
    }
    return files > 0 ? status : try_random(rounds, seed);
}

#endif

// What must hold; the input that broke it is the one being tried.
#define expect(promise) \
    do { \
        if (!(promise)) { \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #promise); \
            abort(); \
        } \
    } while (0)

#endif
