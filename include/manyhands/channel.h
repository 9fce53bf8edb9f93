// Channel: a bounded queue of messages between threads and workers of a pool.
//
//     mh_channel *orders;
//     mh_channel_open(&orders, pool, 64);
//     mh_channel_send(orders, MH_BYTES_OF(order), MH_FOREVER);                   // blocks while it is full
//     ...
//     while (mh_channel_receive(orders, &order, sizeof order, &size, MH_FOREVER) == MH_OK)
//         ...
//     mh_channel_end(orders);                          // readers get what is left, then MH_END
//
// Any number of threads of the opening process, and of workers of the pool it was opened on,
// whatever their kind, may send and receive at once; each message goes to one receiver. A task
// reaches its channels through its context (context.h). Messages may have any size up to the
// pool's item_limit, also different ones. They are taken in the order in which they were sent; so
// what one sender sends arrives in that order.
//
// What is not confirmed is not lost. A message is sent as a whole or not at all: what a sender
// had only half written when its process died is never seen. A message that was received with
// mh_channel_receive has left the channel when the call returns. One that was taken
// (mh_channel_take) leaves it when it is confirmed; if the task that took it ends before, or its
// process dies, the message is delivered again, to another, behind those that wait. So two may
// see the same message, of which the first did not come to its end; and none is ever lost.
//
// Waiting inside a task. A task that is asked to stop, whether by mh_task_stop, by the event of
// its context, or by the end of its session or pool, does not wait for messages any more: every
// call with another deadline than MH_NOW is then MH_STOPPED, also one that waits already, and
// also if there is a message. With MH_NOW it can still empty its input, and send its last words.
// One exception: whoever waits in a worker process for a channel or event of a pool that was opened
// in that very process is not woken by being asked, only by the channel or event; who asks knows
// nothing of it.
//
// Waiting for tasks. For the program, outside of tasks, a channel that is the output of tasks has
// come to an end when it is empty and the last of them has ended; receiving is then MH_END, until
// there is another task. In the same way, sending into one that is full is MH_END once the last
// task whose input it is has ended. On a serial pool the program runs tasks while it waits.
#ifndef MANYHANDS_CHANNEL_H
#define MANYHANDS_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include <manyhands/bytes.h>
#include <manyhands/deadline.h>
#include <manyhands/pool.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_channel mh_channel;

#define MH_CHANNEL_LIMIT 65536 // messages

// Opens a channel that holds up to `capacity` messages, 1 to MH_CHANNEL_LIMIT, those that are taken
// and not yet confirmed included; 0: 64. It holds the pool's memory until it is closed.
// MH_INVALID, MH_NO_MEMORY, MH_SYSTEM, MH_FULL (the channels of one pool can hold about
// 500 000 messages together), MH_CLOSED, MH_FORKED. Any thread.
mh_status mh_channel_open(mh_channel **channel, mh_pool *pool, int capacity);

// Sends a copy of the message; blocks while the channel is full, until the deadline. With MH_NOW
// it never blocks, and MH_TIMEOUT means: full (or about to be, while others send and receive).
// MH_OK; MH_TIMEOUT; MH_CLOSED: the channel has been ended, or its pool closed; MH_END: nobody
// will read (above); MH_STOPPED (above); MH_TOO_LARGE; MH_NO_MEMORY; MH_INVALID; MH_NOT_FOUND:
// `channel` is NULL, which a context has where there is none; MH_FORKED. Any thread or worker.
mh_status mh_channel_send(mh_channel *channel, mh_bytes message, mh_deadline deadline);

// Receives the next message into `buffer`, which has `room` bytes, and tells its `*size`; with
// `size` NULL the message must have exactly `room` bytes. Blocks while the channel is empty,
// until the deadline. With MH_NOW it never blocks, and MH_TIMEOUT means: empty.
// MH_OK; MH_TIMEOUT; MH_END: the channel has been ended and the last message is gone, also one
// that another task, or the program, has taken and not confirmed; or all who might send have
// ended (above); MH_TOO_LARGE: there is not enough room, `*size` tells how much there must be,
// and the message stays where it is; MH_STOPPED (above); MH_NO_MEMORY; MH_INVALID, also when the
// message is too short, and stays; MH_NOT_FOUND, MH_FORKED. Any thread or worker.
mh_status mh_channel_receive(mh_channel *channel, void *buffer, size_t room, size_t *size,
                             mh_deadline deadline);

// A message that was taken, where it lies. `data` is aligned for any type, and NULL when the
// message is empty.
typedef struct mh_message {
    const void *data;
    size_t size;
    uint64_t place; // for mh_channel_confirm
} mh_message;

// Takes the next message without copying it. It stays where it is, and keeps its place in the
// channel, until it is confirmed by the same task, or, if the program took it, by the program.
// Several may be taken at a time. Statuses as mh_channel_receive.
mh_status mh_channel_take(mh_channel *channel, mh_message *message, mh_deadline deadline);

// What was to be done with the message is done: it leaves the channel, and its place is free.
// Does not block.
// MH_INVALID: this task, or the program, has not taken it, or has confirmed it before.
// MH_NOT_FOUND, MH_FORKED. Any thread or worker.
mh_status mh_channel_confirm(mh_channel *channel, const mh_message *message);

// No more messages are sent from now on. Receivers get what is there, then MH_END. Ending it
// again does nothing.
// MH_NOT_FOUND, MH_FORKED. Does not block. Any thread or worker.
mh_status mh_channel_end(mh_channel *channel);

// How many messages it can hold, and how many wait in it to be received at this moment. For NULL:
// 0.
size_t mh_channel_capacity(const mh_channel *channel);
size_t mh_channel_count(const mh_channel *channel);

// Ends it and frees it, with the messages that are left. Nobody may use it any more, or be in a
// call that does. NULL does nothing.
// MH_BUSY: it belongs to the context of a task that has not ended; it stays open. MH_INVALID: it
// belongs to a pool or session, or was reached through a context inside a task. Any thread.
mh_status mh_channel_close(mh_channel *channel);

#ifdef __cplusplus
}
#endif
#endif
