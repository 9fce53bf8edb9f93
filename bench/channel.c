// Channel: what a small message costs from one process to another.
//
// The writer is a task in a worker process, the reader this program. The messages are the
// numbers 0, 1, 2 ..., of 8 bytes each, one call for each on either side; the reader checks
// that they come as they were sent. The peers are what the system has for it.

#include <stdint.h>
#include <string.h>

#include <manyhands/channel.h>
#include <manyhands/context.h>
#include <manyhands/task.h>

#include "benchmarks.h"
#include "measure.h"
#include "message_peers.h"
#include "tasks.h"

enum { MESSAGES = 200000, CAPACITY = 1024 };

typedef struct line {
    mh_pool *pool;
    mh_channel *channel;
    uint64_t count;
} line;

// An item says how many.
static mh_status send_numbers(mh_call *call, mh_bytes item)
{
    mh_channel *const output = mh_context_of(call).output;
    uint64_t count;
    memcpy(&count, item.data, sizeof count);
    mh_status status = MH_OK;
    for (uint64_t number = 0; number < count && status == MH_OK; number++)
        status = mh_channel_send(output, MH_BYTES_OF(number), MH_FOREVER);
    return status;
}
static const mh_routine sender = {.name = "send numbers", .run = send_numbers};

static void receive_numbers(mh_channel *channel, uint64_t count)
{
    for (uint64_t expected = 0; expected < count; expected++) {
        uint64_t number = 0;
        bench_require(mh_channel_receive(channel, &number, sizeof number, NULL, MH_FOREVER),
                      "a message did not come");
        bench_check(number == expected, "a message came out of turn");
    }
}

static double line_pass(void *context)
{
    const line *line = context;
    const mh_task_options options = {.channels = {.output = line->channel}};
    const double start = bench_now();
    mh_task *task;
    bench_require(mh_submit(line->pool, &sender, MH_BYTES_OF(line->count), &options, &task),
                  "a task was refused");
    receive_numbers(line->channel, line->count);
    const double ns = bench_now() - start;
    bench_require(mh_task_wait(task, MH_FOREVER), "a task could not be waited for");
    mh_task_drop(task);
    return ns;
}

static void compare(const bench_options *options, const char *name, const char *peer_name,
                    bench_stream *peer)
{
    line line = {.pool = bench_open_workers(MH_PROCESSES, 1), .count = peer->count};
    bench_require(mh_channel_open(&line.channel, line.pool, CAPACITY), "no channel");
    const bench_contest contest = {
        .name = name,
        .unit = "ns",
        .amount = (double)line.count,
        .ours = {.name = name, .pass = line_pass, .context = &line},
        .peer = {.name = peer_name,
                 .pass = bench_stream_pass,
                 .context = peer,
                 .missing = peer->missing},
    };
    bench_compare(options, &contest);
    bench_require(mh_channel_close(line.channel), "a channel could not be closed");
    mh_pool_close(line.pool);
    bench_stream_close(peer);
}

void bench_channel_pipe(const bench_options *options)
{
    bench_stream pipe;
    bench_pipe_open(&pipe, bench_amount(options, MESSAGES));
    compare(options, "channel-pipe", "pipe", &pipe);
}

void bench_channel_mq(const bench_options *options)
{
    bench_stream queue;
    bench_queue_open(&queue, bench_amount(options, MESSAGES));
    compare(options, "channel-mq", "mqueue", &queue);
}
