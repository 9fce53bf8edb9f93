// A task that was asked to stop waits no more, whatever there is to be had; without waiting it
// can still finish what it has begun.
#include "support/asleep.h"
#include "support/messages.h"

// It waits no more, though there are a message and room; but without waiting it can have them.
static mh_status speak_last_words(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    int64_t number = 0;
    say_that_it_waits();
    if (mh_wait_cancelled(call, MH_FOREVER) != MH_OK || !mh_is_cancelled(call))
        return mh_fail(call, 1, "it was not asked");
    if (receive_number(context.input, &number, MH_FOREVER) != MH_STOPPED ||
        receive_number(context.input, &number, mh_in_ms(1000)) != MH_STOPPED ||
        mh_channel_take(context.input, &(mh_message){0}, MH_FOREVER) != MH_STOPPED ||
        send_number(context.output, 3, MH_FOREVER) != MH_STOPPED)
        return mh_fail(call, 2, "it would have waited");
    if (receive_number(context.input, &number, MH_NOW) != MH_OK ||
        receive_number(context.input, &number, MH_NOW) != MH_TIMEOUT ||
        send_number(context.output, number + 1, MH_NOW) != MH_OK)
        return mh_fail(call, 3, "it could not speak");
    return mh_return(call, item.data, item.size);
}
static const mh_routine dying = {.name = "speak last words", .run = speak_last_words};

START_TEST(Y5_who_was_asked_to_stop_may_still_empty_its_input_and_speak_last_words)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int by_event = _i == SERIAL ? 1 : 0; by_event < 2; by_event++) {
        mh_context context = {.input = open_channel(pool, 1),
                              .output = open_channel(pool, 1),
                              .cancel = open_event(pool)};
        assert_sends(context.input, 7);
        if (_i == SERIAL)
            ck_assert_int_eq(mh_event_set(context.cancel), MH_OK);
        mh_task *task = submit_within(pool, &dying, 5, context);
        if (_i != SERIAL)
            await_waiters(1);
        ck_assert_int_eq(by_event ? mh_event_set(context.cancel) : mh_task_stop(task), MH_OK);
        ck_assert_int_eq(received(context.output), 8);
        ck_assert_int_eq(number_of(task), 5);
        close_context(context);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status read_without_end(mh_call *call, mh_bytes item)
{
    int64_t number, status;
    open_gate(RUNNING, 1);
    (void)item;
    while ((status = receive_number(mh_context_of(call).input, &number, MH_FOREVER)) == MH_OK)
        continue;
    return mh_return(call, &status, sizeof status);
}
static const mh_routine reading = {.name = "read without end", .run = read_without_end};

static void *send_until_end(void *channel)
{
    mh_status status;
    while ((status = send_number(channel, 1, MH_FOREVER)) == MH_OK)
        continue;
    ck_assert_int_eq(status, MH_CLOSED);
    return NULL;
}

START_TEST(Y5_a_task_whose_input_is_never_empty_can_be_stopped)
{
    mh_pool *pool = open_quiet(_i, 2);
    for (int by_event = 0; by_event < 2; by_event++) {
        mh_context context = {.input = open_channel(pool, 64), .cancel = open_event(pool)};
        mh_context others = {.input = context.input}; // one of them goes on
        mh_task *task = submit_within(pool, &reading, 0, context);
        mh_task *other = submit_within(pool, &reading, 0, others);
        pthread_t thread = start_thread(send_until_end, context.input);
        pass_gate(RUNNING);
        pass_gate(RUNNING);
        ck_assert_int_eq(by_event ? mh_event_set(context.cancel) : mh_task_stop(task), MH_OK);
        ck_assert_int_eq(number_of(task), MH_STOPPED);
        ck_assert_int_eq(mh_task_state_of(other), MH_TASK_RUNNING);
        ck_assert_int_eq(mh_channel_end(context.input), MH_OK);
        ck_assert_int_eq(number_of(other), MH_END);
        join_thread(thread);
        close_channel(context.input);
        close_event(context.cancel);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("asked to stop");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests,
                        Y5_who_was_asked_to_stop_may_still_empty_its_input_and_speak_last_words,
                        0, KINDS);
    tcase_add_loop_test(tests, Y5_a_task_whose_input_is_never_empty_can_be_stopped,
                        WITH_WORKERS, KINDS);
    return run_suite(suite);
}
