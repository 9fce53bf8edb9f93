// Waiting for a session: for all of its tasks, the first that ends, the first that fails; lists
// of those that have ended and those that have not; and several threads that do so at once.
#include <pthread.h>

#include "support/grouped.h"

static mh_session *open_gated(int kind, const mh_routine *routine, mh_pool **pool)
{
    *pool = open_quiet(kind, OWN_GATES);
    mh_session *session = open_session(*pool);
    for (int64_t i = 0; i < OWN_GATES; i++)
        run_until_gate(session, routine, i);
    return session;
}

static void let_end(mh_session *session, int number)
{
    open_gate(GO_ON + number, 1);
    result_at(session, (uint64_t)number);
}

static void assert_is_not_so_yet(mh_session *session, mh_until until)
{
    ck_assert_int_eq(mh_session_wait(session, until, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_session_wait(session, until, mh_in_ms(5)), MH_TIMEOUT);
}

static void assert_is_so(mh_session *session, mh_until until)
{
    ck_assert_int_eq(mh_session_wait(session, until, MH_FOREVER), MH_OK);
    ck_assert_int_eq(mh_session_wait(session, until, MH_NOW), MH_OK); // it stays so
}

// ---- until --------------------------------------------------------------------------------------

START_TEST(Y3_one_may_wait_for_all)
{
    mh_pool *pool;
    mh_session *session = open_gated(_i, &gated, &pool);
    for (int i = 0; i < OWN_GATES; i++) {
        assert_is_not_so_yet(session, MH_ALL_ENDED);
        ck_assert(!mh_session_all_ended(session));
        open_gate(GO_ON + i, 1);
    }
    assert_is_so(session, MH_ALL_ENDED);
    ck_assert(mh_session_all_ended(session));
    for (int64_t i = 0; i < OWN_GATES; i++) // and they are still there to be taken
        assert_gives(next_in_order(session), (uint64_t)i, i);
    assert_is_so(session, MH_ALL_ENDED);
    close_both(session, pool);
}
END_TEST

START_TEST(Y3_one_may_wait_for_the_first_that_ends)
{
    mh_pool *pool;
    mh_session *session = open_gated(_i, &gated, &pool);
    assert_is_not_so_yet(session, MH_FIRST_ENDED);
    ck_assert(!mh_session_any_ended(session));
    open_gate(GO_ON + 1, 1);
    assert_is_so(session, MH_FIRST_ENDED);
    ck_assert(mh_session_any_ended(session));
    ck_assert_uint_eq(mh_session_count_ended(session), 1);
    assert_gives(next_of(session), 1, 1);
    assert_is_so(session, MH_FIRST_ENDED); // handed out or not
    open_gate(GO_ON, 1);
    open_gate(GO_ON + 2, 1);
    wait_for_all(session);
    close_both(session, pool);
}
END_TEST

static mh_status fail_unless_first(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    pass_gate(GO_ON + (int)*(const int64_t *)item.data);
    return *(const int64_t *)item.data == 0 ? MH_OK : mh_fail(call, 1, "not the first");
}
static const mh_routine first_only = {.name = "fail unless first", .run = fail_unless_first};

START_TEST(Y3_one_may_wait_for_the_first_that_fails)
{
    mh_pool *pool;
    mh_session *session = open_gated(_i, &first_only, &pool);
    assert_is_not_so_yet(session, MH_FIRST_FAILED);
    let_end(session, 0);
    assert_is_so(session, MH_FIRST_ENDED);
    assert_is_not_so_yet(session, MH_FIRST_FAILED);
    open_gate(GO_ON + 2, 1);
    assert_is_so(session, MH_FIRST_FAILED);
    ck_assert_int_eq(result_at(session, 2).outcome, MH_FAILED);
    ck_assert_uint_eq(mh_session_count_ended(session), 2);
    let_end(session, 1);
    assert_is_so(session, MH_FIRST_FAILED);
    close_both(session, pool);
}
END_TEST

START_TEST(Y3_a_cancelled_one_has_failed_and_when_all_are_done_nothing_can)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_session *session = open_session(pool);
    run_until_gate(session, &gated, 0);
    run(session, NULL, &counting, 1);
    assert_is_not_so_yet(session, MH_FIRST_FAILED);
    ck_assert_int_eq(mh_session_cancel_task(session, 1, false), MH_OK);
    assert_is_so(session, MH_FIRST_FAILED);
    open_gate(GO_ON, 1);
    wait_for_all(session);
    next_of(session);
    next_of(session);
    ck_assert_int_eq(mh_session_clear(session), MH_OK);
    run(session, NULL, &counting, 2);
    run(session, NULL, &counting, 3);
    assert_is_so(session, MH_FIRST_FAILED);
    ck_assert(mh_session_all_ended(session)); // and none has failed
    close_both(session, pool);
}
END_TEST

