// Returns: six tasks run on three workers, and what they return comes in the order in which
// they were run, whichever ended first; then three functions that have nothing in common. After
// the first examples of mantichora.
//
// Shows (FEATURES): C1 any number of different functions, and their results in the order
// given; Y1 one check for several runs; Y4 a result by its name.
//
//     ./returns [threads|processes|serial]
//
// prints, for every kind:
//
//     6 tasks: result1 result2 result3 result4 result5 result6
//     3 functions: 42 MANY HANDS 0.25

#include <ctype.h>
#include <stdio.h>

#include <manyhands.h>

#include "kind.h"
#include "task_loop.h"

static void return_six(mh_session *session)
{
    run_loop(session, "task", 50, "result1");
    run_loop(session, "another task", 10, "result2");
    run_loop(session, "still another task", 30, "result3");
    run_loop(session, "yet another task", 5, "result4");
    run_loop(session, "task again", 20, "result5");
    run_loop(session, "more task", 1, "result6");
    if (mh_session_refused(session) != MH_OK)
        return; // one of them was
    printf("6 tasks:");
    for (mh_result result; mh_session_next_in_order(session, &result, MH_FOREVER) == MH_OK;)
        printf(" %s", text_of(&result));
    printf("\n");
}

// ---- different functions, each with its own types

struct factors {
    long a, b;
};

static long multiply(struct factors factors)
{
    return factors.a * factors.b;
}

static double invert(double number)
{
    return 1 / number;
}

static mh_status capitalize(mh_call *call, mh_bytes text)
{
    void *room;
    mh_status status = mh_reserve(call, text.size, &room);
    for (size_t i = 0; status == MH_OK && i < text.size; i++)
        ((char *)room)[i] = (char)toupper(((const unsigned char *)text.data)[i]);
    return status;
}

MH_ROUTINE(multiply_both, multiply, struct factors, long);
MH_ROUTINE(invert_one, invert, double, double);
static const mh_routine capitalize_text = {.name = "capitalize", .run = capitalize};

static void return_three(mh_session *session)
{
    const struct factors factors = {6, 7};
    const double four = 4;
    mh_session_run(session, "product", &multiply_both, MH_BYTES_OF(factors), NULL, NULL);
    mh_session_run(session, "capitals", &capitalize_text, mh_bytes_of_text("many hands"), NULL,
                   NULL);
    mh_session_run(session, "inverse", &invert_one, MH_BYTES_OF(four), NULL, NULL);
    mh_result result;
    printf("3 functions:");
    if (mh_session_result_of(session, "product", &result, MH_FOREVER) == MH_OK)
        printf(" %ld", mh_result_as(long, result));
    if (mh_session_result_of(session, "capitals", &result, MH_FOREVER) == MH_OK)
        printf(" %s", text_of(&result));
    if (mh_session_result_of(session, "inverse", &result, MH_FOREVER) == MH_OK)
        printf(" %g", mh_result_as(double, result));
    printf("\n");
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 3};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        return_six(session);
        return_three(session);
        mh_session_close(session, MH_NOW); // nothing runs any more
    }
    mh_pool_close(pool);
    return 0;
}
