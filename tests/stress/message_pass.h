// Message pass: a few channels on a pool, with writers and readers at each, drawn by chance,
// from the first message to the last.
//
// Meanwhile tasks are stopped and killed, and in some passes a channel is ended half-way, or
// the pool closed.
#ifndef MESSAGE_PASS_H
#define MESSAGE_PASS_H

#include "message_check.h"
#include "message_seats.h"

// ---- what happens meanwhile ---------------------------------------------------------------------

// Asks a task to stop, kills it, ends a channel, or closes the pool.
static void meddle(pass *now)
{
    seat *one = &now->task[chance(&now->seed, now->tasks)];
    if (now->may_be_cut && one_in(&now->seed, 20))
        end_channel(&now->post[chance(&now->seed, now->channels)]);
    if (one->task != NULL && one_in(&now->seed, 3)) {
        one->was_asked = true;
        if (one_in(&now->seed, 2))
            mh_task_stop(one->task);
        else
            mh_task_kill(one->task);
    }
    if (!now->may_be_closed || !one_in(&now->seed, 20))
        return;
    for (uint32_t i = 0; i < now->channels; i++)
        end_channel(&now->post[i]);
    mh_pool_close(now->pool);
    now->pool = NULL;
}

static void tend_tasks(pass *now)
{
    mh_task *task;
    for (mh_status status = MH_OK; status != MH_END;) {
        status = mh_completions_next(now->ended, &task,
                                     mh_in_ms((int64_t)chance(&now->seed, 12)));
        if (status == MH_OK)
            note_end_of_task(now, mh_task_context(task));
        else if (status == MH_TIMEOUT && now->pool != NULL)
            meddle(now);
        else if (status != MH_TIMEOUT && status != MH_END)
            exit(2);
    }
}

// ---- from beginning to end ----------------------------------------------------------------------

static void seat_at(pass *now, seat *one, uint32_t channel, bool is_task, bool writes)
{
    *one = (seat){.of = now,
                  .writes = writes,
                  .job = {.seed = mixed(++now->seed),
                          .channel = channel,
                          .is_task = is_task,
                          .may_end = !is_task && !now->is_anchored}};
    if (writes) {
        page *of = &book->page[one->job.page = book->pages++];
        of->channel = channel;
        of->count = 1 + (uint32_t)chance(&now->seed, MOST_LINES);
        atomic_fetch_add(&now->post[channel].writers, 1);
    } else if (!is_task) {
        one->job.reader = new_reader(channel, false);
    }
}

// At least one, be it a task or a thread.
static void seat_side(pass *now, uint32_t channel, bool writes)
{
    uint32_t tasks = (uint32_t)chance(&now->seed, MOST_EACH + 1);
    uint32_t threads = (uint32_t)chance(&now->seed, MOST_EACH + 1);
    threads += threads == 0 && (tasks == 0 || now->tasks == now->workers);
    for (; tasks > 0 && now->tasks < now->workers; tasks--)
        seat_at(now, &now->task[now->tasks++], channel, true, writes);
    while (threads-- > 0)
        seat_at(now, &now->thread[now->threads++], channel, false, writes);
}

static void draw_up_pass(pass *now, uint64_t seed)
{
    now->seed = seed;
    now->is_anchored = one_in(&now->seed, 2);
    now->may_be_cut = one_in(&now->seed, 6);
    now->may_be_closed = one_in(&now->seed, 8);
    now->tasks = now->threads = 0;
    now->channels = 1 + (uint32_t)chance(&now->seed, CHANNELS);
    begin_book(mixed(seed));
    if (mh_limiter_open(&now->none, 1) != MH_OK ||
        mh_limiter_take(now->none, MH_NOW) != MH_OK ||
        mh_completions_open(&now->ended, NULL, 0) != MH_OK)
        exit(2);
    for (uint32_t c = 0; c < now->channels; c++) {
        open_channel(now, &now->post[c]);
        seat_side(now, c, true);
        seat_side(now, c, false);
    }
}

// When the pool was closed, nobody may be left to read.
static void read_the_rest(pass *now)
{
    for (uint32_t c = 0; c < now->channels; c++) {
        seat one;
        seat_at(now, &one, c, false, false);
        read_all(now->post[c].channel, &one.job);
    }
}

static void run_seats(pass *now)
{
    for (uint32_t i = 0; i < now->tasks; i++)
        submit_seat(now, &now->task[i]);
    for (uint32_t i = 0; i < now->threads; i++)
        start_thread(&now->thread[i]);
    tend_tasks(now);
    for (uint32_t i = 0; i < now->threads; i++)
        pthread_join(now->thread[i].thread, NULL);
    if (now->pool == NULL)
        read_the_rest(now);
}

// Returns how many messages were sent.
static uint64_t run_pass(pass *now, uint64_t seed)
{
    alarm(180); // it would never end if somebody waited for ever
    draw_up_pass(now, seed);
    run_seats(now);
    mh_completions_close(now->ended);
    for (uint32_t c = 0; c < now->channels; c++)
        close_channel(&now->post[c]);
    if (mh_limiter_give(now->none) != MH_OK || mh_limiter_close(now->none) != MH_OK)
        blame_all("limiter cannot be closed", 1, 1);
    message_sum sum = check_book();
    now->doubtful += sum.doubtful;
    alarm(0);
    return sum.sent;
}

#endif
