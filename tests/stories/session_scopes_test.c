// Scopes: a task gets the channels and the event that were asked for: none, the pool's, the
// session's or its own, in any mix; and with all of them, work is shared or kept apart.
#include "support/grouped.h"

enum { SCOPES = 4, MIXES = SCOPES * SCOPES * SCOPES };
enum { ORDERS = 100, ORDER = 10, GATE = 1 }; // places on the stage: a count for each order

static mh_pool *open_global(int kind, int workers)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    mh_pool_options options = options_of(kind, workers);
    options.global_input = options.global_output = 16;
    options.global_cancel = true;
    return open_with(&options);
}

static mh_scopes mix_of(int number)
{
    return (mh_scopes){.input = (mh_scope)(number % SCOPES),
                       .output = (mh_scope)(number / SCOPES % SCOPES),
                       .cancel = (mh_scope)(number / SCOPES / SCOPES)};
}

// ---- what a task has ----------------------------------------------------------------------------

enum { HAS_INPUT = 1, HAS_OUTPUT = 2, HAS_CANCEL = 4, WAS_TOLD = 8, IS_ASKED = 16 };

// Every call says what there is, and so does its status.
static mh_status speak(mh_context context, int64_t *number, int64_t *has)
{
    mh_log_limit(MH_LOG_OFF); // here, too
    mh_status received = mh_channel_receive(context.input, number, 8, NULL, MH_FOREVER);
    mh_status sent = mh_channel_send(context.output, MH_BYTES_OF(*number), MH_FOREVER);
    mh_status waited = mh_event_wait(context.cancel, MH_NOW);
    *has = (context.input == NULL ? 0 : HAS_INPUT) | (context.output == NULL ? 0 : HAS_OUTPUT) |
           (context.cancel == NULL ? 0 : HAS_CANCEL) |
           (mh_event_is_set(context.cancel) ? WAS_TOLD : 0);
    if (received != (context.input == NULL ? MH_NOT_FOUND : MH_OK))
        return received;
    if (sent != (context.output == NULL ? MH_NOT_FOUND : MH_OK))
        return sent;
    return waited == (context.cancel == NULL ? MH_NOT_FOUND : MH_TIMEOUT) ? MH_OK : waited;
}

static mh_status tell_what_it_has(mh_call *call, mh_bytes item)
{
    int64_t told[2] = {*(const int64_t *)item.data, 0};
    mh_status status = speak(mh_context_of(call), &told[0], &told[1]);
    if (status != MH_OK)
        return mh_fail(call, status, "%s", mh_status_text(status));
    told[1] |= mh_is_cancelled(call) ? IS_ASKED : 0;
    return mh_return(call, told, sizeof told);
}
static const mh_routine telling = {.name = "tell what it has", .run = tell_what_it_has};

static void *one_of(mh_scope scope, void *global, void *sessions, void *tasks)
{
    ck_assert_ptr_nonnull(global);
    ck_assert_ptr_nonnull(sessions);
    ck_assert_ptr_ne(global, sessions);
    ck_assert(scope != MH_SCOPE_TASK ||
              (tasks != NULL && tasks != global && tasks != sessions));
    void *const all[SCOPES] = {NULL, global, sessions, tasks};
    return all[scope];
}

// The program's end of what a task has is the pool's, the session's, or another.
static mh_context context_of(mh_session *session, uint64_t number, mh_scopes scopes)
{
    mh_context tasks = mh_session_task_context(session, number);
    mh_context sessions = mh_session_context(session);
    mh_context global = mh_pool_context(mh_task_pool(mh_session_task(session, number)));
    ck_assert_ptr_eq(tasks.input,
                     one_of(scopes.input, global.input, sessions.input, tasks.input));
    ck_assert_ptr_eq(tasks.output,
                     one_of(scopes.output, global.output, sessions.output, tasks.output));
    ck_assert_ptr_eq(tasks.cancel,
                     one_of(scopes.cancel, global.cancel, sessions.cancel, tasks.cancel));
    return tasks;
}

static void talk(mh_session *session, const mh_routine *routine, int64_t message, int mix)
{
    mh_scopes scopes = mix_of(mix);
    uint64_t number = run_scoped(session, routine, -1, scopes);
    mh_context context = context_of(session, number, scopes);
    if (context.input != NULL)
        send_to(context.input, message);
    mh_result result = result_at(session, number);
    assert_done(&result, number);
    ck_assert_uint_eq(result.size, 2 * sizeof(int64_t));
    const int64_t *told = result.data;
    ck_assert_int_eq(told[0], context.input != NULL ? message : -1);
    ck_assert_int_eq(told[1], (context.input != NULL) * HAS_INPUT +
                                  (context.output != NULL) * HAS_OUTPUT +
                                  (context.cancel != NULL) * HAS_CANCEL);
    if (context.output != NULL)
        ck_assert_int_eq(receive_from(context.output), told[0]);
}

