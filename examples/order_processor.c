// Order processor: five standing workers compete for the orders that somebody types in, and
// send back what they have made of them. After the interactive example of py_multitasking.
//
// Shows (FEATURES): Y8 several tasks compete for the input of one session; Y6 messages to
// running tasks, and back; Y5 a cancel event ends those that wait; Y9 threads or processes.
//
//     ./order_processor [threads|processes]
//
// reads commands, one a line: a number puts in so many new orders, r receives all that were
// processed, q quits, as does the end of the input. For the commands 3, r, r, q it prints, for
// both kinds (which worker had which order is told on standard error, for it differs):
//
//     new orders: 3
//     processed orders: 0 1 2
//     no order is in process
//     5 workers have stopped: done done done done done

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

#include "kind.h"

#define WORKERS 5
#define MOST_ORDERS 100 // that can be in process at a time

struct processed {
    long order, factor, product;
};

// ---- in each worker

// Stands there until its cancel event is set; each call that waits then returns MH_STOPPED.
static mh_status process_orders(mh_call *call, mh_bytes item)
{
    const long factor = *(const long *)item.data;
    const mh_context context = mh_context_of(call);
    long order;
    while (mh_channel_receive(context.input, &order, sizeof order, NULL, MH_FOREVER) == MH_OK) {
        mh_wait_cancelled(call, mh_in_ms(1 + order % 5)); // hard work
        struct processed processed = {order, factor, order * factor};
        mh_channel_send(context.output, MH_BYTES_OF(processed), MH_FOREVER);
    }
    return MH_OK;
}

static const mh_routine order_processor = {.name = "process orders", .run = process_orders};

// ---- the commands

static void produce_orders(const mh_context *context, long wanted, long *in_process)
{
    long order = 0;
    while (order < wanted && *in_process < MOST_ORDERS &&
           mh_channel_send(context->input, MH_BYTES_OF(order), MH_FOREVER) == MH_OK) {
        order++;
        ++*in_process;
    }
    printf("new orders: %ld\n", order);
    if (order < wanted)
        printf("no room for %ld more\n", wanted - order);
}

static int compare_orders(const void *one, const void *other)
{
    const struct processed *left = one, *right = other;
    return (left->order > right->order) - (left->order < right->order);
}

// They come as they are ready, and are shown in order.
static void receive_orders(const mh_context *context, long *in_process)
{
    struct processed processed[MOST_ORDERS];
    size_t count = 0;
    while (*in_process > 0 &&
           mh_channel_receive(context->output, &processed[count], sizeof *processed, NULL,
                              MH_FOREVER) == MH_OK) {
        count++;
        --*in_process;
    }
    if (count == 0) {
        printf("no order is in process\n");
        return;
    }
    qsort(processed, count, sizeof *processed, compare_orders);
    printf("processed orders:");
    for (size_t i = 0; i < count; i++) {
        printf(" %ld", processed[i].order);
        fprintf(stderr, "order %ld x %ld = %ld\n", processed[i].order, processed[i].factor,
                processed[i].product);
    }
    printf("\n");
}

static bool read_command(char *line, int room)
{
    fprintf(stderr, "number of new orders, r or q: ");
    if (fgets(line, room, stdin) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static void obey_commands(const mh_context *context)
{
    long in_process = 0;
    char line[80];
    while (read_command(line, sizeof line)) {
        long wanted = strtol(line, NULL, 10); // 0 when it is no number
        if (strcmp(line, "q") == 0)
            break;
        if (strcmp(line, "r") == 0)
            receive_orders(context, &in_process);
        else if (wanted > 0)
            produce_orders(context, wanted, &in_process);
        else
            printf("enter a number of new orders, r to receive them, or q to quit\n");
    }
}

// ---- the session

static void stop_workers(mh_session *session)
{
    mh_event_set(mh_session_context(session).cancel); // they all listen to it
    mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER);
    printf("%zu workers have stopped:", mh_session_count_ended(session));
    for (mh_result result; mh_session_next(session, &result, MH_NOW) == MH_OK;)
        printf(" %s", mh_outcome_text(result.outcome));
    printf("\n");
}

static void process(mh_pool *pool)
{
    static const long factors[WORKERS] = {0, 2, 4, 6, 8};
    mh_session_options room = {.input = MOST_ORDERS, .output = MOST_ORDERS};
    mh_run_options together = {.scopes = MH_SCOPES_SESSION};
    mh_session *session;
    if (mh_session_open(&session, pool, &room) != MH_OK)
        return;
    if (mh_session_map(session, "task-", &order_processor, factors, WORKERS, sizeof *factors,
                       &together, NULL) == MH_OK) {
        mh_context context = mh_session_context(session);
        obey_commands(&context);
        stop_workers(session);
    }
    mh_session_close(session, MH_NOW);
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = argc > 1 ? kind_named(argv[1]) : MH_PROCESSES,
                               .workers = WORKERS};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    process(pool);
    mh_pool_close(pool);
    return 0;
}
