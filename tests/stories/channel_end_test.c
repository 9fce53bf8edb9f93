// The end of a channel: who reads learns of it after the last message, who writes learns of it
// at once; both also while they wait, wherever they are, and also when the pool ends.
#include "support/asleep.h"
#include "support/messages.h"

START_TEST(Y6_readers_learn_of_the_end_after_the_last_message_and_writers_at_once)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 4);
    for (int64_t i = 0; i < 3; i++)
        assert_sends(channel, i);
    ck_assert_int_eq(mh_channel_end(channel), MH_OK);
    assert_takes_none(channel, MH_CLOSED);
    ck_assert_uint_eq(mh_channel_count(channel), 3);
    for (int64_t i = 0; i < 3; i++)
        ck_assert_int_eq(received(channel), i);
    assert_none_comes(channel, MH_END);
    ck_assert_int_eq(mh_channel_end(channel), MH_OK); // again
    assert_none_comes(channel, MH_END);
    assert_takes_none(channel, MH_CLOSED);
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

// Its input gives what is left, then the end; its output takes no more.
static mh_status meet_both_ends(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    int64_t number, count = 0;
    mh_status status;
    (void)item;
    while ((status = receive_number(context.input, &number, MH_FOREVER)) == MH_OK)
        count++;
    if (status != MH_END || receive_number(context.input, &number, MH_NOW) != MH_END)
        return fail_with(call, status);
    status = send_number(context.output, 1, MH_FOREVER);
    if (status != MH_CLOSED || send_number(context.output, 1, MH_NOW) != MH_CLOSED)
        return fail_with(call, status);
    return mh_return(call, &count, sizeof count);
}
static const mh_routine meeting = {.name = "meet both ends", .run = meet_both_ends};

static mh_status end_both(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    mh_status input = mh_channel_end(context.input), output = mh_channel_end(context.output);
    return input == MH_OK && output == MH_OK ? mh_return(call, item.data, item.size)
                                             : MH_ERRORS;
}
static const mh_routine ending = {.name = "end both", .run = end_both};

