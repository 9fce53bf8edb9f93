// Names and numbers of a session's tasks: found, unknown, taken, and free again after a clear;
// and the first refusal, which a session remembers.
#include <pthread.h>

#include "support/grouped.h"

static mh_session *open_named(int kind, mh_pool **pool)
{
    *pool = open_quiet(kind, 2);
    return open_session(*pool);
}

static mh_status try_run(mh_session *session, const char *name)
{
    const int64_t number = 5;
    return mh_session_run(session, name, &counting, MH_BYTES_OF(number), NULL, NULL);
}

static mh_status try_map(mh_session *session, const char *prefix, size_t count, uint64_t *first)
{
    static const int64_t inputs[100] = {0};
    return mh_session_map(session, prefix, &counting, inputs, count, 8, NULL, first);
}

static void assert_found(mh_session *session, const char *name, uint64_t wanted)
{
    uint64_t number = 99;
    ck_assert_int_eq(mh_session_find(session, name, &number), MH_OK);
    ck_assert_uint_eq(number, wanted);
    ck_assert(!mh_session_is_free(session, name));
    ck_assert_str_eq(mh_session_name(session, number), name);
}

static void assert_free(mh_session *session, const char *name)
{
    uint64_t number = 99;
    mh_result result;
    ck_assert_int_eq(mh_session_find(session, name, &number), MH_NOT_FOUND);
    ck_assert_uint_eq(number, 99);
    ck_assert(mh_session_is_free(session, name));
    ck_assert_int_eq(mh_session_result_of(session, name, &result, MH_FOREVER), MH_NOT_FOUND);
}

static void take_all(mh_session *session)
{
    for (mh_result result; mh_session_next(session, &result, MH_FOREVER) == MH_OK;)
        ck_assert_int_eq(result.outcome, MH_DONE);
    assert_none_outstanding(session);
}

// ---- finding ------------------------------------------------------------------------------------

START_TEST(Y2_a_task_is_found_by_its_name_and_named_by_its_number)
{
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    assert_free(session, "low");
    run(session, "low", &counting, 10);
    run(session, NULL, &counting, 11);
    run(session, "high", &counting, 12);
    assert_found(session, "low", 0);
    assert_found(session, "high", 2);
    assert_free(session, "middle");
    assert_free(session, "lo");
    assert_free(session, "lower");
    ck_assert_str_eq(mh_session_name(session, 1), "");
    ck_assert_ptr_null(mh_session_name(session, 3));
    ck_assert_ptr_null(mh_session_name(session, UINT64_MAX));
    take_all(session);
    assert_found(session, "low", 0); // as long as it is not cleared
    close_both(session, pool);
}
END_TEST

START_TEST(Y2_the_handle_of_a_task_is_found_by_its_number)
{
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    number_of(submit(pool, &echo, 1)); // so that numbers in the session and on the pool differ
    for (int64_t i = 0; i < 3; i++) {
        mh_task *task = mh_session_task(session, run(session, NULL, &counting, 10 + i));
        mh_result result = wait_for(task);
        assert_gives(result, mh_task_id(task), 10 + i);
        ck_assert_ptr_eq(mh_task_pool(task), pool);
        ck_assert_uint_eq(mh_task_id(task), (uint64_t)i + 1);
        ck_assert_ptr_eq(mh_session_task(session, (uint64_t)i), task);
        assert_gives(result_at(session, (uint64_t)i), (uint64_t)i, 10 + i);
    }
    ck_assert_ptr_null(mh_session_task(session, 3));
    ck_assert_ptr_null(mh_session_task(session, UINT64_MAX));
    close_both(session, pool);
}
END_TEST

START_TEST(Y2_names_are_copied_and_may_be_long_and_many)
{
    enum { NAMES = 1000, SIZE = 2000 };
    static char name[SIZE];
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    memset(name, 'x', SIZE - 1);
    for (int i = 0; i < NAMES; i++) {
        snprintf(name + SIZE - 6, 6, "%05d", i); // they differ only in their last letters
        ck_assert_uint_eq(run(session, name, &counting, i), (uint64_t)i);
    }
    for (int i = NAMES - 1; i >= 0; i--) {
        snprintf(name + SIZE - 6, 6, "%05d", i);
        assert_found(session, name, (uint64_t)i);
        ck_assert_ptr_ne(mh_session_name(session, (uint64_t)i), name);
    }
    snprintf(name + SIZE - 6, 6, "%05d", NAMES);
    assert_free(session, name);
    close_both(session, pool);
}
END_TEST

