// The same answer: one program, run by every kind of worker, gives what it gives with none.
#include <pthread.h>

#include "support/story.h"
#include "support/traces.h"

enum { MANY = 5000 };

static int64_t mix(int64_t number)
{
    return number * number ^ number * 128;
}
MH_ROUTINE(mix_each, mix, int64_t, int64_t);

START_TEST(M1_every_kind_gives_the_same_results_in_order)
{
    mh_pool *pool = open_kind(_i, 3);
    mh_map *map = open_map(pool, &mix_each, mh_source_range(-7, MANY - 7, 1),
                           (mh_map_options){0});
    for (int i = 0; i < MANY; i++) {
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        ck_assert_uint_eq(result.size, sizeof(int64_t));
        ck_assert_int_eq(mh_result_as(int64_t, result), mix(i - 7));
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M1_every_kind_gives_each_result_once_unordered)
{
    static bool seen[MANY];
    mh_pool *pool = open_kind(_i, 3);
    mh_map *map = open_map(pool, &mix_each, mh_source_range(0, MANY, 1),
                           (mh_map_options){.unordered = true});
    for (int i = 0; i < MANY; i++) {
        mh_result result = take(map);
        ck_assert_uint_lt(result.index, MANY);
        ck_assert(!seen[result.index]);
        seen[result.index] = true;
        assert_done(&result, result.index);
        ck_assert_int_eq(mh_result_as(int64_t, result), mix((int64_t)result.index));
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M1_the_work_is_done_where_the_kind_says)
{
    mh_pool *pool = open_kind(_i, 3);
    ck_assert_int_eq(mh_pool_kind(pool), story_kinds[_i].kind);
    ck_assert_int_eq(mh_pool_workers(pool), _i == SERIAL ? 1 : 3);
    mh_map *map = open_map(pool, &mix_each, mh_source_range(0, 50, 1), (mh_map_options){0});
    for (int i = 0; i < 50; i++) {
        mh_result result = take(map);
        ck_assert_int_ge(result.worker, 0);
        ck_assert_int_lt(result.worker, mh_pool_workers(pool));
        ck_assert_uint_eq(result.attempt, 1);
        if (_i < WITH_PROCESSES)
            ck_assert_int_eq(result.pid, getpid());
        else
            ck_assert(descends_from(result.pid, getpid()));
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- no worker at all ---------------------------------------------------------------------------

static pthread_t ran_on; // by the serial kind, in this process
static int ran;

static mh_status note_thread(mh_call *call, mh_bytes item)
{
    ran_on = pthread_self();
    ran++;
    return mh_return(call, item.data, item.size);
}
static const mh_routine noting = {.name = "note thread", .run = note_thread};

START_TEST(M14_serial_runs_in_the_thread_that_waits_and_only_while_it_waits)
{
    traces before = count_traces();
    mh_pool *pool = open_kind(SERIAL, 8);
    mh_map *map = open_map(pool, &noting, mh_source_range(0, 10, 1), (mh_map_options){0});
    ck_assert_int_eq(count_traces().threads, before.threads);
    ck_assert_int_eq(count_traces().processes, before.processes);
    ck_assert_int_eq(ran, 0);
    for (int i = 0; i < 10; i++) {
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        ck_assert_int_eq(result.worker, 0);
        ck_assert(pthread_equal(ran_on, pthread_self()));
    }
    ck_assert_int_eq(ran, 10);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M14_serial_runs_no_item_ahead_of_the_one_asked_for)
{
    mh_pool *pool = open_kind(SERIAL, 1);
    mh_map *map = open_map(pool, &noting, mh_source_range(0, 10, 1),
                           (mh_map_options){.chunk = 1});
    for (int i = 0; i < 10; i++) {
        take(map);
        ck_assert_int_eq(ran, i + 1);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- named arguments ----------------------------------------------------------------------------

typedef struct loan {
    double sum;
    int years;
    char currency[4];
} loan;

typedef struct offer {
    double monthly;
    char words[32];
} offer;

static offer offer_for(loan asked)
{
    offer made = {.monthly = asked.sum / (12 * asked.years)};
    snprintf(made.words, sizeof made.words, "%.2f %s", made.monthly, asked.currency);
    return made;
}
MH_ROUTINE(offer_each, offer_for, loan, offer);

START_TEST(M3_items_are_structs_of_named_arguments)
{
    static const loan loans[] = {{.sum = 1200, .years = 1, .currency = "EUR"},
                                 {.years = 10, .currency = "CHF", .sum = 24000}};
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &offer_each, mh_source_array(loans, 2, sizeof *loans),
                           (mh_map_options){0});
    mh_result first = take(map);
    ck_assert_str_eq(mh_result_as(offer, first).words, "100.00 EUR");
    ck_assert_double_eq(mh_result_as(offer, first).monthly, 100);
    mh_result second = take(map);
    ck_assert_str_eq(mh_result_as(offer, second).words, "200.00 CHF");
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M3_an_item_of_another_size_fails_and_is_not_passed_on)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &mix_each, mh_source_array("abcdef", 2, 3),
                           (mh_map_options){0});
    for (int i = 0; i < 2; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(result.outcome, MH_FAILED);
        ck_assert_int_eq(result.code, MH_INVALID);
        ck_assert_str_eq(result.message, "the item has 3 bytes, mix takes 8");
        ck_assert_ptr_null(result.data);
        ck_assert_int_eq(mh_result_as(int64_t, result), 0);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the same answer");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M1_every_kind_gives_the_same_results_in_order, 0, KINDS);
    tcase_add_loop_test(tests, M1_every_kind_gives_each_result_once_unordered, 0, KINDS);
    tcase_add_loop_test(tests, M1_the_work_is_done_where_the_kind_says, 0, KINDS);
    tcase_add_test(tests, M14_serial_runs_in_the_thread_that_waits_and_only_while_it_waits);
    tcase_add_test(tests, M14_serial_runs_no_item_ahead_of_the_one_asked_for);
    tcase_add_loop_test(tests, M3_items_are_structs_of_named_arguments, 0, KINDS);
    tcase_add_loop_test(tests, M3_an_item_of_another_size_fails_and_is_not_passed_on, 0, KINDS);
    return run_suite(suite);
}
