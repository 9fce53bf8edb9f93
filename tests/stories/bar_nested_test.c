// Bars of pools that tasks have opened: whatever is between, they are shown in the program.

#include "support/bars.h"
#include "support/traces.h"
#include "task_story.h"

enum { ITEMS = 4 };

static mh_status count_on_bar(mh_call *call, mh_bytes item)
{
    char title[32];
    mh_progress *bar = NULL;
    int64_t number = *(const int64_t *)item.data;
    snprintf(title, sizeof title, "inner %d", (int)number);
    mh_progress_open(&bar, title, 5);
    mh_progress_skip(bar, 1);
    mh_progress_add(bar, 4);
    if (number == 2)
        return mh_fail(call, 1, "number 2");
    if (number == 3 && mh_worker(call) >= 0)
        mh_progress_resize(bar, MH_PROGRESS_UNSIZED);
    mh_progress_close(bar);
    return mh_return(call, item.data, item.size);
}
static const mh_routine counter = {.name = "count on a bar", .run = count_on_bar};

// The kind of the inner pool comes as the item.
static mh_status open_inner(mh_call *call, mh_bytes item)
{
    mh_pool *pool = NULL;
    mh_map *map = NULL;
    mh_pool_options options = options_of((int)*(const int64_t *)item.data, 2);
    mh_source source = mh_source_range(0, ITEMS, 1);
    if (mh_pool_open(&pool, &options) != MH_OK ||
        mh_map_open(&map, pool, &counter, &source,
                    &(mh_map_options){.progress = "the map", .chunk = 1}) != MH_OK)
        return mh_fail(call, 1, "no inner map");
    mh_result result;
    while (mh_map_next(map, &result, MH_FOREVER) == MH_OK)
        continue;
    mh_map_close(map);
    mh_pool_close(pool);
    return mh_return(call, item.data, item.size);
}
static const mh_routine outer = {.name = "open an inner pool", .run = open_inner};

static void assert_all_are_shown(void)
{
    assert_last_word("inner 0", "5 of 5 (100%)", AS_IT_SHOULD);
    assert_last_word("inner 1", "5 of 5 (100%)", AS_IT_SHOULD);
    assert_last_word("inner 2", "5 of 5 (100%)", FAILED);
    assert_last_word("inner 3", "5, ", AS_IT_SHOULD);
    assert_last_word("the map", "4 of 4 (100%)", AS_IT_SHOULD);
}

START_TEST(C4_bars_of_inner_pools_are_shown_in_the_program)
{
    int outside = _i / KINDS, inside = _i % KINDS;
    if (outside == THREADS && inside == FORKED)
        return; // to fork a program with threads is at its own risk
    show_bars();
    traces before = count_traces();
    mh_pool *pool = open_kind(outside, 1);
    assert_gives_and_drop(submit(pool, &outer, inside), inside);
    assert_all_are_shown();
    mh_pool_close(pool);
    assert_no_traces(&before);
}
END_TEST

// As deep as three.
static mh_status open_deeper(mh_call *call, mh_bytes item)
{
    mh_pool *pool = NULL;
    mh_task *task = NULL;
    mh_pool_options options = options_of((int)*(const int64_t *)item.data, 1);
    mh_progress *bar = NULL;
    mh_progress_open(&bar, "between", MH_PROGRESS_UNSIZED);
    if (mh_pool_open(&pool, &options) != MH_OK ||
        mh_submit(pool, &outer, item, NULL, &task) != MH_OK)
        return mh_fail(call, 1, "no inner pool");
    mh_task_wait(task, MH_FOREVER);
    mh_task_drop(task);
    mh_pool_close(pool);
    mh_progress_close(bar);
    return mh_return(call, item.data, item.size);
}
static const mh_routine deeper = {.name = "open a pool that opens one", .run = open_deeper};

START_TEST(C4_however_deep)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    assert_gives_and_drop(submit(pool, &deeper, _i), _i);
    assert_all_are_shown();
    assert_last_word("between", "0, ", AS_IT_SHOULD);
    mh_pool_close(pool);
}
END_TEST

// ---- a worker dies that has an inner pool -------------------------------------------------------

static mh_status wait_with_bar(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_progress *bar = NULL;
    mh_progress_open(&bar, "innermost", 4);
    mh_progress_add(bar, 1);
    open_gate(RUNNING, 1);
    mh_wait_cancelled(call, MH_FOREVER);
    return MH_OK;
}
static const mh_routine waiting = {.name = "wait with a bar", .run = wait_with_bar};

// It sees to it that the bar is mirrored before it dies: it was, when a wait has looked at it.
static mh_status die_outside(mh_call *call, mh_bytes item)
{
    mh_pool *pool = NULL;
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = MH_PROCESSES, .workers = 1}) != MH_OK ||
        mh_submit(pool, &waiting, item, NULL, NULL) != MH_OK)
        return mh_fail(call, 1, "no inner pool");
    pass_gate(GO_ON);
    _exit(7);
}
static const mh_routine dying = {.name = "die", .run = die_outside};

START_TEST(C5_when_the_worker_between_dies_its_bars_say_so)
{
    set_stage();
    show_bars();
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &dying, 1);
    pass_gate(RUNNING);
    while (!was_shown("innermost", "of 4"))
        sched_yield();
    open_gate(GO_ON, 1);
    ck_assert_int_eq(result_of(task).outcome, MH_CRASHED);
    assert_last_word("innermost", "", CRASHED);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bars of inner pools");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, C4_bars_of_inner_pools_are_shown_in_the_program, 0,
                        KINDS * KINDS);
    tcase_add_loop_test(tests, C4_however_deep, 0, KINDS);
    tcase_add_loop_test(tests, C5_when_the_worker_between_dies_its_bars_say_so, WITH_PROCESSES,
                        KINDS);
    return run_suite(suite);
}
