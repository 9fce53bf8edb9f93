// Misuse of channels and events: what makes no sense is refused, with a status and one reason
// in the log, and nothing has changed.
#include <limits.h>

#include "support/messages.h"
#include "support/refused.h"

static mh_pool *open_heard(int kind, int workers)
{
    mh_pool *pool = open_quiet(kind, workers);
    hear_everything();
    return pool;
}

// ---- opening ------------------------------------------------------------------------------------

START_TEST(Y6_a_channel_needs_a_pool_and_a_capacity_that_is_possible)
{
    static const int capacities[] = {-1, INT_MIN, MH_CHANNEL_LIMIT + 1, INT_MAX};
    mh_pool *pool = open_heard(_i, 1);
    mh_channel *const before = (mh_channel *)&heard, *channel = before;
    assert_invalid(mh_channel_open(&channel, NULL, 1), "mh_channel_open");
    assert_invalid(mh_channel_open(NULL, pool, 1), "mh_channel_open");
    for (int i = 0; i < 4; i++)
        assert_invalid(mh_channel_open(&channel, pool, capacities[i]), "65536");
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    assert_refused(mh_channel_open(&channel, pool, 1), MH_CLOSED, "mh_channel_open");
    ck_assert_ptr_eq(channel, before);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y5_an_event_needs_a_pool_that_takes_work)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_event *const before = (mh_event *)&heard, *event = before;
    assert_invalid(mh_event_open(&event, NULL), "mh_event_open");
    assert_invalid(mh_event_open(NULL, pool), "mh_event_open");
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, MH_FOREVER), MH_OK);
    assert_refused(mh_event_open(&event, pool), MH_CLOSED, "mh_event_open");
    ck_assert_ptr_eq(event, before);
    mh_pool_close(pool);
}
END_TEST

// ---- using --------------------------------------------------------------------------------------

START_TEST(Y6_bytes_and_room_must_be_there)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_channel *channel = open_channel(pool, 2);
    size_t size = 7;
    assert_invalid(mh_channel_send(channel, (mh_bytes){NULL, 5}, MH_FOREVER), "5 bytes");
    ck_assert_uint_eq(mh_channel_count(channel), 0);
    assert_sends(channel, 1);
    assert_invalid(mh_channel_receive(channel, NULL, 8, &size, MH_FOREVER), "8 bytes");
    assert_invalid(mh_channel_take(channel, NULL, MH_FOREVER), "mh_channel_take");
    ck_assert_uint_eq(size, 7);
    ck_assert_uint_eq(mh_channel_count(channel), 1);
    ck_assert_int_eq(received(channel), 1);
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y6_a_task_has_only_channels_and_events_of_its_own_pool)
{
    mh_pool *pool = open_heard(_i, 1), *other = open_heard(_i, 1);
    mh_channel *channel = open_channel(other, 1);
    mh_event *event = open_event(other);
    const mh_context contexts[] = {{.input = channel}, {.output = channel}, {.cancel = event}};
    const int64_t numbers[] = {1, 2};
    mh_task *const before = (mh_task *)&heard, *task = before;
    size_t made = 7;
    for (int i = 0; i < 3; i++) {
        mh_task_options options = {.channels = contexts[i]};
        assert_invalid(mh_submit(pool, &echo, MH_BYTES_OF(numbers[0]), &options, &task),
                       "mh_submit");
        assert_invalid(mh_submit(pool, &echo, MH_BYTES_OF(numbers[0]), &options, NULL),
                       "mh_submit");
        assert_invalid(mh_submit_each(pool, &echo, numbers, 2, 8, 1, &options, &task, &made),
                       "mh_submit_each");
    }
    ck_assert_ptr_eq(task, before);
    ck_assert_uint_eq(made, 7);
    ck_assert_uint_eq(facts_of(pool).submitted, 0);
    close_channel(channel); // nobody uses them
    close_event(event);
    mh_pool_close(pool);
    mh_pool_close(other);
}
END_TEST

// ---- closing ------------------------------------------------------------------------------------

static void assert_busy(mh_context context)
{
    assert_refused(mh_channel_close(context.input), MH_BUSY, "mh_channel_close");
    assert_refused(mh_channel_close(context.output), MH_BUSY, "mh_channel_close");
    assert_refused(mh_event_close(context.cancel), MH_BUSY, "mh_event_close");
    ck_assert_uint_eq(mh_channel_count(context.input), 1);
    ck_assert(!mh_event_is_set(context.cancel));
}

