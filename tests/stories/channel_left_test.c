// Messages that are left behind: by tasks whose pool is closed, by the death of the process
// that looks after the workers, and by many deaths one after the other.
#include <signal.h>

#include "support/messages.h"
#include "support/traces.h"

// Takes one, and has not confirmed it when it is asked to end.
static mh_status take_and_wait(mh_call *call, mh_bytes item)
{
    mh_message message;
    (void)item;
    mh_status status = mh_channel_take(mh_context_of(call).input, &message, MH_NOW);
    open_gate(RUNNING, 1);
    return status == MH_OK ? mh_wait_cancelled(call, MH_FOREVER) : status;
}
static const mh_routine standing = {.name = "take and wait", .run = take_and_wait};

START_TEST(Y9_what_tasks_have_taken_can_be_had_when_their_pool_is_closed)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 3);
    for (int64_t i = 0; i < 3; i++)
        assert_sends(channel, i);
    mh_task *task = submit_reader(pool, &standing, 0, channel);
    pass_gate(RUNNING);
    mh_pool_close(pool);
    assert_outcome(task, MH_DONE);
    ck_assert_int_eq(received(channel), 1);
    ck_assert_int_eq(received(channel), 2);
    ck_assert_int_eq(received(channel), 0);
    assert_none_comes(channel, MH_END);
    close_channel(channel);
}
END_TEST

START_TEST(Y9_what_a_killed_task_has_taken_is_delivered_again)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 1);
    for (int64_t round = 0; round < 10; round++) {
        assert_sends(channel, round);
        mh_task *task = submit_reader(pool, &standing, 0, channel);
        pass_gate(RUNNING);
        assert_none_comes(channel, MH_TIMEOUT);
        ck_assert_int_eq(mh_task_kill(task), MH_OK);
        ck_assert_int_eq(received(channel), round);
        assert_outcome(task, MH_CANCELLED);
    }
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

// ---- without anybody who looks after them -------------------------------------------------------

static void *receive_until_end(void *channel)
{
    int64_t number;
    return (void *)(intptr_t)receive_number(channel, &number, MH_FOREVER);
}

START_TEST(Y9_when_no_worker_is_left_nobody_waits_and_nothing_is_lost)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_context context = {.input = open_channel(pool, 2), .output = open_channel(pool, 2)};
    mh_task *tasks[2];
    for (int64_t i = 0; i < 2; i++) {
        assert_sends(context.input, i);
        tasks[i] = submit_within(pool, &standing, 0, context);
    }
    pass_gate(RUNNING);
    pass_gate(RUNNING);
    pthread_t thread = start_thread(receive_until_end, context.output);
    ck_assert_int_eq(kill(child_of_mine(), SIGKILL), 0);
    void *status;
    ck_assert_int_eq(pthread_join(thread, &status), 0);
    ck_assert_int_eq((intptr_t)status, MH_END);
    for (int i = 0; i < 2; i++)
        assert_outcome(tasks[i], MH_CRASHED);
    ck_assert_int_eq(received(context.input) + received(context.input), 1);
    close_channel(context.input);
    close_channel(context.output);
    mh_pool_close(pool);
}
END_TEST

// ---- one after the other ------------------------------------------------------------------------

enum { MESSAGES = 60, CONFIRMED = 10, SEEN = 1 }; // places on the stage

// Takes three at a time, confirms one of them, and then dies; in the end it lives.
static mh_status work_and_die(mh_call *call, mh_bytes item)
{
    mh_channel *input = mh_context_of(call).input;
    mh_message messages[3];
    mh_status status = MH_OK;
    int count = 0;
    while (count < 3 && (status = mh_channel_take(input, &messages[count],
                                                  count == 0 ? MH_FOREVER : MH_NOW)) == MH_OK)
        count++;
    if (count == 0)
        return status == MH_END ? mh_return(call, item.data, item.size)
                                : fail_with(call, status);
    const mh_message *chosen = &messages[count_up(SEEN) % count];
    int number = (int)*(const int64_t *)chosen->data;
    if (mh_channel_confirm(input, chosen) == MH_OK)
        count_up(CONFIRMED + number);
    raise(SIGKILL);
    return MH_OK;
}
static const mh_routine mortal = {.name = "work and die", .run = work_and_die};

START_TEST(Y9_many_deaths_later_each_message_was_confirmed_once)
{
    enum { WORKERS = 3 };
    mh_pool *pool = open_quiet(_i, WORKERS);
    mh_channel *channel = open_channel(pool, 20);
    feeder program = {.to = channel, .count = MESSAGES, .ends_it = true};
    for (int i = 0; i < MESSAGES + WORKERS; i++)
        submit_and_forget(pool, &mortal, i, &(mh_task_options){.channels.input = channel});
    start_feeding(&program);
    join_thread(program.thread);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    for (int i = 0; i < MESSAGES; i++)
        ck_assert_int_eq(counted(CONFIRMED + i), 1);
    assert_none_comes(channel, MH_END);
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("messages left behind");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, Y9_what_tasks_have_taken_can_be_had_when_their_pool_is_closed,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y9_what_a_killed_task_has_taken_is_delivered_again,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, Y9_when_no_worker_is_left_nobody_waits_and_nothing_is_lost,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, Y9_many_deaths_later_each_message_was_confirmed_once,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
