// Channel, many: two writers and two readers at one channel, all of them threads.
//
// Each is a task on a pool of threads. Writers send their half of the numbers 0, 1, 2 ..., of 8
// bytes each; each reader receives as many and returns their sum, and the sums together
// prove that every message came once. The tasks find the channel by its address, as threads
// may.

#include <stdint.h>
#include <string.h>

#include <manyhands/channel.h>
#include <manyhands/task.h>

#include "benchmarks.h"
#include "measure.h"
#include "message_peers.h"
#include "tasks.h"

enum { MESSAGES = 200000, CAPACITY = 1024, MEMBERS = BENCH_WRITERS + BENCH_READERS };

typedef struct crowd {
    mh_pool *pool;
    mh_channel *channel;
    uint64_t count;
} crowd;

typedef struct share {
    mh_channel *channel;
    uint64_t first, count; // for a writer, which numbers; for a reader, how many
} share;

static mh_status write_share(mh_call *call, mh_bytes item)
{
    (void)call;
    share mine;
    memcpy(&mine, item.data, sizeof mine);
    mh_status status = MH_OK;
    for (uint64_t i = 0; i < mine.count && status == MH_OK; i++) {
        const uint64_t number = mine.first + i;
        status = mh_channel_send(mine.channel, MH_BYTES_OF(number), MH_FOREVER);
    }
    const uint64_t nothing_read = 0;
    return status == MH_OK ? mh_return(call, &nothing_read, sizeof nothing_read) : status;
}
static const mh_routine writer = {.name = "write a share", .run = write_share};

static mh_status read_share(mh_call *call, mh_bytes item)
{
    share mine;
    memcpy(&mine, item.data, sizeof mine);
    uint64_t sum = 0;
    mh_status status = MH_OK;
    for (uint64_t i = 0; i < mine.count && status == MH_OK; i++) {
        uint64_t number = 0;
        status = mh_channel_receive(mine.channel, &number, sizeof number, NULL, MH_FOREVER);
        sum += number;
    }
    return status == MH_OK ? mh_return(call, &sum, sizeof sum) : status;
}
static const mh_routine reader = {.name = "read a share", .run = read_share};

static mh_task *submit(const crowd *crowd, uint64_t member)
{
    const bool writes = member < BENCH_WRITERS;
    const uint64_t part = crowd->count / (writes ? BENCH_WRITERS : BENCH_READERS);
    const share share = {crowd->channel, writes ? member * part : 0, part};
    mh_task *task;
    bench_require(
        mh_submit(crowd->pool, writes ? &writer : &reader, MH_BYTES_OF(share), NULL, &task),
        "a task was refused");
    return task;
}

static uint64_t sum_of(mh_task *task)
{
    mh_result result;
    bench_require(mh_task_wait(task, MH_FOREVER), "a task could not be waited for");
    bench_require(mh_task_result(task, &result), "a task has no result");
    bench_check(result.outcome == MH_DONE, "a task has not done its work");
    const uint64_t sum = mh_result_as(uint64_t, result);
    mh_task_drop(task);
    return sum;
}

static double crowd_pass(void *context)
{
    const crowd *crowd = context;
    mh_task *tasks[MEMBERS];
    uint64_t sum = 0;
    const double start = bench_now();
    for (uint64_t member = 0; member < MEMBERS; member++)
        tasks[member] = submit(crowd, member);
    for (int member = 0; member < MEMBERS; member++)
        sum += sum_of(tasks[member]);
    const double ns = bench_now() - start;
    bench_check(sum == bench_sum_below(crowd->count), "messages got lost, or came twice");
    return ns;
}

void bench_channel_many(const bench_options *options)
{
    uint64_t count = bench_amount(options, MESSAGES);
    crowd crowd = {.pool = bench_open_workers(MH_THREADS, MEMBERS), .count = count};
    bench_require(mh_channel_open(&crowd.channel, crowd.pool, CAPACITY), "no channel");
    const bench_contest contest = {
        .name = "channel-many",
        .unit = "ns",
        .amount = (double)count,
        .ours = {.name = "channel-many", .pass = crowd_pass, .context = &crowd},
        .peer = {.name = "GAsyncQueue",
                 .pass = bench_async_queue_pass,
                 .context = &count,
                 .missing = bench_async_queue_missing},
    };
    bench_compare(options, &contest);
    bench_require(mh_channel_close(crowd.channel), "a channel could not be closed");
    mh_pool_close(crowd.pool);
}
