// Bars: six tasks run on three workers, and each shows how far it is. The bars of those that run
// are at the bottom of the terminal, the others above them, in the order in which they ended. After
// the first example of mantichora.
//
// Shows (FEATURES): C4 bars in tasks of any kind of worker; C1 results in the order given.
//
//     ./bars [threads|processes|serial]
//
// shows six bars on standard error, and prints, for every kind:
//
//     result1 result2 result3 result4 result5 result6

#include <stdio.h>

#include <manyhands.h>

#include "bar_loop.h"
#include "kind.h"

static void return_six(mh_session *session)
{
    run_loop(session, "task", 500, "result1");
    run_loop(session, "another task", 700, "result2");
    run_loop(session, "still another task", 100, "result3");
    run_loop(session, "yet another task", 300, "result4");
    run_loop(session, "task again", 200, "result5");
    run_loop(session, "more task", 400, "result6");
    const char *space = "";
    for (mh_result result; mh_session_next_in_order(session, &result, MH_FOREVER) == MH_OK;
         space = " ")
        printf("%s%s", space,
               result.outcome == MH_DONE ? (const char *)result.data : result.message);
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
        mh_session_close(session, MH_NOW); // nothing runs any more
    }
    mh_pool_close(pool); // all bars have had their last word
    return 0;
}
