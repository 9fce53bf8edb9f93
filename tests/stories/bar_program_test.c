// Bars of the program itself: of main, of its threads, and of children that it forks; how many there
// may be, waiting for them, and what is left when there are none.

#include <pthread.h>
#include <sys/wait.h>

#include "support/bars.h"
#include "support/heard.h"
#include "support/traces.h"
#include "task_story.h"

static void close_after(mh_progress *bar, uint64_t steps)
{
    mh_progress_add(bar, steps);
    mh_progress_close(bar);
}

START_TEST(C4_main_has_a_bar)
{
    show_bars();
    mh_progress *bar = open_bar("main", 4);
    assert_shown("main", "0 of 4 (0%)");
    close_after(bar, 4);
    assert_last_word("main", "4 of 4 (100%)", AS_IT_SHOULD);
}
END_TEST

// No loop of a drawing thread is between the close and the end of the program.
START_TEST(C4_the_last_word_is_there_when_the_close_returns)
{
    char title[32];
    show_bars();
    for (int i = 0; i < 100; i++) {
        snprintf(title, sizeof title, "bar %d", i);
        close_after(open_bar(title, 2), 2);
        assert_last_word(title, "2 of 2 (100%)", AS_IT_SHOULD);
    }
}
END_TEST

enum { THREADS_AT_ONCE = 4, BARS_EACH = 50 };

static void *open_and_close(void *name)
{
    mh_progress *bars[BARS_EACH];
    for (int i = 0; i < BARS_EACH; i++) {
        char title[48];
        snprintf(title, sizeof title, "%s %d", (const char *)name, i);
        if (mh_progress_open(&bars[i], title, 10) != MH_OK)
            return name;
        mh_progress_add(bars[i], 3);
    }
    for (int i = 0; i < BARS_EACH; i++)
        close_after(bars[i], 7);
    return NULL;
}

START_TEST(C4_threads_have_bars_at_once)
{
    static char names[THREADS_AT_ONCE][8];
    pthread_t threads[THREADS_AT_ONCE];
    void *failed;
    show_bars();
    for (int t = 0; t < THREADS_AT_ONCE; t++) {
        snprintf(names[t], sizeof names[t], "thread%d", t);
        ck_assert_int_eq(pthread_create(&threads[t], NULL, open_and_close, names[t]), 0);
    }
    for (int t = 0; t < THREADS_AT_ONCE; t++) {
        pthread_join(threads[t], &failed);
        ck_assert_ptr_null(failed);
    }
    for (int t = 0; t < THREADS_AT_ONCE; t++)
        for (int i = 0; i < BARS_EACH; i++) {
            char title[48];
            snprintf(title, sizeof title, "%s %d", names[t], i);
            assert_last_word(title, "10 of 10 (100%)", AS_IT_SHOULD);
        }
}
END_TEST

// ---- limits -------------------------------------------------------------------------------------

START_TEST(C4_there_is_room_for_so_many_and_no_more)
{
    static mh_progress *bars[MH_PROGRESS_LIMIT];
    mh_progress *none = NULL;
    mh_log_limit(MH_LOG_OFF);
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_OFF, -1), MH_OK);
    for (int i = 0; i < MH_PROGRESS_LIMIT; i++)
        ck_assert_int_eq(mh_progress_open(&bars[i], "one of many", 1), MH_OK);
    ck_assert_int_eq(mh_progress_open(&none, "one too many", 1), MH_FULL);
    ck_assert_ptr_null(none);
    for (int i = 70; i < 80; i++)
        mh_progress_close(bars[i]);
    for (int i = 70; i < 80; i++)
        ck_assert_int_eq(mh_progress_open(&bars[i], "in its place", 1), MH_OK);
    ck_assert_int_eq(mh_progress_open(&none, "one too many", 1), MH_FULL);
    ck_assert_int_eq(mh_progress_wait(MH_NOW), MH_TIMEOUT); // the program ends with open bars
}
END_TEST

static mh_status fill_board(mh_call *call, mh_bytes item)
{
    static mh_progress *bars[MH_PROGRESS_LIMIT];
    mh_progress *none = NULL;
    mh_log_limit(MH_LOG_OFF);
    for (int i = 0; i < MH_PROGRESS_LIMIT; i++)
        if (mh_progress_open(&bars[i], "one of many", 1) != MH_OK)
            return mh_fail(call, 1, "bar %d", i);
    if (mh_progress_open(&none, "one too many", 1) != MH_FULL)
        return mh_fail(call, 1, "one too many");
    return mh_return(call, item.data, item.size); // all of them are left open
}
static const mh_routine filling = {.name = "fill the board", .run = fill_board};

