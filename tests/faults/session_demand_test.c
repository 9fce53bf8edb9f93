// The n-th demand fails, with sessions, channels and events: each allocation, thread, process
// or piece of shared memory in turn, until the whole tale works. A call says so and has done
// nothing, or what it promised comes; and nothing is left behind.
#include "base/memory.h"
#include "support/grouped.h"
#include "support/traces.h"

enum { TASKS = 6, MOST = 800, ENOUGH = 5 };

static struct tale {
    int kind;
    bool all_well; // nothing failed
} tale;

// A refusal is for want of something, says so, and there is a reason for it.
static bool is_accepted(mh_status status)
{
    if (status == MH_OK)
        return true;
    ck_assert_msg(status == MH_NO_MEMORY || status == MH_SYSTEM, "%s", mh_status_text(status));
    ck_assert_msg(lines_heard() > 0, "no reason was given");
    tale.all_well = false;
    return false;
}

static mh_pool *try_open_pool(int global)
{
    mh_pool *pool = NULL;
    mh_pool_options options = options_of(tale.kind, 2);
    options.global_input = options.global_output = global;
    options.global_cancel = global > 0;
    bool is_open = is_accepted(mh_pool_open(&pool, &options));
    ck_assert(is_open == (pool != NULL));
    ck_assert((mh_pool_context(pool).input != NULL) == (is_open && global > 0));
    return pool;
}

static mh_session *try_open(mh_pool *pool)
{
    mh_session *session = NULL;
    if (pool == NULL)
        return NULL;
    bool is_open = is_accepted(mh_session_open(&session, pool, NULL));
    ck_assert(is_open == (session != NULL));
    return session;
}

static bool try_run(mh_session *session, const char *name, const mh_routine *routine,
                    int64_t input, mh_scopes scopes)
{
    const mh_run_options options = {.scopes = scopes};
    size_t count = mh_session_count(session);
    uint64_t number = UINT64_MAX;
    mh_status before = mh_session_refused(session);
    mh_status status = mh_session_run(session, name, routine, MH_BYTES_OF(input), &options,
                                      &number);
    bool is_run = is_accepted(status);
    ck_assert(is_run == (number != UINT64_MAX));
    ck_assert_uint_eq(mh_session_count(session), count + is_run);
    ck_assert(name == NULL || mh_session_is_free(session, name) == !is_run);
    ck_assert_int_eq(mh_session_refused(session), before != MH_OK ? before : status);
    return is_run;
}

// Whatever was run comes, once, with the right number or with a reason.
static void take_all(mh_session *session, bool in_order)
{
    size_t left = mh_session_count(session);
    for (mh_result result; left > 0; left--) {
        ck_assert_int_eq(in_order ? mh_session_next_in_order(session, &result, MH_FOREVER)
                                  : mh_session_next(session, &result, MH_FOREVER),
                         MH_OK);
        if (result.outcome == MH_DONE) {
            ck_assert_int_eq(mh_result_as(int64_t, result), (int64_t)result.index);
            continue;
        }
        ck_assert(result.outcome == MH_FAILED || result.outcome == MH_CANCELLED);
        ck_assert_str_ne(result.message, "");
        tale.all_well = false;
    }
    assert_none_outstanding(session);
}

// An end that could not be brought about may be tried again.
static void end_session(mh_session *session)
{
    if (session == NULL)
        return;
    for (int tries = 0; !is_accepted(mh_session_close(session, MH_FOREVER)); tries++)
        ck_assert_int_lt(tries, 10);
}

// ---- the tales ----------------------------------------------------------------------------------

// The index tells the number: both count what was accepted.
static int run_some(mh_session *session, mh_scopes scopes)
{
    int accepted = 0;
    for (int i = 0; i < TASKS; i++) {
        char name[20];
        snprintf(name, sizeof name, "task %d", i);
        accepted += try_run(session, i % 2 == 0 ? name : NULL, &echo, accepted, scopes);
    }
    return accepted;
}

static void run_tasks(void)
{
    mh_pool *pool = try_open_pool(0);
    mh_session *session = try_open(pool);
    if (session != NULL) {
        run_some(session, (mh_scopes){0});
        take_all(session, true);
        ck_assert_int_eq(mh_session_clear(session), MH_OK);
        ck_assert_uint_eq(mh_session_count(session), 0);
        ck_assert_int_eq(mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER), MH_OK);
    }
    end_session(session);
    mh_pool_close(pool);
}

static void run_with_scopes(void)
{
    mh_pool *pool = try_open_pool(1);
    mh_session *session = try_open(pool);
    if (session != NULL) {
        int accepted = run_some(session, MH_SCOPES_TASK);
        accepted += try_run(session, NULL, &echo, accepted, MH_SCOPES_SESSION);
        try_run(session, "last", &echo, accepted, MH_SCOPES_GLOBAL);
        take_all(session, false);
    }
    end_session(session);
    mh_pool_close(pool);
}

