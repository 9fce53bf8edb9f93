// Named pools: opened under a name, found by it anywhere in the program, listed, and closed all
// together.
#include <pthread.h>

#include "support/refused.h"
#include "support/submitted.h"

static mh_pool *open_named(int kind, const char *name)
{
    mh_pool_options options = options_of(kind, 2);
    options.name = name;
    return open_with(&options);
}

// ---- names --------------------------------------------------------------------------------------

START_TEST(P8_a_pool_is_found_by_its_name_as_long_as_it_is_open)
{
    char name[] = "downloads";
    mh_pool *pool = open_named(_i, name);
    name[0] = 'x'; // it was copied
    ck_assert_ptr_eq(mh_pool_find("downloads"), pool);
    ck_assert_str_eq(mh_pool_name(pool), "downloads");
    ck_assert_ptr_null(mh_pool_find("download"));
    ck_assert_ptr_null(mh_pool_find("downloads2"));
    ck_assert_int_eq(number_of(submit(mh_pool_find("downloads"), &echo, 5)), 5);
    mh_pool_close(pool);
    ck_assert_ptr_null(mh_pool_find("downloads"));
}
END_TEST

START_TEST(P8_a_pool_needs_no_name)
{
    mh_pool *pool = open_kind(_i, 1), *other = open_kind(_i, 1);
    ck_assert_str_eq(mh_pool_name(pool), "");
    ck_assert_str_eq(mh_pool_name(other), "");
    mh_pool_close(other);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P8_a_name_belongs_to_one_pool_until_that_is_closed)
{
    hear_everything();
    mh_pool *pool = open_named(_i, "one"), *const nothing = (mh_pool *)&heard, *other = nothing;
    mh_pool_options options = options_of(THREADS, 1);
    options.name = "one";
    forget_heard();
    assert_refused(mh_pool_open(&other, &options), MH_BUSY, "one");
    ck_assert_ptr_eq(other, nothing);
    ck_assert_ptr_eq(mh_pool_find("one"), pool);
    mh_pool_close(pool);
    other = open_named(_i, "one");
    ck_assert_ptr_eq(mh_pool_find("one"), other);
    mh_pool_close(other);
}
END_TEST

START_TEST(P8_a_name_may_be_long)
{
    char name[1001];
    memset(name, 'n', 1000);
    name[1000] = '\0';
    mh_pool *pool = open_named(_i, name);
    name[999] = 'm';
    mh_pool *other = open_named(_i, name);
    ck_assert_ptr_eq(mh_pool_find(name), other);
    name[999] = 'n';
    ck_assert_ptr_eq(mh_pool_find(name), pool);
    ck_assert_str_eq(mh_pool_name(pool), name);
    mh_pool_close(pool);
    mh_pool_close(other);
}
END_TEST

// ---- finding or opening -------------------------------------------------------------------------

enum { SEEKERS = 8, SETUPS = 0 };

static mh_status count_setup(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    (void)state;
    count_up(SETUPS);
    return MH_OK;
}

static void do_nothing(mh_call *call, void *state)
{
    (void)call;
    (void)state;
}
static const mh_routine counting = {
    .name = "count setups", .setup = count_setup, .run = echo_run, .teardown = do_nothing};

static int sought_kind;

static void *find_or_open(void *nothing)
{
    (void)nothing;
    mh_pool_options options = options_of(sought_kind, 2);
    options.routine = &counting;
    options.name = "another name, which does not count";
    mh_pool *pool = NULL;
    ck_assert_int_eq(mh_pool_find_or_open(&pool, "shared", &options), MH_OK);
    ck_assert_int_eq(number_of(submit(pool, &echo, 12)), 12);
    return pool;
}

START_TEST(P8_many_threads_that_ask_at_once_get_the_same_pool)
{
    pthread_t threads[SEEKERS];
    void *pools[SEEKERS];
    set_stage();
    sought_kind = _i;
    for (int i = 0; i < SEEKERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, find_or_open, NULL), 0);
    for (int i = 0; i < SEEKERS; i++) {
        pthread_join(threads[i], &pools[i]);
        ck_assert_ptr_eq(pools[i], pools[0]);
    }
    ck_assert_uint_eq(mh_pools(NULL, 0), 1);
    ck_assert_ptr_eq(mh_pool_find("shared"), pools[0]);
    ck_assert_ptr_null(mh_pool_find("another name, which does not count"));
    int workers = 0;
    for (mh_result last; mh_pool_next(pools[0], &last, MH_FOREVER) == MH_OK;)
        workers++;
    ck_assert_int_eq(workers, mh_pool_workers(pools[0]));
    ck_assert_int_eq(counted(SETUPS), workers); // nobody opened another and threw it away
    mh_pool_close(pools[0]);
}
END_TEST

START_TEST(P8_a_pool_that_is_there_is_found_whatever_the_options_say)
{
    mh_pool *pool = open_named(_i, "there"), *found = NULL;
    ck_assert_int_eq(mh_pool_find_or_open(&found, "there", NULL), MH_OK);
    ck_assert_ptr_eq(found, pool);
    mh_pool_close(pool);
    ck_assert_int_eq(mh_pool_find_or_open(&found, "there", NULL), MH_OK); // one of its own
    ck_assert_int_eq(mh_pool_kind(found), MH_THREADS);
    ck_assert_str_eq(mh_pool_name(found), "there");
    mh_pool_close(found);
}
END_TEST

// ---- all of them --------------------------------------------------------------------------------

