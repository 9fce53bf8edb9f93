// Lines of tasks: each comes once, in order, and before anybody is told that its task has ended,
// in whatever way that is asked.
#include "log_story.h"

enum { ITEMS = SHORTER ? 80 : 600 };

// ---- maps ---------------------------------------------------------------------------------------

START_TEST(C7_lines_of_items_come_before_their_results)
{
    static const mh_map_options ways[] = {
        {.chunk = 1}, {.chunk = 0}, {.chunk = 50}, {.chunk = 3, .unordered = true}};
    mh_pool *pool = open_kind(_i, 3);
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        open_logbook(MH_LOG_INFO);
        mh_map *map = open_map(pool, &speaking, mh_source_range(0, ITEMS, 1), ways[way]);
        for (int i = 0; i < ITEMS; i++) {
            mh_result result = take(map);
            ck_assert_int_eq(result.outcome, MH_DONE);
            assert_lines((int)result.index, lines_for((int64_t)result.index));
        }
        assert_ends(map, MH_END);
        mh_map_close(map);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_lines_of_items_nobody_takes_come_before_the_map_is_closed)
{
    mh_pool *pool = open_kind(_i, 2);
    open_logbook(MH_LOG_INFO);
    mh_map *map = open_map(pool, &speaking, mh_source_range(0, ITEMS, 1), (mh_map_options){0});
    take(map);
    mh_map_close(map);
    for (int i = 0; i < ITEMS; i++)
        ck_assert(lines_of(i) == 0 || lines_of(i) == lines_for(i));
    int lines = atomic_load(&logbook.lines);
    mh_pool_close(pool);
    ck_assert_int_eq(atomic_load(&logbook.lines), lines);
    ck_assert_int_eq(atomic_load(&logbook.wrong), 0);
}
END_TEST

// ---- tasks --------------------------------------------------------------------------------------

static mh_task *tasks[ITEMS];

static void submit_all(mh_pool *pool)
{
    open_logbook(MH_LOG_INFO);
    for (int i = 0; i < ITEMS; i++)
        tasks[i] = submit(pool, &speaking, i);
}

static void assert_heard(int number)
{
    assert_lines(number, lines_for(number));
}

static void drop_all(void)
{
    for (int i = 0; i < ITEMS; i++)
        mh_task_drop(tasks[i]);
}

START_TEST(C7_lines_come_before_a_wait_returns)
{
    mh_pool *pool = open_kind(_i, 2);
    submit_all(pool);
    for (int i = 0; i < ITEMS; i++) {
        assert_waits(tasks[i]);
        assert_heard(i);
    }
    drop_all();
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_lines_come_before_a_wait_for_several_returns)
{
    mh_pool *pool = open_kind(_i, 2);
    submit_all(pool);
    for (size_t needed = 1; needed <= ITEMS; needed += 40) {
        ck_assert_int_eq(mh_task_wait_count(tasks, ITEMS, needed, NULL, MH_FOREVER), MH_OK);
        int heard = 0;
        for (int i = 0; i < ITEMS; i++)
            heard += lines_of(i) == lines_for(i);
        ck_assert_int_ge(heard, (int)needed);
    }
    drop_all();
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_lines_come_before_a_task_is_seen_to_have_ended)
{
    mh_pool *pool = open_kind(_i, 2);
    submit_all(pool);
    for (int i = ITEMS - 1; i >= 0; i--) {
        mh_result result;
        while (i % 2 == 0 && mh_task_state_of(tasks[i]) != MH_TASK_ENDED)
            sched_yield();
        while (i % 2 != 0 && mh_task_result(tasks[i], &result) == MH_BUSY)
            sched_yield();
        assert_heard(i);
    }
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    drop_all();
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_lines_come_before_a_completion)
{
    mh_pool *pool = open_kind(_i, 2);
    submit_all(pool);
    mh_completions *completions;
    ck_assert_int_eq(mh_completions_open(&completions, tasks, ITEMS), MH_OK);
    mh_task *task;
    while (mh_completions_next(completions, &task, MH_FOREVER) == MH_OK) {
        mh_result result;
        ck_assert_int_eq(mh_task_result(task, &result), MH_OK);
        assert_heard((int)mh_result_as(int64_t, result));
    }
    mh_completions_close(completions);
    drop_all();
    mh_pool_close(pool);
}
END_TEST

static _Atomic int called, called_early;

static void on_end(void *context, mh_task *task, const mh_result *result)
{
    (void)context;
    (void)task;
    int number = (int)mh_result_as(int64_t, *result);
    atomic_fetch_add(&called_early, lines_of(number) != lines_for(number));
    atomic_fetch_add(&called, 1);
}

