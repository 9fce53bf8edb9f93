// Mixed scopes: two tasks of one session have different inputs, no output, and an event they
// share. They add up what they get, until there is no more; a third one has no input either,
// and only waits for the event. After the example of py_multitasking.
//
// Shows (FEATURES): Y7 each of input, output and cancel event has a scope of its own; Y6 a
// channel can be ended, and its readers learn it.
//
//     ./mixed_scopes
//
// prints:
//
//     threads: task1 got 600, task2 got 24000, what they sent went nowhere
//     threads: task3 was asked to stop
//     processes: task1 got 600, task2 got 24000, what they sent went nowhere
//     processes: task3 was asked to stop

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

struct factors {
    long a, b;
};

struct account {
    long sum;
    bool sent; // some of it
};

// Adds up the products of all that comes, until its input has ended.
static mh_status multiply(mh_call *call, mh_bytes item)
{
    const struct factors *factors = item.data;
    const mh_context context = mh_context_of(call);
    struct account account = {0};
    long value;
    while (mh_channel_receive(context.input, &value, sizeof value, NULL, MH_FOREVER) == MH_OK) {
        value *= factors->a * factors->b;
        account.sum += value;
        if (mh_channel_send(context.output, MH_BYTES_OF(value), MH_FOREVER) == MH_OK)
            account.sent = true;
    }
    return mh_return(call, &account, sizeof account);
}

static mh_status linger(mh_call *call, mh_bytes item)
{
    (void)item;
    return mh_event_wait(mh_context_of(call).cancel, MH_FOREVER);
}

static const mh_routine multiplier = {.name = "multiply", .run = multiply};
static const mh_routine lingerer = {.name = "linger", .run = linger};

static void run_tasks(mh_session *session)
{
    const struct factors first = {1, 2}, second = {3, 4};
    mh_run_options own_input = {.scopes = {.input = MH_SCOPE_TASK, .cancel = MH_SCOPE_SESSION}};
    mh_run_options shared_input = {
        .scopes = {.input = MH_SCOPE_SESSION, .cancel = MH_SCOPE_SESSION}};
    mh_run_options no_input = {.scopes = {.cancel = MH_SCOPE_SESSION}};
    mh_session_run(session, "task1", &multiplier, MH_BYTES_OF(first), &own_input, NULL);
    mh_session_run(session, "task2", &multiplier, MH_BYTES_OF(second), &shared_input, NULL);
    mh_session_run(session, "task3", &lingerer, (mh_bytes){NULL, 0}, &no_input, NULL);
}

static void send_and_end(mh_channel *input, const long *values, int count)
{
    for (int i = 0; i < count; i++)
        mh_channel_send(input, MH_BYTES_OF(values[i]), MH_FOREVER);
    mh_channel_end(input);
}

static struct account account_of(mh_session *session, const char *name)
{
    mh_result result = {.outcome = MH_FAILED};
    mh_session_result_of(session, name, &result, MH_FOREVER);
    return mh_result_as(struct account, result);
}

static void talk(const char *kind, mh_session *session)
{
    send_and_end(mh_session_task_context(session, 0).input, (long[]){100, 200}, 2);
    send_and_end(mh_session_context(session).input, (long[]){1000, 500, 500}, 3);
    struct account first = account_of(session, "task1"), second = account_of(session, "task2");
    printf("%s: task1 got %ld, task2 got %ld, what they sent went %s\n", kind, first.sum,
           second.sum, first.sent || second.sent ? "somewhere" : "nowhere");
    mh_event_set(mh_session_context(session).cancel);
    mh_result result;
    if (mh_session_result_of(session, "task3", &result, MH_FOREVER) == MH_OK)
        printf("%s: task3 %s\n", kind,
               result.outcome == MH_DONE ? "was asked to stop" : result.message);
}

static void work(const char *kind)
{
    mh_pool *pool;
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = kind_named(kind), .workers = 5}) !=
        MH_OK)
        return;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        run_tasks(session);
        if (mh_session_refused(session) == MH_OK)
            talk(kind, session);
        mh_session_close(session, MH_NOW);
    }
    mh_pool_close(pool);
}

int main(void)
{
    work("threads");
    work("processes");
    return 0;
}