START_TEST(Y6_what_belongs_to_a_task_that_has_not_ended_stays_open)
{
    mh_pool *pool = open_heard(_i, 1);
    mh_context context = {.input = open_channel(pool, 1),
                          .output = open_channel(pool, 1),
                          .cancel = open_event(pool)};
    assert_sends(context.input, 7);
    mh_task *first = submit_within(pool, _i == SERIAL ? &echo : &waiting, 1, context);
    mh_task *second = submit_within(pool, &echo, 2, context);
    assert_busy(context); // queued
    if (_i != SERIAL)
        pass_gate(RUNNING);
    assert_busy(context);
    ck_assert_int_eq(mh_task_cancel(second), MH_OK);
    assert_busy(context);
    mh_task_drop(second);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(first), 1);
    close_context(context);
    mh_pool_close(pool);
}
END_TEST

// What a task reached through its context it does not close.
static mh_status try_to_close(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    mh_log_limit(MH_LOG_OFF);
    if (mh_channel_close(context.input) != MH_INVALID ||
        mh_channel_close(context.output) != MH_INVALID ||
        mh_event_close(context.cancel) != MH_INVALID)
        return mh_fail(call, 1, "it was closed");
    mh_status status = send_number(context.output, 3, MH_FOREVER);
    return status == MH_OK ? mh_return(call, item.data, item.size) : fail_with(call, status);
}
static const mh_routine closing = {.name = "close the context", .run = try_to_close};

START_TEST(Y6_what_was_reached_through_a_context_is_not_closed)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_context context = {.input = open_channel(pool, 1),
                          .output = open_channel(pool, 1),
                          .cancel = open_event(pool)};
    ck_assert_int_eq(number_of(submit_within(pool, &closing, 5, context)), 5);
    ck_assert_int_eq(received(context.output), 3);
    close_context(context);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y7_what_belongs_to_the_pool_is_not_closed)
{
    mh_pool_options options = options_of(_i, 1);
    options.global_input = 2;
    options.global_output = 3;
    options.global_cancel = true;
    mh_pool *pool = open_with(&options);
    mh_context context = mh_pool_context(pool);
    hear_everything();
    ck_assert_uint_eq(mh_channel_capacity(context.input), 2);
    ck_assert_uint_eq(mh_channel_capacity(context.output), 3);
    assert_invalid(mh_channel_close(context.input), "mh_channel_close");
    assert_invalid(mh_channel_close(context.output), "mh_channel_close");
    assert_invalid(mh_event_close(context.cancel), "mh_event_close");
    assert_sends(context.input, 5);
    ck_assert_int_eq(received(context.input), 5);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y7_global_channels_of_impossible_size_are_refused)
{
    static const int sizes[] = {-1, MH_CHANNEL_LIMIT + 1, INT_MAX};
    listen_to_log(MH_LOG_OFF);
    for (int i = 0; i < 6; i++) {
        mh_pool_options options = options_of(_i, 1);
        mh_pool *pool = NULL;
        *(i % 2 == 0 ? &options.global_input : &options.global_output) = sizes[i / 2];
        ck_assert_int_eq(mh_pool_open(&pool, &options), MH_INVALID);
        ck_assert_ptr_null(pool);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("misuse of channels");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y6_a_channel_needs_a_pool_and_a_capacity_that_is_possible, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y5_an_event_needs_a_pool_that_takes_work, 0, KINDS);
    tcase_add_loop_test(tests, Y6_bytes_and_room_must_be_there, 0, KINDS);
    tcase_add_loop_test(tests, Y6_a_task_has_only_channels_and_events_of_its_own_pool, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y6_what_belongs_to_a_task_that_has_not_ended_stays_open, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y6_what_was_reached_through_a_context_is_not_closed, 0, KINDS);
    tcase_add_loop_test(tests, Y7_what_belongs_to_the_pool_is_not_closed, 0, KINDS);
    tcase_add_loop_test(tests, Y7_global_channels_of_impossible_size_are_refused, 0, KINDS);
    return run_suite(suite);
}