START_TEST(C7_lines_come_before_on_end_is_called)
{
    mh_pool *pool = open_kind(_i, 2);
    open_logbook(MH_LOG_INFO);
    for (int i = 0; i < ITEMS; i++)
        submit_and_forget(pool, &speaking, i, &(mh_task_options){.on_end = on_end});
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    for (int i = 0; i < ITEMS; i++)
        assert_heard(i);
    ck_assert_int_eq(atomic_load(&called), ITEMS);
    ck_assert_int_eq(atomic_load(&called_early), 0);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_lines_come_before_a_session_hands_out)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_session *session;
    ck_assert_int_eq(mh_session_open(&session, pool, NULL), MH_OK);
    open_logbook(MH_LOG_INFO);
    for (int64_t i = 0; i < ITEMS; i++)
        ck_assert_int_eq(mh_session_run(session, NULL, &speaking, MH_BYTES_OF(i), NULL, NULL),
                         MH_OK);
    uint64_t ended[ITEMS];
    mh_result result;
    for (int i = 0; i < ITEMS; i++) {
        size_t count = mh_session_list(session, true, ended, ITEMS);
        for (size_t at = 0; at < count; at++)
            assert_heard((int)ended[at]);
        ck_assert_int_eq(i % 2 == 0 ? mh_session_next(session, &result, MH_FOREVER)
                                    : mh_session_next_in_order(session, &result, MH_FOREVER),
                         MH_OK);
        assert_heard((int)result.index);
    }
    ck_assert_int_eq(mh_session_close(session, MH_FOREVER), MH_OK);
    mh_pool_close(pool);
}
END_TEST

// ---- around the work ----------------------------------------------------------------------------

enum { SETUP = 1000, TEARDOWN = 2000, LAST = 50 }; // speakers, by the worker's number

static mh_status speak_first(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    speak(SETUP + mh_worker(call), 0, LAST);
    return MH_OK;
}

static void speak_last(mh_call *call, void *state)
{
    (void)state;
    speak(TEARDOWN + mh_worker(call), 0, LAST);
    mh_return(call, "bye", 4);
}
static const mh_routine ceremonious = {.name = "ceremonious",
                                       .setup = speak_first,
                                       .run = speak_by_number,
                                       .teardown = speak_last};

START_TEST(C7_setups_and_teardowns_are_heard_as_well)
{
    enum { WORKERS = 3 };
    mh_pool_options options = options_of(_i, WORKERS);
    options.routine = &ceremonious;
    open_logbook(MH_LOG_INFO);
    mh_pool *pool = open_with(&options);
    int64_t number = 6;
    mh_result result;
    ck_assert_int_eq(
        mh_map_array(pool, NULL, &number, 1, sizeof number, &number, sizeof number, NULL),
        MH_OK);
    assert_heard(6);
    while (mh_pool_next(pool, &result, MH_FOREVER) == MH_OK) {
        assert_lines(SETUP + result.worker, LAST);
        assert_lines(TEARDOWN + result.worker, LAST);
    }
    for (int i = 0; i < mh_pool_workers(pool); i++)
        assert_lines(TEARDOWN + i, LAST);
    mh_pool_close(pool);
}
END_TEST

static mh_status speak_and_refuse(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    speak(SETUP + mh_worker(call), 0, LAST);
    return mh_fail(call, 1, "no licence");
}
static const mh_routine refusing = {
    .name = "refuse", .setup = speak_and_refuse, .run = speak_by_number};

// It is tried three times; each time the lines begin anew, which the book takes for disorder.
START_TEST(C7_what_a_failing_setup_says_comes_before_why_it_failed)
{
    mh_pool_options options = options_of(_i, 1);
    options.routine = &refusing;
    open_logbook(MH_LOG_INFO);
    mh_pool *pool = open_with(&options);
    int64_t number = 6;
    mh_map_array(pool, NULL, &number, 1, sizeof number, &number, sizeof number, NULL);
    ck_assert(was_noted("no licence"));
    ck_assert_int_eq(lines_of(SETUP), LAST);
    ck_assert_int_eq(atomic_load(&logbook.wrong), 2 * LAST);
    mh_pool_close(pool);
}
END_TEST

static mh_status misuse(mh_call *call, mh_bytes item)
{
    mh_return(NULL, NULL, 0);
    return mh_return(call, item.data, item.size);
}
static const mh_routine misusing = {.name = "misuse", .run = misuse};

START_TEST(C7_what_the_library_says_in_a_worker_is_heard)
{
    mh_pool *pool = open_kind(_i, 1);
    open_logbook(MH_LOG_WARNING);
    mh_task *task = submit(pool, &misusing, 1);
    assert_waits(task);
    ck_assert(was_noted("mh_return: the call is NULL"));
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log order");
    TCase *tests = add_case(suite, "maps", 60);
    tcase_add_loop_test(tests, C7_lines_of_items_come_before_their_results, 0, KINDS);
    tcase_add_loop_test(tests, C7_lines_of_items_nobody_takes_come_before_the_map_is_closed, 0,
                        KINDS);
    tests = add_case(suite, "tasks", 60);
    tcase_add_loop_test(tests, C7_lines_come_before_a_wait_returns, 0, KINDS);
    tcase_add_loop_test(tests, C7_lines_come_before_a_wait_for_several_returns, 0, KINDS);
    tcase_add_loop_test(tests, C7_lines_come_before_a_task_is_seen_to_have_ended, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, C7_lines_come_before_a_completion, 0, KINDS);
    tcase_add_loop_test(tests, C7_lines_come_before_on_end_is_called, 0, KINDS);
    tcase_add_loop_test(tests, C7_lines_come_before_a_session_hands_out, 0, KINDS);
    tests = add_case(suite, "around the work", 30);
    tcase_add_loop_test(tests, C7_setups_and_teardowns_are_heard_as_well, 0, KINDS);
    tcase_add_loop_test(tests, C7_what_a_failing_setup_says_comes_before_why_it_failed, 0,
                        KINDS);
    tcase_add_loop_test(tests, C7_what_the_library_says_in_a_worker_is_heard, 0, KINDS);
    return run_suite(suite);
}
