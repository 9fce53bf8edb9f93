// Workers that are killed with messages in their hands, or while they wait for some: what was
// not confirmed is delivered to another, what was confirmed is not, what was only half sent is
// never seen, and nobody waits for ever.
#include <signal.h>

#include "support/deaths.h"
#include "support/asleep.h"
#include "support/messages.h"

enum { MESSAGES = 6, TAKEN = 4, CONFIRMED = 0x5 }; // a bit for each that is confirmed

// Takes the first messages, confirms some, and dies with the rest.
static mh_status take_and_die(mh_call *call, mh_bytes death)
{
    mh_channel *input = mh_context_of(call).input;
    mh_message messages[TAKEN];
    for (int i = 0; i < TAKEN; i++)
        if (mh_channel_take(input, &messages[i], MH_NOW) != MH_OK)
            return mh_fail(call, i, "message %d did not come", i);
    for (int i = 0; i < TAKEN; i++)
        if ((CONFIRMED >> i & 1) && mh_channel_confirm(input, &messages[i]) != MH_OK)
            return mh_fail(call, i, "message %d could not be confirmed", i);
    deaths[*(const int64_t *)death.data].die();
    return MH_OK;
}
static const mh_routine mortal = {.name = "take and die", .run = take_and_die};

// The numbers that come until all is quiet, as bits; each comes once.
static unsigned bits_received(mh_channel *from, int count)
{
    unsigned bits = 0;
    while (count-- > 0) {
        unsigned bit = 1u << received(from);
        ck_assert_msg((bits & bit) == 0, "%x came again, after %x", bit, bits);
        bits |= bit;
    }
    return bits;
}

