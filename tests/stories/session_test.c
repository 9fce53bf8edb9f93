// Sessions: tasks of all sorts that are run together, in several rounds, beside other
// sessions, with options of their own, inside other tasks, and on a pool that ends first.
#include <pthread.h>

#include "support/grouped.h"
#include "support/limited.h"
#include "support/traces.h"

static int64_t square(int64_t number)
{
    return number * number;
}
MH_ROUTINE(square_each, square, int64_t, int64_t);

static int64_t negate(int64_t number)
{
    return -number;
}
MH_ROUTINE(negate_each, negate, int64_t, int64_t);

static mh_status greet(mh_call *call, mh_bytes name)
{
    char words[100];
    int size = snprintf(words, sizeof words, "hello, %s", (const char *)name.data);
    return mh_return(call, words, (size_t)size + 1);
}
static const mh_routine greeting = {.name = "greet", .run = greet};

static mh_status return_nothing(mh_call *call, mh_bytes item)
{
    (void)call;
    return item.size == 0 ? MH_OK : MH_INVALID;
}
static const mh_routine silent = {.name = "return nothing", .run = return_nothing};

// ---- running ------------------------------------------------------------------------------------

START_TEST(C1_different_functions_give_their_results_in_the_order_given)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_session *session = NULL;
    uint64_t number = 99;
    ck_assert_int_eq(mh_session_open(&session, pool, NULL), MH_OK);
    ck_assert_uint_eq(run(session, NULL, &square_each, 7), 0);
    ck_assert_uint_eq(run(session, NULL, &negate_each, 7), 1);
    ck_assert_int_eq(
        mh_session_run(session, NULL, &greeting, mh_bytes_of_text("hands"), NULL, &number),
        MH_OK);
    ck_assert_uint_eq(number, 2);
    ck_assert_int_eq(mh_session_run(session, NULL, &silent, (mh_bytes){0}, NULL, NULL), MH_OK);
    ck_assert_uint_eq(mh_session_count(session), 4);
    assert_gives(next_in_order(session), 0, 49);
    assert_gives(next_in_order(session), 1, -7);
    mh_result result = next_in_order(session);
    assert_done(&result, 2);
    ck_assert_str_eq(result.data, "hello, hands");
    result = next_in_order(session);
    assert_done(&result, 3);
    ck_assert_uint_eq(result.size, 0);
    assert_none_outstanding(session);
    close_both(session, pool);
}
END_TEST

START_TEST(Y1_a_chain_of_named_tasks_needs_one_check)
{
    const int64_t low = 10, high = 20;
    int64_t sum = 0;
    mh_pool *pool = open_kind(_i, 2);
    mh_session *session = open_session(pool);
    mh_session_run(session, "low", &square_each, MH_BYTES_OF(low), NULL, NULL);
    mh_session_run(session, "high", &square_each, MH_BYTES_OF(high), NULL, NULL);
    mh_session_map(session, "both-", &negate_each, (int64_t[]){3, 4}, 2, 8, NULL, NULL);
    ck_assert_int_eq(mh_session_refused(session), MH_OK);
    for (mh_result result; mh_session_next(session, &result, MH_FOREVER) == MH_OK;) {
        static const char *const names[] = {"low", "high", "both-0", "both-1"};
        ck_assert_str_eq(mh_session_name(session, result.index), names[result.index]);
        sum += mh_result_as(int64_t, result);
    }
    ck_assert_int_eq(sum, 100 + 400 - 3 - 4);
    close_both(session, pool);
}
END_TEST

START_TEST(Y1_a_list_of_inputs_becomes_numbered_tasks)
{
    enum { INPUTS = 200 };
    static int64_t inputs[INPUTS];
    uint64_t first = 99;
    mh_pool *pool = open_kind(_i, 2);
    mh_session *session = open_session(pool);
    for (int64_t i = 0; i < INPUTS; i++)
        inputs[i] = i;
    run(session, "one", &negate_each, 5);
    ck_assert_int_eq(
        mh_session_map(session, "task-", &square_each, inputs, INPUTS, 8, NULL, &first), MH_OK);
    ck_assert_uint_eq(first, 1);
    ck_assert_int_eq(mh_session_map(session, NULL, &square_each, inputs, 3, 8, NULL, &first),
                     MH_OK);
    ck_assert_uint_eq(first, 1 + INPUTS);
    ck_assert_int_eq(mh_session_map(session, "none-", &square_each, NULL, 0, 8, NULL, NULL),
                     MH_OK);
    ck_assert_uint_eq(mh_session_count(session), 1 + INPUTS + 3);
    assert_gives(next_in_order(session), 0, -5);
    for (int64_t i = 0; i < INPUTS + 3; i++)
        assert_gives(next_in_order(session), (uint64_t)i + 1, (i % INPUTS) * (i % INPUTS));
    assert_none_outstanding(session);
    close_both(session, pool);
}
END_TEST

