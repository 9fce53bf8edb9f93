// Task log: four tasks on three workers say that they are about to finish; the program keeps what is
// said, wherever that was. After the example of mantichora.
//
// Shows (FEATURES): C7 lines from any worker in the program's own sink, each once, and before the
// result of the task that said them; levels.
//
//     ./task_log [threads|processes|serial]
//
// prints, for every kind (the order in which the tasks finished is told on standard error, for it
// differs):
//
//     results: result1 result2 result3 result4
//     INFO: finishing "task1"
//     INFO: finishing "task2"
//     INFO: finishing "task3"
//     INFO: finishing "task4"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

#include "kind.h"

#define TASKS 4

struct job {
    char name[16], text[16];
    int steps;
};

static mh_status work(mh_call *call, mh_bytes item)
{
    const struct job *job = item.data;
    for (int i = 0; i < job->steps; i++)
        if (mh_wait_cancelled(call, mh_in_ms(1)) != MH_TIMEOUT)
            return mh_fail(call, i, "asked to stop");
    mh_log(MH_LOG_INFO, "finishing \"%s\"", job->name);
    return mh_return(call, job->text, sizeof job->text);
}

static const mh_routine task = {.name = "work", .run = work};

// ---- what was said ------------------------------------------------------------------------------

struct notes {
    int count;
    char lines[TASKS][64];
};

// One line at a time, on whatever thread. The library says a few things at this level as well.
static void keep(void *context, mh_log_level level, const char *line)
{
    struct notes *notes = context;
    if (level != MH_LOG_INFO || strncmp(line, "finishing", 9) != 0 || notes->count == TASKS)
        return;
    snprintf(notes->lines[notes->count++], sizeof *notes->lines, "INFO: %s", line);
}

static int by_text(const void *one, const void *other)
{
    return strcmp(one, other);
}

static void print_notes(struct notes *notes)
{
    for (int i = 0; i < notes->count; i++)
        fprintf(stderr, "%s\n", notes->lines[i]);
    qsort(notes->lines, (size_t)notes->count, sizeof *notes->lines, by_text);
    for (int i = 0; i < notes->count; i++)
        printf("%s\n", notes->lines[i]);
}

// ---- the program --------------------------------------------------------------------------------

static void run_four(mh_session *session)
{
    static const int steps[TASKS] = {30, 5, 20, 10};
    for (int i = 0; i < TASKS; i++) {
        struct job job = {.steps = steps[i]};
        snprintf(job.name, sizeof job.name, "task%d", i + 1);
        snprintf(job.text, sizeof job.text, "result%d", i + 1);
        mh_session_run(session, job.name, &task, MH_BYTES_OF(job), NULL, NULL);
    }
    printf("results:");
    mh_result result;
    while (mh_session_next_in_order(session, &result, MH_FOREVER) == MH_OK)
        printf(" %s", result.outcome == MH_DONE ? (const char *)result.data : result.message);
    printf("\n");
}

int main(int argc, char **argv)
{
    struct notes notes = {.count = 0};
    mh_log_limit(MH_LOG_INFO);
    mh_log_to(keep, &notes);
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 3};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        run_four(session);
        mh_session_close(session, MH_FOREVER);
    }
    mh_pool_close(pool);
    mh_log_to(NULL, NULL);
    print_notes(&notes);
    return 0;
}
