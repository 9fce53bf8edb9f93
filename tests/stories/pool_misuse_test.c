// Misuse of pools: numbers out of range, options that contradict each other, and what cannot be
// done with this pool, or not any more.
#include <limits.h>

#include "support/refused.h"
#include "support/submitted.h"

static mh_pool *open_heard(int kind, int workers)
{
    mh_pool *pool = open_kind(kind, workers);
    hear_everything();
    return pool;
}

// ---- options ------------------------------------------------------------------------------------

static const struct bad_pool {
    mh_pool_options options;
    const char *words;
} bad_pools[] = {
    {{.prefetch = -2}, "prefetch"},
    {{.prefetch = INT_MIN}, "prefetch"},
    {{.on_demand = true, .least = -1}, "least"},
    {{.on_demand = true, .least = 3}, "least"},
    {{.on_demand = true, .least = INT_MAX}, "least"},
    {{.on_demand = true, .idle_ms = -2}, "idle_ms"},
    {{.on_demand = true, .idle_ms = INT_MIN}, "idle_ms"},
};

START_TEST(P9_options_out_of_range_are_refused)
{
    mh_pool *const before = (mh_pool *)&heard, *pool = before;
    hear_everything();
    for (size_t i = 0; i < sizeof bad_pools / sizeof *bad_pools; i++) {
        mh_pool_options options = bad_pools[i].options;
        options.kind = story_kinds[_i].kind;
        options.start = story_kinds[_i].start;
        options.workers = 2;
        assert_invalid(mh_pool_open(&pool, &options), bad_pools[i].words);
        ck_assert_ptr_eq(pool, before);
    }
    ck_assert_uint_eq(mh_pools(NULL, 0), 0);
}
END_TEST

// ---- no pool ------------------------------------------------------------------------------------

START_TEST(P9_P16_P17_pool_functions_refuse_null)
{
    mh_pool_facts facts = {.most = 77};
    mh_task *const before = (mh_task *)&heard, *task = before;
    hear_everything();
    assert_invalid(mh_pool_resize(NULL, 2), "mh_pool_resize");
    assert_invalid(mh_pool_add(NULL, 2), "mh_pool_add");
    assert_invalid(mh_pool_end_worker(NULL, 0), "mh_pool_end_worker");
    assert_invalid(mh_pool_facts_of(NULL, &facts), "mh_pool_facts_of");
    assert_invalid(mh_pool_wait(NULL, true, MH_FOREVER), "mh_pool_wait");
    assert_invalid(mh_pool_shutdown(NULL, MH_SHUTDOWN_DROP, false, MH_NOW), "mh_pool_shutdown");
    assert_invalid(mh_pool_never_ran(NULL, &task), "mh_pool_never_ran");
    mh_pool *pool = open_heard(_i, 1);
    assert_invalid(mh_pool_facts_of(pool, NULL), "mh_pool_facts_of");
    assert_invalid(mh_pool_never_ran(pool, NULL), "mh_pool_never_ran");
    ck_assert_int_eq(facts.most, 77);
    ck_assert_ptr_eq(task, before);
    ck_assert_int_eq(mh_pool_never_ran(pool, &task), MH_END); // nothing was shut down
    ck_assert_int_eq(number_of(submit(pool, &echo, 4)), 4);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P8_names_must_be_there)
{
    mh_pool *const before = (mh_pool *)&heard, *pool = before;
    hear_everything();
    ck_assert_ptr_null(mh_pool_find(NULL));
    ck_assert_ptr_null(mh_pool_find("nobody"));
    ck_assert_str_eq(mh_pool_name(NULL), "");
    forget_heard();
    assert_invalid(mh_pool_find_or_open(&pool, NULL, NULL), "name");
    assert_invalid(mh_pool_find_or_open(NULL, "x", NULL), "mh_pool_find_or_open");
    assert_invalid(mh_pool_find_or_open(&pool, "x", &(mh_pool_options){.workers = -1}),
                   "-1 workers");
    ck_assert_ptr_eq(pool, before);
    ck_assert_uint_eq(mh_pools(NULL, 0), 0);
}
END_TEST

// ---- sizes --------------------------------------------------------------------------------------

