// The results of a session: in the order given, as they end, those there are so far, or by
// number and name; a task that ended badly is a result like any other and stops nobody.
#include <signal.h>

#include "support/grouped.h"
#include "support/traces.h"

// Three workers, each with a task that waits at a gate of its own.
static mh_session *open_gated(int kind, mh_pool **pool)
{
    *pool = open_quiet(kind, OWN_GATES);
    mh_session *session = open_session(*pool);
    for (int64_t i = 0; i < OWN_GATES; i++)
        run_until_gate(session, &gated, i);
    return session;
}

// From then on there is a result.
static void let_end(mh_session *session, int number)
{
    open_gate(GO_ON + number, 1);
    assert_gives(result_at(session, (uint64_t)number), (uint64_t)number, number);
}

// ---- orders -------------------------------------------------------------------------------------

START_TEST(C1_results_come_in_the_order_given_whatever_ends_first)
{
    mh_pool *pool;
    mh_session *session = open_gated(_i, &pool);
    mh_result result;
    for (int number = OWN_GATES - 1; number >= 0; number--) {
        ck_assert_int_eq(mh_session_next_in_order(session, &result, MH_NOW), MH_TIMEOUT);
        ck_assert_int_eq(mh_session_next_in_order(session, &result, mh_in_ms(5)), MH_TIMEOUT);
        let_end(session, number);
    }
    for (int64_t i = 0; i < OWN_GATES; i++)
        assert_gives(next_in_order(session), (uint64_t)i, i);
    assert_none_outstanding(session);
    close_both(session, pool);
}
END_TEST

START_TEST(C2_results_come_as_they_end_also_when_nobody_asks_meanwhile)
{
    static const int order[OWN_GATES] = {2, 0, 1};
    for (int at_once = 0; at_once < 2; at_once++) {
        mh_pool *pool;
        mh_session *session = open_gated(_i, &pool);
        assert_not_yet(session);
        for (int i = 0; i < OWN_GATES; i++) {
            let_end(session, order[i]);
            if (at_once)
                assert_gives(next_of(session), (uint64_t)order[i], order[i]);
        }
        for (int i = 0; i < OWN_GATES && !at_once; i++)
            assert_gives(next_of(session), (uint64_t)order[i], order[i]);
        assert_none_outstanding(session);
        close_both(session, pool);
    }
}
END_TEST

START_TEST(C2_the_two_orders_mix_on_one_batch)
{
    mh_pool *pool;
    mh_session *session = open_gated(_i, &pool);
    let_end(session, 1);
    assert_gives(next_of(session), 1, 1);
    assert_not_yet(session);
    let_end(session, 0);
    assert_gives(next_in_order(session), 0, 0);
    assert_not_yet(session); // 1 has come already
    let_end(session, 2);
    assert_gives(next_in_order(session), 2, 2);
    assert_none_outstanding(session);
    close_both(session, pool);
}
END_TEST

START_TEST(C2_however_the_orders_mix_each_result_comes_once)
{
    enum { TASKS = 60 };
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    for (int style = 0; style < 4; style++) {
        uint64_t first = run(session, NULL, &counting, 0);
        bool seen[TASKS] = {false};
        for (int64_t i = 1; i < TASKS; i++)
            run(session, NULL, i % 5 == 2 ? &failing : &counting, i);
        for (int i = 0; i < TASKS; i++) {
            bool in_order = style == 3 || (style != 0 && i % (style + 1) == 0);
            mh_result result = in_order ? next_in_order(session) : next_of(session);
            uint64_t number = result.index - first;
            ck_assert(!seen[number]);
            ck_assert_int_eq(result.outcome, number % 5 == 2 ? MH_FAILED : MH_DONE);
            ck_assert(number % 5 == 2 || mh_result_as(uint64_t, result) == number);
            seen[number] = true;
        }
        assert_none_outstanding(session);
    }
    close_both(session, pool);
}
END_TEST

START_TEST(C2_those_there_are_so_far_come_without_waiting)
{
    mh_pool *pool;
    mh_session *session = open_gated(_i, &pool);
    mh_result result;
    let_end(session, 2);
    let_end(session, 0);
    int so_far = 0;
    while (mh_session_next(session, &result, MH_NOW) == MH_OK)
        so_far++;
    ck_assert_int_eq(so_far, 2);
    assert_not_yet(session);
    let_end(session, 1);
    ck_assert_int_eq(mh_session_next(session, &result, MH_NOW), MH_OK);
    assert_gives(result, 1, 1);
    ck_assert_int_eq(mh_session_next(session, &result, MH_NOW), MH_END);
    close_both(session, pool);
}
END_TEST

