// Words: see words.h. Slots name places, not addresses, so the memory may move as it grows.

#include "words.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 4096
#define FIRST_ROOM (FIRST_SLOTS * 3) // elements; a word takes five, and half of the slots

static uint32_t upper_half(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static struct word *word_at(const struct words *words, size_t place)
{
    return (struct word *)&words->memory[place];
}

// In elements of the memory, rounded up.
static size_t size_of_word(size_t length)
{
    return (offsetof(struct word, text) + length + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

bool words_init(struct words *words)
{
    *words = (struct words){.slot_count = FIRST_SLOTS, .size = 1, .room = FIRST_ROOM};
    words->slots = calloc(FIRST_SLOTS, sizeof *words->slots);
    words->memory = calloc(FIRST_ROOM, sizeof *words->memory);
    return words->slots != NULL && words->memory != NULL;
}

void words_fini(struct words *words)
{
    free(words->slots);
    free(words->memory);
}

static bool is_text(const struct word *word, const char *text, size_t length)
{
    return word->length == length && memcmp(word->text, text, length) == 0;
}

// The word of this text; NULL when it was not met before. The search ends, for the slots are
// never full.
static struct word *find(const struct words *words, const char *text, size_t length,
                         uint64_t hash)
{
    size_t mask = words->slot_count - 1;
    for (size_t i = hash & mask; words->slots[i].place != 0; i = (i + 1) & mask) {
        if (words->slots[i].hash != upper_half(hash))
            continue;
        struct word *word = word_at(words, words->slots[i].place);
        if (is_text(word, text, length))
            return word;
    }
    return NULL;
}

// Gives a word that is not in the slots yet its place there.
static void put(struct words *words, size_t place)
{
    uint64_t hash = word_at(words, place)->hash;
    size_t mask = words->slot_count - 1;
    size_t i = hash & mask;
    while (words->slots[i].place != 0)
        i = (i + 1) & mask;
    words->slots[i] = (struct slot){.hash = upper_half(hash), .place = (uint32_t)place};
}

static bool double_slots(struct words *words)
{
    struct slot *slots = calloc(words->slot_count * 2, sizeof *slots);
    if (slots == NULL)
        return false;
    free(words->slots);
    words->slots = slots;
    words->slot_count *= 2;
    const struct word *word = NULL;
    while ((word = words_next(words, word)) != NULL)
        put(words, (size_t)((const uint64_t *)word - words->memory));
    return true;
}

static bool double_memory(struct words *words)
{
    if (words->room * 2 > UINT32_MAX)
        return false; // places have 32 bits
    uint64_t *memory = realloc(words->memory, words->room * 2 * sizeof *memory);
    if (memory == NULL)
        return false;
    words->memory = memory;
    words->room *= 2;
    return true;
}

// Makes sure that one more word fits. Half of the slots stay empty, so searches are short.
static bool make_room(struct words *words)
{
    if (words->size + size_of_word(WORD_MAX) > words->room && !double_memory(words))
        return false;
    return words->count * 2 < words->slot_count || double_slots(words);
}

// A new word, met zero times so far. NULL: no memory.
static struct word *append(struct words *words, const char *text, size_t length, uint64_t hash)
{
    if (!make_room(words))
        return NULL;
    struct word *word = word_at(words, words->size);
    *word = (struct word){.hash = hash, .length = (uint32_t)length};
    memcpy(word->text, text, length);
    put(words, words->size);
    words->size += size_of_word(length);
    words->count++;
    return word;
}

static struct word *find_or_append(struct words *words, const char *text, size_t length,
                                   uint64_t hash)
{
    struct word *word = find(words, text, length, hash);
    return word != NULL ? word : append(words, text, length, hash);
}

bool words_note(struct words *words, const char *text, size_t length, uint64_t hash)
{
    struct word *word = find_or_append(words, text, length, hash);
    if (word == NULL)
        return false;
    if (word->noted++ == 0) {
        word->next = words->noted;
        words->noted = (uint32_t)((uint64_t *)word - words->memory);
    }
    return true;
}

static void end_file(struct words *words, bool keep)
{
    while (words->noted != 0) {
        struct word *word = word_at(words, words->noted);
        words->noted = word->next;
        if (keep)
            word->count += word->noted;
        word->noted = 0;
    }
}

void words_keep(struct words *words)
{
    end_file(words, true);
}

void words_drop(struct words *words)
{
    end_file(words, false);
}

const struct word *words_next(const struct words *words, const struct word *word)
{
    size_t place = 1;
    if (word != NULL)
        place = (size_t)((const uint64_t *)word - words->memory) + size_of_word(word->length);
    return place < words->size ? word_at(words, place) : NULL;
}

size_t words_bytes(const struct words *words)
{
    return words->size * sizeof *words->memory;
}

bool words_merge(struct words *words, const void *memory, size_t size)
{
    const struct words others = {.memory = (uint64_t *)memory, .size = size / sizeof(uint64_t)};
    const struct word *other = NULL;
    while ((other = words_next(&others, other)) != NULL) {
        if (other->count == 0)
            continue; // only in files that were dropped
        struct word *word = find_or_append(words, other->text, other->length, other->hash);
        if (word == NULL)
            return false;
        word->count += other->count;
    }
    return true;
}
