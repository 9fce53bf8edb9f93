// Receive finished: the program has work of its own, and looks now and then which of its tasks
// have finished meanwhile, without waiting for any. Only when its own work is done does it
// wait. After the example of mantichora.
//
// Shows (FEATURES): C2 all results there are so far, without waiting, and then the rest,
// waiting: the two mix; Y2 whether all have ended.
//
//     ./receive_finished [threads|processes|serial]
//
// prints, for every kind (how many came while the program worked is told on standard error, for
// it differs):
//
//     own work: 17984 primes
//     6 results: result1 result2 result3 result4 result5 result6
//     all have ended: yes

#include <stdbool.h>
#include <stdio.h>

#include <manyhands.h>

#include "kind.h"
#include "task_loop.h"

#define TASKS 6

struct finished {
    int count;
    const char *texts[TASKS]; // by the number of the task
};

static void run_six(mh_session *session)
{
    run_loop(session, "task1", 10, "result1");
    run_loop(session, "task2", 2, "result2");
    run_loop(session, "task3", 5, "result3");
    run_loop(session, "task4", 1, "result4");
    run_loop(session, "task5", 8, "result5");
    run_loop(session, "task6", 3, "result6");
}

static void receive(mh_session *session, struct finished *finished, mh_deadline deadline)
{
    for (mh_result result; mh_session_next(session, &result, deadline) == MH_OK;) {
        finished->texts[result.index] = text_of(&result);
        finished->count++;
    }
}

static bool is_prime(long number)
{
    for (long divisor = 2; divisor * divisor <= number; divisor++)
        if (number % divisor == 0)
            return false;
    return number > 1;
}

static void work(mh_session *session, struct finished *finished)
{
    long primes = 0;
    for (long number = 0; number < 200000; number++) {
        primes += is_prime(number);
        if (number % 1000 == 0)
            receive(session, finished, MH_NOW); // those that have finished by now
    }
    printf("own work: %ld primes\n", primes);
    fprintf(stderr, "%d results came meanwhile\n", finished->count);
}

static void print_finished(mh_session *session, const struct finished *finished)
{
    printf("%d results:", finished->count);
    for (int i = 0; i < finished->count; i++)
        printf(" %s", finished->texts[i]);
    printf("\nall have ended: %s\n", mh_session_all_ended(session) ? "yes" : "no");
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 3};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        struct finished finished = {0};
        run_six(session);
        work(session, &finished);
        receive(session, &finished, MH_FOREVER); // the rest
        print_finished(session, &finished);
        mh_session_close(session, MH_NOW);
    }
    mh_pool_close(pool);
    return 0;
}