START_TEST(C2_without_workers_nothing_runs_before_somebody_waits)
{
    mh_pool *pool = open_quiet(SERIAL, 1);
    mh_session *session = open_session(pool);
    mh_result result;
    run(session, NULL, &counting, 1);
    ck_assert_int_eq(mh_session_next(session, &result, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(counted(RUNS), 0);
    assert_gives(next_of(session), 0, 1);
    ck_assert_int_eq(counted(RUNS), 1);
    close_both(session, pool);
}
END_TEST

START_TEST(C2_that_none_is_outstanding_is_an_answer_of_its_own)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    assert_none_outstanding(session);
    for (int64_t i = 0; i < 3; i++) {
        run(session, NULL, &counting, i);
        assert_gives(next_of(session), (uint64_t)i, i);
        assert_none_outstanding(session); // and more may be run
    }
    close_both(session, pool);
}
END_TEST

// ---- one of them --------------------------------------------------------------------------------

START_TEST(Y4_one_result_can_be_looked_at_as_often_as_one_likes)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_session *session = open_session(pool);
    mh_result result = {.index = 99};
    run(session, "first", &gated, 0);
    run(session, "second", &counting, 5);
    ck_assert_int_eq(mh_session_result(session, 1, &result, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_session_result_of(session, "second", &result, MH_NOW), MH_TIMEOUT);
    ck_assert_uint_eq(result.index, 99);
    open_gate(GO_ON, 1);
    assert_gives(result_at(session, 1), 1, 5);
    assert_gives(next_in_order(session), 0, 0);
    const void *data = next_in_order(session).data;
    assert_none_outstanding(session);
    for (int again = 0; again < 2; again++) {
        ck_assert_int_eq(mh_session_result_of(session, "second", &result, MH_NOW), MH_OK);
        assert_gives(result, 1, 5);
        ck_assert_ptr_eq(result.data, data);
        assert_gives(result_at(session, 0), 0, 0);
    }
    ck_assert_int_eq(mh_session_result(session, 2, &result, MH_FOREVER), MH_NOT_FOUND);
    ck_assert_int_eq(mh_session_result_of(session, "third", &result, MH_FOREVER), MH_NOT_FOUND);
    close_both(session, pool);
}
END_TEST

// Bytes that tell which task they are from.
static mh_status fill(mh_call *call, mh_bytes item)
{
    void *data;
    unsigned char number = *(const unsigned char *)item.data;
    size_t size = (size_t)number * 3000 + 1;
    mh_status status = mh_reserve(call, size, &data);
    if (status == MH_OK)
        memset(data, number, size);
    return status;
}
static const mh_routine filling = {.name = "fill", .run = fill};

static void assert_filled(const mh_result *result)
{
    ck_assert_uint_eq(result->size, result->index * 3000 + 1);
    size_t wrong = 0;
    for (size_t at = 0; at < result->size; at++)
        wrong += ((const unsigned char *)result->data)[at] != result->index;
    ck_assert_uint_eq(wrong, 0);
}

START_TEST(Y4_results_of_any_size_live_until_the_session_is_cleared)
{
    enum { TASKS = 40 };
    static mh_result results[TASKS];
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    for (int64_t i = 0; i < TASKS; i++)
        run(session, NULL, &filling, i);
    for (int i = 0; i < TASKS; i++)
        results[i] = next_of(session);
    for (int i = 0; i < TASKS; i++)
        assert_filled(&results[i]);
    ck_assert_int_eq(mh_session_clear(session), MH_OK);
    ck_assert_uint_eq(mh_session_count(session), 0);
    ck_assert_int_eq(mh_session_result(session, 3, &results[0], MH_NOW), MH_NOT_FOUND);
    close_both(session, pool);
}
END_TEST

// ---- bad ends -----------------------------------------------------------------------------------

static mh_status die(mh_call *call, mh_bytes item)
{
    mh_return(call, "half a result", 14);
    raise((int)*(const int64_t *)item.data);
    return MH_OK;
}
static const mh_routine dying = {.name = "die", .run = die};

// Behind a task that keeps the only worker busy.
static void run_all_ways(mh_session *session, bool with_deaths)
{
    run(session, NULL, &counting, 1);
    run(session, NULL, &failing, 2);
    run(session, NULL, with_deaths ? &dying : &counting, SIGSEGV);
    run(session, NULL, with_deaths ? &dying : &counting, SIGABRT);
    run(session, NULL, &counting, 5);
    run(session, NULL, &counting, 6);
    ck_assert_int_eq(mh_session_cancel_task(session, 5, false), MH_OK);
}

static void assert_all_ways(mh_session *session, bool with_deaths)
{
    assert_ended_as(session, 0, with_deaths ? MH_CANCELLED : MH_DONE);
    assert_gives(result_at(session, 1), 1, 1);
    assert_ended_as(session, 2, MH_FAILED);
    ck_assert_int_eq(result_at(session, 2).code, 17);
    ck_assert_str_eq(result_at(session, 2).message, "it cannot be done");
    for (uint64_t number = 3; number <= 4; number++) {
        assert_ended_as(session, number, with_deaths ? MH_CRASHED : MH_DONE);
        int signal = number == 3 ? SIGSEGV : SIGABRT;
        ck_assert_int_eq(result_at(session, number).signal, with_deaths ? signal : 0);
        ck_assert(result_at(session, number).data == NULL || !with_deaths);
    }
    assert_ended_as(session, 5, MH_CANCELLED);
    assert_gives(result_at(session, 6), 6, 6);
}

START_TEST(C3_tasks_that_end_badly_are_results_and_stop_nobody)
{
    bool with_deaths = _i >= WITH_PROCESSES;
    mh_pool *pool = open_quiet(_i, 1);
    mh_session *session = open_session(pool);
    run(session, NULL, &gated, 0);
    if (_i != SERIAL)
        pass_gate(RUNNING);
    run_all_ways(session, with_deaths);
    if (with_deaths)
        ck_assert_int_eq(mh_task_kill(mh_session_task(session, 0)), MH_OK);
    else
        open_gate(GO_ON, 1);
    for (uint64_t i = 0; i < 7; i++)
        ck_assert_uint_eq(next_in_order(session).index, i);
    assert_all_ways(session, with_deaths);
    assert_none_outstanding(session);
    close_both(session, pool);
}
END_TEST

// What ran has crashed, what was queued is cancelled, and nobody waits for ever.
START_TEST(C3_when_no_worker_is_left_the_results_say_so)
{
    const int64_t number = 1;
    mh_pool *pool;
    mh_session *session = open_gated(_i, &pool);
    uint64_t queued = run_scoped(session, &counting, 1, MH_SCOPES_TASK);
    ck_assert_int_eq(kill(child_of_mine(), SIGKILL), 0); // which looks after the workers
    for (uint64_t i = 0; i < queued; i++)
        ck_assert_int_eq(next_of(session).outcome, MH_CRASHED);
    ck_assert_int_eq(next_of(session).outcome, MH_CANCELLED);
    assert_none_outstanding(session);
    ck_assert_int_eq(mh_session_run(session, "new", &counting, MH_BYTES_OF(number), NULL, NULL),
                     MH_BROKEN);
    ck_assert(mh_session_is_free(session, "new"));
    ck_assert_int_eq(mh_session_terminate(session, MH_FOREVER), MH_OK);
    close_both(session, pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results of sessions");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, C1_results_come_in_the_order_given_whatever_ends_first,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, C2_results_come_as_they_end_also_when_nobody_asks_meanwhile,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, C2_the_two_orders_mix_on_one_batch, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, C2_however_the_orders_mix_each_result_comes_once, 0, KINDS);
    tcase_add_loop_test(tests, C2_those_there_are_so_far_come_without_waiting, WITH_WORKERS,
                        KINDS);
    tcase_add_test(tests, C2_without_workers_nothing_runs_before_somebody_waits);
    tcase_add_loop_test(tests, C2_that_none_is_outstanding_is_an_answer_of_its_own, 0, KINDS);
    tcase_add_loop_test(tests, Y4_one_result_can_be_looked_at_as_often_as_one_likes, 0, KINDS);
    tcase_add_loop_test(tests, Y4_results_of_any_size_live_until_the_session_is_cleared, 0,
                        KINDS);
    tcase_add_loop_test(tests, C3_tasks_that_end_badly_are_results_and_stop_nobody, 0, KINDS);
    tcase_add_loop_test(tests, C3_when_no_worker_is_left_the_results_say_so, WITH_PROCESSES,
                        KINDS);
    return run_suite(suite);
}