START_TEST(P8_all_pools_are_listed_in_the_order_of_opening)
{
    mh_pool *opened[KINDS], *listed[KINDS + 1] = {NULL};
    ck_assert_uint_eq(mh_pools(listed, KINDS), 0);
    for (int i = 0; i < KINDS; i++)
        opened[i] = open_named(i, i % 2 == 0 ? story_kinds[i].name : NULL);
    ck_assert_uint_eq(mh_pools(NULL, 0), KINDS);
    ck_assert_uint_eq(mh_pools(listed, 2), KINDS);
    ck_assert_ptr_null(listed[2]); // there was no room
    ck_assert_uint_eq(mh_pools(listed, KINDS + 1), KINDS);
    for (int i = 0; i < KINDS; i++)
        ck_assert_ptr_eq(listed[i], opened[i]);
    mh_pool_close(opened[1]);
    ck_assert_uint_eq(mh_pools(listed, KINDS), KINDS - 1);
    ck_assert_ptr_eq(listed[0], opened[0]);
    ck_assert_ptr_eq(listed[1], opened[2]);
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0);
    ck_assert_uint_eq(mh_pools(listed, KINDS), 0);
}
END_TEST

START_TEST(P8_all_pools_finish_their_work_and_are_closed)
{
    enum { TASKS = 30 };
    mh_task *tasks[KINDS][TASKS];
    for (int kind = 0; kind < KINDS; kind++) {
        mh_pool *pool = open_named(kind, story_kinds[kind].name);
        for (int i = 0; i < TASKS; i++)
            tasks[kind][i] = submit(pool, &echo, 100 * kind + i);
    }
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0);
    ck_assert_uint_eq(mh_pools(NULL, 0), 0);
    for (int kind = 0; kind < KINDS; kind++) {
        ck_assert_ptr_null(mh_pool_find(story_kinds[kind].name));
        for (int i = 0; i < TASKS; i++) // the handles outlive them
            ck_assert_int_eq(number_of(tasks[kind][i]), 100 * kind + i);
    }
}
END_TEST

START_TEST(P8_pools_that_do_not_finish_in_time_stay_open_and_are_told)
{
    set_stage();
    mh_pool *stuck = open_named(_i, "stuck"), *left[3] = {NULL};
    mh_task *running = occupy(stuck, 1), *second = occupy(stuck, 2);
    mh_task *queued = submit(stuck, &echo, 3);
    open_named(_i, "quick");
    ck_assert_uint_eq(mh_pools_close(mh_in_ms(20), left, 3), 1);
    ck_assert_ptr_eq(left[0], stuck);
    ck_assert_ptr_null(left[1]);
    ck_assert_ptr_eq(mh_pool_find("stuck"), stuck);
    ck_assert_ptr_null(mh_pool_find("quick"));
    ck_assert_uint_eq(mh_pools_close(MH_NOW, NULL, 0), 1);
    open_gate(GO_ON, 2);
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, left, 3), 0);
    ck_assert_uint_eq(mh_pools(NULL, 0), 0);
    ck_assert_int_eq(number_of(running), 1);
    ck_assert_int_eq(number_of(second), 2);
    ck_assert_int_eq(number_of(queued), 3);
}
END_TEST

static mh_status close_all(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_pool *left = NULL;
    size_t many = mh_pools_close(MH_FOREVER, &left, 1);
    bool is_own = many == 1 && left == mh_task_pool(mh_task_of(call));
    return is_own ? MH_OK : mh_fail(call, (int)many, "not its own pool");
}
static const mh_routine closing = {.name = "close all", .run = close_all};

START_TEST(P8_a_task_that_closes_all_pools_leaves_its_own)
{
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_named(_i % WITH_PROCESSES, "own");
    open_named(_i / WITH_PROCESSES, "other");
    assert_outcome(submit(pool, &closing, 0), MH_DONE);
    ck_assert_ptr_null(mh_pool_find("other"));
    ck_assert_ptr_eq(mh_pool_find("own"), pool);
    ck_assert_int_eq(number_of(submit(pool, &echo, 4)), 4); // as good as before
    mh_pool_close(pool);
}
END_TEST

static TCase *add_names(Suite *suite)
{
    TCase *tests = add_case(suite, "names", 15);
    tcase_add_loop_test(tests, P8_a_pool_is_found_by_its_name_as_long_as_it_is_open, 0, KINDS);
    tcase_add_loop_test(tests, P8_a_pool_needs_no_name, 0, KINDS);
    tcase_add_loop_test(tests, P8_a_name_belongs_to_one_pool_until_that_is_closed, 0, KINDS);
    tcase_add_loop_test(tests, P8_a_name_may_be_long, 0, KINDS);
    tcase_add_loop_test(tests, P8_many_threads_that_ask_at_once_get_the_same_pool, 0, KINDS);
    tcase_add_loop_test(tests, P8_a_pool_that_is_there_is_found_whatever_the_options_say, 0,
                        KINDS);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("named pools");
    TCase *tests = add_names(suite);
    tcase_add_test(tests, P8_all_pools_are_listed_in_the_order_of_opening);
    tcase_add_test(tests, P8_all_pools_finish_their_work_and_are_closed);
    tcase_add_loop_test(tests, P8_pools_that_do_not_finish_in_time_stay_open_and_are_told,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, P8_a_task_that_closes_all_pools_leaves_its_own, 0,
                        WITH_PROCESSES * KINDS);
    return run_suite(suite);
}