START_TEST(C4_a_task_may_fill_the_board_and_the_next_one_has_it_again)
{
    ck_assert_int_eq(mh_progress_to(MH_PROGRESS_OFF, -1), MH_OK);
    mh_pool *pool = open_kind(_i, 1);
    for (int64_t i = 0; i < 2; i++)
        assert_gives_and_drop(submit(pool, &filling, i), i);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C4_a_title_is_cut_at_a_character)
{
    char title[300], cut[300];
    show_bars();
    for (int i = 0; i < 100; i++)
        memcpy(title + 3 * i, "\xe2\x82\xac", 3); // a euro
    title[299] = '\0';
    close_after(open_bar(title, 1), 1);
    snprintf(cut, sizeof cut, "%.189s", title); // 63 of them: a 64th has no room beside the 0
    assert_last_word(cut, "1 of 1 (100%)", AS_IT_SHOULD);
}
END_TEST

START_TEST(C4_what_makes_no_sense_is_refused)
{
    mh_progress *bar = (mh_progress *)(uintptr_t)&bars_file; // must stay as it is
    mh_log_limit(MH_LOG_OFF);
    ck_assert_int_eq(mh_progress_open(NULL, "title", 1), MH_INVALID);
    ck_assert_int_eq(mh_progress_open(&bar, NULL, 1), MH_INVALID);
    ck_assert_ptr_eq(bar, &bars_file);
    mh_progress_add(NULL, 1);
    mh_progress_skip(NULL, 1);
    mh_progress_resize(NULL, 1);
    mh_progress_close(NULL);
}
END_TEST

// ---- waiting ------------------------------------------------------------------------------------

START_TEST(C9_waiting_takes_as_long_as_a_bar_is_open)
{
    show_bars();
    ck_assert_int_eq(mh_progress_wait(MH_FOREVER), MH_OK); // there is none
    mh_progress *bar = open_bar("open", 1);
    ck_assert_int_eq(mh_progress_wait(MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_progress_wait(mh_in_ms(250)), MH_TIMEOUT);
    close_after(bar, 1);
    ck_assert_int_eq(mh_progress_wait(MH_FOREVER), MH_OK);
    assert_last_word("open", "1 of 1 (100%)", AS_IT_SHOULD);
}
END_TEST

static void *close_at_gate(void *bar)
{
    pass_gate(GO_ON);
    close_after(bar, 1);
    return NULL;
}

START_TEST(C9_a_close_elsewhere_ends_the_wait)
{
    pthread_t thread;
    set_stage();
    show_bars();
    mh_progress *bar = open_bar("open", 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, close_at_gate, bar), 0);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(mh_progress_wait(MH_FOREVER), MH_OK);
    assert_last_word("open", "1 of 1 (100%)", AS_IT_SHOULD);
    pthread_join(thread, NULL);
}
END_TEST

static mh_status hold_bar(mh_call *call, mh_bytes item)
{
    mh_progress *bar = NULL;
    mh_progress_open(&bar, "of a task", 1);
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    if (*(const int64_t *)item.data == 1)
        _exit(1); // a worker process; the library ends the bar
    close_after(bar, 1);
    return mh_return(call, item.data, item.size);
}
static const mh_routine holding = {.name = "hold a bar", .run = hold_bar};

static void wait_for_bar_of_task(int kind, int64_t how)
{
    set_stage();
    show_bars();
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(kind, 1);
    mh_task *task = submit(pool, &holding, how);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_progress_wait(MH_NOW), MH_TIMEOUT);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(mh_progress_wait(MH_FOREVER), MH_OK);
    assert_shown("of a task", how == 1 ? CRASHED : AS_IT_SHOULD);
    mh_task_drop(task);
    mh_pool_close(pool);
}

START_TEST(C9_the_end_of_a_bar_in_a_task_ends_the_wait)
{
    wait_for_bar_of_task(_i, 0);
}
END_TEST

START_TEST(C9_so_does_the_death_of_its_worker)
{
    wait_for_bar_of_task(_i, 1);
}
END_TEST

