// Terminate bars: after half a second the program has enough of its six tasks. The bars of those that
// are terminated stay where they stopped, and say so; those that never began have none. After the
// example of mantichora.
//
// Shows (FEATURES): C4, C5 bars of tasks that were terminated; C3 ending all tasks early.
//
//     ./terminate_bars [threads|processes]
//
// shows five bars on standard error, three of them cancelled, and prints, for every kind:
//
//     2 tasks are done, 4 were terminated

#include <stdio.h>

#include <manyhands.h>

#include "bar_loop.h"
#include "kind.h"

#define TOO_MANY 1000000 // steps: some twenty minutes

static void run_six(mh_session *session)
{
    run_loop(session, "task", 30, "result1");
    run_loop(session, "another task", 10, "result2");
    run_loop(session, "still another task", TOO_MANY, "result3");
    run_loop(session, "yet another task", TOO_MANY, "result4");
    run_loop(session, "task again", TOO_MANY, "result5");
    run_loop(session, "more task", TOO_MANY, "result6");
}

static void lose_patience(mh_session *session)
{
    run_six(session);
    mh_result first, second; // the short ones, though the machine be slow
    mh_session_result_of(session, "task", &first, MH_FOREVER);
    mh_session_result_of(session, "another task", &second, MH_FOREVER);
    mh_session_wait(session, MH_ALL_ENDED, mh_in_ms(500));
    mh_session_terminate(session, mh_in_ms(100));
    int done = 0, terminated = 0;
    for (mh_result result; mh_session_next_in_order(session, &result, MH_FOREVER) == MH_OK;)
        if (result.outcome == MH_DONE)
            done++;
        else
            terminated++;
    printf("%d tasks are done, %d were terminated\n", done, terminated);
}

int main(int argc, char **argv)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = argc > 1 ? kind_named(argv[1]) : MH_PROCESSES,
                               .workers = 3};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        lose_patience(session);
        mh_session_close(session, MH_NOW);
    }
    mh_pool_close(pool);
    return 0;
}
