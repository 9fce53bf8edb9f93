// Message peers: pipe, message queue and eventfds, with the processes on their other side.

#include "message_peers.h"

#include <errno.h>
#include <mqueue.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Whether it is the child that returns. It dies with its parent, whatever ends that.
static bool fork_peer(pid_t *process)
{
    const pid_t parent = getpid();
    *process = fork();
    bench_check(*process >= 0, "no process for a peer");
    if (*process > 0)
        return false;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    return true;
}

static void end_peer(pid_t process)
{
    kill(process, SIGKILL);
    bench_check(waitpid(process, NULL, 0) == process, "a peer got lost");
}

// ---- streams --------------------------------------------------------------------------------

typedef bool send_number(int messages, uint64_t number);

static bool write_number(int messages, uint64_t number)
{
    return write(messages, &number, sizeof number) == sizeof number;
}

static bool read_number(int messages, uint64_t *number)
{
    return read(messages, number, sizeof *number) == sizeof *number;
}

static bool queue_number(int messages, uint64_t number)
{
    return mq_send(messages, (const char *)&number, sizeof number, 0) == 0;
}

static bool dequeue_number(int messages, uint64_t *number)
{
    return mq_receive(messages, (char *)number, sizeof *number, NULL) == sizeof *number;
}

// Sends as many as it is ordered to, again and again.
_Noreturn static void obey(int orders, int messages, send_number *send)
{
    for (uint64_t count; read_number(orders, &count);)
        for (uint64_t number = 0; number < count; number++)
            if (!send(messages, number))
                _exit(1);
    _exit(1);
}

static void start_writer(bench_stream *stream, int messages, send_number *send)
{
    int orders[2];
    bench_check(pipe(orders) == 0, "no pipe");
    if (fork_peer(&stream->writer))
        obey(orders[0], messages, send);
    close(orders[0]);
    stream->orders = orders[1];
}

void bench_pipe_open(bench_stream *stream, uint64_t count)
{
    int ends[2];
    bench_check(pipe(ends) == 0, "no pipe");
    *stream = (bench_stream){.count = count, .messages = ends[0], .receive = read_number};
    start_writer(stream, ends[1], write_number);
    close(ends[1]);
}

// The depth that anybody may ask for; more needs the rights of an administrator.
static long greatest_depth(void)
{
    long depth = 10;
    FILE *file = fopen("/proc/sys/fs/mqueue/msg_max", "r");
    if (file != NULL) {
        if (fscanf(file, "%ld", &depth) != 1)
            depth = 10;
        fclose(file);
    }
    return depth;
}

void bench_queue_open(bench_stream *stream, uint64_t count)
{
    char name[64];
    snprintf(name, sizeof name, "/manyhands-bench-%ld", (long)getpid());
    struct mq_attr form = {.mq_maxmsg = greatest_depth(), .mq_msgsize = sizeof(uint64_t)};
    const mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &form);
    *stream = (bench_stream){.count = count, .messages = queue, .receive = dequeue_number};
    if (queue < 0) {
        stream->missing = "the system has no message queues";
        return;
    }
    mq_unlink(name); // it lives as long as somebody has it open
    start_writer(stream, queue, queue_number);
}

void bench_stream_close(bench_stream *stream)
{
    if (stream->missing != NULL)
        return;
    end_peer(stream->writer);
    close(stream->orders);
    close(stream->messages);
}

double bench_stream_pass(void *context)
{
    const bench_stream *stream = context;
    const double start = bench_now();
    if (!write_number(stream->orders, stream->count))
        return -1;
    for (uint64_t expected = 0; expected < stream->count; expected++) {
        uint64_t number = 0;
        if (!stream->receive(stream->messages, &number) || number != expected)
            return -1;
    }
    return bench_now() - start;
}

// ---- there and back -------------------------------------------------------------------------

enum { HELLO = 1 };

_Noreturn static void answer(const bench_echo *echo)
{
    for (uint64_t heard; read_number(echo->there, &heard);)
        if (!write_number(echo->back, heard))
            _exit(1);
    _exit(1);
}

void bench_echo_open(bench_echo *echo)
{
    echo->there = eventfd(0, EFD_CLOEXEC);
    echo->back = eventfd(0, EFD_CLOEXEC);
    bench_check(echo->there >= 0 && echo->back >= 0, "no eventfd");
    if (fork_peer(&echo->process))
        answer(echo);
}

void bench_echo_close(bench_echo *echo)
{
    end_peer(echo->process);
    close(echo->there);
    close(echo->back);
}

void bench_echo_call(const bench_echo *echo)
{
    uint64_t heard = 0;
    bench_check(write_number(echo->there, HELLO) && read_number(echo->back, &heard) &&
                    heard == HELLO,
                "an eventfd is broken");
}
