// Cancel: how long it takes until a task in another process sees that it shall stop.
//
// The task waits for nothing else, and answers as soon as it sees it; so a trip goes there by
// the event and back by a channel. An event is set once and for all, so each trip has its own,
// and a task of its own, which has said that it is there before the clock starts. The peer is a
// pair of eventfds between two processes, one for each direction, after a call that does not
// count either.
//
// Whoever waits looks for a moment before it sleeps. In `cancel` the event comes
// soon after the task began to wait; in `cancel-asleep` both sides are left alone for so long
// before that everybody has fallen asleep, as tasks that wait for their end mostly have.

#include <stdint.h>
#include <time.h>

#include <manyhands/channel.h>
#include <manyhands/context.h>
#include <manyhands/event.h>
#include <manyhands/task.h>

#include "benchmarks.h"
#include "measure.h"
#include "message_peers.h"
#include "tasks.h"
#include "trips.h"

static const long asleep_ns = 200000;

static mh_status answer(mh_channel *output)
{
    const uint64_t word = 1;
    return mh_channel_send(output, MH_BYTES_OF(word), MH_NOW);
}

// With MH_NOW the second answer can still be given. Before the first one it has looked at its event
// once, which takes longer than later looks; who waits has long done so.
static mh_status await_stop(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_channel *const output = mh_context_of(call).output;
    mh_status status = mh_is_cancelled(call) ? MH_STOPPED : answer(output);
    if (status == MH_OK)
        status = mh_wait_cancelled(call, MH_FOREVER);
    return status == MH_OK ? answer(output) : status;
}
static const mh_routine waiter = {.name = "wait to be stopped", .run = await_stop};

typedef struct stops {
    mh_pool *pool;
    mh_channel *answers;
    long pause_ns; // before the event is set
} stops;

static void await_answer(const stops *stops)
{
    uint64_t word;
    bench_require(mh_channel_receive(stops->answers, &word, sizeof word, NULL, MH_FOREVER),
                  "a task did not answer");
}

static mh_task *start_waiter(const stops *stops, mh_event *event)
{
    const mh_task_options options = {.channels = {.output = stops->answers, .cancel = event}};
    const mh_bytes nothing = {0};
    mh_task *task;
    bench_require(mh_submit(stops->pool, &waiter, nothing, &options, &task),
                  "a task was refused");
    await_answer(stops);
    return task;
}

static void pause_for(long ns)
{
    if (ns > 0)
        nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static double trip_by_event(void *context)
{
    const stops *stops = context;
    mh_event *event;
    bench_require(mh_event_open(&event, stops->pool), "no event");
    mh_task *task = start_waiter(stops, event);
    pause_for(stops->pause_ns);
    const double start = bench_now();
    bench_require(mh_event_set(event), "an event could not be set");
    await_answer(stops);
    const double ns = bench_now() - start;
    bench_require(mh_task_wait(task, MH_FOREVER), "a task could not be waited for");
    mh_task_drop(task);
    bench_require(mh_event_close(event), "an event could not be closed");
    return ns;
}

typedef struct calls {
    bench_echo echo;
    long pause_ns; // before the call that counts
} calls;

static double trip_by_eventfds(void *context)
{
    const calls *calls = context;
    bench_echo_call(&calls->echo);
    pause_for(calls->pause_ns);
    const double start = bench_now();
    bench_echo_call(&calls->echo);
    return bench_now() - start;
}

static void compare(const bench_options *options, const char *name, long pause_ns)
{
    calls calls = {.pause_ns = pause_ns};
    bench_echo_open(&calls.echo);
    stops stops = {.pool = bench_open_workers(MH_PROCESSES, 1), .pause_ns = pause_ns};
    bench_require(mh_channel_open(&stops.answers, stops.pool, 0), "no channel");
    bench_trips events = {50, trip_by_event, &stops};
    bench_trips eventfds = {50, trip_by_eventfds, &calls};
    bench_options patience = *options;
    if (pause_ns > 0)
        patience.round_ns /= 10; // the pauses count for nothing, but take their time
    bench_compare_trips(&patience, name, &events, "eventfds", &eventfds);
    bench_require(mh_channel_close(stops.answers), "a channel could not be closed");
    mh_pool_close(stops.pool);
    bench_echo_close(&calls.echo);
}

void bench_cancel(const bench_options *options)
{
    compare(options, "cancel", 0);
}

void bench_cancel_asleep(const bench_options *options)
{
    compare(options, "cancel-asleep", asleep_ns);
}
