// Events: set once, by whoever it may be, and seen by all who wait for it, wherever they are.
#include <signal.h>

#include "support/asleep.h"
#include "support/messages.h"

static void assert_not_set(mh_event *event)
{
    ck_assert(!mh_event_is_set(event));
    ck_assert_int_eq(mh_event_wait(event, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_event_wait(event, mh_in_ms(2)), MH_TIMEOUT);
}

static void assert_set(mh_event *event)
{
    ck_assert(mh_event_is_set(event));
    ck_assert_int_eq(mh_event_wait(event, MH_NOW), MH_OK);
    ck_assert_int_eq(mh_event_wait(event, MH_FOREVER), MH_OK);
}

START_TEST(Y5_an_event_is_set_once_and_for_good)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_event *event = open_event(pool), *other = open_event(pool);
    assert_not_set(event);
    ck_assert_int_eq(mh_event_set(event), MH_OK);
    assert_set(event);
    ck_assert_int_eq(mh_event_set(event), MH_OK);
    assert_set(event);
    assert_not_set(other);
    close_event(event);
    event = open_event(pool); // perhaps in the same place
    assert_not_set(event);
    close_event(event);
    close_event(other);
    mh_pool_close(pool);
}
END_TEST

static mh_task *submit_listener(mh_pool *pool, const mh_routine *routine, mh_event *event)
{
    return submit_within(pool, routine, 5, (mh_context){.cancel = event});
}

// ---- who sets it, and who waits -----------------------------------------------------------------

enum { PEERS = 3 };

static mh_status set_event(mh_call *call, mh_bytes item)
{
    mh_event *event = mh_context_of(call).cancel;
    mh_status status = mh_event_set(event);
    if (status != MH_OK || !mh_event_is_set(event) || mh_event_wait(event, MH_NOW) != MH_OK)
        return fail_with(call, status);
    return mh_return(call, item.data, item.size);
}
static const mh_routine setting = {.name = "set the event", .run = set_event};

static mh_status set_event_and_die(mh_call *call, mh_bytes item)
{
    mh_status status = set_event(call, item);
    raise(SIGKILL);
    return status;
}
static const mh_routine setting_last = {.name = "set it and die", .run = set_event_and_die};

static mh_status await_event(mh_call *call, mh_bytes item)
{
    mh_event *event = mh_context_of(call).cancel;
    say_that_it_waits();
    mh_status status = mh_event_wait(event, MH_FOREVER);
    if (status != MH_OK || !mh_event_is_set(event))
        return fail_with(call, status);
    return mh_return(call, item.data, item.size);
}
static const mh_routine awaiting = {.name = "wait for the event", .run = await_event};

static void *await_in_thread(void *event)
{
    say_that_it_waits();
    return (void *)(intptr_t)mh_event_wait(event, MH_FOREVER);
}

typedef void way_to_set(mh_pool *pool, mh_event *event);

static void set_here(mh_pool *pool, mh_event *event)
{
    (void)pool;
    ck_assert_int_eq(mh_event_set(event), MH_OK);
}

static void set_in_task(mh_pool *pool, mh_event *event)
{
    ck_assert_int_eq(number_of(submit_listener(pool, &setting, event)), 5);
}

static void set_with_last_breath(mh_pool *pool, mh_event *event)
{
    assert_outcome(submit_listener(pool, &setting_last, event), MH_CRASHED);
}

static way_to_set *const ways[] = {set_here, set_in_task, set_with_last_breath};

START_TEST(Y5_all_who_wait_for_an_event_are_let_go_whoever_sets_it)
{
    mh_pool *pool = open_quiet(_i, PEERS + 1);
    for (int round = 0; round < 30; round++) {
        mh_event *event = open_event(pool);
        mh_task *tasks[PEERS];
        pthread_t threads[PEERS];
        for (int i = 0; i < PEERS; i++) {
            tasks[i] = submit_listener(pool, &awaiting, event);
            threads[i] = start_thread(await_in_thread, event);
        }
        await_waiters(2 * PEERS);
        ways[round % (_i >= WITH_PROCESSES ? 3 : 2)](pool, event);
        for (int i = 0; i < PEERS; i++) {
            void *status;
            ck_assert_int_eq(number_of(tasks[i]), 5);
            ck_assert_int_eq(pthread_join(threads[i], &status), 0);
            ck_assert_int_eq((intptr_t)status, MH_OK);
        }
        close_event(event);
    }
    mh_pool_close(pool);
}
END_TEST

// Looks again and again without falling asleep, so that it is set between any two steps of a look.
static mh_status look_for_event(mh_call *call, mh_bytes item)
{
    mh_event *event = mh_context_of(call).cancel;
    mh_deadline passed = MH_NOW + 1; // when the machine started
    mh_status status;
    open_gate(RUNNING, 1);
    while ((status = mh_event_wait(event, passed)) == MH_TIMEOUT)
        ;
    return status == MH_OK ? mh_return(call, item.data, item.size) : fail_with(call, status);
}
static const mh_routine looking = {.name = "look for the event", .run = look_for_event};

START_TEST(Y5_who_waits_for_its_own_event_is_told_of_that_and_not_of_a_stop)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int round = 0; round < 1000; round++) {
        mh_event *event = open_event(pool);
        mh_task *task = submit_listener(pool, &looking, event);
        pass_gate(RUNNING);
        set_here(pool, event);
        ck_assert_int_eq(number_of(task), 5);
        close_event(event);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y5_without_workers_a_task_sets_and_a_task_sees_what_was_set)
{
    mh_pool *pool = open_quiet(SERIAL, 1);
    mh_event *event = open_event(pool);
    mh_task *task = submit_listener(pool, &awaiting, event);
    ck_assert_int_eq(mh_event_set(event), MH_OK);
    ck_assert_int_eq(number_of(task), 5);
    close_event(event);
    event = open_event(pool);
    task = submit_listener(pool, &setting, event);
    assert_waits(task);
    assert_set(event);
    ck_assert_int_eq(number_of(task), 5);
    close_event(event);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y9_a_worker_killed_while_it_waits_for_an_event_spoils_nothing)
{
    mh_pool *pool = open_quiet(_i, 2);
    for (int round = 0; round < 10; round++) {
        mh_event *event = open_event(pool);
        mh_task *victim = submit_listener(pool, &awaiting, event);
        mh_task *other = submit_listener(pool, &awaiting, event);
        await_waiters(2);
        ck_assert_int_eq(mh_task_kill(victim), MH_OK);
        assert_outcome(victim, MH_CANCELLED);
        ck_assert_int_eq(mh_event_set(event), MH_OK);
        ck_assert_int_eq(number_of(other), 5);
        close_event(event);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y5_an_event_is_set_once_and_for_good, 0, KINDS);
    tcase_add_loop_test(tests, Y5_all_who_wait_for_an_event_are_let_go_whoever_sets_it,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y5_who_waits_for_its_own_event_is_told_of_that_and_not_of_a_stop,
                        WITH_WORKERS, KINDS);
    tcase_add_test(tests, Y5_without_workers_a_task_sets_and_a_task_sees_what_was_set);
    tcase_add_loop_test(tests, Y9_a_worker_killed_while_it_waits_for_an_event_spoils_nothing,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
