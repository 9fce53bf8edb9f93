// Whole: a task has ended when nothing of it runs, or will, whatever its worker still does before it leaves the slot
// (N3).
//
// The worker is held where it has counted the item, and not ended the slot.

#include <check.h>

#include "support/submitted.h"
#include "worker/worker.h"

enum { PARTS = 3, COUNTED = 2, LEAVE = 3 };

static void hold_back(mhi_step step)
{
    if (step != MHI_STEP_COUNTED)
        return;
    open_gate(COUNTED, 1);
    pass_gate(LEAVE);
}

static mh_task *submit_parts(mh_pool *pool)
{
    const int64_t numbers[PARTS] = {0};
    mh_task *task = NULL;
    size_t made;
    ck_assert_int_eq(mh_submit_each(pool, &waiting, numbers, PARTS, sizeof *numbers, PARTS,
                                    NULL, &task, &made),
                     MH_OK);
    return task;
}

static void assert_first_part_ran(mh_task *task)
{
    mh_result result;
    ck_assert_int_eq(mh_task_part(task, 0, &result), MH_OK);
    ck_assert_int_eq(result.outcome, MH_DONE);
    for (size_t i = 1; i < PARTS; i++) {
        ck_assert_int_eq(mh_task_part(task, i, &result), MH_OK);
        ck_assert_int_eq(result.outcome, MH_CANCELLED);
    }
}

// Its first part ran when it was stopped, so the others never will.
START_TEST(N3_a_stopped_task_has_ended_with_the_part_that_ran)
{
    static const int kinds[] = {THREADS, FORKED};
    set_stage();
    mhi_step_trap = hold_back;
    mh_pool *pool = open_kind(kinds[_i % 2], 1);
    mh_task *task = submit_parts(pool);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_stop(task), MH_OK);
    ck_assert_int_eq(mh_task_cancel(task), MH_BUSY);
    open_gate(GO_ON, 1);
    pass_gate(COUNTED);
    mh_status (*const words[])(mh_task *) = {mh_task_cancel, mh_task_stop, mh_task_kill};
    ck_assert_int_eq(words[_i / 2](task), MH_END);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
    assert_first_part_ran(task);
    open_gate(LEAVE, 1);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("whole");
    TCase *tests = add_case(suite, "slots", 15);
    tcase_add_loop_test(tests, N3_a_stopped_task_has_ended_with_the_part_that_ran, 0, 6);
    return run_suite(suite);
}