static const mh_until untils[] = {MH_ALL_ENDED, MH_FIRST_ENDED, MH_FIRST_FAILED};
enum { UNTILS = sizeof untils / sizeof *untils };

START_TEST(Y3_without_tasks_there_is_nothing_to_wait_for)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    for (int round = 0; round < 2; round++) {
        for (int u = 0; u < UNTILS; u++)
            assert_is_so(session, untils[u]);
        ck_assert(!mh_session_any_ended(session));
        ck_assert_uint_eq(mh_session_count(session), 0);
        ck_assert_uint_eq(mh_session_list(session, true, NULL, 0), 0);
        ck_assert_uint_eq(mh_session_list(session, false, NULL, 0), 0);
        run(session, NULL, &counting, 3); // before the second round, it comes and goes
        next_of(session);
        ck_assert_int_eq(mh_session_clear(session), MH_OK);
    }
    close_both(session, pool);
}
END_TEST

START_TEST(Y3_with_any_kind_of_worker_waiting_sees_the_end)
{
    for (int u = 0; u < UNTILS; u++) {
        mh_pool *pool = open_quiet(_i, 2);
        mh_session *session = open_session(pool);
        for (int64_t i = 0; i < 50; i++)
            run(session, NULL, i == 30 ? &failing : &counting, i);
        assert_is_so(session, untils[u]);
        ck_assert(mh_session_any_ended(session));
        if (untils[u] == MH_FIRST_FAILED)
            assert_ended_as(session, 30, MH_FAILED);
        wait_for_all(session);
        ck_assert_int_eq(counted(RUNS), 49);
        close_both(session, pool);
    }
}
END_TEST

// ---- lists --------------------------------------------------------------------------------------

static void assert_list(mh_session *session, bool ended, size_t count, const uint64_t *wanted)
{
    for (size_t room = 0; room <= count + 1; room++) {
        uint64_t numbers[8] = {99, 99, 99, 99, 99, 99, 99, 99};
        ck_assert_uint_eq(mh_session_list(session, ended, numbers, room), count);
        for (size_t i = 0; i < 8; i++)
            ck_assert_uint_eq(numbers[i], i < room && i < count ? wanted[i] : 99);
    }
}

START_TEST(Y3_those_that_have_ended_and_those_that_have_not_are_listed)
{
    mh_pool *pool;
    mh_session *session = open_gated(_i, &gated, &pool);
    static const uint64_t all[] = {0, 1, 2};
    assert_list(session, true, 0, NULL);
    assert_list(session, false, 3, all);
    let_end(session, 2);
    assert_list(session, true, 1, (uint64_t[]){2});
    assert_list(session, false, 2, all);
    let_end(session, 0);
    assert_list(session, true, 2, (uint64_t[]){0, 2});
    assert_list(session, false, 1, (uint64_t[]){1});
    next_in_order(session);
    assert_list(session, true, 2, (uint64_t[]){0, 2}); // handed out or not
    ck_assert_int_eq(mh_session_clear(session), MH_OK);
    assert_list(session, true, 1, (uint64_t[]){2});
    let_end(session, 1);
    assert_list(session, true, 2, (uint64_t[]){1, 2});
    assert_list(session, false, 0, NULL);
    close_both(session, pool);
}
END_TEST

// ---- several threads ----------------------------------------------------------------------------

enum { TAKERS = 4, MANY = 400 };

static _Atomic int comings[MANY]; // of each result
static _Atomic int all_come;
static _Atomic bool no_more; // nothing is run any more

