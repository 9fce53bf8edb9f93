// Grouped: sessions in stories: opened, given tasks to run, and asked for results.
#ifndef TESTS_GROUPED_H
#define TESTS_GROUPED_H

#include "heard.h"
#include "submitted.h"

enum { OWN_GATES = GATES - 1 }; // gates for tasks that have one each
enum { RUNS = 0 };              // the place on the stage where runs are counted

static inline mh_session *open_session_with(mh_pool *pool, mh_session_options options)
{
    mh_session *session = NULL;
    mh_status status = mh_session_open(&session, pool, &options);
    ck_assert_msg(status == MH_OK, "opening a session: %s", mh_status_text(status));
    ck_assert_ptr_nonnull(session);
    return session;
}

static inline mh_session *open_session(mh_pool *pool)
{
    return open_session_with(pool, (mh_session_options){0});
}

static inline mh_pool *open_quiet(int kind, int workers)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    return open_kind(kind, workers);
}

static inline uint64_t run_with(mh_session *session, const char *name,
                                const mh_routine *routine, int64_t number,
                                mh_run_options options)
{
    uint64_t at = UINT64_MAX;
    mh_status status = mh_session_run(session, name, routine, MH_BYTES_OF(number), &options,
                                      &at);
    ck_assert_msg(status == MH_OK, "running a task: %s", mh_status_text(status));
    return at;
}

static inline uint64_t run(mh_session *session, const char *name, const mh_routine *routine,
                           int64_t number)
{
    return run_with(session, name, routine, number, (mh_run_options){0});
}

static inline uint64_t run_scoped(mh_session *session, const mh_routine *routine,
                                  int64_t number, mh_scopes scopes)
{
    return run_with(session, NULL, routine, number, (mh_run_options){.scopes = scopes});
}

// It runs already when this returns: on a worker of its own, up to its gate.
static inline uint64_t run_until_gate(mh_session *session, const mh_routine *routine,
                                      int64_t number)
{
    uint64_t at = run(session, NULL, routine, number);
    pass_gate(RUNNING);
    return at;
}

// ---- results ------------------------------------------------------------------------------------

static inline mh_result checked(mh_status status, const mh_result *result)
{
    ck_assert_msg(status == MH_OK, "a result: %s", mh_status_text(status));
    return *result;
}

static inline mh_result next_of(mh_session *session)
{
    mh_result result = {.index = UINT64_MAX};
    mh_status status = mh_session_next(session, &result, MH_FOREVER);
    return checked(status, &result);
}

static inline mh_result next_in_order(mh_session *session)
{
    mh_result result = {.index = UINT64_MAX};
    mh_status status = mh_session_next_in_order(session, &result, MH_FOREVER);
    return checked(status, &result);
}

static inline mh_result result_at(mh_session *session, uint64_t number)
{
    mh_result result = {.index = UINT64_MAX};
    mh_status status = mh_session_result(session, number, &result, MH_FOREVER);
    checked(status, &result);
    ck_assert_uint_eq(result.index, number);
    return result;
}

static inline void assert_gives(mh_result result, uint64_t index, int64_t number)
{
    assert_done(&result, index);
    ck_assert_int_eq(mh_result_as(int64_t, result), number);
}

static inline void assert_ended_as(mh_session *session, uint64_t number, mh_outcome wanted)
{
    mh_result result = result_at(session, number);
    ck_assert_msg(result.outcome == wanted, "task %d is %s, not %s: %s", (int)number,
                  mh_outcome_text(result.outcome), mh_outcome_text(wanted), result.message);
    ck_assert(wanted == MH_DONE || result.message[0] != '\0');
}

// Not yet, whether one waits for a moment or not.
static inline void assert_not_yet(mh_session *session)
{
    mh_result result = {.index = UINT64_MAX};
    ck_assert_int_eq(mh_session_next(session, &result, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_session_next_in_order(session, &result, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_session_next(session, &result, mh_in_ms(5)), MH_TIMEOUT);
    ck_assert_uint_eq(result.index, UINT64_MAX);
}

static inline void assert_none_outstanding(mh_session *session)
{
    mh_result result = {.index = UINT64_MAX};
    for (int again = 0; again < 2; again++) { // what was said once stays true
        ck_assert_int_eq(mh_session_next(session, &result, MH_FOREVER), MH_END);
        ck_assert_int_eq(mh_session_next(session, &result, MH_NOW), MH_END);
        ck_assert_int_eq(mh_session_next_in_order(session, &result, MH_FOREVER), MH_END);
        ck_assert_int_eq(mh_session_next_in_order(session, &result, MH_NOW), MH_END);
    }
    ck_assert_uint_eq(result.index, UINT64_MAX);
}

static inline void wait_for_all(mh_session *session)
{
    ck_assert_int_eq(mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER), MH_OK);
    ck_assert(mh_session_all_ended(session));
    ck_assert_uint_eq(mh_session_count_ended(session), mh_session_count(session));
}

static inline void close_session(mh_session *session)
{
    ck_assert_int_eq(mh_session_close(session, MH_FOREVER), MH_OK);
}

static inline void close_both(mh_session *session, mh_pool *pool)
{
    close_session(session);
    mh_pool_close(pool);
}

// ---- messages -----------------------------------------------------------------------------------

static inline void send_to(mh_channel *channel, int64_t number)
{
    ck_assert_int_eq(mh_channel_send(channel, MH_BYTES_OF(number), MH_FOREVER), MH_OK);
}

static inline int64_t receive_from(mh_channel *channel)
{
    int64_t number = 0;
    size_t size = 0;
    ck_assert_int_eq(mh_channel_receive(channel, &number, sizeof number, &size, MH_FOREVER),
                     MH_OK);
    ck_assert_uint_eq(size, sizeof number);
    return number;
}

// ---- routines -----------------------------------------------------------------------------------

static inline mh_status count_and_echo(mh_call *call, mh_bytes item)
{
    count_up(RUNS);
    return mh_return(call, item.data, item.size);
}
static const mh_routine counting = {.name = "count", .run = count_and_echo};

// Says that it runs, and waits at the gate with its number: 0 is GO_ON, 1 the next, and so on.
static inline mh_status wait_at_own_gate(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    pass_gate(GO_ON + (int)*(const int64_t *)item.data);
    return count_and_echo(call, item);
}
static const mh_routine gated = {.name = "wait at own gate", .run = wait_at_own_gate};

// Says that it runs, and goes on until it is asked to stop.
static inline mh_status wait_until_stopped(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    mh_wait_cancelled(call, MH_FOREVER);
    return count_and_echo(call, item);
}
static const mh_routine obedient = {.name = "until stopped", .run = wait_until_stopped};

static inline mh_status give_up(mh_call *call, mh_bytes item)
{
    (void)item;
    return mh_fail(call, 17, "it cannot be done");
}
static const mh_routine failing = {.name = "give up", .run = give_up};

#endif
