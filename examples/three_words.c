// Three words: cancel, stop and kill mean three things. Cancel: it shall not begin. Stop: it
// shall end soon, and may still say how far it came. Kill: it ends now, whatever it does.
//
// Shows (FEATURES): N3 cancel queued, ask running to stop, kill running.
//
//     ./three_words      (only processes: a thread cannot be killed)
//
// prints:
//
//     cancel one that runs: something else is still open or running
//     cancel one that is queued: cancelled, ran in no process
//     stop: done, ran in the first process
//     kill: cancelled
//     the next one: done, ran in another process

#include <stdio.h>
#include <unistd.h>

#include <manyhands.h>

#include "bell.h"

// Ends when it is asked to.
static mh_status listen(mh_call *call, mh_bytes item)
{
    (void)item;
    ring_bell();
    return mh_wait_cancelled(call, MH_FOREVER);
}

static mh_status never_end(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    ring_bell();
    while (pause() != 0)
        continue; // it never is 0
    return MH_OK;
}

static const mh_routine listener = {.name = "listen", .run = listen};
static const mh_routine stubborn = {.name = "never end", .run = never_end};

static mh_task *submit(mh_pool *pool, const mh_routine *routine)
{
    mh_task *task = NULL; // every call here refuses this
    mh_submit(pool, routine, (mh_bytes){NULL, 0}, NULL, &task);
    return task;
}

static mh_result print_end(const char *title, mh_task *task)
{
    mh_result result = {.outcome = MH_FAILED};
    mh_task_wait(task, MH_FOREVER);
    mh_task_result(task, &result);
    printf("%s: %s", title, mh_outcome_text(result.outcome));
    return result;
}

static void say_three_words(mh_pool *pool)
{
    mh_task *first = submit(pool, &listener), *queued = submit(pool, &listener);
    wait_for_bell(1);
    printf("cancel one that runs: %s\n", mh_status_text(mh_task_cancel(first)));
    mh_task_cancel(queued);
    mh_result result = print_end("cancel one that is queued", queued);
    printf(", ran in %s process\n", result.pid == 0 ? "no" : "a");

    mh_task_stop(first);
    int first_pid = print_end("stop", first).pid;
    printf(", ran in the first process\n");

    mh_task *killed = submit(pool, &stubborn), *next = submit(pool, &listener);
    wait_for_bell(1);
    mh_task_kill(killed);
    print_end("kill", killed);

    wait_for_bell(1);
    mh_task_stop(next);
    result = print_end("\nthe next one", next);
    printf(", ran in %s process\n", result.pid == first_pid ? "the same" : "another");

    mh_task *const tasks[] = {first, queued, killed, next};
    for (int i = 0; i < 4; i++)
        mh_task_drop(tasks[i]);
}

int main(void)
{
    open_bell();
    mh_pool_options options = {.kind = MH_PROCESSES, .workers = 1, .start = MH_START_FORK};
    mh_pool *pool;
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    say_three_words(pool);
    mh_pool_close(pool);
    close_bell();
    return 0;
}
