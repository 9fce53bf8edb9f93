// The n-th demand fails, in a pool that is traced: what came out is in the trace or counted as lost,
// and a trace is written whole, or refused with a reason and not at all.
#include "base/memory.h"
#include "support/heard.h"
#include "support/submitted.h"
#include "support/trace_file.h"
#include "support/traces.h"

enum { ITEMS = 700, TASKS = 20, MOST = 400, ENOUGH = 5 }; // items: so many that books grow

static const mh_trace_form forms[] = {MH_TRACE_JSON, MH_TRACE_PAGE, MH_TRACE_SUMMARY};

static bool is_refusal(mh_status status)
{
    return status == MH_NO_MEMORY || status == MH_SYSTEM;
}

static uint64_t run_map(mh_pool *pool)
{
    mh_map *map = NULL;
    mh_source source = mh_source_range(0, ITEMS, 1);
    uint64_t came = 0;
    mh_result result;
    mh_status status = mh_map_open(&map, pool, &echo, &source, NULL);
    ck_assert(status == MH_OK || is_refusal(status));
    while (status == MH_OK && mh_map_next(map, &result, MH_FOREVER) == MH_OK)
        came++;
    mh_map_close(map);
    return came;
}

static uint64_t run_tasks(mh_pool *pool)
{
    mh_task *tasks[TASKS];
    uint64_t made = 0;
    for (int64_t i = 0; i < TASKS; i++)
        made += mh_submit(pool, &echo, MH_BYTES_OF(i), NULL, &tasks[made]) == MH_OK;
    for (uint64_t i = 0; i < made; i++) {
        assert_waits(tasks[i]);
        mh_task_drop(tasks[i]);
    }
    return made;
}

static bool write_all(mh_pool *pool)
{
    bool all_well = true;
    for (int i = 0; i < 3; i++) {
        const char *path = place_for("out");
        int heard_before = lines_heard();
        mh_status status = mh_trace_write(pool, forms[i], path);
        ck_assert(status == MH_OK || is_refusal(status));
        ck_assert(status == MH_OK || lines_heard() > heard_before);
        ck_assert_int_eq(entries_of(place_for("")), status == MH_OK);
        all_well &= status == MH_OK;
        unlink(place_for("out"));
    }
    return all_well;
}

// True: all went well, and all is in the trace.
static bool run_story(int kind, uint64_t nth, bool *was_made)
{
    mh_pool_options options = options_of(kind, 2);
    options.trace = true;
    mh_pool *pool = NULL;
    bool all_well = false;
    listen_to_log(MH_LOG_WARNING);
    mhi_fail_after(nth);
    mh_status status = mh_pool_open(&pool, &options);
    ck_assert(status == MH_OK || is_refusal(status));
    if (status == MH_OK) {
        uint64_t came = run_map(pool) + run_tasks(pool);
        all_well = write_all(pool) && came == ITEMS + TASKS;
    }
    uint64_t demands = mhi_demands();
    *was_made = demands >= nth;
    mhi_fail_after(0);
    if (status == MH_OK) {
        mh_trace_facts facts;
        ck_assert_int_eq(mh_trace_facts_of(pool, &facts), MH_OK);
        ck_assert_uint_ge(facts.items + facts.lost, all_well ? ITEMS + TASKS : 0);
        all_well &= facts.lost == 0 && facts.items == ITEMS + TASKS;
        mh_pool_close(pool);
    }
    return all_well;
}

START_TEST(every_demand_of_a_traced_pool_may_fail)
{
    traces before = count_traces();
    int well = 0, failed = 0;
    for (uint64_t nth = 1; nth < MOST && well < ENOUGH; nth += demand_stride(_i)) {
        bool was_made, all_well = run_story(_i, nth, &was_made);
        assert_no_traces(&before);
        well = all_well && !was_made ? well + 1 : 0;
        failed += !all_well;
    }
    ck_assert_msg(well == ENOUGH, "it never worked");
    ck_assert_int_ge(failed * (int)demand_stride(_i), 5); // the faults were real
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the n-th demand of a trace fails");
    TCase *tests = add_case(suite, "kinds", 60);
    tcase_add_checked_fixture(tests, NULL, remove_places);
    tcase_add_loop_test(tests, every_demand_of_a_traced_pool_may_fail, 0, KINDS);
    return run_suite(suite);
}
