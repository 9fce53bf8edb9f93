// Limited: what the stories about limiters share: a limiter where forked workers find it, too,
// and a room that counts how many are in it.
#ifndef TESTS_LIMITED_H
#define TESTS_LIMITED_H

#include "submitted.h"

enum { INSIDE = 0, MOST_INSIDE = 1 }; // places on the stage

static mh_limiter *limiter;

static inline void open_limiter(int permits)
{
    set_stage();
    ck_assert_int_eq(mh_limiter_open(&limiter, permits), MH_OK);
    ck_assert_int_eq(mh_limiter_permits(limiter), permits);
    ck_assert_int_eq(mh_limiter_available(limiter), permits);
}

// All permits have come back.
static inline void close_limiter(void)
{
    ck_assert_int_eq(mh_limiter_available(limiter), mh_limiter_permits(limiter));
    ck_assert_int_eq(mh_limiter_close(limiter), MH_OK);
}

static inline mh_task *submit_limited(mh_pool *pool, const mh_routine *routine, int64_t number)
{
    return submit_with(pool, routine, number, &(mh_task_options){.limiter = limiter});
}

static inline void be_inside(void)
{
    int inside = count_up(INSIDE);
    for (int most = counted(MOST_INSIDE); inside > most;)
        atomic_compare_exchange_weak(&on_stage()->count[MOST_INSIDE], &most, inside);
    for (int i = 0; i < 10; i++)
        sched_yield(); // so that others would come in
    atomic_fetch_sub(&on_stage()->count[INSIDE], 1);
}

static inline mh_status enter(mh_call *call, mh_bytes item)
{
    be_inside();
    return mh_return(call, item.data, item.size);
}
static const mh_routine entering = {.name = "enter", .run = enter};

// The caller waits: in a task on a thread, or in a forked worker.
static inline mh_status take_and_enter(mh_call *call, mh_bytes item)
{
    mh_status status = mh_limiter_take(limiter, MH_FOREVER);
    if (status != MH_OK)
        return mh_fail(call, status, "no permit");
    be_inside();
    status = mh_limiter_give(limiter);
    return status == MH_OK ? mh_return(call, item.data, item.size) : status;
}
static const mh_routine taking = {.name = "take and enter", .run = take_and_enter};

#endif
