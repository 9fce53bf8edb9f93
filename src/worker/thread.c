// Thread: each worker is a thread of this process.
//
// A crash here is a crash of the program; what the library can do for such workers is to try a setup
// again that failed, and to say so when it gives up.

#include <errno.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "crew.h"

typedef struct hand {
    mhi_crew *crew;
    uint32_t number;
    mhi_thread thread;
    mhi_worker worker;
    struct hand *next; // of those that have left
} hand;

// Under the crew's lock. Threads that have left their seats still have to be joined, but not by themselves: a
// worker that leaves may start the one that takes its seat.
typedef struct hands {
    hand *hand[MHI_SEATS];
    hand *departed;
} hands;

static void *live(void *argument)
{
    hand *self = argument;
    mhi_crew *crew = self->crew;
    for (int tries = 0; tries < MHI_TRIES; tries++) {
        mhi_worker_init(&self->worker, &crew->shop, self->number);
        if (mhi_worker_live(&self->worker) == MHI_LEFT) {
            mhi_crew_left(crew, self->number);
            return NULL;
        }
        mhi_log(MH_LOG_WARNING, "worker %u: %s", self->number, self->worker.seat->reason);
    }
    mhi_crew_give_up(crew, self->number, self->worker.seat->reason);
    return NULL;
}

static void depart(hands *own, uint32_t number)
{
    hand *last = own->hand[number];
    own->hand[number] = NULL;
    if (last == NULL)
        return;
    last->next = own->departed;
    own->departed = last;
}

// They have no more to do than to return.
static void join_departed(hands *own)
{
    for (hand **at = &own->departed; *at != NULL;) {
        hand *departed = *at;
        if (mhi_thread_is_self(&departed->thread)) {
            at = &departed->next;
            continue;
        }
        *at = departed->next;
        mhi_thread_join(&departed->thread);
        mhi_free(departed);
    }
}

static mh_status start(mhi_crew *crew, uint32_t number)
{
    hands *own = crew->own;
    depart(own, number);
    join_departed(own);
    hand *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory for thread %u", number);
    made->crew = crew;
    made->number = number;
    own->hand[number] = made;
    int error = mhi_should_fail() ? EAGAIN : mhi_thread_start(&made->thread, live, made);
    if (error == 0)
        return MH_OK;
    own->hand[number] = NULL;
    mhi_free(made);
    return mhi_refuse_errno(error, "starting thread %u", number);
}

// The crew is ending: whoever is just starting a worker has the lock, and nobody starts one afterwards. The
// joining is done without it, for workers that leave need it.
static void close(mhi_crew *crew)
{
    hands *own = crew->own, leaving = {.departed = NULL};
    mhi_mutex_lock(&crew->lock);
    for (uint32_t i = 0; i < MHI_SEATS; i++)
        depart(own, i);
    leaving.departed = own->departed;
    own->departed = NULL;
    mhi_mutex_unlock(&crew->lock);
    join_departed(&leaving);
}

static mh_status open(mhi_crew *crew)
{
    crew->own = mhi_allocate(1, sizeof(hands));
    if (crew->own == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory for a pool of threads");
    for (uint32_t i = 0; i < crew->shop.common->born_first; i++) {
        mhi_mutex_lock(&crew->lock);
        mh_status status = start(crew, i);
        mhi_mutex_unlock(&crew->lock);
        if (status != MH_OK) {
            mhi_crew_end(crew);
            close(crew);
            return status;
        }
    }
    return MH_OK;
}

static mhi_help help(mhi_crew *crew, bool waits)
{
    (void)crew;
    (void)waits;
    return MHI_NOTHING;
}

const mhi_carrier mhi_carrier_threads = {
    .open = open, .start = start, .help = help, .close = close};
