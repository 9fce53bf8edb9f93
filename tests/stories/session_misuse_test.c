// Misuse of sessions: what makes no sense is refused with a status and one reason in the log;
// waiting in a circle is told; in a forked child everything is refused and nothing harmed.
#include <limits.h>
#include <sys/wait.h>

#include "support/grouped.h"
#include "support/refused.h"

static const int64_t number = 7;
#define NUMBER MH_BYTES_OF(number)
static const mh_routine empty = {.name = "empty"};

static mh_session *open_heard(int kind, mh_pool **pool)
{
    *pool = open_quiet(kind, 1);
    hear_everything();
    return open_session(*pool);
}

// ---- arguments ----------------------------------------------------------------------------------

START_TEST(Y1_a_session_needs_a_pool_and_channels_of_some_size)
{
    static const int bad[] = {-2, INT_MIN, MH_CHANNEL_LIMIT + 1, INT_MAX};
    mh_pool *pool = open_quiet(_i, 1);
    mh_session *const before = (mh_session *)&heard, *session = before;
    hear_everything();
    assert_invalid(mh_session_open(&session, NULL, NULL), "mh_session_open");
    assert_invalid(mh_session_open(NULL, pool, NULL), "mh_session_open");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mh_session_options input = {.input = bad[i]}, output = {.output = bad[i]};
        assert_invalid(mh_session_open(&session, pool, &input), "mh_session_open");
        assert_invalid(mh_session_open(&session, pool, &output), "mh_session_open");
    }
    ck_assert_ptr_eq(session, before);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    assert_refused(mh_session_open(&session, pool, NULL), MH_CLOSED, "mh_session_open");
    ck_assert_ptr_eq(session, before);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y1_a_task_needs_a_routine_an_input_and_scopes_there_are)
{
    static const mh_scopes bad[] = {
        {.input = (mh_scope)4}, {.output = (mh_scope)-1}, {.cancel = (mh_scope)99}};
    const mh_bytes nowhere = {.data = NULL, .size = 5};
    uint64_t at = 99;
    mh_pool *pool;
    mh_session *session = open_heard(_i, &pool);
    assert_invalid(mh_session_run(NULL, "a", &echo, NUMBER, NULL, &at), "mh_session_run");
    assert_invalid(mh_session_run(session, "a", NULL, NUMBER, NULL, &at), "no routine");
    assert_invalid(mh_session_run(session, "a", &empty, NUMBER, NULL, &at), "no function");
    assert_invalid(mh_session_run(session, "a", &echo, nowhere, NULL, &at), "5 bytes at NULL");
    assert_invalid(mh_session_map(NULL, "a", &echo, &number, 1, 8, NULL, &at),
                   "mh_session_map");
    assert_invalid(mh_session_map(session, "a", &empty, &number, 1, 8, NULL, &at), "");
    assert_invalid(mh_session_map(session, "a", &echo, NULL, 3, 8, NULL, &at), "NULL");
    assert_invalid(mh_session_map(session, "a", &echo, &number, SIZE_MAX / 2, 8, NULL, &at),
                   "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const mh_run_options options = {.scopes = bad[i]};
        assert_invalid(mh_session_run(session, "a", &echo, NUMBER, &options, &at), "scope");
        assert_invalid(mh_session_map(session, "a", &echo, &number, 1, 8, &options, &at),
                       "scope");
    }
    ck_assert_uint_eq(at, 99);
    ck_assert_uint_eq(mh_session_count(session), 0);
    ck_assert(mh_session_is_free(session, "a") && mh_session_is_free(session, "a0"));
    ck_assert_int_eq(mh_session_refused(session), MH_INVALID);
    close_both(session, pool);
}
END_TEST

START_TEST(C2_a_result_needs_a_session_and_a_place)
{
    mh_pool *pool;
    mh_session *session = open_heard(_i, &pool);
    mh_result result = {.index = 99};
    run(session, "a", &echo, 3);
    assert_invalid(mh_session_next(NULL, &result, MH_NOW), "mh_session_next");
    assert_invalid(mh_session_next(session, NULL, MH_FOREVER), "mh_session_next");
    assert_invalid(mh_session_next_in_order(NULL, &result, MH_NOW), "mh_session_next_in_order");
    assert_invalid(mh_session_next_in_order(session, NULL, MH_FOREVER),
                   "mh_session_next_in_order");
    assert_invalid(mh_session_result(NULL, 0, &result, MH_NOW), "mh_session_result");
    assert_invalid(mh_session_result(session, 0, NULL, MH_FOREVER), "mh_session_result");
    assert_invalid(mh_session_result_of(NULL, "a", &result, MH_NOW), "");
    assert_invalid(mh_session_result_of(session, NULL, &result, MH_NOW), "");
    assert_invalid(mh_session_result_of(session, "a", NULL, MH_FOREVER), "");
    ck_assert_uint_eq(result.index, 99);
    assert_gives(next_of(session), 0, 3); // nothing was lost
    close_both(session, pool);
}
END_TEST

