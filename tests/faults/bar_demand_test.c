// The n-th demand fails, in a story with bars: of the program, of tasks, of a map. A bar is refused, or it is
// shown; nothing hangs, the tasks come out, and nothing is left behind.

#include "base/memory.h"
#include "support/bars.h"
#include "support/heard.h"
#include "support/story.h"
#include "support/traces.h"

enum { ITEMS = 6, MOST = 400, ENOUGH = 5 };

static bool is_refusal(mh_status status)
{
    return status == MH_NO_MEMORY || status == MH_SYSTEM;
}

// A bar that could not be opened is NULL, and can be stepped all the same.
static mh_status count_on_bar(mh_call *call, mh_bytes item)
{
    mh_progress *bar = NULL;
    mh_status status = mh_progress_open(&bar, "of a task", 3);
    mh_progress_add(bar, 3);
    if (mh_index(call) % 2 == 0)
        mh_progress_close(bar);
    if (status != MH_OK && !is_refusal(status))
        return mh_fail(call, 2, "%s", mh_status_text(status));
    return mh_return(call, item.data, item.size);
}
static const mh_routine counter = {.name = "count on a bar", .run = count_on_bar};

// True: all was well.
static bool run_map(mh_pool *pool)
{
    mh_map *map = NULL;
    mh_source source = mh_source_range(0, ITEMS, 1);
    mh_map_options options = {.progress = "the map", .chunk = 1};
    mh_status status = mh_map_open(&map, pool, &counter, &source, &options);
    ck_assert(status == MH_OK || is_refusal(status));
    if (status != MH_OK)
        return false;
    int done = 0;
    for (mh_result result; (status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK;) {
        ck_assert_int_ne(result.code, 2);
        done += result.outcome == MH_DONE;
    }
    mh_map_close(map);
    return status == MH_END && done == ITEMS;
}

static bool run_story(int kind)
{
    mh_progress *bar = NULL;
    mh_pool *pool = NULL;
    mh_pool_options options = options_of(kind, 2);
    mh_status opened = mh_progress_open(&bar, "main", 5);
    ck_assert(opened == MH_OK || is_refusal(opened));
    ck_assert(opened == MH_OK || lines_heard() > 0);
    ck_assert_int_eq(bar == NULL, opened != MH_OK);
    mh_status status = mh_pool_open(&pool, &options);
    bool is_well = opened == MH_OK && status == MH_OK;
    if (status == MH_OK)
        is_well &= run_map(pool);
    mh_pool_close(pool);
    mh_progress_add(bar, 5);
    mh_progress_close(bar);
    return is_well;
}

START_TEST(every_demand_may_fail)
{
    show_bars();
    traces before = count_traces();
    int well = 0, failed = 0;
    for (uint64_t nth = 1; nth < MOST && well < ENOUGH; nth++) {
        listen_to_log(MH_LOG_WARNING);
        show_bars_again();
        mhi_fail_after(nth);
        bool is_well = run_story(_i);
        bool was_made = mhi_demands() >= nth;
        mhi_fail_after(0);
        ck_assert_int_eq(mh_progress_wait(MH_FOREVER), MH_OK);
        assert_no_traces(&before);
        well = is_well && !was_made ? well + 1 : 0;
        failed += !is_well;
    }
    ck_assert_msg(well == ENOUGH, "it never worked");
    ck_assert_int_ge(failed, 3); // the faults were real
    assert_last_word("main", "5 of 5 (100%)", AS_IT_SHOULD);
    assert_last_word("the map", "6 of 6 (100%)", AS_IT_SHOULD);
    assert_last_word("of a task", "3 of 3 (100%)", "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("demands, with bars");
    TCase *tests = add_case(suite, "kinds", 60);
    tcase_add_loop_test(tests, every_demand_may_fail, 0, KINDS);
    return run_suite(suite);
}
