// Taking and confirming: a message that was taken keeps its place until what was to be done
// with it is done, and its channel has no end before that.
#include "support/messages.h"

static mh_message taken(mh_channel *from)
{
    mh_message message = {.data = NULL};
    mh_status status = mh_channel_take(from, &message, MH_FOREVER);
    ck_assert_msg(status == MH_OK, "taking: %s", mh_status_text(status));
    return message;
}

static void assert_is(mh_message message, int64_t number)
{
    ck_assert_uint_eq(message.size, sizeof number);
    ck_assert_int_eq(*(const int64_t *)message.data, number);
}

static void confirm(mh_channel *channel, mh_message message)
{
    mh_status status = mh_channel_confirm(channel, &message);
    ck_assert_msg(status == MH_OK, "confirming: %s", mh_status_text(status));
}

START_TEST(Y6_a_message_keeps_its_place_until_it_is_confirmed)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 2);
    assert_sends(channel, 1);
    assert_sends(channel, 2);
    mh_message first = taken(channel);
    assert_is(first, 1);
    ck_assert_uint_eq(mh_channel_count(channel), 1); // that can be received
    assert_takes_none(channel, MH_TIMEOUT);
    confirm(channel, first);
    assert_sends(channel, 3);
    assert_takes_none(channel, MH_TIMEOUT);
    ck_assert_int_eq(received(channel), 2);
    ck_assert_int_eq(received(channel), 3);
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

// Whatever goes in and out meanwhile, what was taken stays as it was.
START_TEST(Y6_several_may_be_taken_and_confirmed_in_any_order)
{
    enum { CAPACITY = 8, TAKEN = 5 };
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, CAPACITY);
    for (int round = 0; round < 50; round++) {
        mh_message messages[TAKEN];
        for (int64_t i = 0; i < CAPACITY; i++)
            assert_sends(channel, i);
        for (int64_t i = 0; i < TAKEN; i++)
            assert_is(messages[i] = taken(channel), i);
        for (int64_t i = TAKEN; i < 100; i++) {
            ck_assert_int_eq(received(channel), i);
            assert_sends(channel, i + CAPACITY - TAKEN);
        }
        for (int64_t i = 0; i < TAKEN; i++) {
            assert_is(messages[i], i);
            confirm(channel, messages[(i * 3 + round) % TAKEN]);
        }
        for (int64_t i = 0; i < CAPACITY - TAKEN; i++)
            ck_assert_int_eq(received(channel), 100 + i);
        assert_none_comes(channel, MH_TIMEOUT);
    }
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y6_what_was_not_taken_or_is_confirmed_already_cannot_be_confirmed)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 3), *other = open_channel(pool, 3);
    assert_sends(channel, 1);
    assert_sends(channel, 2);
    mh_message first = taken(channel), second = taken(channel), invented = {.size = 8};
    ck_assert_int_eq(mh_channel_confirm(other, &first), MH_INVALID);
    ck_assert_int_eq(mh_channel_confirm(channel, NULL), MH_INVALID);
    for (int bit = 0; bit < 64; bit++) {
        invented.place = first.place ^ UINT64_C(1) << bit;
        if (invented.place != second.place)
            ck_assert_int_eq(mh_channel_confirm(channel, &invented), MH_INVALID);
    }
    confirm(channel, first);
    ck_assert_int_eq(mh_channel_confirm(channel, &first), MH_INVALID);
    for (int64_t i = 0; i < 20; i++) { // its place is used again, and it is another message
        assert_sends(channel, i);
        mh_message later = taken(channel);
        ck_assert_int_eq(mh_channel_confirm(channel, &first), MH_INVALID);
        confirm(channel, later);
    }
    confirm(channel, second);
    close_channel(channel);
    close_channel(other);
    mh_pool_close(pool);
}
END_TEST

// ---- the last message ---------------------------------------------------------------------------

static mh_status receive_now_and_later(mh_call *call, mh_bytes item)
{
    mh_channel *input = mh_context_of(call).input;
    int64_t number = 0, now = receive_number(input, &number, MH_NOW);
    (void)item;
    open_gate(RUNNING, 1);
    mh_status later = receive_number(input, &number, MH_FOREVER);
    return later == MH_END ? mh_return(call, &now, sizeof now) : fail_with(call, later);
}
static const mh_routine patient = {.name = "receive now and later",
                                   .run = receive_now_and_later};

// It may be left to others yet.
START_TEST(Y6_an_ended_channel_has_no_end_while_another_has_its_last_message)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 2);
    assert_sends(channel, 1);
    mh_message last = taken(channel);
    ck_assert_int_eq(mh_channel_end(channel), MH_OK);
    mh_task *task = submit_reader(pool, &patient, 0, channel);
    pass_gate(RUNNING);
    confirm(channel, last);
    ck_assert_int_eq(number_of(task), MH_TIMEOUT);
    assert_none_comes(channel, MH_END);
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y6_an_ended_channel_has_an_end_for_who_has_its_last_message)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 2);
    assert_sends(channel, 1);
    mh_message last = taken(channel);
    ck_assert_int_eq(mh_channel_end(channel), MH_OK);
    assert_none_comes(channel, MH_END);
    confirm(channel, last);
    assert_none_comes(channel, MH_END);
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("taking and confirming");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y6_a_message_keeps_its_place_until_it_is_confirmed, 0, KINDS);
    tcase_add_loop_test(tests, Y6_several_may_be_taken_and_confirmed_in_any_order, 0, KINDS);
    tcase_add_loop_test(
        tests, Y6_what_was_not_taken_or_is_confirmed_already_cannot_be_confirmed, 0, KINDS);
    tcase_add_loop_test(tests,
                        Y6_an_ended_channel_has_no_end_while_another_has_its_last_message,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y6_an_ended_channel_has_an_end_for_who_has_its_last_message, 0,
                        KINDS);
    return run_suite(suite);
}
