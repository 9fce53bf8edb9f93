// An array of inputs made into tasks: one task for each input, for each few, or as many as
// spread them over the workers; with a result for each input.
#include "many_inputs.h"

// ---- how many -----------------------------------------------------------------------------------

static const size_t counts[] = {1, 2, 3, 7, 10, 100, 1999, 2000};
static const size_t chunks[] = {1, 3, 10, 5000};
enum { COUNTS = sizeof counts / sizeof *counts, CHUNKS = sizeof chunks / sizeof *chunks };

START_TEST(P5_one_task_is_made_for_each_chunk_of_the_inputs)
{
    mh_pool *pool = open_prepared(_i, 2);
    int all = 0;
    for (int c = 0; c < COUNTS * CHUNKS; c++) {
        size_t count = counts[c / CHUNKS], chunk = chunks[c % CHUNKS];
        size_t made = submit_each(pool, &counting, count, chunk, (mh_task_options){0});
        ck_assert_uint_eq(made, (count + chunk - 1) / chunk);
        for (size_t t = 0; t < made; t++)
            ck_assert_uint_eq(mh_task_parts(tasks[t]),
                              t + 1 < made ? chunk : count - t * chunk);
        assert_echoes_and_drop(made, count);
        all += (int)count;
    }
    ck_assert_int_eq(counted(RUNS), all);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P5_without_a_chunk_they_are_spread_evenly_over_the_workers)
{
    mh_pool *pool = open_prepared(_i, 3);
    size_t workers = (size_t)mh_pool_workers(pool);
    for (int c = 0; c < COUNTS; c++) {
        size_t made = submit_each(pool, &counting, counts[c], 0, (mh_task_options){0});
        ck_assert_uint_ge(made, 1);
        ck_assert_uint_le(made, workers);
        for (size_t t = 0; t < made; t++) {
            ck_assert_uint_ge(mh_task_parts(tasks[t]), 1);
            ck_assert_uint_le(mh_task_parts(tasks[t]), (counts[c] + workers - 1) / workers);
        }
        assert_echoes_and_drop(made, counts[c]);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P5_of_no_inputs_no_task_is_made)
{
    mh_pool *pool = open_prepared(_i, 2);
    for (size_t chunk = 0; chunk < 3; chunk++) {
        ck_assert_uint_eq(mh_chunks(pool, 0, chunk), 0);
        ck_assert_uint_eq(submit_each(pool, &counting, 0, chunk, (mh_task_options){0}), 0);
    }
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), 0);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P5_nobody_needs_to_ask_for_them)
{
    mh_pool *pool = open_prepared(_i, 2);
    for (size_t chunk = 0; chunk < 4; chunk++) {
        size_t made = 0;
        ck_assert_int_eq(mh_submit_each(pool, &counting, inputs, 500, sizeof *inputs, chunk,
                                        NULL, NULL, &made),
                         MH_OK);
        ck_assert_uint_eq(made, mh_chunks(pool, 500, chunk));
    }
    wait_for_all(pool);
    ck_assert_int_eq(counted(RUNS), 4 * 500);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P5_a_plain_task_has_one_part)
{
    mh_pool *pool = open_prepared(_i, 1);
    mh_task *busy = _i == SERIAL ? NULL : keep_one_busy(pool);
    mh_task *task = submit(pool, &counting, 4);
    mh_result part;
    ck_assert_int_eq(mh_task_part(task, 0, &part), MH_BUSY);
    open_gate(GO_ON, busy == NULL ? 0 : 1);
    assert_gives(task, 4);
    ck_assert_uint_eq(mh_task_parts(task), 1);
    part = part_of(task, 0);
    ck_assert_int_eq(mh_result_as(int64_t, part), 4);
    assert_no_more_parts(task);
    mh_task_drop(task);
    mh_task_drop(busy);
    mh_pool_close(pool);
}
END_TEST

enum { AT_ONCE = 1, BEGUN = 2, TOGETHER = 3 }; // places on the stage

static mh_status note_order(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    if (count_up(AT_ONCE) > 1)
        count_up(TOGETHER);
    on_stage()->pid[count_up(BEGUN) - 1] = (int)number;
    atomic_fetch_sub(&on_stage()->count[AT_ONCE], 1);
    return mh_return(call, &number, sizeof number);
}
static const mh_routine noting = {.name = "note the order", .run = note_order};

START_TEST(P5_the_inputs_of_a_task_run_one_after_the_other)
{
    enum { INPUTS = 120 };
    mh_pool *pool = open_prepared(_i, 3);
    size_t made = submit_each(pool, &noting, INPUTS, INPUTS, (mh_task_options){0});
    ck_assert_uint_eq(made, 1);
    assert_echoes_and_drop(made, INPUTS);
    for (int i = 0; i < INPUTS; i++)
        ck_assert_int_eq(on_stage()->pid[i], 1000 + i);
    ck_assert_int_eq(counted(BEGUN), INPUTS);
    ck_assert_int_eq(counted(TOGETHER), 0);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tasks of many inputs");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, P5_one_task_is_made_for_each_chunk_of_the_inputs, 0, KINDS);
    tcase_add_loop_test(tests, P5_without_a_chunk_they_are_spread_evenly_over_the_workers, 0,
                        KINDS);
    tcase_add_loop_test(tests, P5_of_no_inputs_no_task_is_made, 0, KINDS);
    tcase_add_loop_test(tests, P5_nobody_needs_to_ask_for_them, 0, KINDS);
    tcase_add_loop_test(tests, P5_a_plain_task_has_one_part, 0, KINDS);
    tcase_add_loop_test(tests, P5_the_inputs_of_a_task_run_one_after_the_other, 0, KINDS);
    return run_suite(suite);
}
