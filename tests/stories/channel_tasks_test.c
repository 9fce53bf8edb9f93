// Channels whose tasks have all ended: nobody waits for messages that nobody will send, nor for
// room that nobody will make, however those tasks ended.
#include <signal.h>

#include "support/asleep.h"
#include "support/messages.h"

// ---- an output ----------------------------------------------------------------------------------

START_TEST(Y6_an_output_ends_when_the_last_of_its_tasks_has_ended)
{
    mh_pool *pool = open_quiet(_i, 2);
    mh_channel *output = open_channel(pool, 20);
    assert_none_comes(output, MH_TIMEOUT);    // it has had none yet
    for (int round = 0; round < 3; round++) { // and has some again
        mh_task *first = submit_writer(pool, &sending, 3, output);
        mh_task *second = submit_writer(pool, &sending, 4, output);
        int64_t sum = 0, number, count = 0;
        for (; receive_number(output, &number, MH_FOREVER) == MH_OK; count++)
            sum += number;
        ck_assert_int_eq(count, 3 + 4);
        ck_assert_int_eq(sum, 3 + 6);
        assert_none_comes(output, MH_END);
        ck_assert_int_eq(number_of(first), 3);
        ck_assert_int_eq(number_of(second), 4);
    }
    assert_sends(output, 9); // by the program itself
    ck_assert_int_eq(received(output), 9);
    assert_none_comes(output, MH_END);
    close_channel(output);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y6_an_output_has_no_end_while_one_of_its_tasks_is_queued_or_runs)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_channel *output = open_channel(pool, 20);
    mh_task *runs = submit_writer(pool, &waiting, 1, output);
    mh_task *queued = submit_writer(pool, &sending, 2, output);
    pass_gate(RUNNING);
    assert_none_comes(output, MH_TIMEOUT);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(received(output), 0);
    ck_assert_int_eq(received(output), 1);
    ck_assert_int_eq(number_of(runs), 1);
    ck_assert_int_eq(number_of(queued), 2);
    assert_none_comes(output, MH_END);
    close_channel(output);
    mh_pool_close(pool);
}
END_TEST

// ---- how they end -------------------------------------------------------------------------------

enum { LEAVE, FAIL, RAISE, OBEY }; // by themselves

static mh_status end_somehow(mh_call *call, mh_bytes item)
{
    int64_t deed = *(const int64_t *)item.data;
    open_gate(RUNNING, 1);
    if (deed != OBEY)
        pass_gate(GO_ON);
    switch (deed) {
    case LEAVE:
        return MH_OK;
    case RAISE:
        raise(SIGKILL);
        return MH_OK;
    case OBEY:
        mh_wait_cancelled(call, MH_FOREVER);
        return MH_OK;
    default:
        return mh_fail(call, 1, "as it was told");
    }
}
static const mh_routine mortal = {.name = "end somehow", .run = end_somehow};

typedef struct way {
    int64_t deed;
    mh_status (*then)(mh_task *task); // done from outside, or NULL
    bool is_harsh;                    // needs a process
    mh_outcome outcome;
} way;

static const way ways[] = {
    {LEAVE, NULL, false, MH_DONE},
    {FAIL, NULL, false, MH_FAILED},
    {OBEY, mh_task_stop, false, MH_DONE},
    {RAISE, NULL, true, MH_CRASHED},
    {OBEY, mh_task_kill, true, MH_CANCELLED},
};
enum { WAYS = sizeof ways / sizeof *ways };

static void *receive_until_end(void *channel)
{
    int64_t number;
    say_that_it_waits();
    return (void *)(intptr_t)receive_number(channel, &number, MH_FOREVER);
}

static void *send_until_end(void *channel)
{
    mh_status status;
    say_that_it_waits();
    while ((status = send_number(channel, 1, MH_FOREVER)) == MH_OK)
        continue;
    return (void *)(intptr_t)status;
}

// A thread of the program waits at the other end when the last task there ends.
static void assert_let_go(mh_pool *pool, mh_context context, void *(*wait)(void *), int number)
{
    const way *way = &ways[number];
    mh_channel *channel = context.input != NULL ? context.input : context.output;
    mh_task *task = submit_within(pool, &mortal, way->deed, context);
    pass_gate(RUNNING);
    pthread_t thread = start_thread(wait, channel);
    await_waiters(1);
    if (way->then == NULL)
        open_gate(GO_ON, 1);
    else
        ck_assert_int_eq(way->then(task), MH_OK);
    void *status;
    ck_assert_int_eq(pthread_join(thread, &status), 0);
    ck_assert_int_eq((intptr_t)status, MH_END);
    assert_outcome(task, way->outcome);
    close_channel(channel);
}

static bool is_possible(int kind, int number)
{
    return kind >= WITH_PROCESSES || !ways[number].is_harsh;
}

START_TEST(Y9_who_waits_for_messages_of_a_task_is_let_go_however_it_ends)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int round = 0; round < 4 * WAYS; round++)
        if (is_possible(_i, round % WAYS))
            assert_let_go(pool, (mh_context){.output = open_channel(pool, 1)},
                          receive_until_end, round % WAYS);
    mh_pool_close(pool);
}
END_TEST

START_TEST(Y9_who_waits_for_a_task_to_make_room_is_let_go_however_it_ends)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int round = 0; round < 4 * WAYS; round++)
        if (is_possible(_i, round % WAYS))
            assert_let_go(pool, (mh_context){.input = open_channel(pool, 1 + round)},
                          send_until_end, round % WAYS);
    mh_pool_close(pool);
}
END_TEST

