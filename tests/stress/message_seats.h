// Message seats: channels on a pool, and who sits at them: tasks, and threads of the program.
//
// Tasks that die, or are stopped, are submitted again until their page is full, or their
// channel has come to its end. A channel is ended by whoever finds that its last writer is
// through. In the program, a channel has also come to an end while no task is at its other end;
// so in some passes each has a task that never begins, and then that must not happen.
#ifndef MESSAGE_SEATS_H
#define MESSAGE_SEATS_H

#include <pthread.h>

#include "message_hands.h"

// At each channel, of either side, there are at most two tasks and two threads.
enum { MOST_EACH = 2, MOST_TASKS = 2 * CHANNELS * MOST_EACH, MOST_THREADS = MOST_TASKS };

typedef struct post {
    mh_channel *channel;
    mh_task *anchor;          // never begins
    _Atomic uint32_t writers; // that are not through
    _Atomic bool is_ending, is_over;
} post;

typedef struct pass pass;

typedef struct seat {
    pass *of;
    job job;
    bool writes;
    bool was_asked; // to stop, or killed
    mh_task *task;
    pthread_t thread;
} seat;

struct pass {
    // of the round
    mh_pool *pool; // NULL: it was closed under way
    mh_kind kind;
    uint32_t workers; // tasks at a time, or some would wait for others to end
    uint64_t crashes, doubtful;
    // of this pass
    uint64_t seed;
    bool is_anchored, may_be_cut, may_be_closed;
    uint32_t channels;
    post post[CHANNELS];
    mh_limiter *none; // all its permits are taken
    mh_completions *ended;
    uint32_t tasks, threads;
    seat task[MOST_TASKS];
    seat thread[MOST_THREADS];
};

// ---- channels -----------------------------------------------------------------------------------

static void end_channel(post *at)
{
    atomic_store(&at->is_ending, true);
    if (mh_channel_end(at->channel) != MH_OK)
        blame_all("channels cannot be ended", 1, 1);
}

static void note_writer_through(post *at)
{
    if (atomic_fetch_sub(&at->writers, 1) > 1)
        return;
    end_channel(at);
    atomic_store(&at->is_over, true);
}

static void open_channel(pass *now, post *at)
{
    static const int capacities[] = {1, 2, 3, 8, 64, 64, 700};
    mh_context both = {.cancel = NULL};
    int capacity = capacities[chance(&now->seed, 7)];
    *at = (post){.channel = NULL};
    if (mh_channel_open(&at->channel, now->pool, capacity) != MH_OK)
        exit(2);
    both.input = both.output = at->channel;
    mh_task_options options = {.channels = both, .limiter = now->none};
    if (now->is_anchored && mh_submit(now->pool, &reader_routine, (mh_bytes){NULL, 0}, &options,
                                      &at->anchor) != MH_OK)
        blame_all("anchors cannot be submitted", 1, 1);
}

// All who used it are through, and the messages as well.
static void close_channel(post *at)
{
    char byte = 0;
    if (mh_channel_count(at->channel) != 0 ||
        mh_channel_receive(at->channel, &byte, 1, NULL, MH_FOREVER) != MH_END)
        blame_all("messages were left", mh_channel_count(at->channel), 0);
    if (mh_channel_send(at->channel, MH_BYTES_OF(byte), MH_FOREVER) != MH_CLOSED)
        blame_all("message could be sent after the end", 1, 1);
    if (at->anchor != NULL && mh_task_cancel(at->anchor) == MH_BUSY)
        blame_all("anchor began", 1, 1);
    mh_task_drop(at->anchor);
    if (mh_channel_close(at->channel) != MH_OK)
        blame_all("channel cannot be closed", 1, 1);
}

// ---- tasks --------------------------------------------------------------------------------------

static void submit_seat(pass *now, seat *one)
{
    mh_channel *channel = now->post[one->job.channel].channel;
    mh_task_options options = {.context = one};
    *(one->writes ? &options.channels.output : &options.channels.input) = channel;
    one->job.seed = mixed(++now->seed);
    one->was_asked = false;
    if (!one->writes)
        one->job.reader = new_reader(one->job.channel, one_in(&now->seed, 3));
    if (mh_submit(now->pool, one->writes ? &writer_routine : &reader_routine,
                  MH_BYTES_OF(one->job), &options, &one->task) != MH_OK ||
        mh_completions_add(now->ended, one->task) != MH_OK)
        exit(2);
}

static void check_outcome(pass *now, const seat *one, const mh_result *result)
{
    now->crashes += result->outcome == MH_CRASHED;
    if (result->outcome == MH_CRASHED && now->kind == MH_THREADS)
        blame_all(result->message, one->job.page, one->job.reader);
    if (result->outcome == MH_FAILED || result->outcome == MH_TIMED_OUT ||
        (result->outcome == MH_CANCELLED && !one->was_asked && !now->may_be_closed))
        blame_all(result->message, one->job.page, one->job.reader);
}

// Whether there is nothing more to do for it.
static bool is_through(const seat *one)
{
    page *of = &book->page[one->job.page];
    if (!one->writes)
        return atomic_load(&book->reader[one->job.reader].saw_end);
    return atomic_load(&of->is_closed) || atomic_load(&of->next) == of->count;
}

static void note_end_of_task(pass *now, seat *one)
{
    mh_result result;
    if (mh_task_result(one->task, &result) != MH_OK)
        exit(2);
    check_outcome(now, one, &result);
    if (result.outcome != MH_DONE && one->writes)
        note_dead_writer(&book->page[one->job.page]);
    if (result.outcome != MH_DONE && !one->writes)
        atomic_store(&book->reader[one->job.reader].broke_off, true);
    mh_task_drop(one->task);
    one->task = NULL;
    if (now->pool != NULL && !is_through(one)) {
        submit_seat(now, one);
    } else if (one->writes) {
        if (now->pool == NULL)
            atomic_store(&book->page[one->job.page].is_closed, true);
        note_writer_through(&now->post[one->job.channel]);
    }
}

// ---- threads ------------------------------------------------------------------------------------

static void *write_in_thread(void *argument)
{
    seat *one = argument;
    post *at = &one->of->post[one->job.channel];
    while (fill_page(at->channel, &one->job) == MH_END)
        sched_yield(); // until there is a task again that reads
    note_writer_through(at);
    return NULL;
}

static void *read_in_thread(void *argument)
{
    seat *one = argument;
    post *at = &one->of->post[one->job.channel];
    bool is_over;
    do {
        is_over = atomic_load(&at->is_over);
        if (read_all(at->channel, &one->job) == MH_END && !one->job.may_end &&
            !atomic_load(&at->is_ending))
            blame_all("is the reader that saw an end too early", one->job.reader, 0);
        if (!is_over)
            sched_yield(); // until there is a task again that writes
    } while (!is_over);
    return NULL;
}

static void start_thread(seat *one)
{
    if (pthread_create(&one->thread, NULL, one->writes ? write_in_thread : read_in_thread,
                       one) != 0)
        exit(2);
}

#endif