START_TEST(Y7_a_task_has_what_was_asked_for_in_every_mix_of_scopes)
{
    mh_pool *pool = open_global(_i, 2);
    mh_session *session = open_session(pool);
    for (int mix = 0; mix < MIXES; mix++)
        talk(session, &telling, 100 + mix, mix);
    close_both(session, pool);
}
END_TEST

// What a session has, as bits; the pool has all three or none.
static bool is_there(mh_scope scope, bool of_pool, bool of_session)
{
    return scope == MH_SCOPE_NONE || (scope == MH_SCOPE_GLOBAL ? of_pool : of_session);
}

static uint64_t try_mix(mh_session *session, int mix, bool of_pool, int has)
{
    const int64_t number = 0;
    mh_run_options options = {.scopes = mix_of(mix)};
    bool are_there = is_there(options.scopes.input, of_pool, has & HAS_INPUT) &&
                     is_there(options.scopes.output, of_pool, has & HAS_OUTPUT) &&
                     is_there(options.scopes.cancel, of_pool, has & HAS_CANCEL);
    mh_status status = mh_session_run(session, are_there ? NULL : "free", &counting,
                                      MH_BYTES_OF(number), &options, NULL);
    ck_assert_int_eq(status, are_there ? MH_OK : MH_NOT_FOUND);
    status = mh_session_map(session, are_there ? NULL : "free", &counting, &number, 1, 8,
                            &options, NULL);
    ck_assert_int_eq(status, are_there ? MH_OK : MH_NOT_FOUND);
    ck_assert(mh_session_is_free(session, "free"));
    return are_there ? 2 : 0;
}

static int runs_wanted; // on this stage

static void assert_only_what_is_there(mh_pool *pool, bool of_pool, int has)
{
    mh_session *session = open_session_with(
        pool, (mh_session_options){.input = has & HAS_INPUT ? 1 : MH_NO_CHANNEL,
                                   .output = has & HAS_OUTPUT ? 1 : MH_NO_CHANNEL,
                                   .no_cancel = (has & HAS_CANCEL) == 0});
    mh_context context = mh_session_context(session);
    uint64_t accepted = 0;
    ck_assert((context.input != NULL) == ((has & HAS_INPUT) != 0));
    ck_assert((context.output != NULL) == ((has & HAS_OUTPUT) != 0));
    ck_assert((context.cancel != NULL) == ((has & HAS_CANCEL) != 0));
    for (int mix = 0; mix < MIXES; mix++) {
        accepted += try_mix(session, mix, of_pool, has);
        ck_assert_uint_eq(mh_session_count(session), accepted);
    }
    wait_for_all(session);
    close_session(session);
    runs_wanted += (int)accepted;
    ck_assert_int_eq(counted(RUNS), runs_wanted);
}

START_TEST(Y7_a_scope_that_does_not_exist_is_not_found_and_nothing_runs)
{
    for (int of_pool = 0; of_pool < 2; of_pool++) {
        mh_pool *pool = of_pool ? open_global(_i, 1) : open_quiet(_i, 1);
        runs_wanted = 0;
        ck_assert((mh_pool_context(pool).input != NULL) == of_pool);
        for (int has = 0; has <= (HAS_INPUT | HAS_OUTPUT | HAS_CANCEL); has++)
            assert_only_what_is_there(pool, of_pool, has);
        mh_pool_close(pool);
    }
}
END_TEST

// ---- who shares ---------------------------------------------------------------------------------

enum { SESSIONS = 2, EACH = 2, SHARERS = SESSIONS * EACH };

static mh_status pass_on(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    int64_t number;
    (void)item;
    mh_status status = mh_channel_receive(context.input, &number, 8, NULL, MH_FOREVER);
    if (status == MH_OK)
        status = mh_channel_send(context.output, MH_BYTES_OF(number), MH_FOREVER);
    return status == MH_OK ? mh_return(call, &number, sizeof number) : status;
}
static const mh_routine passing_on = {.name = "pass on", .run = pass_on};

// Which of the numbers may have come to this task or channel: a bit for each.
static unsigned reach_of(mh_scope scope, int number)
{
    if (scope == MH_SCOPE_TASK)
        return 1u << number;
    return scope == MH_SCOPE_GLOBAL ? 0xF : 3u << number / EACH * EACH;
}