START_TEST(Y3_waiting_and_ending_need_a_session)
{
    uint64_t at = 99;
    mh_pool *pool;
    mh_session *session = open_heard(_i, &pool);
    run(session, "a", &echo, 3);
    assert_invalid(mh_session_wait(NULL, MH_ALL_ENDED, MH_NOW), "mh_session_wait");
    assert_invalid(mh_session_wait(session, (mh_until)3, MH_FOREVER), "mh_session_wait");
    assert_invalid(mh_session_wait(session, (mh_until)-1, MH_FOREVER), "mh_session_wait");
    assert_invalid(mh_session_find(NULL, "a", &at), "mh_session_find");
    assert_invalid(mh_session_find(session, NULL, &at), "mh_session_find");
    assert_invalid(mh_session_cancel(NULL, true), "mh_session_cancel");
    assert_invalid(mh_session_cancel_task(NULL, 0, true), "mh_session_cancel_task");
    assert_invalid(mh_session_terminate(NULL, MH_NOW), "mh_session_terminate");
    assert_invalid(mh_session_clear(NULL), "mh_session_clear");
    ck_assert_uint_eq(at, 99);
    assert_gives(next_of(session), 0, 3);
    close_both(session, pool);
}
END_TEST

START_TEST(Y2_of_no_session_there_is_nothing_to_tell)
{
    uint64_t numbers[1] = {99};
    hear_everything();
    ck_assert_uint_eq(mh_session_count(NULL), 0);
    ck_assert_uint_eq(mh_session_count_ended(NULL), 0);
    ck_assert_uint_eq(mh_session_list(NULL, true, numbers, 1), 0);
    ck_assert_uint_eq(numbers[0], 99);
    ck_assert(!mh_session_any_ended(NULL));
    ck_assert_ptr_null(mh_session_name(NULL, 0));
    ck_assert_ptr_null(mh_session_task(NULL, 0));
    ck_assert_ptr_null(mh_session_context(NULL).input);
    ck_assert_ptr_null(mh_session_task_context(NULL, 0).output);
    ck_assert_int_eq(mh_session_close(NULL, MH_FOREVER), MH_OK);
    ck_assert_int_eq(lines_heard(), 0);
}
END_TEST

// What a session owns is not closed by anybody else.
START_TEST(Y7_channels_and_events_of_a_session_are_closed_with_it_only)
{
    mh_pool *pool;
    mh_session *session = open_heard(_i, &pool);
    mh_context ends[2] = {mh_session_context(session)};
    uint64_t at = run_scoped(session, &echo, 3, MH_SCOPES_TASK);
    ends[1] = mh_session_task_context(session, at);
    assert_gives(next_of(session), 0, 3);
    for (int i = 0; i < 2; i++) {
        assert_invalid(mh_channel_close(ends[i].input), "mh_channel_close");
        assert_invalid(mh_channel_close(ends[i].output), "mh_channel_close");
        assert_invalid(mh_event_close(ends[i].cancel), "mh_event_close");
    }
    close_both(session, pool);
}
END_TEST

// ---- circles ------------------------------------------------------------------------------------

enum { CALLS = 7 };
static mh_session *session_here;

static mh_status wait_for_own_session(mh_call *call, mh_bytes item)
{
    mh_result result;
    (void)item;
    pass_gate(GO_ON); // the other task is there, too
    mh_status told[CALLS] = {
        mh_session_wait(session_here, MH_ALL_ENDED, MH_FOREVER),
        mh_session_next(session_here, &result, MH_FOREVER), // of the other task
        mh_session_next(session_here, &result, MH_FOREVER),
        mh_session_next_in_order(session_here, &result, MH_FOREVER),
        mh_session_result(session_here, 0, &result, MH_FOREVER),
        mh_session_terminate(session_here, MH_FOREVER),
        mh_session_close(session_here, MH_FOREVER),
    };
    return mh_return(call, told, sizeof told);
}
static const mh_routine selfish = {.name = "own session", .run = wait_for_own_session};

