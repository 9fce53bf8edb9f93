// Bar loop: the task that the examples with bars run. It takes some steps of a millisecond, and shows
// on a bar how far it is; it ends early when it is asked to stop.
#ifndef EXAMPLES_BAR_LOOP_H
#define EXAMPLES_BAR_LOOP_H

#include <stdio.h>

#include <manyhands.h>

struct loop {
    int steps;
    char name[32]; // the title of its bar
    char text[16]; // what it returns
};

static mh_status take_steps(mh_call *call, mh_bytes item)
{
    const struct loop *loop = item.data;
    mh_progress *bar = NULL;
    mh_progress_open(&bar, loop->name, (uint64_t)loop->steps);
    for (int i = 0; i < loop->steps; i++, mh_progress_add(bar, 1))
        if (mh_wait_cancelled(call, mh_in_ms(1)) != MH_TIMEOUT)
            return mh_fail(call, i, "asked to stop"); // the library ends the bar, where it is
    mh_progress_close(bar);
    return mh_return(call, loop->text, sizeof loop->text);
}

static const mh_routine bar_loop = {.name = "bar loop", .run = take_steps};

// Makes it the session's next task.
static inline void run_loop(mh_session *session, const char *name, int steps, const char *text)
{
    struct loop loop = {.steps = steps};
    snprintf(loop.name, sizeof loop.name, "%s", name);
    snprintf(loop.text, sizeof loop.text, "%s", text);
    mh_session_run(session, name, &bar_loop, MH_BYTES_OF(loop), NULL, NULL);
}

#endif