START_TEST(Y7_a_message_goes_to_those_who_share_the_channel)
{
    for (mh_scope scope = MH_SCOPE_GLOBAL; scope <= MH_SCOPE_TASK; scope++) {
        mh_pool *pool = open_global(_i, 2);
        mh_session *sessions[SESSIONS] = {open_session(pool), open_session(pool)};
        mh_scopes scopes = {.input = scope, .output = scope};
        unsigned received = 0, sent = 0;
        for (int i = 0; i < SHARERS; i++)
            run_scoped(sessions[i / EACH], &passing_on, 0, scopes);
        for (int i = 0; i < SHARERS; i++)
            send_to(context_of(sessions[i / EACH], (uint64_t)i % EACH, scopes).input, i);
        for (int i = 0; i < SHARERS; i++) {
            mh_result result = result_at(sessions[i / EACH], (uint64_t)i % EACH);
            mh_context ends = context_of(sessions[i / EACH], (uint64_t)i % EACH, scopes);
            assert_done(&result, (uint64_t)i % EACH);
            unsigned came = 1u << mh_result_as(int64_t, result);
            unsigned went = 1u << receive_from(ends.output);
            ck_assert((came & reach_of(scope, i)) != 0 && (went & reach_of(scope, i)) != 0);
            received |= came;
            sent |= went;
        }
        ck_assert_uint_eq(received, 0xF); // each went to one of them
        ck_assert_uint_eq(sent, 0xF);
        for (int s = 0; s < SESSIONS; s++)
            close_session(sessions[s]);
        mh_pool_close(pool);
    }
}
END_TEST

static mh_status wait_for_event(mh_call *call, mh_bytes item)
{
    mh_status status = mh_event_wait(mh_context_of(call).cancel, MH_FOREVER);
    if (status != MH_OK || !mh_is_cancelled(call) || mh_wait_cancelled(call, MH_NOW) != MH_OK)
        return mh_fail(call, status, "it was not asked to stop");
    return mh_return(call, item.data, item.size);
}
static const mh_routine listening = {.name = "wait for the event", .run = wait_for_event};

// With a serial pool, the event is set before the tasks run.
START_TEST(Y7_an_event_is_heard_by_those_who_share_it)
{
    for (mh_scope scope = MH_SCOPE_GLOBAL; scope <= MH_SCOPE_TASK; scope++) {
        mh_pool *pool = open_global(_i, SHARERS);
        mh_session *sessions[SESSIONS] = {open_session(pool), open_session(pool)};
        mh_scopes scopes = {.cancel = scope};
        for (int i = 0; i < SHARERS; i++)
            run_scoped(sessions[i / EACH], &listening, i, scopes);
        for (int i = 0; i < SHARERS; i++) {
            mh_context ends = context_of(sessions[i / EACH], (uint64_t)i % EACH, scopes);
            bool is_heard = scope != MH_SCOPE_TASK &&
                            i > (scope == MH_SCOPE_GLOBAL ? 0 : i / EACH * EACH);
            ck_assert(mh_event_is_set(ends.cancel) == is_heard);
            ck_assert_int_eq(mh_event_set(ends.cancel), MH_OK);
            assert_gives(result_at(sessions[i / EACH], (uint64_t)i % EACH), (uint64_t)i % EACH,
                         i);
        }
        for (int s = 0; s < SESSIONS; s++)
            close_session(sessions[s]);
        mh_pool_close(pool);
    }
}
END_TEST

// ---- standing workers ---------------------------------------------------------------------------

static mh_status take_orders(mh_call *call, mh_bytes factor)
{
    mh_context context = mh_context_of(call);
    int64_t order, taken = 0;
    mh_status status;
    while ((status = mh_channel_receive(context.input, &order, 8, NULL, MH_FOREVER)) == MH_OK) {
        count_up(ORDER + (int)order);
        order *= *(const int64_t *)factor.data;
        if ((status = mh_channel_send(context.output, MH_BYTES_OF(order), MH_FOREVER)) != MH_OK)
            break;
        taken++;
    }
    if (status != MH_END && status != MH_STOPPED)
        return mh_fail(call, status, "%s", mh_status_text(status));
    return mh_return(call, &taken, sizeof taken);
}
static const mh_routine processor = {.name = "take orders", .run = take_orders};

// Five of them, or one where nobody runs beside another.
static mh_session *open_shop(int kind, mh_pool **pool)
{
    *pool = open_quiet(kind, 5);
    mh_session *session = open_session_with(
        *pool, (mh_session_options){.input = ORDERS, .output = ORDERS});
    for (int i = 0; i < (kind == SERIAL ? 1 : 5); i++)
        run_scoped(session, &processor, 3, MH_SCOPES_SESSION);
    return session;
}

