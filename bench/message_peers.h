// Message peers: what else carries small messages from one process or thread to another.
//
// The messages are the numbers 0, 1, 2 ..., of 8 bytes. The processes that stand on the other
// side are forked by this one, and end with it at the latest. They keep whatever is open when
// they are born, so pools are opened after them.
#ifndef BENCH_MESSAGE_PEERS_H
#define BENCH_MESSAGE_PEERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "measure.h"

// ---- a stream of messages from one process to this one --------------------------------------

typedef struct bench_stream {
    uint64_t count;      // messages of one pass
    const char *missing; // NULL, or why it is not there
    int messages;        // where they come out
    bool (*receive)(int messages, uint64_t *number);
    pid_t writer;
    int orders; // tells the writer how many to send
} bench_stream;

// A pipe, of the size it has by nature; a POSIX message queue, as deep as anybody may make it.
// Both are filled by a writer that waits for orders. The structure stays where it is.
void bench_pipe_open(bench_stream *stream, uint64_t count);
void bench_queue_open(bench_stream *stream, uint64_t count);
void bench_stream_close(bench_stream *stream);

// Orders the messages and receives them all, each with one system call on either side, and
// checks them. The context is a bench_stream.
bench_pass bench_stream_pass;

// ---- there and back -------------------------------------------------------------------------

// A pair of eventfds, and a process that answers on one what it hears on the other.
typedef struct bench_echo {
    int there, back;
    pid_t process;
} bench_echo;

void bench_echo_open(bench_echo *echo);
void bench_echo_close(bench_echo *echo);

// Once there and back.
void bench_echo_call(const bench_echo *echo);

// ---- between threads ------------------------------------------------------------------------

// Writers and readers, of GLib's queue and of ours.
enum { BENCH_WRITERS = 2, BENCH_READERS = 2 };

// The sum of the numbers below `count`.
static inline uint64_t bench_sum_below(uint64_t count)
{
    return count * (count - 1) / 2;
}

// GLib: `GAsyncQueue`, which has no bound; a message is a pointer, that is, 8 bytes. The
// context is the number of messages, a uint64_t, which both sides share evenly.
double bench_async_queue_pass(void *context);
extern const char *const bench_async_queue_missing; // NULL, or why it is not there

#endif
