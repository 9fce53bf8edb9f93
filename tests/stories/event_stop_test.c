// Events that ask to stop: inside a task, the event of its context does what mh_task_stop does,
// for all tasks that have it and for no other.
#include "support/asleep.h"
#include "support/messages.h"

static mh_task *submit_listener(mh_pool *pool, const mh_routine *routine, mh_event *event)
{
    return submit_within(pool, routine, 5, (mh_context){.cancel = event});
}

static void set(mh_event *event)
{
    ck_assert_int_eq(mh_event_set(event), MH_OK);
}

static mh_status set_event(mh_call *call, mh_bytes item)
{
    mh_status status = mh_event_set(mh_context_of(call).cancel);
    return status == MH_OK ? mh_return(call, item.data, item.size) : fail_with(call, status);
}
static const mh_routine setting = {.name = "set the event", .run = set_event};

// Sees the event in every way there is: before it is set, and when it was.
static mh_status see_event(mh_call *call, mh_bytes item)
{
    mh_event *event = mh_context_of(call).cancel;
    if (mh_is_cancelled(call) || mh_wait_cancelled(call, MH_NOW) != MH_TIMEOUT ||
        mh_wait_cancelled(call, mh_in_ms(2)) != MH_TIMEOUT || mh_event_is_set(event))
        return mh_fail(call, 1, "it was asked to stop too soon");
    say_that_it_waits();
    if (mh_wait_cancelled(call, MH_FOREVER) != MH_OK || !mh_is_cancelled(call) ||
        mh_wait_cancelled(call, MH_NOW) != MH_OK || !mh_event_is_set(event))
        return mh_fail(call, 2, "it was not asked to stop");
    return mh_return(call, item.data, item.size);
}
static const mh_routine seeing = {.name = "see the event", .run = see_event};

START_TEST(Y5_the_event_of_its_context_asks_a_task_to_stop)
{
    mh_pool *pool = open_quiet(_i, 4);
    for (int round = 0; round < 10; round++) {
        mh_event *event = open_event(pool), *others = open_event(pool);
        mh_task *one = submit_listener(pool, &seeing, event);
        mh_task *two = submit_listener(pool, &seeing, event);
        mh_task *other = submit_listener(pool, &seeing, others);
        await_waiters(3);
        if (round % 2 == 0)
            set(event);
        else
            ck_assert_int_eq(number_of(submit_listener(pool, &setting, event)), 5);
        ck_assert_int_eq(number_of(one), 5);
        ck_assert_int_eq(number_of(two), 5);
        ck_assert_int_eq(mh_task_state_of(other), MH_TASK_RUNNING); // it has another
        set(others);
        ck_assert_int_eq(number_of(other), 5);
        close_event(event);
        close_event(others);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status tell_if_cancelled(mh_call *call, mh_bytes item)
{
    int64_t is_so = mh_is_cancelled(call) && mh_wait_cancelled(call, MH_FOREVER) == MH_OK;
    (void)item;
    return mh_return(call, &is_so, sizeof is_so);
}
static const mh_routine telling = {.name = "tell if cancelled", .run = tell_if_cancelled};

START_TEST(Y5_with_an_event_that_was_set_a_task_is_asked_from_the_beginning)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_event *event = open_event(pool), *other = open_event(pool);
    set(event);
    ck_assert_int_eq(number_of(submit_listener(pool, &telling, event)), 1);
    ck_assert_int_eq(number_of(submit_listener(pool, &telling, other)), 0);
    ck_assert_int_eq(number_of(submit(pool, &telling, 0)), 0);
    close_event(event);
    close_event(other);
    mh_pool_close(pool);
}
END_TEST

// Stopped in another way, a task no longer waits for the event; if that is set, it says so.
static mh_status wait_twice(mh_call *call, mh_bytes item)
{
    mh_event *event = mh_context_of(call).cancel;
    say_that_it_waits();
    int64_t first = mh_event_wait(event, MH_FOREVER);
    mh_status now = mh_event_wait(event, MH_NOW);
    open_gate(GO_ON, 1);
    pass_gate(GO_ON + 1);
    mh_status last = mh_event_wait(event, MH_FOREVER);
    (void)item;
    return now == MH_TIMEOUT && last == MH_OK
               ? mh_return(call, &first, sizeof first)
               : mh_fail(call, last, "%s, %s", mh_status_text(now), mh_status_text(last));
}
static const mh_routine twice = {.name = "wait twice", .run = wait_twice};

START_TEST(Y5_a_task_that_is_stopped_in_another_way_waits_no_more)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int round = 0; round < 10; round++) {
        mh_event *event = open_event(pool);
        mh_task *task = submit_listener(pool, &twice, event);
        await_waiters(1);
        ck_assert_int_eq(mh_task_stop(task), MH_OK);
        pass_gate(GO_ON);
        ck_assert(!mh_event_is_set(event)); // nobody set it
        set(event);
        open_gate(GO_ON + 1, 1);
        ck_assert_int_eq(number_of(task), MH_STOPPED);
        close_event(event);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events that ask to stop");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y5_the_event_of_its_context_asks_a_task_to_stop, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, Y5_with_an_event_that_was_set_a_task_is_asked_from_the_beginning,
                        0, KINDS);
    tcase_add_loop_test(tests, Y5_a_task_that_is_stopped_in_another_way_waits_no_more,
                        WITH_WORKERS, KINDS);
    return run_suite(suite);
}
