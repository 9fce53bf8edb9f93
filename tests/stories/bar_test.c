// Bars: opened, stepped and closed inside tasks of every kind, and shown in the program, with their
// last word before the result is handed out.

#include <pthread.h>

#include "support/bars.h"
#include "task_story.h"

enum { STEPS = 5, MANY = 200 };

static void title_of(char title[32], int64_t number)
{
    snprintf(title, 32, "task %d", (int)number);
}

// ---- in tasks -----------------------------------------------------------------------------------

static mh_status count_on_bar(mh_call *call, mh_bytes item)
{
    char title[32];
    mh_progress *bar = NULL;
    title_of(title, *(const int64_t *)item.data);
    if (mh_progress_open(&bar, title, STEPS) != MH_OK)
        return mh_fail(call, 1, "no bar");
    for (int i = 0; i < STEPS; i++)
        mh_progress_add(bar, 1);
    mh_progress_close(bar);
    return mh_return(call, item.data, item.size);
}
static const mh_routine counter = {.name = "count on a bar", .run = count_on_bar};

START_TEST(C4_the_last_word_comes_before_the_result_of_a_map)
{
    char title[32];
    show_bars();
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &counter, mh_source_range(0, 20, 1),
                           (mh_map_options){.chunk = 1});
    for (int64_t i = 0; i < 20; i++) {
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        title_of(title, i);
        assert_last_word(title, "5 of 5 (100%)", AS_IT_SHOULD);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C4_the_last_word_comes_before_the_result_of_a_task)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 2);
    for (int64_t i = 0; i < 10; i++) {
        char title[32];
        mh_task *task = submit(pool, &counter, i);
        assert_gives_and_drop(task, i);
        title_of(title, i);
        assert_last_word(title, "5 of 5 (100%)", AS_IT_SHOULD);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(C4_all_is_said_when_the_pool_is_closed)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 2);
    for (int64_t i = 0; i < 30; i++)
        forget(pool, &counter, i);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    mh_pool_close(pool);
    for (int64_t i = 0; i < 30; i++) {
        char title[32];
        title_of(title, i);
        assert_last_word(title, "5 of 5 (100%)", AS_IT_SHOULD);
    }
}
END_TEST

// ---- several in one task ------------------------------------------------------------------------

static mh_status nest(mh_call *call, mh_bytes item)
{
    mh_progress *outer = NULL, *inner = NULL;
    mh_progress_open(&outer, "outer", 3);
    for (int i = 0; i < 3; i++) {
        char title[32];
        snprintf(title, sizeof title, "inner %d", i);
        mh_progress_open(&inner, title, 7);
        mh_progress_add(inner, 7);
        mh_progress_close(inner);
        mh_progress_add(outer, 1);
    }
    mh_progress_close(outer);
    return mh_return(call, item.data, item.size);
}
static const mh_routine nesting = {.name = "nest", .run = nest};

START_TEST(C4_bars_are_nested)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    assert_gives_and_drop(submit(pool, &nesting, 1), 1);
    assert_last_word("outer", "3 of 3 (100%)", AS_IT_SHOULD);
    assert_last_word("inner 0", "7 of 7 (100%)", AS_IT_SHOULD);
    assert_last_word("inner 2", "7 of 7 (100%)", AS_IT_SHOULD);
    ck_assert(strstr(shown(), "inner 0: 7 of 7") < strstr(shown(), "inner 1: 7 of 7"));
    ck_assert(strstr(shown(), "inner 2: 7 of 7") < strstr(shown(), "outer: 3 of 3"));
    mh_pool_close(pool);
}
END_TEST

static mh_status open_many(mh_call *call, mh_bytes item)
{
    mh_progress *bars[MANY] = {NULL};
    for (int i = 0; i < MANY; i++) {
        char title[32];
        title_of(title, i);
        if (mh_progress_open(&bars[i], title, MH_PROGRESS_UNSIZED) != MH_OK)
            return mh_fail(call, 1, "bar %d cannot be opened", i);
    }
    for (int i = 0; i < MANY; i++)
        mh_progress_add(bars[i], (uint64_t)i + 1);
    for (int i = 0; i < MANY; i++)
        mh_progress_close(bars[i]);
    return mh_return(call, item.data, item.size);
}
static const mh_routine opener_of_many = {.name = "open many", .run = open_many};

