// Told: what a serial desk was told of stays until somebody looks who can do it. (Y6)
//
// Who asks how a task is, or what a pool does, takes a turn at the desk, but runs nothing. One that is about to
// sleep there would otherwise sleep over what it was told of just then.

#include <check.h>

#include "manyhands.h"
#include "support/story.h"
#include "task/pool.h"

static mh_status echo(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size);
}
static const mh_routine echoing = {.name = "echo", .run = echo};

START_TEST(Y6_who_only_asks_leaves_what_was_told_for_others)
{
    mh_task *task;
    mh_pool_facts facts;
    mh_pool *pool = open_kind(SERIAL, 1);
    _Atomic uint32_t *told = &pool->desk->window->ring->told;
    ck_assert_int_eq(mh_submit(pool, &echoing, (mh_bytes){.data = NULL}, NULL, &task), MH_OK);
    mhi_window_tell(pool->desk->window);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_QUEUED);
    ck_assert_int_eq(mh_pool_facts_of(pool, &facts), MH_OK);
    ck_assert_int_eq(mh_task_wait(task, MH_NOW), MH_TIMEOUT);
    ck_assert_uint_eq(atomic_load(told), 1);
    ck_assert_int_eq(mh_task_wait(task, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(atomic_load(told), 0);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("told");
    TCase *tests = add_case(suite, "serial", 15);
    tcase_add_test(tests, Y6_who_only_asks_leaves_what_was_told_for_others);
    return run_suite(suite);
}
