// Last words: teardowns that fail, crash or say nothing; and a pool that was ended.
#include <signal.h>

#include "support/heard.h"
#include "support/story.h"

static mh_status do_nothing(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    return MH_OK;
}

static void say_why_not(mh_call *call, void *state)
{
    (void)state;
    mh_return(call, "half", 4);
    mh_fail(call, 12, "worker %d could not save", mh_worker(call));
}

static void say_nothing(mh_call *call, void *state)
{
    (void)call;
    (void)state;
}

static void crash(mh_call *call, void *state)
{
    (void)call;
    (void)state;
    abort();
}

static mh_pool *open_with_teardown(int kind, void (*teardown)(mh_call *call, void *state))
{
    mh_routine routine = {.name = "last words", .run = do_nothing, .teardown = teardown};
    mh_pool_options options = options_of(kind, 2);
    options.routine = &routine; // copied
    return open_with(&options);
}

START_TEST(M7_a_teardown_may_fail_and_say_why)
{
    mh_pool *pool = open_with_teardown(_i, say_why_not);
    mh_result last;
    int seen = 0;
    while (mh_pool_next(pool, &last, MH_FOREVER) == MH_OK) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "worker %d could not save", last.worker);
        ck_assert_int_eq(last.outcome, MH_FAILED);
        ck_assert_int_eq(last.code, 12);
        ck_assert_str_eq(last.message, wanted);
        ck_assert_ptr_null(last.data);
        seen++;
    }
    ck_assert_int_eq(seen, mh_pool_workers(pool));
    mh_pool_close(pool);
}
END_TEST

START_TEST(M7_a_teardown_that_returns_nothing_is_an_empty_last_result)
{
    mh_pool *pool = open_with_teardown(_i, say_nothing);
    mh_result last;
    int seen = 0;
    while (mh_pool_next(pool, &last, MH_FOREVER) == MH_OK) {
        assert_done(&last, (uint64_t)last.worker);
        ck_assert_uint_eq(last.size, 0);
        seen++;
    }
    ck_assert_int_eq(seen, mh_pool_workers(pool));
    mh_pool_close(pool);
}
END_TEST

START_TEST(M7_without_a_teardown_there_are_no_last_results)
{
    mh_pool *pool = open_with_teardown(_i, NULL);
    mh_result last;
    ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_END);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N1_a_crash_in_a_teardown_is_that_workers_last_word)
{
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_with_teardown(_i, crash);
    mh_result last;
    int seen = 0;
    while (mh_pool_next(pool, &last, MH_FOREVER) == MH_OK) {
        ck_assert_int_eq(last.outcome, MH_CRASHED);
        ck_assert_int_eq(last.signal, SIGABRT);
        ck_assert_int_eq((int)last.index, last.worker);
        ck_assert_str_eq(last.message, "the worker was killed by SIGABRT");
        seen++;
    }
    ck_assert_int_eq(seen, 2);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M7_a_pool_that_was_ended_takes_no_more_work)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_with_teardown(_i, say_nothing);
    mh_source source = mh_source_range(0, 3, 1);
    mh_map *map = open_map(pool, NULL, source, (mh_map_options){0}), *other = map;
    mh_result result;
    ck_assert_int_eq(mh_pool_end(pool), MH_BUSY);
    ck_assert_int_eq(mh_pool_next(pool, &result, MH_NOW), MH_BUSY);
    take(map); // being refused did no harm
    mh_map_close(map);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    ck_assert_int_eq(mh_map_open(&other, pool, NULL, &source, NULL), MH_CLOSED);
    ck_assert_ptr_eq(other, map); // untouched
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("last words");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M7_a_teardown_may_fail_and_say_why, 0, KINDS);
    tcase_add_loop_test(tests, M7_a_teardown_that_returns_nothing_is_an_empty_last_result, 0,
                        KINDS);
    tcase_add_loop_test(tests, M7_without_a_teardown_there_are_no_last_results, 0, KINDS);
    tcase_add_loop_test(tests, N1_a_crash_in_a_teardown_is_that_workers_last_word,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, M7_a_pool_that_was_ended_takes_no_more_work, 0, KINDS);
    return run_suite(suite);
}
