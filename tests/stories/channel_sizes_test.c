// Sizes of messages: from none to the largest that the pool takes, in any mix; and a reader who
// has not enough room loses nothing.
#include <stdint.h>

#include "support/messages.h"
#include "support/traces.h"

enum { MIB = 1 << 20 };
static const size_t sizes[] = {0,   1,    8,    95,        96,  97,      104,
                               105, 4095, 4096, 64 * 1024, MIB, MIB + 1, 3};
enum { SIZES = sizeof sizes / sizeof *sizes };

// Room for the largest, as bytes that tell their place and their message.
static char *written(size_t size, size_t mark)
{
    char *bytes = malloc(MIB + 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 + mark);
    return bytes;
}

static void assert_written(const char *bytes, size_t size, size_t mark)
{
    size_t right = 0; // an assertion for each byte would take long
    while (right < size && bytes[right] == (char)(right * 7 + mark))
        right++;
    ck_assert_uint_eq(right, size);
}

static void send_marked(mh_channel *to, size_t size, size_t mark)
{
    char *bytes = written(size, mark);
    ck_assert_int_eq(mh_channel_send(to, (mh_bytes){bytes, size}, MH_FOREVER), MH_OK);
    free(bytes); // the channel has a copy
}

static void receive_marked(mh_channel *from, size_t size, size_t mark)
{
    char *bytes = written(0, 0);
    size_t told = SIZE_MAX;
    ck_assert_int_eq(mh_channel_receive(from, bytes, MIB + 1, &told, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(told, size);
    assert_written(bytes, size, mark);
    free(bytes);
}

static void take_marked(mh_channel *from, size_t size, size_t mark)
{
    mh_message message = {.size = SIZE_MAX};
    ck_assert_int_eq(mh_channel_take(from, &message, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(message.size, size);
    ck_assert((message.data == NULL) == (size == 0));
    ck_assert_uint_eq((uintptr_t)message.data % _Alignof(max_align_t), 0);
    assert_written(message.data, size, mark);
    ck_assert_int_eq(mh_channel_confirm(from, &message), MH_OK);
}

START_TEST(Y6_messages_of_every_size_come_out_as_they_went_in)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, SIZES);
    for (size_t round = 0; round < 6; round++) { // each cell has each kind of size in turn
        for (size_t i = 0; i < SIZES; i++)
            send_marked(channel, sizes[(i + round * 5) % SIZES], round + i);
        for (size_t i = 0; i < SIZES; i++)
            (i % 2 == 0 ? receive_marked : take_marked)(channel, sizes[(i + round * 5) % SIZES],
                                                        round + i);
    }
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

// Half of them are taken and sent on from where they lie, the others received and copied.
static mh_status send_on(mh_context context, int64_t number, char *room)
{
    size_t size;
    mh_message message;
    if (number % 2 == 0) {
        mh_status status = mh_channel_receive(context.input, room, MIB + 1, &size, MH_FOREVER);
        return status == MH_OK
                   ? mh_channel_send(context.output, (mh_bytes){room, size}, MH_FOREVER)
                   : status;
    }
    mh_status status = mh_channel_take(context.input, &message, MH_FOREVER);
    if (status == MH_OK)
        status = mh_channel_send(context.output, (mh_bytes){message.data, message.size},
                                 MH_FOREVER);
    return status == MH_OK ? mh_channel_confirm(context.input, &message) : status;
}

static mh_status send_all_on(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    char *room = malloc(MIB + 1);
    int64_t count = 0;
    mh_status status;
    (void)item;
    while ((status = send_on(context, count, room)) == MH_OK)
        count++;
    free(room);
    return status == MH_END ? mh_return(call, &count, sizeof count) : fail_with(call, status);
}
static const mh_routine sending_on = {.name = "send on", .run = send_all_on};

START_TEST(Y6_messages_of_every_size_go_through_a_task)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_context context = {.input = open_channel(pool, SIZES),
                          .output = open_channel(pool, SIZES)};
    mh_task *task = submit_within(pool, &sending_on, 0, context);
    for (size_t round = 0; round < (_i == SERIAL ? 1 : 5); round++) {
        for (size_t i = 0; i < SIZES; i++)
            send_marked(context.input, sizes[(i + round * 3) % SIZES], i);
        if (_i == SERIAL)
            ck_assert_int_eq(mh_channel_end(context.input), MH_OK);
        for (size_t i = 0; i < SIZES; i++)
            receive_marked(context.output, sizes[(i + round * 3) % SIZES], i);
    }
    ck_assert_int_eq(mh_channel_end(context.input), MH_OK);
    ck_assert_int_eq(number_of(task), (_i == SERIAL ? 1 : 5) * SIZES);
    close_channel(context.input);
    close_channel(context.output);
    mh_pool_close(pool);
}
END_TEST

// ---- too large, and too little room -------------------------------------------------------------

enum { LIMIT = 5000 };

static mh_status try_sizes(mh_call *call, mh_bytes item)
{
    static const char bytes[LIMIT + 1];
    mh_channel *output = mh_context_of(call).output;
    (void)item;
    int64_t large = mh_channel_send(output, (mh_bytes){bytes, LIMIT + 1}, MH_FOREVER);
    mh_status fitting = mh_channel_send(output, (mh_bytes){bytes, LIMIT}, MH_FOREVER);
    return fitting == MH_OK ? mh_return(call, &large, sizeof large) : fail_with(call, fitting);
}
static const mh_routine trying_sizes = {.name = "try sizes", .run = try_sizes};

START_TEST(Y6_a_message_may_be_as_large_as_an_item_of_its_pool_and_no_larger)
{
    mh_pool_options options = options_of(_i, 1);
    options.item_limit = LIMIT;
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_with(&options);
    mh_channel *channel = open_channel(pool, 1);
    static char bytes[LIMIT + 1];
    const mh_bytes large = {bytes, LIMIT + 1}, fitting = {bytes, LIMIT};
    size_t size = 0;
    ck_assert_int_eq(mh_channel_send(channel, large, MH_FOREVER), MH_TOO_LARGE);
    ck_assert_uint_eq(mh_channel_count(channel), 0);
    ck_assert_int_eq(mh_channel_send(channel, fitting, MH_NOW), MH_OK);
    ck_assert_int_eq(mh_channel_send(channel, large, MH_NOW),
                     MH_TOO_LARGE); // never, full or not
    ck_assert_int_eq(mh_channel_receive(channel, bytes, LIMIT, &size, MH_NOW), MH_OK);
    ck_assert_uint_eq(size, LIMIT);
    mh_task *task = submit_writer(pool, &trying_sizes, 0, channel);
    ck_assert_int_eq(number_of(task), MH_TOO_LARGE);
    ck_assert_int_eq(mh_channel_receive(channel, bytes, LIMIT, NULL, MH_NOW), MH_OK);
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

// Whether it is asked with much time or none, and whether it wants to know the size.
static void assert_too_little(mh_channel *channel, size_t room, size_t size)
{
    const mh_deadline deadlines[] = {MH_NOW, mh_in_ms(1000), MH_FOREVER};
    char buffer[5000] = "untouched";
    for (int d = 0; d < 3; d++) {
        size_t told = SIZE_MAX;
        ck_assert_int_eq(mh_channel_receive(channel, buffer, room, &told, deadlines[d]),
                         MH_TOO_LARGE);
        ck_assert_uint_eq(told, size);
        ck_assert_int_eq(mh_channel_receive(channel, buffer, room, NULL, deadlines[d]),
                         MH_TOO_LARGE);
        ck_assert_int_eq(mh_channel_receive(channel, NULL, 0, &told, deadlines[d]),
                         MH_TOO_LARGE);
    }
    ck_assert_str_eq(buffer, "untouched");
}

START_TEST(Y6_with_too_little_room_the_message_stays_where_it_is)
{
    static const size_t some[] = {1, 8, 96, 97, 5000};
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 2);
    for (size_t i = 0; i < 5; i++) {
        send_marked(channel, some[i], 1);
        send_marked(channel, 0, 2);
        assert_too_little(channel, some[i] - 1, some[i]);
        ck_assert_uint_eq(mh_channel_count(channel), 2);
        char exact[5000];
        ck_assert_int_eq(mh_channel_receive(channel, exact, some[i], NULL, MH_NOW), MH_OK);
        assert_written(exact, some[i], 1);
        size_t size = 7;
        ck_assert_int_eq(mh_channel_receive(channel, NULL, 0, &size, MH_NOW), MH_OK);
        ck_assert_uint_eq(size, 0);
    }
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y6_without_a_size_a_message_must_fill_the_buffer_and_else_stays)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *channel = open_channel(pool, 2);
    static const size_t some[] = {0, 1, 8, 104};
    for (size_t i = 0; i < 4; i++) {
        char buffer[200] = "untouched";
        send_marked(channel, some[i], 3);
        ck_assert_int_eq(mh_channel_receive(channel, buffer, some[i] + 1, NULL, MH_NOW),
                         MH_INVALID);
        ck_assert_int_eq(mh_channel_receive(channel, buffer, sizeof buffer, NULL, MH_FOREVER),
                         MH_INVALID);
        ck_assert_str_eq(buffer, "untouched");
        ck_assert_uint_eq(mh_channel_count(channel), 1);
        ck_assert_int_eq(mh_channel_receive(channel, buffer, some[i], NULL, MH_NOW), MH_OK);
        assert_written(buffer, some[i], 3);
    }
    close_channel(channel);
    mh_pool_close(pool);
}
END_TEST

// ---- memory -------------------------------------------------------------------------------------

// Only processes share memory that can be counted.
START_TEST(Y9_the_memory_of_large_messages_comes_back_when_the_channel_is_closed)
{
    enum { MESSAGES = 40, ROUNDS = 3 };
    mh_pool *pool = open_quiet(_i, 1);
    long long before = shared_bytes();
    for (int round = 0; round < ROUNDS; round++) {
        mh_channel *channel = open_channel(pool, MESSAGES);
        for (size_t i = 0; i < MESSAGES; i++)
            send_marked(channel, MIB, i);
        ck_assert_int_ge(shared_bytes(), before + MESSAGES * MIB);
        receive_marked(channel, MIB, 0);
        close_channel(channel); // with the messages that are left
        ck_assert_int_lt(shared_bytes(), before + MESSAGES * (MIB / 10));
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sizes of messages");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, Y6_messages_of_every_size_come_out_as_they_went_in, 0, KINDS);
    tcase_add_loop_test(tests, Y6_messages_of_every_size_go_through_a_task, 0, KINDS);
    tcase_add_loop_test(
        tests, Y6_a_message_may_be_as_large_as_an_item_of_its_pool_and_no_larger, 0, KINDS);
    tcase_add_loop_test(tests, Y6_with_too_little_room_the_message_stays_where_it_is, 0, KINDS);
    tcase_add_loop_test(tests, Y6_without_a_size_a_message_must_fill_the_buffer_and_else_stays,
                        0, KINDS);
    tcase_add_loop_test(tests,
                        Y9_the_memory_of_large_messages_comes_back_when_the_channel_is_closed,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
