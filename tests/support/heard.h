// Heard: what the library said in its log, kept for a test to look at.
//
// The library's own threads may say something while the test looks, so both hold a lock.
#ifndef TESTS_HEARD_H
#define TESTS_HEARD_H

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <manyhands.h>

static struct heard {
    int lines;
    size_t used;
    char text[1 << 16]; // the lines, each with a newline
} heard;

static pthread_mutex_t heard_lock = PTHREAD_MUTEX_INITIALIZER;

static inline void hear(void *context, mh_log_level level, const char *line)
{
    struct heard *self = context;
    (void)level;
    pthread_mutex_lock(&heard_lock);
    self->lines++;
    size_t room = sizeof self->text - self->used;
    int size = snprintf(self->text + self->used, room, "%s\n", line);
    self->used += (size_t)size < room ? (size_t)size : 0; // what does not fit is dropped
    pthread_mutex_unlock(&heard_lock);
}

static inline void forget_heard(void)
{
    pthread_mutex_lock(&heard_lock);
    heard.lines = 0;
    heard.used = 0;
    heard.text[0] = '\0';
    pthread_mutex_unlock(&heard_lock);
}

// From now on the log is kept here.
static inline void listen_to_log(mh_log_level limit)
{
    forget_heard();
    mh_log_limit(limit);
    mh_log_to(hear, &heard);
}

static inline bool was_heard(const char *words)
{
    pthread_mutex_lock(&heard_lock);
    bool was = strstr(heard.text, words) != NULL;
    pthread_mutex_unlock(&heard_lock);
    return was;
}

static inline int lines_heard(void)
{
    pthread_mutex_lock(&heard_lock);
    int lines = heard.lines;
    pthread_mutex_unlock(&heard_lock);
    return lines;
}

#endif
