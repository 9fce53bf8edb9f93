// A demand fails when a worker leaves whose seat is to be filled again.
#include "base/memory.h"
#include "support/heard.h"
#include "support/submitted.h"

enum { TEARDOWNS = 0 }; // a place on the stage

// The next demand is for the worker that follows this one.
static void leave_want(mh_call *call, void *state)
{
    (void)call;
    (void)state;
    if (count_up(TEARDOWNS) == 1)
        mhi_fail_after(1);
}
static const mh_routine wanting = {
    .name = "wait at a gate", .run = wait_at_gate, .teardown = leave_want};

// It may be a passing thing, so it is tried again; nobody else would.
START_TEST(P9_a_worker_that_cannot_come_at_once_comes_all_the_same)
{
    set_stage();
    listen_to_log(MH_LOG_WARNING);
    mh_pool_options options = options_of(THREADS, 1);
    options.routine = &wanting;
    mh_pool *pool = open_with(&options);
    mh_task *before = submit(pool, NULL, 1), *after = submit(pool, NULL, 2);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_pool_end_worker(pool, 0), MH_OK);
    ck_assert_int_eq(mh_pool_resize(pool, 1), MH_OK);
    open_gate(GO_ON, 2);
    ck_assert_int_eq(number_of(before), 1);
    ck_assert_int_eq(number_of(after), 2);
    ck_assert_msg(lines_heard() > 0, "nothing failed");
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resizing, the n-th demand fails");
    TCase *tests = add_case(suite, "threads", 10);
    tcase_add_test(tests, P9_a_worker_that_cannot_come_at_once_comes_all_the_same);
    return run_suite(suite);
}
