// Standing: a function with one worker that stands by, serves all calls, and keeps what it
// knows from one call to the next. If it crashes, another one takes its place, and begins
// anew.
//
// Shows (FEATURES): P12, P13 a standing worker that keeps its state, and is replaced; N1 the
// crash is the end of one call only.
//
//     ./standing [threads|processes|serial]
//
// prints, for every kind:
//
//     the till says: 5 11 18
//     in a process: 5 crashed 7 15

#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

#include "kind.h"

// ---- a till: setup makes it empty, each call adds to it and returns what is in it

static mh_status open_till(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    *state = calloc(1, sizeof(long));
    return *state != NULL ? MH_OK : mh_fail(call, 1, "no memory for the till");
}

static mh_status add_to_till(mh_call *call, mh_bytes item)
{
    long *total = mh_state(call);
    long amount = *(const long *)item.data;
    if (amount < 0)
        abort(); // as a bug would
    *total += amount;
    return mh_return(call, total, sizeof *total);
}

static void close_till(mh_call *call, void *state)
{
    (void)call;
    free(state);
}

static const mh_routine till = {
    .name = "till", .setup = open_till, .run = add_to_till, .teardown = close_till};

static void print_total(mh_function *add, long amount)
{
    mh_task *task;
    mh_result result = {.outcome = MH_FAILED};
    if (mh_function_call(add, MH_BYTES_OF(amount), &task) != MH_OK)
        return;
    mh_task_wait(task, MH_FOREVER);
    mh_task_result(task, &result);
    if (result.outcome == MH_DONE)
        printf(" %ld", mh_result_as(long, result));
    else
        printf(" %s", mh_outcome_text(result.outcome));
    mh_task_drop(task);
}

static void print_totals(mh_kind kind, const long *amounts, int count)
{
    mh_function add = MH_FUNCTION(&till, .kind = kind, .home = MH_HOME_STANDING);
    for (int i = 0; i < count; i++)
        print_total(&add, amounts[i]);
    printf("\n");
    mh_function_close(&add, MH_FOREVER);
}

int main(int argc, char **argv)
{
    printf("the till says:");
    print_totals(kind_from(argc, argv), (long[]){5, 6, 7}, 3);
    printf("in a process:");
    print_totals(MH_PROCESSES, (long[]){5, -1, 7, 8}, 4);
    return 0;
}
