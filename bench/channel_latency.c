// Channel latency: a message to another process, and its answer.
//
// Two channels lie between this program and a task in a worker process, which sends back
// whatever it receives. There is never more than one message under way, so either side always
// waits for the other. The peer is the least that the system offers: a pair of eventfds between
// two processes, which say only that something has happened.

#include <stdint.h>

#include <manyhands/channel.h>
#include <manyhands/context.h>
#include <manyhands/task.h>

#include "benchmarks.h"
#include "measure.h"
#include "message_peers.h"
#include "tasks.h"
#include "trips.h"

static mh_status send_back(mh_call *call, mh_bytes item)
{
    (void)item;
    const mh_context context = mh_context_of(call);
    mh_status status = MH_OK;
    while (status == MH_OK) {
        uint64_t number = 0;
        status = mh_channel_receive(context.input, &number, sizeof number, NULL, MH_FOREVER);
        if (status == MH_OK)
            status = mh_channel_send(context.output, MH_BYTES_OF(number), MH_FOREVER);
    }
    return status == MH_END ? MH_OK : status;
}
static const mh_routine sender_back = {.name = "send back", .run = send_back};

// One that answers, and this program's ends of its channels.
typedef struct talk {
    mh_pool *pool;
    mh_channel *there, *back;
    mh_task *task;
    uint64_t number; // of the next message
} talk;

static void open_talk(talk *talk)
{
    talk->pool = bench_open_workers(MH_PROCESSES, 1);
    bench_require(mh_channel_open(&talk->there, talk->pool, 1), "no channel");
    bench_require(mh_channel_open(&talk->back, talk->pool, 1), "no channel");
    const mh_task_options options = {.channels = {.input = talk->there, .output = talk->back}};
    const mh_bytes nothing = {0};
    bench_require(mh_submit(talk->pool, &sender_back, nothing, &options, &talk->task),
                  "a task was refused");
}

static void close_talk(talk *talk)
{
    bench_require(mh_channel_end(talk->there), "a channel could not be ended");
    bench_require(mh_task_wait(talk->task, MH_FOREVER), "a task could not be waited for");
    mh_result result;
    bench_require(mh_task_result(talk->task, &result), "a task has no result");
    bench_check(result.outcome == MH_DONE, "a task has not done its work");
    mh_task_drop(talk->task);
    bench_require(mh_channel_close(talk->there), "a channel could not be closed");
    bench_require(mh_channel_close(talk->back), "a channel could not be closed");
    mh_pool_close(talk->pool);
}

static double trip_by_channels(void *context)
{
    talk *talk = context;
    uint64_t answer = 0;
    const uint64_t number = talk->number++;
    const double start = bench_now();
    bench_require(mh_channel_send(talk->there, MH_BYTES_OF(number), MH_FOREVER),
                  "a message was refused");
    bench_require(mh_channel_receive(talk->back, &answer, sizeof answer, NULL, MH_FOREVER),
                  "no answer came");
    const double ns = bench_now() - start;
    bench_check(answer == number, "an answer was to another message");
    return ns;
}

static double trip_by_eventfds(void *echo)
{
    const double start = bench_now();
    bench_echo_call(echo);
    return bench_now() - start;
}

static void compare(const bench_options *options, const char *name, int hundredth)
{
    bench_echo echo;
    bench_echo_open(&echo);
    talk talk = {.number = 0};
    open_talk(&talk);
    bench_trips messages = {hundredth, trip_by_channels, &talk};
    bench_trips eventfds = {hundredth, trip_by_eventfds, &echo};
    bench_compare_trips(options, name, &messages, "eventfds", &eventfds);
    close_talk(&talk);
    bench_echo_close(&echo);
}

void bench_channel_latency_p50(const bench_options *options)
{
    compare(options, "channel-latency-p50", 50);
}

void bench_channel_latency_p99(const bench_options *options)
{
    compare(options, "channel-latency-p99", 99);
}