START_TEST(C4_two_hundred_at_once)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    assert_gives_and_drop(submit(pool, &opener_of_many, 1), 1);
    for (int i = 0; i < MANY; i++) {
        char title[32], far[32];
        title_of(title, i);
        snprintf(far, sizeof far, "%d, ", i + 1);
        assert_last_word(title, far, AS_IT_SHOULD);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- totals -------------------------------------------------------------------------------------

static mh_status change_total(mh_call *call, mh_bytes item)
{
    mh_progress *bar = NULL;
    mh_progress_open(&bar, "found out", MH_PROGRESS_UNSIZED);
    mh_progress_add(bar, 4);
    mh_progress_resize(bar, 10);
    mh_progress_skip(bar, 5);
    mh_progress_resize(bar, 9);
    mh_progress_close(bar);
    mh_progress_open(&bar, "never known", 3);
    mh_progress_resize(bar, MH_PROGRESS_UNSIZED);
    mh_progress_add(bar, 2);
    mh_progress_close(bar);
    mh_progress_open(&bar, "too early", 3);
    mh_progress_add(bar, 2);
    mh_progress_close(bar);
    return mh_return(call, item.data, item.size);
}
static const mh_routine changing = {.name = "change the total", .run = change_total};

START_TEST(C5_totals_may_be_unknown_and_change)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    assert_gives_and_drop(submit(pool, &changing, 1), 1);
    assert_last_word("found out", "9 of 9 (100%)", AS_IT_SHOULD);
    assert_last_word("never known", "2, ", AS_IT_SHOULD);
    assert_last_word("too early", "2 of 3 (66%)", STOPPED);
    mh_pool_close(pool);
}
END_TEST

// ---- from threads of a task, and with the start of the program -----------------------------------

static void *step(void *bar)
{
    for (int i = 0; i < 300; i++)
        mh_progress_add(bar, 1);
    return NULL;
}

static mh_status step_in_threads(mh_call *call, mh_bytes item)
{
    pthread_t threads[3];
    mh_progress *bar = NULL;
    mh_progress_open(&bar, "shared", 900);
    for (int i = 0; i < 3; i++)
        if (pthread_create(&threads[i], NULL, step, bar) != 0)
            return mh_fail(call, 1, "no thread");
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    mh_progress_close(bar);
    return mh_return(call, item.data, item.size);
}
static const mh_routine sharing = {.name = "step in threads", .run = step_in_threads};

START_TEST(C4_any_thread_steps)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 1);
    assert_gives_and_drop(submit(pool, &sharing, 1), 1);
    assert_last_word("shared", "900 of 900 (100%)", AS_IT_SHOULD);
    mh_pool_close(pool);
}
END_TEST

// A map's own bar, and those of its tasks.
START_TEST(M12_a_map_has_a_bar_beside_those_of_its_tasks)
{
    show_bars();
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &counter, mh_source_range(0, 4, 1),
                           (mh_map_options){.progress = "the map"});
    for (int i = 0; i < 4; i++)
        take(map);
    assert_ends(map, MH_END);
    assert_shown("the map", "0 of 4 (0%)");
    assert_last_word("the map", "4 of 4 (100%)", AS_IT_SHOULD);
    assert_last_word("task 3", "5 of 5 (100%)", AS_IT_SHOULD);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bars");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, C4_the_last_word_comes_before_the_result_of_a_map, 0, KINDS);
    tcase_add_loop_test(tests, C4_the_last_word_comes_before_the_result_of_a_task, 0, KINDS);
    tcase_add_loop_test(tests, C4_all_is_said_when_the_pool_is_closed, 0, KINDS);
    tcase_add_loop_test(tests, C4_bars_are_nested, 0, KINDS);
    tcase_add_loop_test(tests, C4_two_hundred_at_once, 0, KINDS);
    tcase_add_loop_test(tests, C5_totals_may_be_unknown_and_change, 0, KINDS);
    tcase_add_loop_test(tests, C4_any_thread_steps, 0, KINDS);
    tcase_add_loop_test(tests, M12_a_map_has_a_bar_beside_those_of_its_tasks, 0, KINDS);
    return run_suite(suite);
}