START_TEST(Y1_mapped_tasks_are_named_by_prefix_and_place)
{
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    run(session, "before", &counting, 1);
    ck_assert_int_eq(try_map(session, "task-", 100, NULL), MH_OK);
    ck_assert_int_eq(try_map(session, "", 3, NULL), MH_OK);
    ck_assert_int_eq(try_map(session, NULL, 2, NULL), MH_OK);
    assert_found(session, "task-0", 1);
    assert_found(session, "task-7", 8);
    assert_found(session, "task-99", 100);
    assert_free(session, "task-100");
    assert_free(session, "task-");
    assert_free(session, "task-07");
    assert_found(session, "2", 103);
    ck_assert_str_eq(mh_session_name(session, 104), "");
    take_all(session);
    close_both(session, pool);
}
END_TEST

// ---- taken --------------------------------------------------------------------------------------

START_TEST(Y2_a_taken_name_is_a_status_of_its_own_and_nothing_runs)
{
    uint64_t number = 99;
    const int64_t input = 5;
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool), *other = open_session(pool);
    ck_assert_int_eq(try_run(session, "same"), MH_OK);
    listen_to_log(MH_LOG_WARNING);
    ck_assert_int_eq(
        mh_session_run(session, "same", &counting, MH_BYTES_OF(input), NULL, &number), MH_BUSY);
    ck_assert_msg(was_heard("same"), "%s", heard.text); // which name it was
    ck_assert_uint_eq(number, 99);
    ck_assert_uint_eq(mh_session_count(session), 1);
    ck_assert_int_eq(try_run(other, "same"), MH_OK); // another session has its own names
    take_all(session);
    ck_assert_int_eq(try_run(session, "same"), MH_BUSY); // its result is still there
    assert_found(session, "same", 0);
    take_all(other);
    ck_assert_int_eq(counted(RUNS), 2);
    close_session(other);
    close_both(session, pool);
}
END_TEST

START_TEST(Y1_when_one_of_the_mapped_names_is_taken_none_runs)
{
    uint64_t first = 99;
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    ck_assert_int_eq(try_run(session, "task-3"), MH_OK);
    ck_assert_int_eq(try_map(session, "task-", 5, &first), MH_BUSY);
    ck_assert_uint_eq(first, 99);
    ck_assert_uint_eq(mh_session_count(session), 1);
    assert_free(session, "task-0");
    assert_free(session, "task-4");
    ck_assert_int_eq(try_map(session, "task-", 3, &first), MH_OK);
    ck_assert_uint_eq(first, 1);
    take_all(session);
    ck_assert_int_eq(counted(RUNS), 4);
    close_both(session, pool);
}
END_TEST

START_TEST(Y1_the_first_refusal_is_remembered_until_the_session_is_cleared)
{
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    const mh_run_options global = {.scopes = MH_SCOPES_GLOBAL}; // the pool has none
    const int64_t input = 5;
    ck_assert_int_eq(mh_session_refused(session), MH_OK);
    try_run(session, "same");
    ck_assert_int_eq(mh_session_refused(session), MH_OK);
    try_run(session, "same");
    ck_assert_int_eq(mh_session_refused(session), MH_BUSY);
    mh_session_run(session, "new", &counting, MH_BYTES_OF(input), &global, NULL);
    try_run(session, "newer"); // which works, and changes nothing
    ck_assert_int_eq(mh_session_refused(session), MH_BUSY);
    take_all(session);
    ck_assert_int_eq(mh_session_refused(session), MH_BUSY);
    ck_assert_int_eq(mh_session_clear(session), MH_OK);
    ck_assert_int_eq(mh_session_refused(session), MH_OK);
    mh_session_map(session, "mapped", &counting, &input, 1, 8, &global, NULL);
    ck_assert_int_eq(mh_session_refused(session), MH_NOT_FOUND);
    close_both(session, pool);
}
END_TEST

enum { RIVALS = 4, ROUNDS = 50 };
static _Atomic int taken;

