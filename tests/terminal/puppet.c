// Puppet: a program that shows bars on a terminal, and does only what a test tells it, line by line,
// through a pipe with a name. So the test decides what stands on the screen, whatever the speed of the
// machine.
//
//     puppet PIPE [interrupt]
//
//     open NAME TOTAL      a task begins in a worker process, and opens a bar of that name
//     tell NAME add COUNT  ... goes so many steps
//     tell NAME log WORDS  ... says a line in the log
//     tell NAME print WORDS ... prints a line
//     tell NAME close      ... closes the bar and returns
//     tell NAME fail       ... returns as failed
//     tell NAME crash      ... is killed by a signal
//     log WORDS, print WORDS    the program itself does so
//     end                  waits for its tasks, and ends; any other word: ends without waiting
//
// Each order has been followed before the next is read; so bars are opened, and end, in the order that was given.
// With `interrupt` it minds Ctrl-C by the library's helper.

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

enum { LINE = 256 };

typedef struct told {
    char name[LINE];
    unsigned long long total;
} told;

typedef struct order {
    char text[LINE];
} order;

// Whether `text` begins with the word; then `*rest` is what follows it.
static bool begins(const char *text, const char *word, const char **rest)
{
    size_t length = strlen(word);
    if (strncmp(text, word, length) != 0 || (text[length] != ' ' && text[length] != '\0'))
        return false;
    *rest = text + length + (text[length] == ' ');
    return true;
}

static void print_line(const char *words)
{
    printf("%s\n", words);
    fflush(stdout);
}

// One order. Returns false when it was the last.
static bool obey(mh_progress *bar, const char *text)
{
    const char *rest;
    if (begins(text, "add", &rest))
        mh_progress_add(bar, strtoull(rest, NULL, 10));
    else if (begins(text, "log", &rest))
        mh_log(MH_LOG_WARNING, "%s", rest);
    else if (begins(text, "print", &rest))
        print_line(rest);
    else if (begins(text, "crash", &rest))
        raise(SIGKILL);
    else
        return false;
    return true;
}

static mh_status follow(mh_call *call, mh_bytes item)
{
    const told *told = item.data;
    mh_context context = mh_context_of(call);
    mh_progress *bar = NULL;
    mh_progress_open(&bar, told->name, told->total);
    order order;
    do {
        mh_channel_send(context.output, (mh_bytes){0}, MH_FOREVER); // that it was followed
        if (mh_channel_receive(context.input, &order, sizeof order, NULL, MH_FOREVER) != MH_OK)
            return mh_fail(call, 1, "left alone");
    } while (obey(bar, order.text));
    if (strcmp(order.text, "close") != 0)
        return mh_fail(call, 1, "told to");
    mh_progress_close(bar);
    return MH_OK;
}
static const mh_routine follower = {.name = "follow", .run = follow};

// Until the task has followed what it was told, or ended.
static void await(mh_session *session, uint64_t number)
{
    mh_channel_receive(mh_session_task_context(session, number).output, NULL, 0, NULL,
                       MH_FOREVER);
}

static void open_one(mh_session *session, const char *words)
{
    uint64_t number;
    told told = {.total = MH_PROGRESS_UNSIZED};
    sscanf(words, "%255s %llu", told.name, &told.total);
    const mh_run_options options = {.scopes = MH_SCOPES_TASK};
    if (mh_session_run(session, told.name, &follower, MH_BYTES_OF(told), &options, &number) ==
        MH_OK)
        await(session, number);
}

static void pass_on(mh_session *session, const char *words)
{
    char name[LINE];
    int length = 0;
    uint64_t number;
    sscanf(words, "%255s %n", name, &length);
    if (mh_session_find(session, name, &number) != MH_OK)
        return;
    order order = {{0}};
    snprintf(order.text, sizeof order.text, "%s", words + length);
    mh_channel_send(mh_session_task_context(session, number).input, MH_BYTES_OF(order),
                    MH_FOREVER);
    await(session, number);
}

static void play(mh_session *session, FILE *orders)
{
    char line[LINE];
    const char *rest;
    while (fgets(line, sizeof line, orders)) {
        line[strcspn(line, "\n")] = '\0';
        if (begins(line, "open", &rest))
            open_one(session, rest);
        else if (begins(line, "tell", &rest))
            pass_on(session, rest);
        else if (begins(line, "log", &rest))
            mh_log(MH_LOG_WARNING, "%s", rest);
        else if (begins(line, "print", &rest))
            print_line(rest);
        else
            break;
    }
    if (strcmp(line, "end") == 0)
        mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER);
}

int main(int argc, char **argv)
{
    FILE *orders = argc > 1 ? fopen(argv[1], "re") : NULL;
    if (!orders)
        return 2;
    if (argc > 2 && strcmp(argv[2], "interrupt") == 0 && mh_interrupt_open(NULL) != MH_OK)
        return 3;
    mh_pool *pool;
    mh_pool_options options = {
        .kind = MH_PROCESSES, .workers = 40, .on_demand = true, .output = MH_OUTPUT_LINES};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 4;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        play(session, orders);
        mh_session_close(session, MH_FOREVER);
    }
    mh_pool_close(pool);
    fclose(orders);
    print_line("the puppet is done");
    return 0;
}