// ---- queued tasks -------------------------------------------------------------------------------

START_TEST(Y9_cancelling_the_queued_task_lets_go_who_waits_for_it)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_task *first = occupy(pool, 1);
    for (int round = 0; round < 10; round++) {
        mh_context context = {.input = open_channel(pool, 2), .output = open_channel(pool, 2)};
        mh_task *task = submit_within(pool, &passing_on, 0, context);
        pthread_t reading = start_thread(receive_until_end, context.output);
        pthread_t writing = start_thread(send_until_end, context.input);
        await_waiters(2);
        ck_assert_int_eq(mh_task_cancel(task), MH_OK);
        void *status;
        ck_assert_int_eq(pthread_join(reading, &status), 0);
        ck_assert_int_eq((intptr_t)status, MH_END);
        ck_assert_int_eq(pthread_join(writing, &status), 0);
        ck_assert_int_eq((intptr_t)status, MH_END);
        mh_task_drop(task);
        close_channel(context.input);
        close_channel(context.output);
    }
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(first), 1);
    mh_pool_close(pool);
}
END_TEST

// ---- an input -----------------------------------------------------------------------------------

START_TEST(Y6_a_full_input_ends_with_its_last_task_until_there_is_another)
{
    enum { CAPACITY = 3 };
    mh_pool *pool = open_quiet(_i, 1);
    mh_context context = {.input = open_channel(pool, CAPACITY),
                          .output = open_channel(pool, CAPACITY)};
    assert_outcome(submit_within(pool, &echo, 0, context), MH_DONE); // it reads nothing
    for (int64_t i = 0; i < CAPACITY; i++)
        assert_sends(context.input, i); // there is room
    assert_takes_none(context.input, MH_END);
    ck_assert_int_eq(received(context.input), 0);
    assert_sends(context.input, 3);
    assert_takes_none(context.input, MH_END);
    ck_assert_int_eq(mh_channel_end(context.input), MH_OK);
    assert_takes_none(context.input, MH_CLOSED);
    ck_assert_int_eq(number_of(submit_within(pool, &passing_on, 0, context)), CAPACITY);
    for (int64_t i = 0; i < CAPACITY; i++)
        ck_assert_int_eq(received(context.output), i + 1);
    close_channel(context.input);
    close_channel(context.output);
    mh_pool_close(pool);
}
END_TEST

// Nobody else is to be waited for, though the task may not have ended for who waits for it.
START_TEST(Y6_who_hears_of_the_end_may_close_the_channel_at_once)
{
    enum {
        ROUNDS = SHORTER ? 500 : 4000,
        CAPACITY = 600
    }; // so many that closing it gives memory back
    mh_pool *pool = open_quiet(_i, 2);
    int64_t one = 1, number;
    for (int round = 0; round < ROUNDS; round++) {
        mh_task_options options = {.channels.output = open_channel(pool, CAPACITY)};
        submit_and_forget(pool, &sending, one, &options);
        while (receive_number(options.channels.output, &number, MH_FOREVER) == MH_OK)
            continue;
        close_channel(options.channels.output);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- tasks of several inputs --------------------------------------------------------------------

static mh_status double_one(mh_call *call, mh_bytes item)
{
    int64_t number = 2 * *(const int64_t *)item.data;
    mh_status status = send_number(mh_context_of(call).output, number, MH_FOREVER);
    return status == MH_OK ? mh_return(call, &number, sizeof number) : fail_with(call, status);
}
static const mh_routine doubling = {.name = "double one", .run = double_one};

START_TEST(Y6_all_inputs_of_a_task_have_its_context)
{
    enum { INPUTS = 100 };
    mh_pool *pool = open_quiet(_i, 2);
    int64_t inputs[INPUTS], sum = 0, number;
    for (int64_t i = 0; i < INPUTS; i++)
        inputs[i] = i;
    for (size_t chunk = 0; chunk <= INPUTS; chunk += 25) {
        mh_task_options options = {.channels.output = open_channel(pool, INPUTS)};
        ck_assert_int_eq(mh_submit_each(pool, &doubling, inputs, INPUTS, sizeof *inputs, chunk,
                                        &options, NULL, NULL),
                         MH_OK);
        for (sum = 0; receive_number(options.channels.output, &number, MH_FOREVER) == MH_OK;)
            sum += number;
        ck_assert_int_eq(sum, INPUTS * (INPUTS - 1));
        close_channel(options.channels.output);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channels of ended tasks");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, Y6_an_output_ends_when_the_last_of_its_tasks_has_ended, 0,
                        KINDS);
    tcase_add_loop_test(tests, Y6_an_output_has_no_end_while_one_of_its_tasks_is_queued_or_runs,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y9_who_waits_for_messages_of_a_task_is_let_go_however_it_ends,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y9_who_waits_for_a_task_to_make_room_is_let_go_however_it_ends,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y9_cancelling_the_queued_task_lets_go_who_waits_for_it,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y6_a_full_input_ends_with_its_last_task_until_there_is_another,
                        0, KINDS);
    tcase_add_loop_test(tests, Y6_who_hears_of_the_end_may_close_the_channel_at_once, 0, KINDS);
    tcase_add_loop_test(tests, Y6_all_inputs_of_a_task_have_its_context, 0, KINDS);
    return run_suite(suite);
}