START_TEST(P9_a_size_must_be_one_that_a_pool_can_have)
{
    mh_pool *pool = open_heard(_i, 2);
    assert_invalid(mh_pool_resize(pool, -1), "workers");
    assert_invalid(mh_pool_resize(pool, INT_MIN), "workers");
    assert_invalid(mh_pool_resize(pool, MH_WORKERS_LIMIT + 1), "workers");
    assert_invalid(mh_pool_resize(pool, INT_MAX), "workers");
    assert_invalid(mh_pool_add(pool, -3), "workers");
    assert_invalid(mh_pool_add(pool, INT_MIN), "workers");
    assert_invalid(mh_pool_add(pool, INT_MAX), "workers");
    ck_assert_int_eq(mh_pool_add(pool, 0), MH_OK);
    ck_assert_int_eq(mh_pool_workers(pool), 2);
    ck_assert_int_eq(facts_of(pool).workers, 2);
    forget_heard();
    assert_refused(mh_pool_end_worker(pool, -1), MH_NOT_FOUND, "-1");
    assert_refused(mh_pool_end_worker(pool, 2), MH_NOT_FOUND, "2");
    assert_refused(mh_pool_end_worker(pool, INT_MAX), MH_NOT_FOUND, "");
    ck_assert_int_eq(number_of(submit(pool, &echo, 4)), 4);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P9_a_serial_pool_has_no_size)
{
    mh_pool *pool = open_heard(SERIAL, 1);
    assert_invalid(mh_pool_resize(pool, 2), "serial");
    assert_invalid(mh_pool_resize(pool, 1), "serial");
    assert_invalid(mh_pool_add(pool, 1), "serial");
    assert_invalid(mh_pool_end_worker(pool, 0), "serial");
    ck_assert_int_eq(number_of(submit(pool, &echo, 4)), 4);
    mh_pool_close(pool);
}
END_TEST

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    (void)state;
    return MH_OK;
}
static const mh_routine with_setup = {.name = "with setup", .setup = set_up, .run = echo_run};

START_TEST(P9_a_pool_does_not_grow_beyond_the_lists_it_was_opened_with)
{
    static const mh_routine *const routines[2] = {&echo, &with_setup};
    const mh_bytes arguments[2] = {mh_bytes_of_text("a"), mh_bytes_of_text("b")};
    static const char *const nothing[] = {NULL};
    static const char *const *const lists[2] = {nothing, nothing};
    mh_pool_options with[3] = {options_of(_i, 2), options_of(_i, 2), options_of(_i, 2)};
    with[0].routines = routines;
    with[1].routine = &with_setup;
    with[1].arguments = arguments;
    with[2].environment = lists;
    for (int i = 0; i < (_i < WITH_PROCESSES ? 2 : 3); i++) {
        mh_pool *pool = open_with(&with[i]);
        hear_everything();
        assert_invalid(mh_pool_resize(pool, 3), "");
        assert_invalid(mh_pool_add(pool, 1), "");
        ck_assert_int_eq(mh_pool_resize(pool, 1), MH_OK);
        ck_assert_int_eq(mh_pool_resize(pool, 2), MH_OK);
        ck_assert_int_eq(number_of(submit(pool, &echo, 4)), 4);
        mh_pool_close(pool);
    }
}
END_TEST

START_TEST(P9_an_ended_pool_has_no_size_any_more)
{
    mh_pool *pool = open_heard(_i, 2);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    assert_refused(mh_pool_resize(pool, 3), MH_CLOSED, "");
    assert_refused(mh_pool_add(pool, 1), MH_CLOSED, "");
    mh_pool_close(pool);
}
END_TEST

// ---- ending -------------------------------------------------------------------------------------

START_TEST(P17_there_are_three_ways_to_shut_down)
{
    mh_pool *pool = open_heard(_i, 1);
    assert_invalid(mh_pool_shutdown(pool, (mh_shutdown)3, false, MH_FOREVER), "3");
    assert_invalid(mh_pool_shutdown(pool, (mh_shutdown)-1, true, MH_FOREVER), "-1");
    ck_assert_int_eq(facts_of(pool).state, MH_POOL_OPEN); // nothing was begun
    ck_assert_int_eq(number_of(submit(pool, &echo, 4)), 4);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("misuse of pools");
    TCase *tests = add_case(suite, "kinds", 15);
    int first = WITH_WORKERS;
    tcase_add_loop_test(tests, P9_options_out_of_range_are_refused, first, KINDS);
    tcase_add_loop_test(tests, P9_P16_P17_pool_functions_refuse_null, 0, KINDS);
    tcase_add_test(tests, P8_names_must_be_there);
    tcase_add_loop_test(tests, P9_a_size_must_be_one_that_a_pool_can_have, first, KINDS);
    tcase_add_test(tests, P9_a_serial_pool_has_no_size);
    tcase_add_loop_test(tests, P9_a_pool_does_not_grow_beyond_the_lists_it_was_opened_with,
                        first, KINDS);
    tcase_add_loop_test(tests, P9_an_ended_pool_has_no_size_any_more, first, KINDS);
    tcase_add_loop_test(tests, P17_there_are_three_ways_to_shut_down, 0, KINDS);
    return run_suite(suite);
}