static void *take_results(void *session)
{
    mh_result result;
    for (int i = 0;; i++) {
        bool was_last = no_more;
        mh_status status = i % 2 == 0 ? mh_session_next(session, &result, MH_FOREVER)
                                      : mh_session_next_in_order(session, &result, MH_FOREVER);
        if (status == MH_END && was_last)
            return NULL;
        ck_assert(status == MH_OK || status == MH_END);
        if (status == MH_END) {
            sched_yield();
            continue;
        }
        assert_gives(result, result.index, (int64_t)result.index);
        atomic_fetch_add(&comings[result.index], 1);
        atomic_fetch_add(&all_come, 1);
    }
}

static void *wait_for_all_of_them(void *session)
{
    wait_for_all(session);
    return session;
}

// Tasks are run while others take results already.
START_TEST(C2_of_several_threads_each_result_goes_to_one)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    pthread_t takers[TAKERS];
    for (int i = 0; i < TAKERS; i++)
        ck_assert_int_eq(pthread_create(&takers[i], NULL, take_results, session), 0);
    for (int64_t i = 0; i < MANY; i++)
        run(session, NULL, &counting, i);
    atomic_store(&no_more, true);
    for (int i = 0; i < TAKERS; i++)
        pthread_join(takers[i], NULL);
    ck_assert_int_eq(all_come, MANY);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(comings[i], 1);
    assert_none_outstanding(session);
    close_both(session, pool);
}
END_TEST

START_TEST(Y3_one_thread_may_wait_for_all_while_others_take_results)
{
    mh_pool *pool = open_quiet(_i, 2);
    for (int round = 0; round < 5; round++) {
        mh_session *session = open_session(pool);
        pthread_t waiter, taker;
        for (int64_t i = 0; i < MANY / 4; i++)
            run(session, NULL, &counting, i);
        atomic_store(&no_more, true);
        ck_assert_int_eq(pthread_create(&waiter, NULL, wait_for_all_of_them, session), 0);
        ck_assert_int_eq(pthread_create(&taker, NULL, take_results, session), 0);
        assert_gives(result_at(session, 70), 70, 70);
        assert_is_so(session, MH_FIRST_ENDED);
        pthread_join(waiter, NULL);
        ck_assert(mh_session_all_ended(session));
        pthread_join(taker, NULL);
        ck_assert_int_eq(all_come, (round + 1) * MANY / 4);
        assert_none_outstanding(session);
        close_session(session);
    }
    mh_pool_close(pool);
}
END_TEST

// Each waits for what only the other's gate can end, or for both.
static void *wait_for_first(void *session)
{
    assert_is_so(session, MH_FIRST_ENDED);
    open_gate(GO_ON + 1, 1);
    return session;
}

START_TEST(Y3_threads_may_wait_for_different_things_at_once)
{
    mh_pool *pool;
    mh_session *session = open_gated(_i, &gated, &pool);
    pthread_t first, all;
    ck_assert_int_eq(pthread_create(&all, NULL, wait_for_all_of_them, session), 0);
    ck_assert_int_eq(pthread_create(&first, NULL, wait_for_first, session), 0);
    open_gate(GO_ON, 1);
    assert_gives(result_at(session, 1), 1, 1);
    open_gate(GO_ON + 2, 1);
    pthread_join(first, NULL);
    pthread_join(all, NULL);
    close_both(session, pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting for sessions");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y3_one_may_wait_for_all, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y3_one_may_wait_for_the_first_that_ends, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y3_one_may_wait_for_the_first_that_fails, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y3_a_cancelled_one_has_failed_and_when_all_are_done_nothing_can,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y3_without_tasks_there_is_nothing_to_wait_for, 0, KINDS);
    tcase_add_loop_test(tests, Y3_with_any_kind_of_worker_waiting_sees_the_end, 0, KINDS);
    tcase_add_loop_test(tests, Y3_those_that_have_ended_and_those_that_have_not_are_listed,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, C2_of_several_threads_each_result_goes_to_one, 0, KINDS);
    tcase_add_loop_test(tests, Y3_one_thread_may_wait_for_all_while_others_take_results, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y3_threads_may_wait_for_different_things_at_once, WITH_WORKERS,
                        KINDS);
    return run_suite(suite);
}