// Behind those that were waiting.
START_TEST(Y9_what_a_dead_worker_had_not_confirmed_is_delivered_again)
{
    mh_pool *pool = open_quiet(WITH_PROCESSES + _i / DEATHS, 1);
    for (int round = 0; round < 3; round++) {
        mh_channel *channel = open_channel(pool, MESSAGES);
        for (int64_t i = 0; i < MESSAGES; i++)
            assert_sends(channel, i);
        assert_outcome(submit_reader(pool, &mortal, _i % DEATHS, channel), MH_CRASHED);
        ck_assert_int_eq(received(channel), 4);
        ck_assert_int_eq(received(channel), 5);
        ck_assert_uint_eq(bits_received(channel, 2), 0xf & ~CONFIRMED);
        assert_none_comes(channel, MH_TIMEOUT);
        for (int64_t i = 0; i < MESSAGES; i++) // all its places are there
            assert_sends(channel, i);
        assert_takes_none(channel, MH_END);
        close_channel(channel);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status collect(mh_call *call, mh_bytes item)
{
    int64_t bits = 0, number;
    mh_status status;
    (void)item;
    say_that_it_waits();
    while ((status = receive_number(mh_context_of(call).input, &number, MH_FOREVER)) == MH_OK)
        bits |= INT64_C(1) << number;
    return status == MH_END ? mh_return(call, &bits, sizeof bits) : fail_with(call, status);
}
static const mh_routine collecting = {.name = "collect", .run = collect};

static mh_status take_meet_and_die(mh_call *call, mh_bytes death)
{
    mh_message message;
    mh_status status = mh_channel_take(mh_context_of(call).input, &message, MH_NOW);
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    if (status == MH_OK)
        deaths[*(const int64_t *)death.data].die();
    return status;
}
static const mh_routine dying_later = {.name = "take, meet and die", .run = take_meet_and_die};

// The channel has been ended; but the others wait, for the last message may come back.
START_TEST(Y9_the_last_message_of_a_dead_worker_comes_to_one_that_waits_for_it)
{
    mh_pool *pool = open_quiet(_i, 3);
    for (int round = 0; round < 10; round++) {
        mh_channel *channel = open_channel(pool, 1);
        assert_sends(channel, 7);
        mh_task *victim = submit_reader(pool, &dying_later, round % (DEATHS - 1), channel);
        pass_gate(RUNNING);
        mh_task *one = submit_reader(pool, &collecting, 0, channel);
        mh_task *other = submit_reader(pool, &collecting, 0, channel);
        await_waiters(2);
        ck_assert_int_eq(mh_channel_end(channel), MH_OK);
        open_gate(GO_ON, 1);
        assert_outcome(victim, MH_CRASHED);
        ck_assert_int_eq(number_of(one) + number_of(other), 1 << 7);
        assert_none_comes(channel, MH_END);
        close_channel(channel);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status receive_and_die(mh_call *call, mh_bytes item)
{
    int64_t number;
    if (receive_number(mh_context_of(call).input, &number, MH_NOW) != MH_OK)
        return mh_fail(call, 1, "nothing came");
    if (send_number(mh_context_of(call).output, number + 1, MH_NOW) != MH_OK)
        return mh_fail(call, 2, "nothing went");
    (void)item;
    raise(SIGKILL);
    return MH_OK;
}
static const mh_routine honest = {.name = "receive and die", .run = receive_and_die};

START_TEST(Y9_what_was_received_is_gone_and_what_was_sent_is_there_whoever_dies_then)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_context context = {.input = open_channel(pool, 3), .output = open_channel(pool, 3)};
    for (int64_t i = 0; i < 3; i++)
        assert_sends(context.input, i);
    for (int64_t i = 0; i < 3; i++)
        assert_outcome(submit_within(pool, &honest, 0, context), MH_CRASHED);
    assert_none_comes(context.input, MH_TIMEOUT);
    for (int64_t i = 0; i < 3; i++)
        ck_assert_int_eq(received(context.output), i + 1);
    assert_none_comes(context.output, MH_END);
    close_channel(context.input);
    close_channel(context.output);
    mh_pool_close(pool);
}
END_TEST

// ---- killed while they wait ---------------------------------------------------------------------

static mh_status wait_to_be_killed(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    int64_t number = *(const int64_t *)item.data;
    on_stage()->pid[0] = getpid();
    say_that_it_waits();
    return context.input != NULL ? receive_number(context.input, &number, MH_FOREVER)
                                 : send_number(context.output, number, MH_FOREVER);
}
static const mh_routine victim = {.name = "wait to be killed", .run = wait_to_be_killed};

static void kill_while_it_waits(mh_task *task, int round)
{
    await_waiters(1);
    if (round / 2 % 2 == 0)
        ck_assert_int_eq(mh_task_kill(task), MH_OK);
    else
        ck_assert_int_eq(kill(on_stage()->pid[0], SIGKILL), 0);
    assert_outcome(task, round / 2 % 2 == 0 ? MH_CANCELLED : MH_CRASHED);
}

START_TEST(Y9_a_reader_killed_while_it_waits_takes_no_message_with_it)
{
    mh_pool *pool = open_quiet(_i, 2);
    for (int round = 0; round < 20; round++) {
        mh_channel *channel = open_channel(pool, 3);
        mh_task *task = submit_reader(pool, &victim, 0, channel);
        kill_while_it_waits(task, round);
        task = submit_reader(pool, &collecting, 0, channel);
        for (int64_t i = 0; i < 10; i++)
            assert_sends(channel, i);
        ck_assert_int_eq(mh_channel_end(channel), MH_OK);
        ck_assert_int_eq(number_of(task), (1 << 10) - 1);
        pass_gate(RUNNING);
        close_channel(channel);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y9_a_writer_killed_while_it_waits_leaves_nothing_of_its_message)
{
    enum { CAPACITY = 2 };
    mh_pool *pool = open_quiet(_i, 2);
    for (int round = 0; round < 20; round++) {
        mh_channel *channel = open_channel(pool, CAPACITY);
        for (int64_t i = 0; i < CAPACITY; i++)
            assert_sends(channel, i);
        kill_while_it_waits(submit_writer(pool, &victim, 77, channel), round);
        for (int64_t i = 0; i < CAPACITY; i++) {
            ck_assert_int_eq(received(channel), i);
            assert_sends(channel, CAPACITY + i);
        }
        assert_takes_none(channel, MH_TIMEOUT);
        for (int64_t i = 0; i < CAPACITY; i++)
            ck_assert_int_eq(received(channel), CAPACITY + i);
        assert_none_comes(channel, MH_END);
        close_channel(channel);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("killed with messages");
    TCase *tests = add_case(suite, "processes", 30);
    tcase_add_loop_test(tests, Y9_what_a_dead_worker_had_not_confirmed_is_delivered_again, 0,
                        DEATHS * (KINDS - WITH_PROCESSES));
    tcase_add_loop_test(tests,
                        Y9_the_last_message_of_a_dead_worker_comes_to_one_that_waits_for_it,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(
        tests, Y9_what_was_received_is_gone_and_what_was_sent_is_there_whoever_dies_then,
        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, Y9_a_reader_killed_while_it_waits_takes_no_message_with_it,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, Y9_a_writer_killed_while_it_waits_leaves_nothing_of_its_message,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
