// Log story: numbered lines, and a book that sees whether each came once and in order.
//
// Whoever speaks has a number, and numbers its lines 0, 1, 2 ... The sink notes how far each has
// come. It may block on purpose, at the gate that a test has closed.
#ifndef TESTS_LOG_STORY_H
#define TESTS_LOG_STORY_H

#include <pthread.h>
#include <stdatomic.h>

#include "support/submitted.h"

enum { SPEAKERS = 4096 };

static struct logbook {
    _Atomic int next[SPEAKERS]; // the line that has to come next
    _Atomic int wrong;          // lines that came twice, too early or too late
    _Atomic int lines;          // all
    _Atomic long dropped;       // as the library says
    char other[1 << 14]; // lines that are no numbered ones; under the log's lock, and `reading`
    pthread_mutex_t reading;
} logbook = {.reading = PTHREAD_MUTEX_INITIALIZER};

static inline void note_other(struct logbook *book, const char *line)
{
    pthread_mutex_lock(&book->reading);
    size_t used = strlen(book->other);
    if (used + strlen(line) + 2 < sizeof book->other)
        sprintf(book->other + used, "%s\n", line);
    pthread_mutex_unlock(&book->reading);
}

static inline void note(void *context, mh_log_level level, const char *line)
{
    struct logbook *book = context;
    int speaker, number;
    long count;
    (void)level;
    atomic_fetch_add(&book->lines, 1);
    if (sscanf(line, "speaker %d line %d", &speaker, &number) == 2) {
        if (speaker < 0 || speaker >= SPEAKERS || atomic_load(&book->next[speaker]) != number)
            atomic_fetch_add(&book->wrong, 1);
        else
            atomic_store(&book->next[speaker], number + 1);
        return;
    }
    if (sscanf(line, "%ld lines were dropped", &count) == 1 ||
        sscanf(line, "%ld line was dropped", &count) == 1)
        atomic_fetch_add(&book->dropped, count);
    note_other(book, line);
}

static inline void open_logbook(mh_log_level limit)
{
    for (int i = 0; i < SPEAKERS; i++)
        atomic_store(&logbook.next[i], 0);
    atomic_store(&logbook.wrong, 0);
    atomic_store(&logbook.lines, 0);
    atomic_store(&logbook.dropped, 0);
    logbook.other[0] = '\0';
    mh_log_limit(limit);
    mh_log_to(note, &logbook);
}

static inline int lines_of(int speaker)
{
    return atomic_load(&logbook.next[speaker]);
}

static inline bool was_noted(const char *words)
{
    pthread_mutex_lock(&logbook.reading);
    bool was = strstr(logbook.other, words) != NULL;
    pthread_mutex_unlock(&logbook.reading);
    return was;
}

// Exactly so many lines of this speaker came, and no line was out of order.
static inline void assert_lines(int speaker, int count)
{
    ck_assert_msg(lines_of(speaker) == count, "%d lines of speaker %d, not %d",
                  lines_of(speaker), speaker, count);
    ck_assert_int_eq(atomic_load(&logbook.wrong), 0);
}

static inline void speak(int speaker, int from, int to)
{
    for (int line = from; line < to; line++)
        mh_log(MH_LOG_INFO, "speaker %d line %d", speaker, line);
}

// The item is a number: it speaks as many lines as its place in a row of 7.
static inline int lines_for(int64_t number)
{
    return (int)(number % 7);
}

static inline mh_status speak_by_number(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    speak((int)number, 0, lines_for(number));
    return mh_return(call, &number, sizeof number);
}
static const mh_routine speaking = {.name = "speak", .run = speak_by_number};

#endif
