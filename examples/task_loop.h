// Task loop: the task that the examples after mantichora run. It takes some steps of a
// millisecond, and then returns a text; or ends early, when it is asked to stop.
#ifndef EXAMPLES_TASK_LOOP_H
#define EXAMPLES_TASK_LOOP_H

#include <stdio.h>

#include <manyhands.h>

struct loop {
    int steps;
    char text[16]; // what it returns
};

static mh_status take_steps(mh_call *call, mh_bytes item)
{
    const struct loop *loop = item.data;
    for (int i = 0; i < loop->steps; i++)
        if (mh_wait_cancelled(call, mh_in_ms(1)) != MH_TIMEOUT)
            return mh_fail(call, i, "asked to stop after %d of %d steps", i, loop->steps);
    return mh_return(call, loop->text, sizeof loop->text);
}

static const mh_routine task_loop = {.name = "task loop", .run = take_steps};

// Makes it the session's next task, and returns its number.
static inline int run_loop(mh_session *session, const char *name, int steps, const char *text)
{
    struct loop loop = {.steps = steps};
    snprintf(loop.text, sizeof loop.text, "%s", text);
    uint64_t number = 0;
    mh_session_run(session, name, &task_loop, MH_BYTES_OF(loop), NULL, &number);
    return (int)number;
}

// What it returned, or why it did not.
static inline const char *text_of(const mh_result *result)
{
    return result->outcome == MH_DONE ? (const char *)result->data : result->message;
}

#endif
