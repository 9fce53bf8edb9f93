// Threaded: a function is declared once as one that runs elsewhere. From then on it is called
// like any other, and what it returns is a task.
//
// Shows (FEATURES): P12 threaded, with a worker for each call that is under way; P13 the same
// with processes.
//
//     ./threaded
//
// prints:
//
//     in a thread: 49
//     in a process: 64

#include <stdio.h>

#include <manyhands.h>

static long square(long x)
{
    return x * x;
}

MH_THREADED(square_later, square, long, long);
MH_PROCESSED(square_elsewhere, square, long, long);

static void print_and_drop(const char *where, mh_task *task)
{
    mh_result result;
    if (mh_task_wait(task, mh_in_ms(10000)) == MH_OK && mh_task_result(task, &result) == MH_OK)
        printf("%s: %ld\n", where, mh_result_as(long, result));
    else
        printf("%s: not finished\n", where);
    mh_task_drop(task);
}

int main(void)
{
    mh_task *first = NULL, *second = NULL;
    square_later(7, &first); // the compiler checks the 7
    square_elsewhere(8, &second);
    print_and_drop("in a thread", first);
    print_and_drop("in a process", second);
    mh_function_close(&square_later_function, MH_FOREVER);
    mh_function_close(&square_elsewhere_function, MH_FOREVER);
    return 0;
}
