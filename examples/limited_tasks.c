// Limited tasks: calls come back at once and are tasks, but no more than two of them run at a
// time. The others are not started yet, and hold no worker up.
//
// Shows (FEATURES): P14 a limiter where workers wait, not the caller; P12 given to a function;
// P7 the tasks as they complete.
//
//     ./limited_tasks [threads|processes|serial]
//
// prints, for every kind:
//
//     16 calls: completed, never more than 2 at once
//     free permits: 2 of 2

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"
#include "span.h"

#define CALLS 16

// As if it asked somebody far away, whose answer takes a while. Tells from when to when it ran.
static mh_status ask(mh_call *call, mh_bytes question)
{
    (void)question;
    struct span span = {.begin_ns = now_ns()};
    mh_wait_cancelled(call, mh_in_ms(5));
    span.end_ns = now_ns();
    return mh_return(call, &span, sizeof span);
}

static const mh_routine ask_each = {.name = "ask", .run = ask};

static void print_completed(mh_task **tasks)
{
    struct span spans[CALLS];
    int completed = 0;
    mh_completions *completions;
    if (mh_completions_open(&completions, tasks, CALLS) != MH_OK)
        return;
    for (mh_task *task; mh_completions_next(completions, &task, MH_FOREVER) == MH_OK;) {
        mh_result result;
        if (mh_task_result(task, &result) == MH_OK && result.outcome == MH_DONE)
            spans[completed++] = mh_result_as(struct span, result);
    }
    mh_completions_close(completions);
    printf("%d calls: completed, %s than 2 at once\n", completed,
           most_at_once(spans, completed) > 2 ? "more" : "never more");
}

int main(int argc, char **argv)
{
    mh_limiter *two;
    if (mh_limiter_open(&two, 2) != MH_OK)
        return 1;
    mh_function ask_later = MH_FUNCTION(&ask_each, .kind = kind_from(argc, argv),
                                        .task.limiter = two);
    mh_task *tasks[CALLS] = {NULL};
    for (int i = 0; i < CALLS; i++)
        mh_function_call(&ask_later, MH_BYTES_OF(i), &tasks[i]);
    print_completed(tasks);
    for (int i = 0; i < CALLS; i++)
        mh_task_drop(tasks[i]);
    mh_function_close(&ask_later, MH_FOREVER);
    printf("free permits: %d of %d\n", mh_limiter_available(two), mh_limiter_permits(two));
    mh_limiter_close(two);
    return 0;
}
