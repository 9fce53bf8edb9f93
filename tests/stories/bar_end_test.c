// Bars that nobody closed: the library ends them with their call or their worker, they stay at their last
// count, and say how it came.

#include "support/bars.h"
#include "support/deaths.h"
#include "support/traces.h"
#include "task_story.h"

static mh_progress *open_half(void)
{
    mh_progress *bar = NULL;
    mh_progress_open(&bar, "half", 10);
    mh_progress_add(bar, 5);
    return bar;
}

static mh_status leave_open(mh_call *call, mh_bytes item)
{
    open_half();
    return mh_return(call, item.data, item.size);
}
static const mh_routine careless = {.name = "leave open", .run = leave_open};

static mh_status fail_half_way(mh_call *call, mh_bytes item)
{
    (void)item;
    open_half();
    return mh_fail(call, 1, "half-way");
}
static const mh_routine failing = {.name = "fail", .run = fail_half_way};

// Several, in a word that is not the first, and one that is closed.
static mh_status leave_some(mh_call *call, mh_bytes item)
{
    mh_progress *closed = NULL, *open = NULL;
    mh_progress_open(&closed, "closed", 1);
    open_half();
    mh_progress_add(closed, 1);
    mh_progress_close(closed);
    mh_progress_open(&open, "other", MH_PROGRESS_UNSIZED);
    return mh_return(call, item.data, item.size);
}
static const mh_routine half_careless = {.name = "leave some", .run = leave_some};

static mh_status close_late(mh_call *call, mh_bytes item)
{
    static mh_progress *before;
    mh_progress_close(before); // of the last task: it has ended, and may be another's by now
    before = open_half();
    return mh_return(call, item.data, item.size);
}
static const mh_routine late = {.name = "close late", .run = close_late};

START_TEST(C4_a_bar_that_is_left_open_says_so)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    assert_gives_and_drop(submit(pool, &careless, 1), 1);
    assert_last_word("half", "5 of 10 (50%)", LEFT_OPEN);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C4_only_what_is_open_is_ended)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    mh_progress *mine = open_bar("mine", 2);
    assert_gives_and_drop(submit(pool, &half_careless, 1), 1);
    assert_last_word("closed", "1 of 1 (100%)", AS_IT_SHOULD);
    assert_last_word("half", "5 of 10 (50%)", LEFT_OPEN);
    assert_last_word("other", "0, ", LEFT_OPEN);
    mh_progress_add(mine, 2);
    mh_progress_close(mine);
    assert_last_word("mine", "2 of 2 (100%)", AS_IT_SHOULD);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C4_a_handle_that_outlives_its_bar_does_no_harm)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    for (int64_t i = 0; i < 5; i++) {
        assert_gives_and_drop(submit(pool, &late, i), i);
        assert_last_word("half", "5 of 10 (50%)", LEFT_OPEN);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(C4_a_bar_of_a_task_that_failed_says_so)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &failing, 1);
    ck_assert_int_eq(result_of(task).outcome, MH_FAILED);
    assert_last_word("half", "5 of 10 (50%)", FAILED);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

// ---- deaths -------------------------------------------------------------------------------------

static mh_status die(mh_call *call, mh_bytes item)
{
    (void)call;
    open_half();
    deaths[*(const int64_t *)item.data].die();
    return MH_OK;
}
static const mh_routine dying = {.name = "die", .run = die};

START_TEST(C5_a_bar_of_a_task_that_crashed_says_so)
{
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    for (int64_t d = 1; d < DEATHS - 1; d++) { // those that no sanitizer is faster with
        show_bars();
        mh_task *task = submit(pool, &dying, d);
        ck_assert_int_eq(result_of(task).outcome, MH_CRASHED);
        assert_last_word("half", "5 of 10 (50%)", CRASHED);
        mh_task_drop(task);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status wait_with_bar(mh_call *call, mh_bytes item)
{
    (void)item;
    open_half();
    open_gate(RUNNING, 1);
    mh_wait_cancelled(call, MH_FOREVER);
    return MH_OK;
}
static const mh_routine waiting = {.name = "wait with a bar", .run = wait_with_bar};

START_TEST(C5_a_bar_of_a_task_that_was_stopped_says_so)
{
    set_stage();
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &waiting, 1);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_stop(task), MH_OK);
    result_of(task);
    assert_last_word("half", "5 of 10 (50%)", CANCELLED);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

static mh_status never_listen(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    open_half();
    open_gate(RUNNING, 1);
    while (pause() != 0)
        continue; // a signal
    return MH_OK;
}
static const mh_routine deaf = {.name = "never listen", .run = never_listen};

START_TEST(C5_a_bar_of_a_task_that_was_killed_says_so)
{
    set_stage();
    show_bars();
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &deaf, 1);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_kill(task), MH_OK);
    ck_assert_int_eq(result_of(task).outcome, MH_CANCELLED);
    assert_last_word("half", "5 of 10 (50%)", CANCELLED);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C5_bars_of_workers_whose_nursery_was_killed_say_so)
{
    set_stage();
    show_bars();
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &deaf, 1);
    pass_gate(RUNNING);
    ck_assert_int_eq(kill(child_of_mine(), SIGKILL), 0);
    ck_assert_int_eq(result_of(task).outcome, MH_CRASHED);
    assert_last_word("half", "5 of 10 (50%)", CRASHED);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

