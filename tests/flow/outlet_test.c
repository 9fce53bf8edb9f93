// Outlet: who is about to sleep for a result sees to it that somebody works on it (P9).

#include <check.h>

#include "flow/map.h"
#include "support/submitted.h"

// The last worker has left after workers were asked for, and before anybody slept whom it could
// have woken: as if nobody had been asked for.
START_TEST(P9_who_is_about_to_sleep_for_a_result_asks_for_workers)
{
    mh_pool_options options = options_of(_i, 1);
    options.on_demand = true;
    mh_pool *pool = open_with(&options);
    mh_map *map = open_map(pool, &echo, mh_source_range(0, 1, 1), (mh_map_options){0});
    pool->crew.on_demand = false;
    mhi_intake_fill(map, false);
    pool->crew.on_demand = true;
    ck_assert_int_eq(facts_of(pool).workers, 0);
    while (mhi_outlet_find(map) == NULL)
        ck_assert(mhi_outlet_sleep(map, MH_FOREVER));
    mh_result result = take(map);
    assert_done(&result, 0);
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outlet");
    TCase *tests = add_case(suite, "kinds", 10);
    tcase_add_loop_test(tests, P9_who_is_about_to_sleep_for_a_result_asks_for_workers,
                        WITH_WORKERS, KINDS);
    return run_suite(suite);
}
