// Message or stop: a task that waits for whatever comes first: a message, a moment with nothing
// to do, the end of its input, or that it shall stop. While it waits it sleeps, and misses
// nothing. After the task functions of py_multitasking.
//
// Shows (FEATURES): Y6 receiving with a deadline, where "empty" is an answer, and the end of a
// channel, which its readers learn; Y5 a task that waits hears its cancel event, and a stop.
//
//     ./message_or_stop
//
// prints:
//
//     threads: nothing to do; 6 x 7 is 42; ended: no more messages
//     threads: nothing to do; 6 x 7 is 42; ended: its event was set
//     threads: nothing to do; 6 x 7 is 42; ended: it was asked to stop
//     processes: nothing to do; 6 x 7 is 42; ended: no more messages
//     processes: nothing to do; 6 x 7 is 42; ended: its event was set
//     processes: nothing to do; 6 x 7 is 42; ended: it was asked to stop

#include <stdbool.h>
#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

#define LINE 64

struct factors {
    long a, b;
};

// ---- in the worker

static void say_idle(mh_channel *output)
{
    mh_channel_send(output, mh_bytes_of_text("nothing to do"), MH_FOREVER);
}

static void say_product(mh_channel *output, struct factors factors)
{
    char line[LINE];
    snprintf(line, sizeof line, "%ld x %ld is %ld", factors.a, factors.b,
             factors.a * factors.b);
    mh_channel_send(output, mh_bytes_of_text(line), MH_FOREVER);
}

// Returns, as a text, why it has ended.
static mh_status serve(mh_call *call, mh_bytes item)
{
    (void)item;
    const mh_context context = mh_context_of(call);
    struct factors factors;
    bool idle = false;
    mh_status status;
    do {
        status = mh_channel_receive(context.input, &factors, sizeof factors, NULL, mh_in_ms(5));
        if (status == MH_OK)
            say_product(context.output, factors);
        if (status == MH_TIMEOUT && !idle) {
            say_idle(context.output);
            idle = true; // once is enough
        }
    } while (status == MH_OK || status == MH_TIMEOUT);
    const char *why = status == MH_END                  ? "no more messages"
                      : mh_event_is_set(context.cancel) ? "its event was set"
                                                        : "it was asked to stop";
    mh_bytes text = mh_bytes_of_text(why);
    return mh_return(call, text.data, text.size);
}

static const mh_routine server = {.name = "serve", .run = serve};

// ---- in the program: three ways to end it

static void end_input(mh_session *session)
{
    mh_channel_end(mh_session_task_context(session, 0).input);
}

static void set_event(mh_session *session)
{
    mh_session_cancel_task(session, 0, true);
}

static void stop(mh_session *session)
{
    mh_task_stop(mh_session_task(session, 0));
}

static void talk(const char *kind, mh_session *session, void (*end)(mh_session *session))
{
    const mh_context context = mh_session_task_context(session, 0);
    char line[LINE] = "";
    size_t size; // differs, so it is asked for
    mh_channel_receive(context.output, line, sizeof line, &size, MH_FOREVER);
    printf("%s: %s", kind, line);
    mh_channel_send(context.input, MH_BYTES_OF(((struct factors){6, 7})), MH_FOREVER);
    mh_channel_receive(context.output, line, sizeof line, &size, MH_FOREVER);
    end(session);
    mh_result result;
    if (mh_session_next(session, &result, MH_FOREVER) == MH_OK && result.outcome == MH_DONE)
        printf("; %s; ended: %s\n", line, (const char *)result.data);
}

static void run(const char *kind, mh_pool *pool, void (*end)(mh_session *session))
{
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) != MH_OK)
        return;
    if (mh_session_run(session, "server", &server, (mh_bytes){NULL, 0},
                       &(mh_run_options){.scopes = MH_SCOPES_TASK}, NULL) == MH_OK)
        talk(kind, session, end);
    mh_session_close(session, MH_NOW);
}

static void run_all(const char *kind)
{
    mh_pool *pool;
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = kind_named(kind), .workers = 1}) !=
        MH_OK)
        return;
    run(kind, pool, end_input);
    run(kind, pool, set_event);
    run(kind, pool, stop);
    mh_pool_close(pool);
}

int main(void)
{
    run_all("threads");
    run_all("processes");
    return 0;
}
