// Channels: messages between the program and its tasks, and between tasks: in order, each once,
// and never more of them at a time than was said.
#include "support/messages.h"

// ---- one that writes, one that reads ------------------------------------------------------------

START_TEST(Y6_what_the_program_sends_it_can_receive_itself)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 0);
    ck_assert_uint_eq(mh_channel_capacity(channel), 64);
    for (int64_t round = 0; round < 1000; round++) {
        for (int64_t i = 0; i < 5; i++)
            assert_sends(channel, round + i);
        ck_assert_uint_eq(mh_channel_count(channel), 5);
        for (int64_t i = 0; i < 5; i++)
            ck_assert_int_eq(received(channel), round + i);
        ck_assert_uint_eq(mh_channel_count(channel), 0);
    }
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

// On a serial pool the whole task runs while the program waits, so there must be room for all.
START_TEST(Y6_a_task_sends_and_the_program_receives_in_order)
{
    static const int capacities[] = {1, 2, 3, 64, 1000};
    const int64_t count = 1000;
    mh_pool *pool = open_quiet(_i, 1);
    for (int c = _i == SERIAL ? 4 : 0; c < 5; c++) {
        mh_channel *channel = open_channel(pool, capacities[c]);
        mh_task *task = submit_writer(pool, &sending, count, channel);
        for (int64_t i = 0; i < count; i++)
            ck_assert_int_eq(received(channel), i);
        ck_assert_int_eq(number_of(task), count);
        close_channel(channel);
    }
    mh_pool_close(pool);
}
END_TEST

// The task can hold no more than its output has room for, so the program sends from one thread
// and receives in another.
START_TEST(Y6_messages_go_through_a_task_and_come_back_in_order)
{
    static const int capacities[] = {1, 3, 64};
    mh_pool *pool = open_quiet(_i, 1);
    for (int c = 0; c < 3; c++) {
        mh_context context = {.input = open_channel(pool, capacities[c]),
                              .output = open_channel(pool, capacities[2 - c])};
        feeder program = {.to = context.input, .count = 3000, .ends_it = true};
        mh_task *task = submit_within(pool, &passing_on, 0, context);
        start_feeding(&program);
        for (int64_t i = 0; i < program.count; i++)
            ck_assert_int_eq(received(context.output), i);
        ck_assert_int_eq(number_of(task), program.count);
        join_thread(program.thread);
        close_channel(context.input);
        close_channel(context.output);
    }
    mh_pool_close(pool);
}
END_TEST

// The task runs on the thread that waits: at first for a message, then for its own end.
START_TEST(Y6_on_a_serial_pool_a_task_works_while_the_program_waits_for_its_messages)
{
    mh_pool *pool = open_quiet(SERIAL, 1);
    mh_context context = {.input = open_channel(pool, 10), .output = open_channel(pool, 10)};
    mh_task *task = submit_within(pool, &passing_on, 0, context);
    for (int64_t i = 0; i < 10; i++)
        assert_sends(context.input, i);
    ck_assert_int_eq(mh_channel_end(context.input), MH_OK);
    ck_assert_int_eq(mh_channel_take(context.output, &(mh_message){0}, MH_NOW), MH_TIMEOUT);
    for (int64_t i = 0; i < 10; i++)
        ck_assert_int_eq(received(context.output), i);
    ck_assert_int_eq(number_of(task), 10);
    assert_none_comes(context.output, MH_END);
    close_channel(context.input);
    close_channel(context.output);
    mh_pool_close(pool);
}
END_TEST

// One begins, and sends each number that comes back, one higher; the other sends it back.
static mh_status play(mh_call *call, mh_bytes item)
{
    enum { ROUNDS = 1000 };
    mh_context context = mh_context_of(call);
    bool begins = *(const int64_t *)item.data == 0;
    int64_t ball = 0;
    mh_status status = MH_OK;
    for (int i = 0; i < ROUNDS && status == MH_OK; i++) {
        if (begins)
            status = send_number(context.output, ball + 1, MH_FOREVER);
        if (status == MH_OK)
            status = receive_number(context.input, &ball, MH_FOREVER);
        if (!begins && status == MH_OK)
            status = send_number(context.output, ball, MH_FOREVER);
    }
    return status == MH_OK ? mh_return(call, &ball, sizeof ball) : fail_with(call, status);
}
static const mh_routine playing = {.name = "play", .run = play};

START_TEST(Y6_two_tasks_talk_to_each_other)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_channel *there = open_channel(pool, 1), *back = open_channel(pool, 1);
    mh_task *first = submit_within(pool, &playing, 0,
                                   (mh_context){.input = back, .output = there});
    mh_task *second = submit_within(pool, &playing, 1,
                                    (mh_context){.input = there, .output = back});
    ck_assert_int_eq(number_of(first), 1000);
    ck_assert_int_eq(number_of(second), 1000);
    close_channel(there);
    close_channel(back);
    mh_pool_close(pool);
}
END_TEST

