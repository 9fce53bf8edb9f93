// Receive one: the results of six tasks on three workers, one by one, each as soon as there is
// one. After the example of mantichora.
//
// Shows (FEATURES): C2 one finished result with its number, waiting for it; being told when
// none is outstanding.
//
//     ./receive_one [threads|processes|serial]
//
// prints, for every kind (the order in which they came is told on standard error, for it
// differs):
//
//     numbers: 0 1 2 3 4 5
//     results by number: result1 result2 result3 result4 result5 result6
//     one more: there is nothing more to come

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"
#include "task_loop.h"

#define TASKS 6

static void run_six(mh_session *session)
{
    static const int steps[TASKS] = {20, 50, 5, 40, 10, 30};
    printf("numbers:");
    for (int i = 0; i < TASKS; i++) {
        char name[16], text[16];
        snprintf(name, sizeof name, "task%d", i + 1);
        snprintf(text, sizeof text, "result%d", i + 1);
        printf(" %d", run_loop(session, name, steps[i], text));
    }
    printf("\n");
}

static void receive_six(mh_session *session)
{
    const char *texts[TASKS] = {"", "", "", "", "", ""};
    for (int i = 0; i < TASKS; i++) {
        mh_result result;
        if (mh_session_next(session, &result, MH_FOREVER) != MH_OK)
            return;
        fprintf(stderr, "(%d, \"%s\")\n", (int)result.index, text_of(&result));
        texts[result.index] = text_of(&result); // stays until the session is closed
    }
    printf("results by number:");
    for (int i = 0; i < TASKS; i++)
        printf(" %s", texts[i]);
    mh_result none;
    printf("\none more: %s\n", mh_status_text(mh_session_next(session, &none, MH_FOREVER)));
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_from(argc, argv), .workers = 3};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        run_six(session);
        receive_six(session);
        mh_session_close(session, MH_NOW);
    }
    mh_pool_close(pool);
    return 0;
}
