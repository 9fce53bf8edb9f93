// Channel model: two channels that random calls are made on, and beside each a plain list of
// what must lie in it.
#ifndef CHANNEL_MODEL_H
#define CHANNEL_MODEL_H

#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

#include "choices.h"
#include "driver.h" // a main function, too

enum { MOST_MESSAGES = 80, MOST_CAPACITY = 70, LIMIT = 20000 };

typedef struct letter {
    uint32_t number;
    uint32_t turn; // the same for those that come in any order
} letter;

typedef struct model {
    mh_channel *channel;
    size_t capacity, waiting, held;
    bool is_ended;
    bool had_writers, had_readers;     // tasks, all of which have ended
    letter letter[MOST_MESSAGES];      // that wait
    mh_message message[MOST_MESSAGES]; // that are held
    uint32_t held_number[MOST_MESSAGES];
} model;

static model both[2];
static uint32_t next_number, next_turn;
static mh_pool *pool;

// ---- messages -----------------------------------------------------------------------------------

static size_t size_of(uint32_t number)
{
    static const size_t sizes[] = {4, 5, 8, 60, 96, 97, 4096, LIMIT};
    return sizes[number * 2654435761u >> 29];
}

static mh_bytes bytes_of(uint32_t number)
{
    static _Thread_local char bytes[LIMIT];
    memset(bytes, (int)(number & 0xff), sizeof bytes);
    memcpy(bytes, &number, sizeof number);
    return (mh_bytes){bytes, size_of(number)};
}

static uint32_t number_in(const void *data, size_t size)
{
    uint32_t number = 0;
    expect(data != NULL && size >= sizeof number);
    memcpy(&number, data, sizeof number);
    expect(size == size_of(number));
    expect(memcmp(data, bytes_of(number).data, size) == 0);
    return number;
}

static void put(model *at, uint32_t number, uint32_t turn)
{
    at->letter[at->waiting++] = (letter){.number = number, .turn = turn};
}

// Removes that one, which must be among those that may come now.
static void come(model *at, uint32_t number)
{
    size_t i = 0;
    while (i < at->waiting && at->letter[i].number != number)
        i++;
    expect(i < at->waiting && at->letter[i].turn == at->letter[0].turn);
    at->waiting--;
    memmove(&at->letter[i], &at->letter[i + 1], (at->waiting - i) * sizeof *at->letter);
}

static size_t places(const model *at)
{
    return at->capacity - at->waiting - at->held;
}

static mh_status empty_status(const model *at)
{
    return at->is_ended || at->had_writers ? MH_END : MH_TIMEOUT;
}

#endif