START_TEST(N6_a_task_that_waits_for_itself_through_its_session_is_told_so)
{
    mh_pool *pool = open_quiet(_i, 1);
    session_here = open_session(pool);
    run(session_here, NULL, &selfish, 0);
    run(session_here, NULL, &counting, 0);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(mh_task_wait(mh_session_task(session_here, 0), MH_FOREVER), MH_OK);
    mh_result result = result_at(session_here, 0);
    const mh_status *told = result.data;
    ck_assert_uint_eq(result.size, CALLS * sizeof *told);
    for (int i = 0; i < CALLS; i++)
        ck_assert_msg(told[i] == (i == 1 ? MH_OK : MH_DEADLOCK), "call %d: %s", i,
                      mh_status_text(told[i]));
    close_both(session_here, pool);
}
END_TEST

// Until somebody else waits, whom it leaves time to take its turn. What it might take meanwhile runs elsewhere.
static mh_status contend(mh_call *call, mh_bytes item)
{
    mh_result result;
    int64_t status = MH_TIMEOUT;
    (void)item;
    while (status == MH_TIMEOUT) {
        status = mh_session_next(session_here, &result, mh_in_ms(5));
        if (status == MH_TIMEOUT)
            mh_wait_cancelled(call, mh_in_ms(1));
    }
    return mh_return(call, &status, sizeof status);
}
static const mh_routine contending = {.name = "contend", .run = contend};

START_TEST(N6_a_task_that_waits_for_a_session_beside_another_thread_is_told_so)
{
    mh_pool *pool = open_quiet(_i, 2);
    session_here = open_session(pool);
    if (_i != SERIAL)
        run_until_gate(session_here, &gated, 0);
    uint64_t contender = run(session_here, NULL, &contending, 0);
    if (_i == SERIAL)
        run(session_here, NULL, &counting, 0); // it could wait for that, were it alone
    assert_gives(next_of(session_here), contender, MH_DEADLOCK);
    open_gate(GO_ON, 1);
    wait_for_all(session_here);
    close_both(session_here, pool);
}
END_TEST

// ---- forked children ----------------------------------------------------------------------------

static mh_status worst(mh_status one, mh_status other)
{
    return one == MH_FORKED ? other : one;
}

// MH_FORKED, if all of them are.
static mh_status try_everything(mh_pool *pool, mh_session *session)
{
    mh_result result;
    mh_session *made;
    uint64_t at;
    mh_context ends = mh_session_context(session);
    mh_status told = mh_session_open(&made, pool, NULL);
    told = worst(told, mh_session_run(session, NULL, &echo, NUMBER, NULL, &at));
    told = worst(told, mh_session_map(session, NULL, &echo, &number, 1, 8, NULL, &at));
    told = worst(told, mh_session_refused(session));
    told = worst(told, mh_session_next(session, &result, MH_FOREVER));
    told = worst(told, mh_session_next_in_order(session, &result, MH_FOREVER));
    told = worst(told, mh_session_result(session, 0, &result, MH_FOREVER));
    told = worst(told, mh_session_result_of(session, "ended", &result, MH_FOREVER));
    told = worst(told, mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER));
    told = worst(told, mh_session_find(session, "ended", &at));
    told = worst(told, mh_session_cancel(session, true));
    told = worst(told, mh_session_cancel_task(session, 0, true));
    told = worst(told, mh_session_terminate(session, MH_FOREVER));
    told = worst(told, mh_session_clear(session));
    bool is_empty = mh_session_count(session) == 0 && ends.input == NULL &&
                    mh_session_task(session, 0) == NULL;
    return is_empty ? told : MH_BUSY;
}

// What the parent has; all of it is copied into the child.
static mh_pool *parents_pool;
static mh_session *parents_session;
static mh_context parents_context;

static int check_refusals(void)
{
    int64_t message = 0;
    mh_status told = try_everything(parents_pool, parents_session);
    told = worst(told, mh_channel_send(parents_context.input, NUMBER, MH_FOREVER));
    told = worst(told, mh_channel_receive(parents_context.input, &message, 8, NULL, MH_NOW));
    told = worst(told, mh_event_set(parents_context.cancel));
    told = worst(told, mh_event_wait(parents_context.cancel, MH_FOREVER));
    return told == MH_FORKED ? 0 : (int)told + 1;
}

static int close_session_first(void)
{
    mh_session_close(parents_session, MH_FOREVER);
    mh_pool_close(parents_pool);
    return 0;
}

static int close_pool_first(void)
{
    mh_pool_close(parents_pool);
    mh_session_close(parents_session, MH_FOREVER);
    return 0;
}

