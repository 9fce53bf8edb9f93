// The life of channels and events: opened and closed again and again, or very many at a time,
// before and after the end of their pool, without anything being used up or left behind.
#include "support/messages.h"
#include "support/traces.h"

// Messages go in and out, so it is really there.
static void assert_works(mh_channel *channel, int64_t number)
{
    size_t capacity = mh_channel_capacity(channel);
    bool is_right = send_number(channel, number, MH_NOW) == MH_OK;
    if (capacity == 1)
        is_right = is_right && send_number(channel, number, MH_NOW) == MH_TIMEOUT;
    else
        is_right = is_right && send_number(channel, number + 1, MH_NOW) == MH_OK;
    for (int64_t i = 0; i < (capacity == 1 ? 1 : 2) && is_right; i++) {
        int64_t got = -1;
        is_right = receive_number(channel, &got, MH_NOW) == MH_OK && got == number + i;
    }
    ck_assert_msg(is_right, "a channel of %zu is not as it should be", capacity);
}

// ---- again and again ----------------------------------------------------------------------------

// Opens as many of this capacity as there can be, and returns how many.
static int fill_up(mh_pool *pool, mh_channel **channels, int most, int capacity)
{
    int count = 0;
    mh_status status = MH_OK;
    while (count < most &&
           (status = mh_channel_open(&channels[count], pool, capacity)) == MH_OK)
        count++;
    ck_assert(status == MH_OK || status == MH_FULL);
    return count;
}

static void open_use_and_close(mh_pool *pool, int64_t number)
{
    mh_channel *channel = open_channel(pool, 4 + (int)(number % 3));
    mh_event *event = open_event(pool);
    if (number % 16 == 0)
        assert_works(channel, number);
    if (mh_event_is_set(event) || mh_event_set(event) != MH_OK)
        ck_abort_msg("event %d is not as it should be", (int)number);
    close_channel(channel);
    close_event(event);
}

// What the library keeps for the next ones may be a little more or less; but not for each.
static void assert_few_traces_more(const traces *before)
{
    traces now = count_traces();
    ck_assert_int_eq(now.threads, before->threads);
    ck_assert_int_eq(now.fds, before->fds);
    ck_assert_int_le(now.mappings, before->mappings + 5);
}

// There is room for few others, so it would soon be seen if any of it were lost.
START_TEST(Y6_channels_and_events_can_be_opened_and_closed_for_ever)
{
    enum { TIMES = SHORTER ? 1000 : 20000, CAPACITY = 1000, MOST = 80 };
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *large[MOST], *small[MOST];
    int count = fill_up(pool, large, MOST, MH_CHANNEL_LIMIT);
    int rest = fill_up(pool, small, MOST, CAPACITY);
    ck_assert(count > 0 && rest > 0 && count < MOST && rest < MOST);
    close_channel(small[--rest]);
    for (int64_t i = 0; i < 6; i++) // what is kept for the next ones is kept from now on
        open_use_and_close(pool, i);
    traces before = count_traces();
    for (int64_t i = 0; i < TIMES; i++)
        open_use_and_close(pool, i);
    assert_few_traces_more(&before);
    while (count > 0)
        close_channel(large[--count]);
    while (rest > 0)
        close_channel(small[--rest]);
    mh_pool_close(pool);
}
END_TEST

// What many small ones have left can be used by a large one, and the other way round.
START_TEST(Y6_channels_of_any_capacity_follow_each_other_for_ever)
{
    enum { ROUNDS = SHORTER ? 50 : 300, OPEN = 4 };
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channels[OPEN] = {NULL};
    for (int64_t i = 0; i < ROUNDS; i++) {
        ck_assert_int_eq(mh_channel_close(channels[i % OPEN]), MH_OK);
        channels[i % OPEN] = open_channel(pool, 1 + (int)(i * 7919 % 20011));
        assert_works(channels[i % OPEN], i);
    }
    for (int i = 0; i < OPEN; i++)
        close_channel(channels[i]);
    mh_pool_close(pool);
}
END_TEST

static mh_status use_context(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    int64_t number, expected = *(const int64_t *)item.data;
    mh_status status = receive_number(context.input, &number, MH_NOW);
    if (status != MH_OK || number != expected || mh_channel_count(context.input) != 0 ||
        mh_channel_count(context.output) != 0 || mh_event_is_set(context.cancel))
        return mh_fail(call, status, "it is not new: %s", mh_status_text(status));
    if ((status = send_number(context.output, number, MH_NOW)) == MH_OK)
        status = mh_event_set(context.cancel);
    return status == MH_OK ? mh_return(call, item.data, item.size) : fail_with(call, status);
}
static const mh_routine using = {.name = "use the context", .run = use_context};