static void *take_names(void *session)
{
    for (int round = 0; round < ROUNDS; round++) {
        char name[20];
        snprintf(name, sizeof name, "name %d", round);
        mh_status status = try_run(session, name);
        ck_assert(status == MH_OK || status == MH_BUSY);
        atomic_fetch_add(&taken, status == MH_OK);
    }
    return NULL;
}

START_TEST(Y2_of_several_threads_one_gets_the_name)
{
    pthread_t rivals[RIVALS];
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    for (int i = 0; i < RIVALS; i++)
        ck_assert_int_eq(pthread_create(&rivals[i], NULL, take_names, session), 0);
    for (int i = 0; i < RIVALS; i++)
        pthread_join(rivals[i], NULL);
    ck_assert_int_eq(taken, ROUNDS);
    ck_assert_uint_eq(mh_session_count(session), ROUNDS);
    take_all(session);
    ck_assert_int_eq(counted(RUNS), ROUNDS);
    close_both(session, pool);
}
END_TEST

// ---- free again ---------------------------------------------------------------------------------

START_TEST(Y2_a_clear_frees_names_and_numbers_are_not_used_again)
{
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    for (uint64_t round = 0; round < 20; round++) {
        ck_assert_uint_eq(run(session, "same", &counting, 3), 2 * round);
        run(session, NULL, &counting, 4);
        assert_found(session, "same", 2 * round);
        take_all(session);
        ck_assert_int_eq(mh_session_clear(session), MH_OK);
        assert_free(session, "same");
        ck_assert_ptr_null(mh_session_name(session, 2 * round));
        ck_assert_ptr_null(mh_session_name(session, 2 * round + 1));
    }
    close_both(session, pool);
}
END_TEST

START_TEST(C2_a_clear_drops_what_was_handed_out_and_nothing_else)
{
    mh_pool *pool;
    mh_session *session = open_named(_i, &pool);
    mh_result result;
    run_with(session, "running", &gated, 0, (mh_run_options){.priority = 1});
    if (_i != SERIAL)
        pass_gate(RUNNING);
    run(session, "handed out", &counting, 7);
    assert_gives(next_of(session), 1, 7);
    run(session, "only looked at", &counting, 8);
    assert_gives(result_at(session, 2), 2, 8);
    ck_assert_int_eq(mh_session_clear(session), MH_OK);
    ck_assert_uint_eq(mh_session_count(session), 2);
    ck_assert_uint_eq(mh_session_count_ended(session), 1);
    ck_assert_int_eq(mh_session_result(session, 1, &result, MH_FOREVER), MH_NOT_FOUND);
    ck_assert_ptr_null(mh_session_task(session, 1));
    assert_free(session, "handed out");
    assert_found(session, "running", 0);
    assert_found(session, "only looked at", 2);
    ck_assert_int_eq(try_run(session, "running"), MH_BUSY);
    open_gate(GO_ON, 1);
    assert_gives(next_in_order(session), 0, 0);
    assert_gives(next_in_order(session), 2, 8);
    close_both(session, pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names in sessions");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y2_a_task_is_found_by_its_name_and_named_by_its_number, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y2_the_handle_of_a_task_is_found_by_its_number, 0, KINDS);
    tcase_add_loop_test(tests, Y2_names_are_copied_and_may_be_long_and_many, 0, KINDS);
    tcase_add_loop_test(tests, Y1_mapped_tasks_are_named_by_prefix_and_place, 0, KINDS);
    tcase_add_loop_test(tests, Y2_a_taken_name_is_a_status_of_its_own_and_nothing_runs, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y1_when_one_of_the_mapped_names_is_taken_none_runs, 0, KINDS);
    tcase_add_loop_test(tests, Y1_the_first_refusal_is_remembered_until_the_session_is_cleared,
                        0, KINDS);
    tcase_add_loop_test(tests, Y2_of_several_threads_one_gets_the_name, 0, KINDS);
    tcase_add_loop_test(tests, Y2_a_clear_frees_names_and_numbers_are_not_used_again, 0, KINDS);
    tcase_add_loop_test(tests, C2_a_clear_drops_what_was_handed_out_and_nothing_else, 0, KINDS);
    return run_suite(suite);
}
