// Terminate: after half a second the program has enough of its six tasks. Those that run are
// asked to stop, and in processes killed if they do not; those that are still queued never
// begin; the session itself goes on. After the example of mantichora.
//
// Shows (FEATURES): C3 ending all tasks early, whatever they do, and closing in the end.
//
//     ./terminate
//
// prints (how far each came is told on standard error, for it differs):
//
//     threads: 2 tasks ended in half a second, 4 did not
//     threads: terminated: 6 have ended, 2 of them are done
//     threads: afterwards: result7
//     processes: 2 tasks ended in half a second, 4 did not
//     processes: terminated: 6 have ended, 2 of them are done
//     processes: afterwards: result7

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"
#include "task_loop.h"

#define TOO_MANY 1000000 // steps: some twenty minutes

static void run_six(mh_session *session)
{
    run_loop(session, "task", 3, "result1");
    run_loop(session, "another task", 1, "result2");
    run_loop(session, "still another task", TOO_MANY, "result3");
    run_loop(session, "yet another task", TOO_MANY, "result4");
    run_loop(session, "task again", TOO_MANY, "result5");
    run_loop(session, "more task", TOO_MANY, "result6");
}

static int print_ends(mh_session *session)
{
    int done = 0;
    for (mh_result result; mh_session_next_in_order(session, &result, MH_NOW) == MH_OK;) {
        fprintf(stderr, "%18s: %s: %s\n", mh_session_name(session, result.index),
                mh_outcome_text(result.outcome), text_of(&result));
        done += result.outcome == MH_DONE;
    }
    return done;
}

static void lose_patience(const char *kind, mh_session *session)
{
    run_six(session);
    mh_result first, second; // the short ones, though the machine be slow
    mh_session_result_of(session, "task", &first, MH_FOREVER);
    mh_session_result_of(session, "another task", &second, MH_FOREVER);
    mh_session_wait(session, MH_ALL_ENDED, mh_in_ms(500));
    size_t ended = mh_session_count_ended(session);
    printf("%s: %zu tasks ended in half a second, %zu did not\n", kind, ended,
           mh_session_count(session) - ended);

    mh_session_terminate(session, mh_in_ms(100));
    ended = mh_session_count_ended(session);
    printf("%s: terminated: %zu have ended, %d of them are done\n", kind, ended,
           print_ends(session));

    run_loop(session, "one more task", 1, "result7");
    mh_result last;
    if (mh_session_next(session, &last, MH_FOREVER) == MH_OK)
        printf("%s: afterwards: %s\n", kind, text_of(&last));
}

static void run(const char *kind)
{
    mh_pool *pool;
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = kind_named(kind), .workers = 3}) !=
        MH_OK)
        return;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        lose_patience(kind, session);
        mh_session_close(session, MH_NOW);
    }
    mh_pool_close(pool);
}

int main(void)
{
    run("threads");
    run("processes");
    return 0;
}