static void map_inputs(void)
{
    static const int64_t inputs[TASKS] = {0, 1, 2, 3, 4, 5};
    mh_pool *pool = try_open_pool(0);
    mh_session *session = try_open(pool);
    const mh_run_options options[] = {{0}, {.scopes = MH_SCOPES_TASK}};
    for (int own = 0; own < 2 && session != NULL; own++) {
        uint64_t first = UINT64_MAX;
        bool is_whole = is_accepted(
            mh_session_map(session, "task-", &echo, inputs, TASKS, 8, &options[own], &first));
        ck_assert_uint_eq(mh_session_count(session), is_whole ? TASKS : 0); // all or none
        ck_assert(mh_session_is_free(session, "task-0") == !is_whole);
        ck_assert(is_whole == (first != UINT64_MAX));
        for (uint64_t i = 0; i < TASKS && is_whole; i++) {
            mh_result result = result_at(session, first + i);
            tale.all_well &= result.outcome == MH_DONE;
            if (result.outcome == MH_DONE)
                ck_assert_int_eq(mh_result_as(int64_t, result), (int64_t)i);
        }
        ck_assert_int_eq(mh_session_wait(session, MH_ALL_ENDED, MH_FOREVER), MH_OK);
        while (is_whole && mh_session_next(session, &(mh_result){0}, MH_NOW) == MH_OK)
            continue;
        ck_assert_int_eq(mh_session_clear(session), MH_OK);
    }
    end_session(session);
    mh_pool_close(pool);
}

static mh_status pass_on(mh_call *call, mh_bytes item)
{
    static char message[100000];
    mh_context context = mh_context_of(call);
    size_t size;
    mh_status status = mh_channel_receive(context.input, message, sizeof message, &size,
                                          MH_FOREVER);
    if (status == MH_OK)
        status = mh_channel_send(context.output, (mh_bytes){.data = message, .size = size},
                                 MH_FOREVER);
    return status == MH_OK ? mh_return(call, item.data, item.size) : status;
}
static const mh_routine passing_on = {.name = "pass on", .run = pass_on};

static void pass_message(mh_session *session, size_t size)
{
    static char message[100000];
    mh_context ends = mh_session_context(session);
    mh_bytes bytes = {.data = message, .size = size};
    if (!is_accepted(mh_channel_send(ends.input, bytes, MH_FOREVER)) ||
        !try_run(session, NULL, &passing_on, 0, MH_SCOPES_SESSION))
        return;
    take_all(session, false);
    mh_status status = mh_channel_receive(ends.output, message, sizeof message, &size,
                                          MH_FOREVER);
    if (status == MH_END) // the task could not receive it, or not send it
        ck_assert(!tale.all_well);
    else if (is_accepted(status))
        ck_assert_uint_eq(size, bytes.size);
}

// Some lie in the channel, others take memory of their own.
static void send_messages(void)
{
    static const size_t sizes[] = {10, 100000};
    mh_pool *pool = try_open_pool(0);
    for (int i = 0; i < 2; i++) {
        mh_session *session = try_open(pool);
        if (session != NULL)
            pass_message(session, sizes[i]);
        end_session(session);
    }
    mh_pool_close(pool);
}

static void open_channels(void)
{
    mh_pool *pool = try_open_pool(0);
    mh_channel *channel = NULL;
    mh_event *event = NULL;
    if (pool == NULL)
        return;
    ck_assert(is_accepted(mh_channel_open(&channel, pool, 3)) == (channel != NULL));
    ck_assert(is_accepted(mh_event_open(&event, pool)) == (event != NULL));
    if (event != NULL)
        ck_assert_int_eq(mh_event_set(event), MH_OK);
    for (int i = 0; i < 3 && channel != NULL; i++)
        is_accepted(mh_channel_send(channel, MH_BYTES_OF(i), MH_NOW));
    mh_pool_close(pool);
    ck_assert_int_eq(mh_channel_close(channel), MH_OK);
    ck_assert_int_eq(mh_event_close(event), MH_OK);
}

static void terminate(void)
{
    mh_pool *pool = try_open_pool(0);
    mh_session *session = try_open(pool);
    if (session != NULL) {
        run_some(session, MH_SCOPES_SESSION);
        if (is_accepted(mh_session_terminate(session, MH_FOREVER)))
            ck_assert(mh_session_all_ended(session));
        ck_assert_int_eq(mh_session_cancel(session, true), MH_OK);
    }
    end_session(session);
    mh_pool_close(pool);
}

static void close_at_once(void)
{
    mh_pool *pool = try_open_pool(0);
    mh_session *session = try_open(pool), *other = try_open(pool);
    if (session != NULL)
        run_some(session, MH_SCOPES_TASK);
    if (other != NULL)
        run_some(other, MH_SCOPES_SESSION);
    end_session(session);
    mh_pool_close(pool); // before the other one
    end_session(other);
}

// ---- all of them --------------------------------------------------------------------------------

static void (*const tales[])(void) = {run_tasks,     run_with_scopes, map_inputs,
                                      send_messages, open_channels,   terminate,
                                      close_at_once};
enum { TALES = sizeof tales / sizeof *tales };

// Forked processes count their own demands from where the program was, so it goes on for a
// while after the program itself has none left.
START_TEST(every_demand_of_sessions_may_fail)
{
    traces before = count_traces();
    int well = 0, failed = 0;
    for (uint64_t nth = 1; nth < MOST && well < ENOUGH; nth += demand_stride(_i % KINDS)) {
        tale = (struct tale){.kind = _i % KINDS, .all_well = true};
        listen_to_log(MH_LOG_WARNING);
        mhi_fail_after(nth);
        tales[_i / KINDS]();
        bool was_made = mhi_demands() >= nth;
        mhi_fail_after(0);
        assert_no_traces(&before);
        well = tale.all_well && !was_made ? well + 1 : 0;
        failed += !tale.all_well;
    }
    ck_assert_msg(well == ENOUGH, "it never worked");
    ck_assert_int_ge(failed * (int)demand_stride(_i % KINDS), 3); // the faults were real
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the n-th demand of sessions fails");
    TCase *tests = add_case(suite, "tales", 60);
    tcase_add_loop_test(tests, every_demand_of_sessions_may_fail, 0, TALES * KINDS);
    return run_suite(suite);
}