static int run_on_own_pool(void)
{
    mh_pool *pool;
    mh_session *session;
    mh_result result;
    if (mh_pool_open(&pool, NULL) != MH_OK || mh_session_open(&session, pool, NULL) != MH_OK)
        return 1;
    const mh_run_options options = {.scopes = MH_SCOPES_SESSION};
    if (mh_session_run(session, "own", &echo, NUMBER, &options, NULL) != MH_OK ||
        mh_session_next(session, &result, MH_FOREVER) != MH_OK ||
        mh_result_as(int64_t, result) != number)
        return 2;
    if (mh_session_close(session, MH_FOREVER) != MH_OK)
        return 3;
    mh_pool_close(pool);
    return 0;
}

static int in_child(int (*check)(void))
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(15); // a child that hangs should not outlive the test
        _exit(check());
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int (*const checks[])(void) = {check_refusals, close_session_first, close_pool_first,
                                      run_on_own_pool};
enum { CHECKS = sizeof checks / sizeof *checks, OWN_POOL = CHECKS - 1 };

START_TEST(N6_a_forked_child_cannot_use_a_session_nor_harm_it)
{
    int check = _i / KINDS;
    if (check == OWN_POOL && (has_thread_sanitizer || has_address_sanitizer))
        return;
    parents_pool = open_quiet(_i % KINDS, 2);
    parents_session = open_session(parents_pool);
    parents_context = mh_session_context(parents_session);
    run(parents_session, "ended", &counting, 1);
    assert_gives(result_at(parents_session, 0), 0, 1);
    ck_assert_int_eq(mh_channel_send(parents_context.input, NUMBER, MH_NOW), MH_OK);
    run_scoped(parents_session, &gated, 0, MH_SCOPES_SESSION);
    run_scoped(parents_session, &counting, 2, MH_SCOPES_TASK);
    ck_assert_int_eq(in_child(checks[check]), 0);
    ck_assert(!mh_event_is_set(parents_context.cancel));
    ck_assert_uint_eq(mh_channel_count(parents_context.input), 1);
    open_gate(GO_ON, 1);
    assert_gives(next_in_order(parents_session), 0, 1);
    assert_gives(next_in_order(parents_session), 1, 0);
    assert_gives(next_in_order(parents_session), 2, 2);
    close_both(parents_session, parents_pool);
}
END_TEST

static mh_status use_parents_session(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_log_limit(MH_LOG_OFF);
    int64_t status = try_everything(parents_pool, parents_session);
    return mh_return(call, &status, sizeof status);
}
static const mh_routine far_away = {.name = "use the parent's", .run = use_parents_session};

// A worker that is born when the session is there already has a copy of it.
START_TEST(N6_a_worker_process_has_no_way_back_to_its_session)
{
    parents_pool = open_quiet(FORKED, 1);
    parents_session = open_session(parents_pool);
    mh_pool *pool = open_kind(FORKED, 1);
    mh_session *session = open_session(pool);
    run(session, NULL, &far_away, 0);
    assert_gives(next_of(session), 0, MH_FORKED);
    close_both(session, pool);
    run(parents_session, NULL, &counting, 4);
    assert_gives(next_of(parents_session), 0, 4);
    close_both(parents_session, parents_pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("misuse of sessions");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y1_a_session_needs_a_pool_and_channels_of_some_size, 0, KINDS);
    tcase_add_loop_test(tests, Y1_a_task_needs_a_routine_an_input_and_scopes_there_are, 0,
                        KINDS);
    tcase_add_loop_test(tests, C2_a_result_needs_a_session_and_a_place, 0, KINDS);
    tcase_add_loop_test(tests, Y3_waiting_and_ending_need_a_session, 0, KINDS);
    tcase_add_test(tests, Y2_of_no_session_there_is_nothing_to_tell);
    tcase_add_loop_test(tests, Y7_channels_and_events_of_a_session_are_closed_with_it_only, 0,
                        KINDS);
    tcase_add_loop_test(tests, N6_a_task_that_waits_for_itself_through_its_session_is_told_so,
                        0, WITH_PROCESSES);
    tcase_add_loop_test(tests,
                        N6_a_task_that_waits_for_a_session_beside_another_thread_is_told_so, 0,
                        WITH_PROCESSES);
    tcase_add_loop_test(tests, N6_a_forked_child_cannot_use_a_session_nor_harm_it, 0,
                        CHECKS * KINDS);
    tcase_add_test(tests, N6_a_worker_process_has_no_way_back_to_its_session);
    return run_suite(suite);
}