static int64_t sum_of_taken(mh_session *session)
{
    int64_t taken = 0;
    for (mh_result result; mh_session_next(session, &result, MH_FOREVER) == MH_OK;) {
        assert_done(&result, result.index);
        taken += mh_result_as(int64_t, result);
    }
    return taken;
}

START_TEST(Y8_standing_tasks_compete_for_the_orders_of_their_session)
{
    mh_pool *pool;
    mh_session *session = open_shop(_i, &pool);
    mh_context context = mh_session_context(session);
    int64_t order, sum = 0;
    for (int64_t i = 0; i < ORDERS; i++)
        send_to(context.input, i);
    ck_assert_int_eq(mh_channel_end(context.input), MH_OK);
    ck_assert_int_eq(sum_of_taken(session), ORDERS);
    while (mh_channel_receive(context.output, &order, 8, NULL, MH_FOREVER) == MH_OK)
        sum += order; // until all who might send have ended, and the last message is gone
    ck_assert_int_eq(sum, 3 * ORDERS * (ORDERS - 1) / 2);
    for (int i = 0; i < ORDERS; i++)
        ck_assert_int_eq(counted(ORDER + i), 1);
    close_both(session, pool);
}
END_TEST

START_TEST(Y8_standing_tasks_end_when_their_session_is_cancelled_with_its_event)
{
    mh_pool *pool;
    mh_session *session = open_shop(_i, &pool);
    mh_context context = mh_session_context(session);
    for (int64_t i = 0; i < 10; i++)
        send_to(context.input, i);
    for (int64_t i = 0; i < 10; i++)
        ck_assert_int_eq(receive_from(context.output) % 3, 0);
    ck_assert_int_eq(mh_session_wait(session, MH_FIRST_ENDED, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_session_cancel(session, true), MH_OK);
    int64_t taken = 0;
    for (uint64_t i = 0; i < 5; i++) {
        mh_result result = result_at(session, i);
        ck_assert(result.outcome == MH_DONE || result.outcome == MH_CANCELLED);
        taken += mh_result_as(int64_t, result); // one that never began has taken none
    }
    ck_assert_int_eq(taken, 10);
    close_both(session, pool);
}
END_TEST

START_TEST(Y7_a_thousand_tasks_may_have_channels_of_their_own)
{
    enum { TASKS = 1000 };
    mh_pool *pool = open_quiet(_i, 2);
    mh_session *session = open_session_with(pool,
                                            (mh_session_options){.input = 2, .output = 2});
    for (int64_t i = 0; i < TASKS; i++) {
        uint64_t number = run_scoped(session, &passing_on, 0, MH_SCOPES_TASK);
        send_to(mh_session_task_context(session, number).input, i);
    }
    for (int64_t i = 0; i < TASKS; i++) {
        assert_gives(next_in_order(session), (uint64_t)i, i);
        mh_context context = mh_session_task_context(session, (uint64_t)i);
        ck_assert_int_eq(receive_from(context.output), i);
    }
    for (int64_t i = 0; i < TASKS; i++) { // and a thousand more, one after the other
        uint64_t number = run_scoped(session, &passing_on, 0, MH_SCOPES_TASK);
        send_to(mh_session_task_context(session, number).input, i);
        assert_gives(next_of(session), number, i);
        ck_assert_int_eq(mh_session_clear(session), MH_OK);
    }
    close_both(session, pool);
}
END_TEST

START_TEST(Y7_sessions_with_channels_of_all_sizes_may_follow_each_other)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int size = 1; size <= 1200; size++) {
        mh_session *session = open_session_with(
            pool, (mh_session_options){.input = size, .output = 1201 - size});
        ck_assert_uint_eq(mh_channel_capacity(mh_session_context(session).input), size);
        ck_assert_uint_eq(mh_channel_capacity(mh_session_context(session).output), 1201 - size);
        close_session(session);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scopes");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, Y7_a_task_has_what_was_asked_for_in_every_mix_of_scopes, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y7_a_scope_that_does_not_exist_is_not_found_and_nothing_runs, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y7_a_message_goes_to_those_who_share_the_channel, 0, KINDS);
    tcase_add_loop_test(tests, Y7_an_event_is_heard_by_those_who_share_it, 0, KINDS);
    tcase_add_loop_test(tests, Y8_standing_tasks_compete_for_the_orders_of_their_session, 0,
                        KINDS);
    tcase_add_loop_test(tests,
                        Y8_standing_tasks_end_when_their_session_is_cancelled_with_its_event,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y7_a_thousand_tasks_may_have_channels_of_their_own, 0, KINDS);
    tcase_add_loop_test(tests, Y7_sessions_with_channels_of_all_sizes_may_follow_each_other, 0,
                        KINDS);
    return run_suite(suite);
}
