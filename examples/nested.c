// Nested: a task that submits two more to the pool it runs on, and waits for them; and so do
// those. One worker is enough for all of them: while a task waits, its worker runs what it
// waits for.
//
// Shows (FEATURES): N6 nested use without deadlock; P11 a task reaches itself, and its pool.
//
//     ./nested           (not processes: those have no way back to the pool they work for)
//
// prints:
//
//     serial: fibonacci(12) is 144, by 465 tasks on 1 worker
//     threads: fibonacci(12) is 144, by 465 tasks on 1 worker

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

static mh_status fibonacci(mh_call *call, mh_bytes item);
static const mh_routine fibonacci_of = {.name = "fibonacci", .run = fibonacci};

// Waits for the task and drops it.
static mh_status take_result(mh_task *task, long *value)
{
    mh_result result;
    mh_status status = mh_task_wait(task, MH_FOREVER);
    if (status == MH_OK)
        status = mh_task_result(task, &result);
    if (status == MH_OK && result.outcome != MH_DONE)
        status = MH_ERRORS;
    if (status == MH_OK)
        *value = mh_result_as(long, result);
    mh_task_drop(task);
    return status;
}

static mh_status fibonacci(mh_call *call, mh_bytes item)
{
    long n = *(const long *)item.data;
    if (n < 2)
        return mh_return(call, &n, sizeof n);
    mh_pool *pool = mh_task_pool(mh_task_of(call));
    const long before[] = {n - 1, n - 2};
    mh_task *tasks[2];
    size_t made;
    mh_status status = mh_submit_each(pool, &fibonacci_of, before, 2, sizeof *before, 1, NULL,
                                      tasks, &made);
    if (status != MH_OK)
        return status;
    long left = 0, right = 0;
    mh_status first = take_result(tasks[0], &left), second = take_result(tasks[1], &right);
    long sum = left + right;
    return first != MH_OK    ? first
           : second != MH_OK ? second
                             : mh_return(call, &sum, sizeof sum);
}

static void print_fibonacci(const char *kind, long n)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_named(kind), .workers = 1};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return;
    mh_task *task;
    long value = 0;
    mh_pool_facts facts;
    if (mh_submit(pool, &fibonacci_of, MH_BYTES_OF(n), NULL, &task) == MH_OK &&
        take_result(task, &value) == MH_OK && mh_pool_facts_of(pool, &facts) == MH_OK)
        printf("%s: fibonacci(%ld) is %ld, by %d tasks on %d worker\n", kind, n, value,
               (int)facts.submitted, mh_pool_workers(pool));
    mh_pool_close(pool);
}

int main(void)
{
    print_fibonacci("serial", 12);
    print_fibonacci("threads", 12);
    return 0;
}
