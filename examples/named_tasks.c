// Named tasks: asks a session about its tasks by their names: which have ended, which has
// failed, what came of them; and changes its mind about those that go on.
//
// Shows (FEATURES): Y2 lists of tasks, names that are taken or free; Y3 waiting for the first
// to fail; Y4 a result by its name, and an error is a result too; Y5 one task is cancelled, or
// all of them.
//
//     ./named_tasks
//
// prints, first for threads, then for processes:
//
//     bread: done, 300 cents
//     the first that failed: cake, there is no flour left
//     ended: bread cake; going on: tea
//     may another be named bread? no; rolls? yes
//     coffee: cancelled, it never ran
//     tea: done, asked to stop
//     all ended: yes

#include <stdbool.h>
#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

static mh_status bake(mh_call *call, mh_bytes item)
{
    long cents = *(const long *)item.data;
    if (cents > 500)
        return mh_fail(call, 1, "there is no flour left");
    return mh_return(call, &cents, sizeof cents);
}

// Says that it has begun, and then goes on until its event is set.
static mh_status brew(mh_call *call, mh_bytes item)
{
    (void)item;
    const mh_context context = mh_context_of(call);
    mh_channel_send(context.output, MH_BYTES_OF((bool){true}), MH_FOREVER);
    return mh_event_wait(context.cancel, MH_FOREVER);
}

static const mh_routine baker = {.name = "bake", .run = bake};
static const mh_routine brewer = {.name = "brew", .run = brew};

static mh_status run_bake(mh_session *session, const char *name, long cents)
{
    return mh_session_run(session, name, &baker, MH_BYTES_OF(cents), NULL, NULL);
}

static mh_status run_brew(mh_session *session, const char *name)
{
    mh_run_options options = {.scopes = MH_SCOPES_SESSION};
    return mh_session_run(session, name, &brewer, (mh_bytes){NULL, 0}, &options, NULL);
}

static void print_names(mh_session *session, bool ended)
{
    uint64_t numbers[8];
    size_t count = mh_session_list(session, ended, numbers, 8);
    for (size_t i = 0; i < count; i++)
        printf(" %s", mh_session_name(session, numbers[i]));
}

static void ask(mh_session *session)
{
    mh_result bread, cake;
    if (mh_session_result_of(session, "bread", &bread, MH_FOREVER) != MH_OK ||
        mh_session_wait(session, MH_FIRST_FAILED, MH_FOREVER) != MH_OK ||
        mh_session_result_of(session, "cake", &cake, MH_NOW) != MH_OK)
        return;
    printf("bread: %s, %ld cents\n", mh_outcome_text(bread.outcome), mh_result_as(long, bread));
    printf("the first that failed: %s, %s\n", mh_session_name(session, cake.index),
           cake.message);
    printf("ended:");
    print_names(session, true);
    printf("; going on:");
    print_names(session, false);
    printf("\nmay another be named bread? %s; rolls? %s\n",
           run_bake(session, "bread", 100) == MH_BUSY ? "no" : "yes",
           mh_session_is_free(session, "rolls") ? "yes" : "no");
}

static void cancel(mh_session *session)
{
    uint64_t coffee;
    mh_result result;
    bool begun;
    if (run_brew(session, "coffee") != MH_OK || // tea is brewed by the only worker
        mh_session_find(session, "coffee", &coffee) != MH_OK ||
        mh_session_cancel_task(session, coffee, false) != MH_OK)
        return;
    if (mh_session_result(session, coffee, &result, MH_NOW) == MH_OK)
        printf("coffee: %s, %s\n", mh_outcome_text(result.outcome),
               result.pid == 0 ? "it never ran" : "it ran");
    mh_channel_receive(mh_session_context(session).output, &begun, sizeof begun, NULL,
                       MH_FOREVER);
    mh_session_cancel(session, true);
    mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER);
    if (mh_session_result_of(session, "tea", &result, MH_NOW) == MH_OK)
        printf("tea: %s, asked to stop\n", mh_outcome_text(result.outcome));
    printf("all ended: %s\n", mh_session_all_ended(session) ? "yes" : "no");
}

static void run(const char *kind)
{
    mh_pool *pool;
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = kind_named(kind), .workers = 1}) !=
        MH_OK)
        return;
    mh_session *session;
    if (mh_session_open(&session, pool, NULL) == MH_OK) {
        run_bake(session, "bread", 300);
        run_bake(session, "cake", 900);
        run_brew(session, "tea");
        ask(session);
        cancel(session);
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
