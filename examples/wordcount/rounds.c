// Rounds: see rounds.h.

#include "rounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

#define ROUNDS_LIMIT 10 // for a machine on which workers die without end, whatever they read

static bool complain(const char *what)
{
    fprintf(stderr, "wordcount: %s\n", what);
    return false;
}

// ---- sources: where paths come from

static bool append_file(struct work *work, const char *path)
{
    if (work->count == work->room) {
        size_t room = work->room == 0 ? 1024 : work->room * 2;
        struct file *files = realloc(work->files, room * sizeof *files);
        if (files == NULL)
            return false;
        work->files = files;
        work->room = room;
    }
    struct file *file = &work->files[work->count];
    *file = (struct file){.state = FILE_WAITING, .path = strdup(path)};
    if (file->path == NULL)
        return false;
    work->count++;
    return true;
}

// First round: the walk is asked for one file more. So the work begins at once, however large
// the directories are.
static mh_status next_of_walk(void *context, mh_bytes *item)
{
    struct work *work = context;
    const char *path = walk_next(&work->walk);
    if (path == NULL)
        return work->walk.failed ? MH_SYSTEM : MH_END;
    if (!append_file(work, path))
        return MH_NO_MEMORY;
    *item = mh_bytes_of_text(work->files[work->count - 1].path);
    return MH_OK;
}

// Further rounds.
static mh_status next_again(void *context, mh_bytes *item)
{
    struct work *work = context;
    if (work->again_next == work->again_count)
        return MH_END;
    *item = mh_bytes_of_text(work->files[work->again[work->again_next++]].path);
    return MH_OK;
}

static mh_source round_source(struct work *work)
{
    if (work->again == NULL)
        return mh_source_of(next_of_walk, work);
    return mh_source_sized(next_again, work, work->again_count);
}

// ---- results: what becomes of each file

static bool fail_file(struct file *file, const char *reason)
{
    file->state = FILE_FAILED;
    file->reason = strdup(reason);
    return file->reason != NULL;
}

static bool crash_file(struct file *file, const mh_result *result)
{
    char reason[200];
    if (result->signal != 0)
        snprintf(reason, sizeof reason, "crashed with signal %d (%s), worker %d, process %d",
                 result->signal, strsignal(result->signal), result->worker, result->pid);
    else
        snprintf(reason, sizeof reason, "crashed with exit code %d, worker %d, process %d",
                 result->exit_code, result->worker, result->pid);
    return fail_file(file, reason);
}

static bool note_result(struct work *work, const mh_result *result)
{
    size_t number = work->again == NULL ? result->index : work->again[result->index];
    struct file *file = &work->files[number];
    if (result->outcome == MH_CRASHED)
        return crash_file(file, result);
    if (result->outcome != MH_DONE)
        return fail_file(file, result->message);
    struct answer answer = mh_result_as(struct answer, *result);
    file->state = FILE_READ;
    file->counts = answer.counts;
    file->mark = answer.mark;
    return true;
}

// A table came back: its words are added, and the files they are from are safe.
static bool take_table(struct work *work, const mh_result *last)
{
    if (last->outcome != MH_DONE || last->size == 0)
        return true; // without its table, the worker's files will be read again
    const uint64_t *mark = last->data;
    if (!words_merge(&work->words, mark + 1, last->size - sizeof *mark))
        return false;
    for (size_t i = 0; i < work->count; i++)
        if (work->files[i].state == FILE_READ && work->files[i].mark == *mark)
            work->files[i].state = FILE_SAFE;
    return true;
}

// ---- one round: a pool, a map over the files, then the tables of the workers

static mh_pool *open_pool(const struct plan *plan)
{
    mh_bytes *arguments = calloc((size_t)plan->workers, sizeof *arguments);
    if (arguments == NULL)
        return NULL;
    for (int worker = 0; worker < plan->workers; worker++)
        arguments[worker] = mh_bytes_of_text(plan->crash_name);
    mh_pool_options options = {.kind = plan->kind,
                               .workers = plan->workers,
                               .routine = &reader_routine,
                               .arguments = arguments};
    mh_pool *pool;
    mh_status status = mh_pool_open(&pool, &options);
    free(arguments);
    return status == MH_OK ? pool : NULL;
}

static bool read_files(struct work *work, mh_pool *pool)
{
    mh_map_options options = {.unordered = work->plan->unordered, .window = work->plan->window};
    if (work->plan->progress)
        options.progress = work->again == NULL ? "wordcount" : "wordcount, again";
    mh_source source = round_source(work);
    mh_map *map;
    mh_status status = mh_map_open(&map, pool, NULL, &source, &options);
    if (status != MH_OK)
        return complain(mh_status_text(status));
    mh_result result;
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK)
        if (!note_result(work, &result)) {
            status = MH_NO_MEMORY;
            break;
        }
    mh_map_close(map);
    return status == MH_END || complain(mh_status_text(status));
}

static bool collect_tables(struct work *work, mh_pool *pool)
{
    mh_status status;
    mh_result last;
    while ((status = mh_pool_next(pool, &last, MH_FOREVER)) == MH_OK)
        if (!take_table(work, &last))
            return complain("no memory for the words");
    return status == MH_END || complain(mh_status_text(status));
}

static bool run_round(struct work *work)
{
    mh_pool *pool = open_pool(work->plan);
    if (pool == NULL)
        return complain("the workers could not be started");
    bool worked = read_files(work, pool) && collect_tables(work, pool);
    mh_pool_close(pool);
    return worked;
}

// ---- all rounds

// Makes the list of the next round: what was read, but has lost its words.
static bool list_again(struct work *work)
{
    size_t *again = realloc(work->again, (work->count + 1) * sizeof *again);
    if (again == NULL)
        return complain("no memory for a further round");
    work->again = again;
    work->again_count = work->again_next = 0;
    for (size_t i = 0; i < work->count; i++)
        if (work->files[i].state == FILE_READ) {
            work->files[i].state = FILE_WAITING;
            again[work->again_count++] = i;
        }
    return true;
}

static bool give_up(struct work *work)
{
    for (size_t i = 0; i < work->again_count; i++)
        if (!fail_file(&work->files[work->again[i]], "its words were lost again and again"))
            return complain("no memory");
    return true;
}

bool work_run(struct work *work, const struct plan *plan)
{
    *work = (struct work){.plan = plan};
    if (!words_init(&work->words) || !walk_open(&work->walk, plan->roots))
        return complain("no memory");
    for (int round = 0; round < ROUNDS_LIMIT; round++) {
        if (!run_round(work) || !list_again(work))
            return false;
        if (work->again_count == 0)
            return true;
    }
    return give_up(work);
}

void work_fini(struct work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        free(work->files[i].path);
        free(work->files[i].reason);
    }
    free(work->files);
    free(work->again);
    words_fini(&work->words);
    walk_close(&work->walk);
}