// ---- how many it holds --------------------------------------------------------------------------

// Fills it without waiting, and tells how many went in, which are `first` and those after it.
static int64_t fill(mh_channel *channel, int64_t first)
{
    int64_t count = 0;
    while (send_number(channel, first + count, MH_NOW) == MH_OK)
        count++;
    return count;
}

// Takes as many numbers out, which are `first` and those after it; and puts as many in behind
// them, if it should. An assertion for each would take long.
static void turn_over(mh_channel *channel, int64_t first, int64_t count, bool refills)
{
    int64_t capacity = (int64_t)mh_channel_capacity(channel), i = 0, number = first;
    bool is_right = true;
    for (; i < count && is_right; i++)
        is_right = receive_number(channel, &number, MH_NOW) == MH_OK && number == first + i &&
                   (!refills || send_number(channel, capacity + number, MH_NOW) == MH_OK);
    ck_assert_msg(is_right, "%d of %d were right", (int)i, (int)count);
}

START_TEST(Y6_a_channel_holds_exactly_its_capacity)
{
    static const int capacities[] = {1, 2, 3, 7, 64, 65, 1000, MH_CHANNEL_LIMIT};
    mh_pool *pool = open_quiet(_i, 1);
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        int64_t capacity = capacities[c], middle = capacity + capacity / 2;
        mh_channel *channel = open_channel(pool, capacities[c]);
        ck_assert_uint_eq(mh_channel_capacity(channel), (size_t)capacity);
        assert_none_comes(channel, MH_TIMEOUT);
        ck_assert_int_eq(fill(channel, 0), capacity);
        assert_takes_none(channel, MH_TIMEOUT);
        turn_over(channel, 0, middle, true); // now it begins somewhere else
        ck_assert_uint_eq(mh_channel_count(channel), (size_t)capacity);
        assert_takes_none(channel, MH_TIMEOUT);
        turn_over(channel, middle, capacity, false);
        assert_none_comes(channel, MH_TIMEOUT);
        ck_assert_uint_eq(mh_channel_count(channel), 0);
        close_channel(channel);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status fill_output(mh_call *call, mh_bytes first)
{
    mh_channel *output = mh_context_of(call).output;
    int64_t count = fill(output, *(const int64_t *)first.data);
    if (mh_channel_count(output) != mh_channel_capacity(output) ||
        send_number(output, 77, mh_in_ms(1)) != MH_TIMEOUT)
        return mh_fail(call, 1, "it is not full");
    return mh_return(call, &count, sizeof count);
}
static const mh_routine filling = {.name = "fill the output", .run = fill_output};

static mh_status empty_input(mh_call *call, mh_bytes first)
{
    mh_channel *input = mh_context_of(call).input;
    int64_t count = 0, number, expected = *(const int64_t *)first.data;
    for (; receive_number(input, &number, MH_NOW) == MH_OK; count++)
        if (number != expected++)
            return mh_fail(call, 1, "%lld came", (long long)number);
    if (mh_channel_count(input) != 0 ||
        receive_number(input, &number, mh_in_ms(1)) != MH_TIMEOUT)
        return mh_fail(call, 1, "it is not empty");
    return mh_return(call, &count, sizeof count);
}
static const mh_routine emptying = {.name = "empty the input", .run = empty_input};

START_TEST(Y6_full_and_empty_are_answers_inside_tasks_too)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int capacity = 1; capacity <= 300; capacity += 23) {
        mh_channel *channel = open_channel(pool, capacity);
        for (int64_t first = 0; first < 1000; first += 250) {
            ck_assert_int_eq(number_of(submit_writer(pool, &filling, first, channel)),
                             capacity);
            ck_assert_uint_eq(mh_channel_count(channel), (size_t)capacity);
            ck_assert_int_eq(number_of(submit_reader(pool, &emptying, first, channel)),
                             capacity);
            ck_assert_uint_eq(mh_channel_count(channel), 0);
        }
        close_channel(channel);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channels");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, Y6_what_the_program_sends_it_can_receive_itself, 0, KINDS);
    tcase_add_loop_test(tests, Y6_a_task_sends_and_the_program_receives_in_order, 0, KINDS);
    tcase_add_loop_test(tests, Y6_messages_go_through_a_task_and_come_back_in_order,
                        WITH_WORKERS, KINDS);
    tcase_add_test(tests,
                   Y6_on_a_serial_pool_a_task_works_while_the_program_waits_for_its_messages);
    tcase_add_loop_test(tests, Y6_two_tasks_talk_to_each_other, WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y6_a_channel_holds_exactly_its_capacity, 0, KINDS);
    tcase_add_loop_test(tests, Y6_full_and_empty_are_answers_inside_tasks_too, 0, KINDS);
    return run_suite(suite);
}