static mh_status wait_inside(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_log_limit(MH_LOG_OFF);
    mh_status status = mh_progress_wait(MH_FOREVER);
    return mh_return(call, &status, sizeof status);
}
static const mh_routine waiting_inside = {.name = "wait inside", .run = wait_inside};

START_TEST(C9_a_routine_may_not_wait)
{
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &waiting_inside, 1);
    mh_result result = result_of(task);
    ck_assert_int_eq(mh_result_as(mh_status, result),
                     _i < WITH_PROCESSES ? MH_DEADLOCK : MH_FORKED);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

// ---- forks, and what is left --------------------------------------------------------------------

static int be_child(mh_progress *bar)
{
    alarm(15);
    mh_progress_add(bar, 5); // of the parent: not seen there
    mh_progress_close(bar);
    mh_progress *own = NULL;
    if (mh_progress_wait(MH_FOREVER) != MH_OK || mh_progress_open(&own, "child", 3) != MH_OK)
        return 1;
    if (own == bar)
        return 2;
    close_after(own, 3);
    return mh_progress_wait(MH_FOREVER) == MH_OK ? 0 : 3;
}

START_TEST(C4_a_forked_child_has_bars_of_its_own)
{
    int status;
    show_bars();
    mh_progress *bar = open_bar("parent", 2);
    pid_t child = fork();
    if (child == 0)
        _exit(be_child(bar));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    assert_last_word("child", "3 of 3 (100%)", AS_IT_SHOULD);
    ck_assert(!was_shown("parent", "after"));
    close_after(bar, 2);
    assert_last_word("parent", "2 of 2 (100%)", AS_IT_SHOULD);
}
END_TEST

// The library's own thread is no reason to start workers afresh.
START_TEST(C4_a_pool_is_forked_beside_open_bars)
{
    show_bars();
    listen_to_log(MH_LOG_INFO);
    for (int i = 0; i < 20; i++) {
        mh_progress *before = open_bar("before", 1);
        if (i % 2 == 0)
            close_after(before, 1);
        mh_pool *pool = open_with(&(mh_pool_options){.kind = MH_PROCESSES, .workers = 1});
        if (i % 2 == 1)
            close_after(before, 1);
        mh_pool_close(pool);
    }
    if (!has_thread_sanitizer)
        ck_assert(!was_heard("by exec"));
}
END_TEST

START_TEST(C4_nothing_is_left_when_no_bar_is_open)
{
    set_stage();
    show_bars();
    traces before = count_traces();
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &counting, mh_source_range(0, 4, 1),
                           (mh_map_options){.progress = "map"});
    mh_progress *bar = open_bar("main", 1);
    take(map);
    mh_map_close(map);
    mh_progress_close(bar);
    mh_pool_close(pool);
    assert_no_traces(&before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bars of the program");
    TCase *tests = add_case(suite, "program", 30);
    tcase_add_test(tests, C4_main_has_a_bar);
    tcase_add_test(tests, C4_the_last_word_is_there_when_the_close_returns);
    tcase_add_test(tests, C4_threads_have_bars_at_once);
    tcase_add_test(tests, C4_there_is_room_for_so_many_and_no_more);
    tcase_add_test(tests, C4_a_title_is_cut_at_a_character);
    tcase_add_test(tests, C4_what_makes_no_sense_is_refused);
    tcase_add_test(tests, C9_waiting_takes_as_long_as_a_bar_is_open);
    tcase_add_test(tests, C9_a_close_elsewhere_ends_the_wait);
    if (!has_thread_sanitizer && !has_address_sanitizer)
        tcase_add_test(tests, C4_a_forked_child_has_bars_of_its_own);
    tcase_add_test(tests, C4_a_pool_is_forked_beside_open_bars);
    TCase *kinds = add_case(suite, "kinds", 30);
    tcase_add_loop_test(kinds, C4_a_task_may_fill_the_board_and_the_next_one_has_it_again, 0,
                        KINDS);
    tcase_add_loop_test(kinds, C9_the_end_of_a_bar_in_a_task_ends_the_wait, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(kinds, C9_so_does_the_death_of_its_worker, WITH_PROCESSES, KINDS);
    tcase_add_loop_test(kinds, C9_a_routine_may_not_wait, 0, KINDS);
    tcase_add_loop_test(kinds, C4_nothing_is_left_when_no_bar_is_open, 0, KINDS);
    return run_suite(suite);
}