// The worker has seen others in the same place before.
START_TEST(Y6_each_of_many_tasks_has_a_new_context_of_its_own)
{
    enum { TASKS = SHORTER ? 200 : 2000 };
    mh_pool *pool = open_quiet(_i, 1);
    for (int64_t i = 0; i < TASKS; i++) {
        mh_context context = {.input = open_channel(pool, 1 + (int)(i % 5)),
                              .output = open_channel(pool, 1 + (int)(i % 7)),
                              .cancel = open_event(pool)};
        assert_sends(context.input, i);
        ck_assert_int_eq(number_of(submit_within(pool, &using, i, context)), i);
        ck_assert_int_eq(received(context.output), i);
        ck_assert(mh_event_is_set(context.cancel));
        close_context(context);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- many at a time -----------------------------------------------------------------------------

enum { MANY = SHORTER ? 500 : 5000 };

static void assert_many(mh_pool *pool, int capacity, int least)
{
    static mh_channel *channels[MANY];
    int first = 0;
    for (int round = 0; round < 3; round++) {
        int count = fill_up(pool, channels, MANY, capacity);
        ck_assert_int_ge(count, round == 0 ? least : first);
        first = count;
        for (int i = 0; i < count; i++)
            ck_assert_int_eq(send_number(channels[i], i, MH_NOW), MH_OK);
        mh_context context = {.input = channels[count - 1]};
        ck_assert_int_eq(number_of(submit_within(pool, &echo, 5, context)), 5);
        for (int i = 0; i < count; i++) {
            int at = i % 2 == 0 ? i / 2 : count - 1 - i / 2; // from both ends
            ck_assert_int_eq(received(channels[at]), at);
            close_channel(channels[at]);
        }
    }
}

START_TEST(Y6_thousands_of_channels_may_be_open_at_a_time)
{
    mh_pool *pool = open_quiet(_i, 1);
    assert_many(pool, 3, MANY);
    assert_many(pool, MH_CHANNEL_LIMIT, 5);
    assert_many(pool, 1, MANY);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y6_when_no_more_can_be_open_the_others_go_on_and_one_that_is_closed_makes_room)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channels[20], *one_more = NULL;
    int count = fill_up(pool, channels, 20, MH_CHANNEL_LIMIT);
    ck_assert(count > 2 && count < 20);
    for (int round = 0; round < 3; round++) {
        ck_assert_int_eq(mh_channel_open(&one_more, pool, MH_CHANNEL_LIMIT), MH_FULL);
        ck_assert_ptr_null(one_more);
        for (int i = 0; i < count; i++)
            assert_works(channels[i], i);
        close_channel(channels[round]);
        channels[round] = open_channel(pool, MH_CHANNEL_LIMIT);
    }
    for (int i = 0; i < count; i++)
        close_channel(channels[i]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y5_thousands_of_events_may_be_open_at_a_time)
{
    static mh_event *events[MANY];
    mh_pool *pool = open_quiet(_i, 1);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++)
            events[i] = open_event(pool);
        for (int i = 0; i < MANY; i += 2)
            ck_assert_int_eq(mh_event_set(events[i]), MH_OK);
        for (int i = 0; i < MANY; i++) {
            ck_assert(mh_event_is_set(events[i]) == (i % 2 == 0));
            close_event(events[i]);
        }
    }
    mh_pool_close(pool);
}
END_TEST

// ---- the pool goes first ------------------------------------------------------------------------

// With messages in it, and with one that was taken; and a task's handle outlives all.
START_TEST(Y9_channels_may_outlive_their_pool_and_leave_nothing_behind)
{
    open_quiet(SERIAL, 1); // the stage is set before anything is counted
    traces before = count_traces();
    for (int round = 0; round < 4; round++) {
        mh_pool *pool = open_kind(_i, 2);
        mh_channel *channel = open_channel(pool, 3), *unused = open_channel(pool, 60000);
        mh_event *event = open_event(pool);
        mh_message taken;
        assert_sends(channel, 1);
        assert_sends(channel, 2);
        ck_assert_int_eq(mh_channel_take(channel, &taken, MH_NOW), MH_OK);
        mh_task *task = submit_within(pool, &echo, 5,
                                      (mh_context){.input = channel, .cancel = event});
        assert_waits(task);
        if (round % 2 == 0)
            close_channel(unused);
        mh_pool_close(pool);
        ck_assert_int_eq(mh_event_set(event), MH_OK);
        ck_assert_int_eq(mh_event_wait(event, MH_FOREVER), MH_OK);
        ck_assert_int_eq(received(channel), 2);
        ck_assert_int_eq(*(const int64_t *)taken.data, 1);
        ck_assert_int_eq(mh_channel_confirm(channel, &taken), MH_OK);
        assert_none_comes(channel, MH_END);
        close_event(event);
        close_channel(channel);
        if (round % 2 == 1)
            close_channel(unused);
        ck_assert_int_eq(number_of(task), 5);
        assert_no_traces(&before);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("life of channels");
    TCase *tests = add_case(suite, "kinds", 60);
    tcase_add_loop_test(tests, Y6_channels_and_events_can_be_opened_and_closed_for_ever, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y6_channels_of_any_capacity_follow_each_other_for_ever, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y6_each_of_many_tasks_has_a_new_context_of_its_own, 0, KINDS);
    tcase_add_loop_test(tests, Y6_thousands_of_channels_may_be_open_at_a_time, 0, KINDS);
    tcase_add_loop_test(
        tests, Y6_when_no_more_can_be_open_the_others_go_on_and_one_that_is_closed_makes_room,
        0, KINDS);
    tcase_add_loop_test(tests, Y5_thousands_of_events_may_be_open_at_a_time, 0, KINDS);
    tcase_add_loop_test(tests, Y9_channels_may_outlive_their_pool_and_leave_nothing_behind, 0,
                        KINDS);
    return run_suite(suite);
}