// ---- of a map -----------------------------------------------------------------------------------

static mh_status refuse_third(mh_call *call, mh_bytes item)
{
    return mh_index(call) == 3 ? mh_fail(call, 1, "the third")
                               : mh_return(call, item.data, item.size);
}
static const mh_routine picky = {.name = "refuse the third", .run = refuse_third};

START_TEST(M12_a_map_that_is_left_says_so)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &careless, mh_source_range(0, 10, 1),
                           (mh_map_options){.progress = "left", .chunk = 1});
    take(map);
    take(map);
    mh_map_close(map);
    assert_last_word("left", "2 of 10 (20%)", CANCELLED);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M12_a_map_that_stops_at_an_error_says_so)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map = open_map(
        pool, &picky, mh_source_range(0, 1000, 1),
        (mh_map_options){.progress = "fragile", .chunk = 1, .on_error = MH_ON_ERROR_STOP});
    mh_result result;
    while (mh_map_next(map, &result, MH_FOREVER) == MH_OK)
        continue;
    mh_map_close(map);
    char found[256];
    ck_assert(find_line("fragile", FAILED, found));
    ck_assert_ptr_nonnull(strstr(found, " bad"));
    mh_pool_close(pool);
}
END_TEST

// ---- of a worker --------------------------------------------------------------------------------

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    mh_progress *bar = NULL;
    mh_progress_open(&bar, "worker", 3);
    *state = bar;
    return MH_OK;
}

static mh_status step_state(mh_call *call, mh_bytes item)
{
    mh_progress_add(mh_state(call), 1);
    return mh_return(call, item.data, item.size);
}
static const mh_routine with_bar = {.name = "with a bar", .setup = set_up, .run = step_state};

START_TEST(C4_a_bar_of_a_setup_lives_as_long_as_its_worker)
{
    show_bars();
    mh_pool_options options = options_of(_i, 1);
    options.routine = &with_bar;
    mh_pool *pool = open_with(&options);
    for (int64_t i = 0; i < 2; i++)
        assert_gives_and_drop(submit(pool, NULL, i), i);
    ck_assert(!was_shown("worker", "after"));
    mh_pool_close(pool);
    assert_last_word("worker", "2 of 3 (66%)", LEFT_OPEN);
}
END_TEST

static mh_status refuse_setup(mh_call *call, mh_bytes argument, void **state)
{
    set_up(call, argument, state);
    return mh_fail(call, 1, "not today");
}
static const mh_routine refusing = {.name = "refuse", .setup = refuse_setup, .run = step_state};

START_TEST(C4_a_bar_of_a_setup_that_failed_says_so)
{
    show_bars();
    mh_log_limit(MH_LOG_OFF);
    mh_pool_options options = options_of(_i, 1);
    options.routine = &refusing;
    mh_pool *pool = open_with(&options);
    mh_task *task = NULL;
    if (mh_submit(pool, NULL, MH_BYTES_OF((int64_t){1}), NULL, &task) == MH_OK) {
        mh_task_wait(task, MH_FOREVER);
        mh_task_drop(task);
    }
    mh_pool_close(pool);
    assert_last_word("worker", "0 of 3 (0%)", FAILED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ends of bars");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, C4_a_bar_that_is_left_open_says_so, 0, KINDS);
    tcase_add_loop_test(tests, C4_only_what_is_open_is_ended, 0, KINDS);
    tcase_add_loop_test(tests, C4_a_handle_that_outlives_its_bar_does_no_harm, 0, KINDS);
    tcase_add_loop_test(tests, C4_a_bar_of_a_task_that_failed_says_so, 0, KINDS);
    tcase_add_loop_test(tests, M12_a_map_that_is_left_says_so, 0, KINDS);
    tcase_add_loop_test(tests, M12_a_map_that_stops_at_an_error_says_so, 0, KINDS);
    tcase_add_loop_test(tests, C4_a_bar_of_a_setup_lives_as_long_as_its_worker, 0, KINDS);
    tcase_add_loop_test(tests, C4_a_bar_of_a_setup_that_failed_says_so, 0, KINDS);
    tcase_add_loop_test(tests, C5_a_bar_of_a_task_that_was_stopped_says_so, WITH_WORKERS,
                        KINDS);
    TCase *dead = add_case(suite, "deaths", 60);
    tcase_add_loop_test(dead, C5_a_bar_of_a_task_that_crashed_says_so, WITH_PROCESSES, KINDS);
    tcase_add_loop_test(dead, C5_a_bar_of_a_task_that_was_killed_says_so, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(dead, C5_bars_of_workers_whose_nursery_was_killed_say_so,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
