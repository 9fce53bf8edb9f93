// Log: what a line costs on its way from a worker process to the sink of the program.
//
// A task in a worker process says numbered lines; the sink counts them, and the task is waited for.
// The peer is what one would do without: a process that writes the same line, formatted in the same
// way, to a pipe, with one system call for each, and this program reads whatever is there.

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <manyhands/log.h>
#include <manyhands/task.h>

#include "benchmarks.h"
#include "measure.h"
#include "tasks.h"

enum { LINES = 200000 };

#define LINE "item %llu of %llu: nothing unusual was found, going on", number, count

// ---- ours ---------------------------------------------------------------------------------------

typedef struct book {
    mh_pool *pool;
    uint64_t count, lines;
} book;

static void count_line(void *context, mh_log_level level, const char *line)
{
    book *book = context;
    (void)level;
    (void)line;
    book->lines++;
}

static mh_status say_lines(mh_call *call, mh_bytes item)
{
    unsigned long long count;
    (void)call;
    memcpy(&count, item.data, sizeof count);
    for (unsigned long long number = 0; number < count; number++)
        mh_log(MH_LOG_WARNING, LINE);
    return MH_OK;
}
static const mh_routine speaker = {.name = "say lines", .run = say_lines};

static double say_pass(void *context)
{
    book *book = context;
    book->lines = 0;
    const double start = bench_now();
    mh_task *task;
    bench_require(mh_submit(book->pool, &speaker, MH_BYTES_OF(book->count), NULL, &task),
                  "a task was refused");
    bench_require(mh_task_wait(task, MH_FOREVER), "a task could not be waited for");
    const double ns = bench_now() - start;
    bench_check(book->lines == book->count, "lines were lost, or came late");
    mh_task_drop(task);
    return ns;
}

// ---- the peer -----------------------------------------------------------------------------------

typedef struct writer {
    uint64_t count;
    pid_t pid;
    int orders, lines;
} writer;

_Noreturn static void obey(int orders, int lines)
{
    char line[256];
    for (unsigned long long count; read(orders, &count, sizeof count) == sizeof count;)
        for (unsigned long long number = 0; number < count; number++) {
            int size = snprintf(line, sizeof line, LINE);
            line[size] = '\n';
            if (write(lines, line, (size_t)size + 1) != size + 1)
                _exit(1);
        }
    _exit(1);
}

static void open_writer(writer *writer)
{
    int orders[2], lines[2];
    const pid_t parent = getpid();
    bench_check(pipe(orders) == 0 && pipe(lines) == 0, "no pipe");
    writer->pid = fork();
    bench_check(writer->pid >= 0, "no process for a peer");
    if (writer->pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            _exit(1);
        obey(orders[0], lines[1]);
    }
    close(orders[0]);
    close(lines[1]);
    writer->orders = orders[1];
    writer->lines = lines[0];
}

static void close_writer(const writer *writer)
{
    kill(writer->pid, SIGKILL);
    bench_check(waitpid(writer->pid, NULL, 0) == writer->pid, "a peer got lost");
    close(writer->orders);
    close(writer->lines);
}

static uint64_t count_newlines(const char *text, size_t size)
{
    uint64_t count = 0;
    for (const char *end = text + size; (text = memchr(text, '\n', (size_t)(end - text)));
         text++)
        count++;
    return count;
}

static double write_pass(void *context)
{
    static char text[1 << 16];
    const writer *writer = context;
    const double start = bench_now();
    if (write(writer->orders, &writer->count, sizeof writer->count) != sizeof writer->count)
        return -1;
    for (uint64_t lines = 0; lines < writer->count;) {
        ssize_t size = read(writer->lines, text, sizeof text);
        if (size <= 0)
            return -1;
        lines += count_newlines(text, (size_t)size);
    }
    return bench_now() - start;
}

// ---- the line -----------------------------------------------------------------------------------

void bench_log(const bench_options *options)
{
    book book = {.count = bench_amount(options, LINES)};
    writer writer = {.count = book.count};
    open_writer(&writer);
    mh_log_to(count_line, &book);
    book.pool = bench_open_workers(MH_PROCESSES, 1);
    const bench_contest contest = {
        .name = "log",
        .unit = "ns",
        .amount = (double)book.count,
        .ours = {.name = "log", .pass = say_pass, .context = &book},
        .peer = {.name = "pipe", .pass = write_pass, .context = &writer},
    };
    bench_compare(options, &contest);
    mh_pool_close(book.pool);
    mh_log_to(NULL, NULL);
    close_writer(&writer);
}
