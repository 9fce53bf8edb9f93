// Scopes: the program sends a value to a task, gets it back multiplied, and asks the task to
// stop. The input, the output and the cancel event are shared by all tasks of the pool, or by
// those of the session, or belong to one task alone. After the examples of py_multitasking.
//
// Shows (FEATURES): Y7 global, session and task scopes, and a clear answer where there is
// nothing of the kind; Y6 messages to a running task, and back.
//
//     ./scopes
//
// prints:
//
//     threads, global: 100 became 200
//     threads, session: 100 became 200
//     threads, task: 100 became 200
//     processes, global: 100 became 200
//     processes, session: 100 became 200
//     processes, task: 100 became 200
//     a global input in a pool without one: not found

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

struct factors {
    long a, b;
};

static const struct factors one_and_two = {1, 2};

// Multiplies all that comes, until it is asked to stop.
static mh_status multiply(mh_call *call, mh_bytes item)
{
    const struct factors *factors = item.data;
    const mh_context context = mh_context_of(call);
    long value;
    while (mh_channel_receive(context.input, &value, sizeof value, NULL, MH_FOREVER) == MH_OK) {
        value *= factors->a * factors->b;
        mh_channel_send(context.output, MH_BYTES_OF(value), MH_FOREVER);
    }
    return MH_OK;
}

static const mh_routine multiplier = {.name = "multiply", .run = multiply};

static mh_status run(mh_session *session, mh_scopes scopes)
{
    return mh_session_run(session, "task1", &multiplier, MH_BYTES_OF(one_and_two),
                          &(mh_run_options){.scopes = scopes}, NULL);
}

// Whosever they are, they are used in the same way.
static void talk(const char *kind, const char *scope, mh_session *session, mh_context context)
{
    long value = 100;
    if (mh_channel_send(context.input, MH_BYTES_OF(value), MH_FOREVER) == MH_OK &&
        mh_channel_receive(context.output, &value, sizeof value, NULL, MH_FOREVER) == MH_OK)
        printf("%s, %s: 100 became %ld\n", kind, scope, value);
    mh_event_set(context.cancel);
    mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER);
}

static void use_global(const char *kind, mh_pool *pool)
{
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) != MH_OK)
        return;
    if (run(session, MH_SCOPES_GLOBAL) == MH_OK)
        talk(kind, "global", session, mh_pool_context(pool));
    mh_session_close(session, MH_NOW);
}

static void use_session(const char *kind, mh_pool *pool)
{
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) != MH_OK)
        return;
    if (run(session, MH_SCOPES_SESSION) == MH_OK)
        talk(kind, "session", session, mh_session_context(session));
    mh_session_close(session, MH_NOW);
}

static void use_task(const char *kind, mh_pool *pool)
{
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) != MH_OK)
        return;
    if (run(session, MH_SCOPES_TASK) == MH_OK)
        talk(kind, "task", session, mh_session_task_context(session, 0));
    mh_session_close(session, MH_NOW);
}

static void use_all_scopes(const char *kind)
{
    mh_pool_options options = {.kind = kind_named(kind),
                               .workers = 5,
                               .global_input = 64, // messages
                               .global_output = 64,
                               .global_cancel = true};
    mh_pool *pool;
    if (mh_pool_open(&pool, &options) != MH_OK)
        return;
    use_global(kind, pool);
    use_session(kind, pool);
    use_task(kind, pool);
    mh_pool_close(pool);
}

// A pool has nothing global unless it was opened with it.
static void ask_in_vain(void)
{
    mh_pool *pool;
    if (mh_pool_open(&pool, &(mh_pool_options){.workers = 1}) != MH_OK)
        return;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        mh_status status = run(session, (mh_scopes){.input = MH_SCOPE_GLOBAL});
        printf("a global input in a pool without one: %s\n",
               status == MH_NOT_FOUND ? "not found" : mh_status_text(status));
        mh_session_close(session, MH_NOW);
    }
    mh_pool_close(pool);
}

int main(void)
{
    use_all_scopes("threads");
    use_all_scopes("processes");
    ask_in_vain();
    return 0;
}