START_TEST(Y6_tasks_learn_of_the_end_whoever_ended_it)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int by_task = 0; by_task < 2; by_task++) {
        mh_context context = {.input = open_channel(pool, 9), .output = open_channel(pool, 9)};
        for (int64_t i = 0; i < 7; i++)
            assert_sends(context.input, i);
        if (by_task)
            ck_assert_int_eq(number_of(submit_within(pool, &ending, 5, context)), 5);
        else
            ck_assert_int_eq(mh_channel_end(context.input), MH_OK);
        ck_assert_int_eq(mh_channel_end(context.output), MH_OK);
        ck_assert_int_eq(number_of(submit_within(pool, &meeting, 0, context)), 7);
        assert_none_comes(context.output, MH_END);
        assert_takes_none(context.input, MH_CLOSED);
        close_channel(context.input);
        close_channel(context.output);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- while they wait ----------------------------------------------------------------------------

enum { PEERS = 3 };

// Waits at an empty input, or at a full output, and gives the status that ended the wait.
static mh_status wait_at(mh_context context)
{
    int64_t number;
    say_that_it_waits();
    return context.input != NULL ? receive_number(context.input, &number, MH_FOREVER)
                                 : send_number(context.output, 1, MH_FOREVER);
}

static mh_status wait_in_task(mh_call *call, mh_bytes item)
{
    int64_t status = wait_at(mh_context_of(call));
    (void)item;
    return mh_return(call, &status, sizeof status);
}
static const mh_routine blocked = {.name = "wait", .run = wait_in_task};

static void *wait_in_thread(void *context)
{
    return (void *)(intptr_t)wait_at(*(const mh_context *)context);
}

typedef void way_to_end(mh_pool *pool, mh_channel *channel);

static void end_here(mh_pool *pool, mh_channel *channel)
{
    (void)pool;
    ck_assert_int_eq(mh_channel_end(channel), MH_OK);
}

static void end_in_task(mh_pool *pool, mh_channel *channel)
{
    mh_context context = {.input = channel, .output = channel};
    ck_assert_int_eq(number_of(submit_within(pool, &ending, 6, context)), 6);
}

// Tasks and threads wait together; all of them learn of the one end.
static void assert_all_learn(mh_pool *pool, mh_context context, way_to_end *end,
                             mh_status wanted)
{
    mh_channel *channel = context.input != NULL ? context.input : context.output;
    mh_task *tasks[PEERS];
    pthread_t threads[PEERS];
    void *status;
    for (int i = 0; i < PEERS; i++) {
        tasks[i] = submit_within(pool, &blocked, 0, context);
        threads[i] = start_thread(wait_in_thread, &context);
    }
    await_waiters(2 * PEERS);
    end(pool, channel);
    for (int i = 0; i < PEERS; i++) {
        ck_assert_int_eq(number_of(tasks[i]), wanted);
        ck_assert_int_eq(pthread_join(threads[i], &status), 0);
        ck_assert_int_eq((intptr_t)status, wanted);
    }
    close_channel(channel);
}

START_TEST(Y6_all_readers_that_wait_learn_of_the_end)
{
    mh_pool *pool = open_quiet(_i, PEERS + 1);
    for (int round = 0; round < 20; round++) {
        mh_context context = {.input = open_channel(pool, 2)};
        assert_all_learn(pool, context, round % 2 == 0 ? end_here : end_in_task, MH_END);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y6_all_writers_that_wait_learn_of_the_end)
{
    mh_pool *pool = open_quiet(_i, PEERS + 1);
    for (int round = 0; round < 20; round++) {
        mh_context context = {.output = open_channel(pool, 1)};
        assert_sends(context.output, 7);
        assert_all_learn(pool, context, round % 2 == 0 ? end_here : end_in_task, MH_CLOSED);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- the end of the pool ------------------------------------------------------------------------

static mh_status send_and_wait(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    mh_status status = send_number(context.output, *(const int64_t *)item.data, MH_FOREVER);
    int64_t number, stopped = receive_number(context.input, &number, MH_FOREVER);
    return status == MH_OK ? mh_return(call, &stopped, sizeof stopped)
                           : fail_with(call, status);
}
static const mh_routine standing = {.name = "send and wait", .run = send_and_wait};

// What was sent before can still be had, and the channels be closed. The task is asked to stop,
// which ends its wait.
START_TEST(Y6_when_the_pool_is_closed_its_channels_have_ended)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_context context = {.input = open_channel(pool, 1), .output = open_channel(pool, 3)};
    mh_task *task = submit_within(pool, &standing, 5, context);
    ck_assert_int_eq(received(context.output), 5);
    assert_sends(context.output, 6);
    mh_pool_close(pool);
    ck_assert_int_eq(number_of(task), MH_STOPPED);
    assert_takes_none(context.output, MH_CLOSED);
    assert_takes_none(context.input, MH_CLOSED);
    assert_none_comes(context.input, MH_END);
    ck_assert_uint_eq(mh_channel_count(context.output), 1);
    ck_assert_int_eq(received(context.output), 6);
    assert_none_comes(context.output, MH_END);
    ck_assert_int_eq(mh_channel_end(context.output), MH_OK);
    close_channel(context.input);
    close_channel(context.output);
}
END_TEST

START_TEST(Y6_threads_that_wait_learn_that_the_pool_is_closed)
{
    for (int round = 0; round < 10; round++) {
        mh_pool *pool = open_quiet(_i, 1);
        mh_context reader = {.input = open_channel(pool, 1)};
        mh_context writer = {.output = open_channel(pool, 1)};
        assert_sends(writer.output, 1);
        pthread_t reading = start_thread(wait_in_thread, &reader);
        pthread_t writing = start_thread(wait_in_thread, &writer);
        await_waiters(2);
        mh_pool_close(pool);
        void *status;
        ck_assert_int_eq(pthread_join(reading, &status), 0);
        ck_assert_int_eq((intptr_t)status, MH_END);
        ck_assert_int_eq(pthread_join(writing, &status), 0);
        ck_assert_int_eq((intptr_t)status, MH_CLOSED);
        close_channel(reader.input);
        close_channel(writer.output);
    }
}
END_TEST

enum { TRIES = 10 }; // more than any setup is given

static mh_status refuse_to_begin(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    pass_gate(GO_ON);
    return mh_fail(call, 1, "not today");
}
static const mh_routine unwilling = {
    .name = "refuse to begin", .setup = refuse_to_begin, .run = wait_in_task};

// All that were open have ended, and nobody comes by again who would end this one.
START_TEST(Y6_a_channel_that_is_opened_when_no_worker_is_left_has_ended)
{
    set_stage();
    listen_to_log(MH_LOG_OFF);
    mh_pool_options options = options_of(_i, 1);
    options.routine = &unwilling;
    mh_pool *pool = open_with(&options);
    mh_channel *early = open_channel(pool, 1);
    int64_t number;
    submit_and_forget(pool, NULL, 0, NULL);
    open_gate(GO_ON, TRIES);
    ck_assert_int_eq(receive_number(early, &number, MH_FOREVER), MH_END);
    mh_channel *late = open_channel(pool, 1);
    assert_takes_none(late, MH_CLOSED);
    assert_none_comes(late, MH_END);
    close_channel(early);
    close_channel(late);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ends of channels");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests,
                        Y6_readers_learn_of_the_end_after_the_last_message_and_writers_at_once,
                        0, KINDS);
    tcase_add_loop_test(tests, Y6_tasks_learn_of_the_end_whoever_ended_it, 0, KINDS);
    tcase_add_loop_test(tests, Y6_all_readers_that_wait_learn_of_the_end, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y6_all_writers_that_wait_learn_of_the_end, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y6_when_the_pool_is_closed_its_channels_have_ended, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, Y6_threads_that_wait_learn_that_the_pool_is_closed, 0, KINDS);
    tcase_add_loop_test(tests, Y6_a_channel_that_is_opened_when_no_worker_is_left_has_ended, 0,
                        KINDS);
    return run_suite(suite);
}