START_TEST(C2_a_session_goes_through_several_rounds)
{
    enum { ROUNDS = 30, TASKS = 8 };
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session(pool);
    uint64_t number = 0;
    for (int64_t round = 0; round < ROUNDS; round++) {
        uint64_t sum = 0, first = number;
        for (int64_t i = 0; i < TASKS; i++)
            ck_assert_uint_eq(run(session, NULL, &counting, round), number++);
        for (int i = 0; i < TASKS; i++) {
            mh_result result = i % 3 == 0 ? next_in_order(session) : next_of(session);
            assert_gives(result, result.index, round);
            sum += result.index - first;
        }
        ck_assert_uint_eq(sum, TASKS * (TASKS - 1) / 2);
        assert_none_outstanding(session);
        if (round % 3 == 1)
            ck_assert_int_eq(mh_session_clear(session), MH_OK);
    }
    ck_assert_int_eq(counted(RUNS), ROUNDS * TASKS);
    close_both(session, pool);
}
END_TEST

START_TEST(Y1_sessions_of_one_pool_keep_apart)
{
    enum { SESSIONS = 3, TASKS = 40 };
    mh_session *sessions[SESSIONS];
    mh_pool *pool = open_kind(_i, 2);
    for (int s = 0; s < SESSIONS; s++)
        sessions[s] = open_session(pool);
    for (int64_t i = 0; i < TASKS * SESSIONS; i++) {
        char name[20];
        snprintf(name, sizeof name, "task %d", (int)i / SESSIONS);
        uint64_t number = run(sessions[i % SESSIONS], name, &negate_each, i);
        ck_assert_uint_eq(number, (uint64_t)i / SESSIONS);
    }
    ck_assert_int_eq(number_of(submit(pool, &negate_each, 4)), -4); // nobody's
    for (int s = SESSIONS - 1; s >= 0; s--) {
        for (int64_t i = 0; i < TASKS; i++)
            assert_gives(next_in_order(sessions[s]), (uint64_t)i, -(i * SESSIONS + s));
        assert_none_outstanding(sessions[s]);
        close_session(sessions[s]);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- options ------------------------------------------------------------------------------------

START_TEST(P3_the_tasks_of_a_session_may_have_priorities)
{
    static const int priorities[] = {5, -1, 7, 0, -9};
    static const uint64_t wanted[] = {5, 2, 4, 1, 3};
    mh_pool_options options = options_of(_i, 1);
    options.prefetch = MH_PREFETCH_NONE;
    set_stage();
    mh_pool *pool = open_with(&options);
    mh_session *session = open_session(pool);
    run_until_gate(session, &gated, 0);
    for (int i = 0; i < 5; i++)
        run_with(session, NULL, &counting, i, (mh_run_options){.priority = priorities[i]});
    ck_assert_int_eq(mh_task_priority(mh_session_task(session, 3)), 7);
    open_gate(GO_ON, 1);
    assert_gives(next_of(session), 0, 0);
    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(next_of(session).index, wanted[i]);
    close_both(session, pool);
}
END_TEST

START_TEST(P14_the_tasks_of_a_session_may_have_a_limiter)
{
    enum { TASKS = 20 };
    open_limiter(2);
    mh_pool *pool = open_kind(_i, 4);
    mh_session *session = open_session(pool);
    mh_run_options options = {.limiter = limiter};
    int64_t inputs[TASKS] = {0};
    for (int i = 0; i < TASKS; i++)
        run_with(session, NULL, &entering, 0, options);
    ck_assert_int_eq(
        mh_session_map(session, "in-", &entering, inputs, TASKS, 8, &options, NULL), MH_OK);
    for (uint64_t i = 0; i < 2 * TASKS; i++)
        assert_gives(next_in_order(session), i, 0);
    ck_assert_int_ge(counted(MOST_INSIDE), 1);
    ck_assert_int_le(counted(MOST_INSIDE), 2);
    close_both(session, pool);
    close_limiter();
}
END_TEST

// ---- inside tasks -------------------------------------------------------------------------------

static mh_status count_tree(mh_call *call, mh_bytes depth);
static const mh_routine tree = {.name = "count a tree", .run = count_tree};

// Each knot is a task with a session of its own, in which its two branches run.
static mh_status count_tree(mh_call *call, mh_bytes item)
{
    int64_t depth, knots = 1;
    memcpy(&depth, item.data, sizeof depth);
    depth--;
    mh_session *session;
    mh_status status = mh_session_open(&session, mh_task_pool(mh_task_of(call)), NULL);
    if (status != MH_OK)
        return mh_fail(call, status, "no session");
    for (int i = 0; i < 2 && depth >= 0; i++)
        mh_session_run(session, NULL, &tree, MH_BYTES_OF(depth), NULL, NULL);
    for (mh_result result; mh_session_next(session, &result, MH_FOREVER) == MH_OK;)
        knots += mh_result_as(int64_t, result);
    status = mh_session_refused(session);
    if (mh_session_close(session, MH_NOW) != MH_OK || status != MH_OK)
        return mh_fail(call, status, "the session was refused something");
    return mh_return(call, &knots, sizeof knots);
}

START_TEST(N6_a_task_may_have_a_session_of_its_own_on_its_own_pool)
{
    for (int workers = 1; workers <= 3; workers++) {
        mh_pool *pool = open_kind(_i, workers);
        mh_session *session = open_session(pool);
        for (int64_t i = 0; i < 5; i++)
            run(session, NULL, &tree, i);
        for (int64_t i = 0; i < 5; i++)
            assert_gives(next_in_order(session), (uint64_t)i, (1 << (i + 1)) - 1);
        close_both(session, pool);
    }
}
END_TEST

// ---- the pool ends first ------------------------------------------------------------------------

static void *close_pool(void *pool)
{
    pass_gate(GO_ON + 1);
    mh_pool_close(pool);
    return NULL;
}

START_TEST(C3_who_waits_for_a_session_sees_that_its_pool_is_closed)
{
    pthread_t thread;
    mh_pool *pool = open_quiet(_i, 1);
    mh_session *session = open_session(pool);
    run_until_gate(session, &obedient, 4);
    run(session, NULL, &counting, 5);
    ck_assert_int_eq(pthread_create(&thread, NULL, close_pool, pool), 0);
    open_gate(GO_ON + 1, 1);
    wait_for_all(session);
    assert_gives(next_in_order(session), 0, 4);
    ck_assert_int_eq(next_in_order(session).outcome, MH_CANCELLED);
    pthread_join(thread, NULL);
    close_session(session);
}
END_TEST

START_TEST(C3_the_pool_may_be_closed_before_its_sessions)
{
    set_stage();
    listen_to_log(MH_LOG_OFF);
    traces before = count_traces();
    for (int results = 0; results <= 6; results += 3) {
        mh_pool *pool = open_kind(_i, 2);
        mh_session *session = open_session(pool);
        int64_t number = 4;
        int came = 0;
        for (int64_t i = 0; i < 6; i++)
            run_scoped(session, &counting, i, MH_SCOPES_SESSION);
        for (; came < results; came++)
            ck_assert_int_eq(next_of(session).outcome, MH_DONE);
        mh_pool_close(pool);
        ck_assert(mh_session_all_ended(session));
        ck_assert_int_eq(
            mh_session_run(session, NULL, &counting, MH_BYTES_OF(number), NULL, NULL),
            MH_CLOSED);
        ck_assert_int_eq(
            mh_channel_send(mh_session_context(session).input, MH_BYTES_OF(number), MH_FOREVER),
            MH_CLOSED);
        for (mh_result result; mh_session_next(session, &result, MH_FOREVER) == MH_OK; came++)
            ck_assert(result.outcome == MH_DONE || result.outcome == MH_CANCELLED);
        ck_assert_int_eq(came, 6);
        ck_assert_int_eq(mh_session_terminate(session, MH_FOREVER), MH_OK);
        close_session(session);
        assert_no_traces(&before);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sessions");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, C1_different_functions_give_their_results_in_the_order_given, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y1_a_chain_of_named_tasks_needs_one_check, 0, KINDS);
    tcase_add_loop_test(tests, Y1_a_list_of_inputs_becomes_numbered_tasks, 0, KINDS);
    tcase_add_loop_test(tests, C2_a_session_goes_through_several_rounds, 0, KINDS);
    tcase_add_loop_test(tests, Y1_sessions_of_one_pool_keep_apart, 0, KINDS);
    tcase_add_loop_test(tests, P3_the_tasks_of_a_session_may_have_priorities, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, P14_the_tasks_of_a_session_may_have_a_limiter, 0, KINDS);
    tcase_add_loop_test(tests, N6_a_task_may_have_a_session_of_its_own_on_its_own_pool, 0,
                        WITH_PROCESSES);
    tcase_add_loop_test(tests, C3_who_waits_for_a_session_sees_that_its_pool_is_closed,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, C3_the_pool_may_be_closed_before_its_sessions, 0, KINDS);
    return run_suite(suite);
}
