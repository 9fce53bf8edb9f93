// Who may confirm, and what becomes of messages that are not: only who took a message may say
// that it is done, and who ends without having said so leaves it to others.
#include "support/messages.h"

static mh_status confirm_item(mh_call *call, mh_bytes item)
{
    int64_t status = mh_channel_confirm(mh_context_of(call).input, item.data);
    return mh_return(call, &status, sizeof status);
}
static const mh_routine confirming = {.name = "confirm", .run = confirm_item};

static void assert_no_task_confirms(mh_pool *pool, mh_channel *channel, mh_message message)
{
    mh_task *task = NULL;
    mh_task_options options = {.channels.input = channel};
    ck_assert_int_eq(mh_submit(pool, &confirming, MH_BYTES_OF(message), &options, &task),
                     MH_OK);
    ck_assert_int_eq(number_of(task), MH_INVALID);
}

// ---- who may ------------------------------------------------------------------------------------

typedef struct taker {
    mh_channel *channel;
    mh_message message;
} taker;

static void *confirm_it(void *argument)
{
    const taker *self = argument;
    ck_assert_int_eq(mh_channel_confirm(self->channel, &self->message), MH_OK);
    return NULL;
}

START_TEST(Y6_what_the_program_took_any_thread_of_it_may_confirm_and_no_task)
{
    mh_pool *pool = open_quiet(_i, 1);
    taker self = {.channel = open_channel(pool, 2)};
    assert_sends(self.channel, 1);
    ck_assert_int_eq(mh_channel_take(self.channel, &self.message, MH_FOREVER), MH_OK);
    assert_no_task_confirms(pool, self.channel, self.message);
    join_thread(start_thread(confirm_it, &self));
    ck_assert_int_eq(mh_channel_confirm(self.channel, &self.message), MH_INVALID);
    assert_sends(self.channel, 2);
    ck_assert_int_eq(received(self.channel), 2);
    close_channel(self.channel);
    mh_pool_close(pool);
}
END_TEST

// Takes one and tells which, and confirms it later.
static mh_status take_and_tell(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    mh_message message = {.data = NULL};
    mh_status status = mh_channel_take(context.input, &message, MH_FOREVER);
    if (status == MH_OK)
        status = mh_channel_send(context.output, MH_BYTES_OF(message), MH_FOREVER);
    pass_gate(GO_ON);
    if (status == MH_OK)
        status = mh_channel_confirm(context.input, &message);
    return status == MH_OK ? mh_return(call, item.data, item.size) : fail_with(call, status);
}
static const mh_routine telling = {.name = "take and tell", .run = take_and_tell};

START_TEST(Y6_what_a_task_took_only_that_task_may_confirm)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_context context = {.input = open_channel(pool, 2), .output = open_channel(pool, 1)};
    mh_task *task = submit_within(pool, &telling, 5, context);
    mh_message message;
    assert_sends(context.input, 1);
    ck_assert_int_eq(
        mh_channel_receive(context.output, &message, sizeof message, NULL, MH_FOREVER), MH_OK);
    ck_assert_int_eq(mh_channel_confirm(context.input, &message), MH_INVALID);
    assert_no_task_confirms(pool, context.input, message);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(task), 5);
    assert_none_comes(context.input, MH_TIMEOUT);
    close_channel(context.input);
    close_channel(context.output);
    mh_pool_close(pool);
}
END_TEST

// ---- not confirmed ------------------------------------------------------------------------------

enum { MESSAGES = 6, TAKEN = 4, CHOSEN = 2 };

// Takes the first ones, confirms one of them, and ends.
static mh_status take_and_leave(mh_call *call, mh_bytes item)
{
    mh_channel *input = mh_context_of(call).input;
    mh_message messages[TAKEN];
    mh_status status = MH_OK;
    for (int i = 0; i < TAKEN && status == MH_OK; i++)
        status = mh_channel_take(input, &messages[i], MH_NOW);
    if (status == MH_OK)
        status = mh_channel_confirm(input, &messages[CHOSEN]);
    if (status != MH_OK)
        return fail_with(call, status);
    return *(const int64_t *)item.data == 0 ? mh_return(call, messages, sizeof messages)
                                            : mh_fail(call, 17, "as it was told");
}
static const mh_routine forgetful = {.name = "take and leave", .run = take_and_leave};

// Another task of the same worker cannot confirm them either.
static void assert_leaves(mh_pool *pool, mh_channel *channel, bool fails)
{
    mh_task *task = submit_reader(pool, &forgetful, fails, channel);
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.code, fails ? 17 : 0);
    const mh_message *messages = result.data;
    for (int i = 0; i < TAKEN && !fails; i++)
        assert_no_task_confirms(pool, channel, messages[i]);
    mh_task_drop(task);
}

// They come behind those that were waiting.
START_TEST(Y6_what_a_task_has_not_confirmed_when_it_ends_is_delivered_again)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, MESSAGES);
    for (int round = 0; round < 10; round++) {
        for (int64_t i = 0; i < MESSAGES; i++)
            assert_sends(channel, i);
        assert_leaves(pool, channel, round % 2 == 1);
        ck_assert_int_eq(received(channel), 4);
        ck_assert_int_eq(received(channel), 5);
        int64_t bits = 0;
        for (int i = 0; i < TAKEN - 1; i++)
            bits |= INT64_C(1) << received(channel);
        ck_assert_int_eq(bits, 0xf & ~(1 << CHOSEN));
        assert_none_comes(channel, MH_TIMEOUT);
    }
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

static void *receive_one(void *channel)
{
    return (void *)(intptr_t)received(channel);
}

static mh_status take_and_fail(mh_call *call, mh_bytes item)
{
    mh_message message;
    mh_status status = mh_channel_take(mh_context_of(call).input, &message, MH_FOREVER);
    (void)item;
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    return status == MH_OK ? mh_fail(call, 17, "it did not work") : fail_with(call, status);
}
static const mh_routine failing = {.name = "take and fail", .run = take_and_fail};

// The channel has been ended; but who waits is not told so, for the last message may come back.
START_TEST(Y6_who_waits_gets_what_another_has_failed_to_do)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int round = 0; round < 20; round++) {
        mh_channel *channel = open_channel(pool, 1);
        mh_task *task = submit_reader(pool, &failing, 0, channel);
        assert_sends(channel, 7);
        pass_gate(RUNNING);
        ck_assert_int_eq(mh_channel_end(channel), MH_OK);
        pthread_t thread = start_thread(receive_one, channel);
        open_gate(GO_ON, 1);
        void *number;
        ck_assert_int_eq(pthread_join(thread, &number), 0);
        ck_assert_int_eq((intptr_t)number, 7);
        assert_outcome(task, MH_FAILED);
        assert_none_comes(channel, MH_END);
        close_channel(channel);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confirming");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(
        tests, Y6_what_the_program_took_any_thread_of_it_may_confirm_and_no_task, 0, KINDS);
    tcase_add_loop_test(tests, Y6_what_a_task_took_only_that_task_may_confirm, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, Y6_what_a_task_has_not_confirmed_when_it_ends_is_delivered_again,
                        0, KINDS);
    tcase_add_loop_test(tests, Y6_who_waits_gets_what_another_has_failed_to_do, WITH_WORKERS,
                        KINDS);
    return run_suite(suite);
}
