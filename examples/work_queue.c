// Work queue: three worker processes take messages from one queue, and confirm each when they
// have done what it asks for. One of them crashes in the middle, with a message in its hands;
// that message is delivered again, to another, and nothing is lost.
//
// Shows (FEATURES): Y9 a reader that dies spoils nothing: what it has taken and not confirmed
// is delivered again; Y8 workers compete for one input; N1 a crash is one failed task.
//
//     ./work_queue       (only processes: a thread that crashes takes the program with it)
//
// prints (who packed what is told on standard error, for it differs):
//
//     careless: crashed with signal 6
//     30 of 30 parcels were packed once
//     first careful: done
//     second careful: done

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

#define PARCELS 30
#define SHELF 8 // so many packed parcels have room there, until they are fetched

struct packed {
    int parcel, worker; // who packed it
};

static mh_status pack(mh_call *call, mh_bytes item)
{
    const bool careless = *(const bool *)item.data;
    const mh_context context = mh_context_of(call);
    mh_message message;
    while (mh_channel_take(context.input, &message, MH_FOREVER) == MH_OK) {
        if (careless)
            abort();
        struct packed packed = {*(const int *)message.data, mh_worker(call)};
        if (mh_channel_send(context.output, MH_BYTES_OF(packed), MH_FOREVER) == MH_OK)
            mh_channel_confirm(context.input, &message);
    }
    return MH_OK;
}

static const mh_routine packer = {.name = "pack", .run = pack};

static mh_status start(mh_session *session)
{
    mh_run_options options = {.scopes = MH_SCOPES_SESSION};
    mh_session_run(session, "careless", &packer, MH_BYTES_OF((bool){true}), &options, NULL);
    mh_session_run(session, "first careful", &packer, MH_BYTES_OF((bool){false}), &options,
                   NULL);
    mh_session_run(session, "second careful", &packer, MH_BYTES_OF((bool){false}), &options,
                   NULL);
    return mh_session_refused(session);
}

static void order(mh_channel *input)
{
    for (int parcel = 0; parcel < PARCELS; parcel++)
        mh_channel_send(input, MH_BYTES_OF(parcel), MH_FOREVER);
    mh_channel_end(input); // whoever asks for more, when all is done, may go
}

// Ends when the last of those who pack has ended, and there is nothing left.
static void fetch(mh_channel *output)
{
    int times[PARCELS] = {0}, once = 0;
    for (struct packed packed;
         mh_channel_receive(output, &packed, sizeof packed, NULL, MH_FOREVER) == MH_OK;) {
        fprintf(stderr, "worker %d packed parcel %d\n", packed.worker, packed.parcel);
        times[packed.parcel]++;
    }
    for (int parcel = 0; parcel < PARCELS; parcel++)
        once += times[parcel] == 1;
    printf("%d of %d parcels were packed once\n", once, PARCELS);
}

static void work(mh_session *session)
{
    const mh_context context = mh_session_context(session);
    if (start(session) != MH_OK)
        return;
    order(context.input);
    // The careful ones cannot do everything alone meanwhile: their shelf is soon full.
    mh_session_wait(session, MH_FIRST_FAILED, MH_FOREVER);
    mh_result result;
    if (mh_session_next(session, &result, MH_NOW) == MH_OK)
        printf("%s: %s with signal %d\n", mh_session_name(session, result.index),
               mh_outcome_text(result.outcome), result.signal);
    fetch(context.output);
    while (mh_session_next_in_order(session, &result, MH_NOW) == MH_OK)
        printf("%s: %s\n", mh_session_name(session, result.index),
               mh_outcome_text(result.outcome));
}

int main(void)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = MH_PROCESSES, .workers = 3};
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_session *session;
    if (mh_session_open(&session, pool, &(mh_session_options){.output = SHELF}) == MH_OK) {
        work(session);
        mh_session_close(session, MH_NOW);
    }
    mh_pool_close(pool);
    return 0;
}
