// Serial waits: where whoever waits does the work, everybody who waits for something comes to it,
// in whatever way and beside whomever he waits.
#include "support/asleep.h"
#include "support/limited.h"
#include "support/messages.h"

// ---- the end of a pool --------------------------------------------------------------------------

enum { SETUPS = 0, TEARDOWNS = 1 }; // places on the stage

static void say_last_word(mh_call *call, void *state)
{
    (void)state;
    mh_return(call, "bye", 3);
}
static const mh_routine polite = {
    .name = "send numbers", .run = send_numbers, .teardown = say_last_word};

static mh_pool *open_polite(void)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    return open_with(&(mh_pool_options){.kind = MH_SERIAL, .routine = &polite});
}

static void assert_says_last_word(mh_pool *pool)
{
    mh_result last;
    ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(last.size, 3);
    ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_END);
    mh_pool_close(pool);
}

START_TEST(Y6_a_pool_ends_whose_last_task_ran_for_the_sake_of_a_message)
{
    mh_pool *pool = open_polite();
    mh_channel *output = open_channel(pool, 2);
    mh_task *task = submit_writer(pool, NULL, 1, output);
    ck_assert_int_eq(received(output), 0);
    assert_says_last_word(pool);
    ck_assert_int_eq(number_of(task), 1);
    close_channel(output);
}
END_TEST

START_TEST(Y6_a_pool_ends_whose_last_task_was_taken_back_after_its_end)
{
    mh_pool *pool = open_polite();
    mh_task *task = submit(pool, NULL, 0);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    if (_i == 0)
        ck_assert_int_eq(mh_task_cancel(task), MH_OK);
    else
        ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_DROP, false, MH_FOREVER), MH_OK);
    assert_outcome(task, MH_CANCELLED);
    assert_says_last_word(pool);
}
END_TEST

static mh_status count_setup(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    (void)state;
    count_up(SETUPS);
    return MH_OK;
}

static void count_teardown(mh_call *call, void *state)
{
    (void)call;
    (void)state;
    count_up(TEARDOWNS);
}
static const mh_routine counted_life = {.name = "send numbers",
                                        .setup = count_setup,
                                        .run = send_numbers,
                                        .teardown = count_teardown};

// Whoever waits for a message would do the work, but nobody is there any more to do it as.
START_TEST(Y6_a_worker_that_has_left_is_not_set_up_again_for_the_sake_of_a_message)
{
    set_stage();
    mh_pool *pool = open_with(&(mh_pool_options){.kind = MH_SERIAL, .routine = &counted_life});
    mh_channel *output = open_channel(pool, 1);
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    assert_none_comes(output, MH_TIMEOUT);
    mh_pool_close(pool);
    ck_assert_int_eq(counted(SETUPS), 1);
    ck_assert_int_eq(counted(TEARDOWNS), 1);
    close_channel(output);
}
END_TEST

// ---- beside others ------------------------------------------------------------------------------

enum { RUNS = 2 };   // a place on the stage
enum { ROUNDS = 4 }; // asleep, or on the way (asleep.h)

static void *receive_one(void *from)
{
    say_that_it_waits();
    ck_assert_int_eq(received(from), 0);
    return NULL;
}

static void *wait_for_task(void *task)
{
    say_that_it_waits();
    assert_waits(task);
    return NULL;
}

static mh_pool *pool_here;
static mh_channel *output_here;

static void open_here(void)
{
    pool_here = open_quiet(SERIAL, 1);
    open_limiter(1);
}

static void close_here(void)
{
    close_limiter();
    mh_pool_close(pool_here);
}

// Nothing was sent yet.
static void begin_round(void)
{
    output_here = open_channel(pool_here, 1);
}

// All that was submitted has ended.
static void end_round(void)
{
    ck_assert_int_eq(mh_pool_wait(pool_here, false, MH_FOREVER), MH_OK);
    close_channel(output_here);
}

static void submit_sender(mh_limiter *with)
{
    const mh_task_options options = {.limiter = with, .channels = {.output = output_here}};
    submit_and_forget(pool_here, &sending, 1, &options);
}

START_TEST(Y6_who_waits_for_a_message_runs_what_others_submit)
{
    open_here();
    for (int round = 0; round < ROUNDS; round++) {
        begin_round();
        pthread_t receiver = start_thread(receive_one, output_here);
        await_waiters(1);
        submit_sender(NULL);
        join_thread(receiver);
        end_round();
    }
    close_here();
}
END_TEST

static int64_t stay(int64_t number)
{
    say_that_it_waits();
    pass_gate(GO_ON);
    return number;
}
MH_ROUTINE(staying, stay, int64_t, int64_t);

START_TEST(Y6_who_waits_for_a_message_goes_on_where_another_has_left)
{
    open_here();
    for (int round = 0; round < ROUNDS; round++) {
        begin_round();
        mh_task *task = submit(pool_here, &staying, round);
        submit_sender(NULL);
        pthread_t waiter = start_thread(wait_for_task, task);
        pass_gate(RUNNING); // of the waiter
        await_waiters(1);   // its task
        pthread_t receiver = start_thread(receive_one, output_here);
        await_waiters(1);
        open_gate(GO_ON, 1);
        join_thread(waiter);
        join_thread(receiver);
        mh_task_drop(task);
        end_round();
    }
    close_here();
}
END_TEST

START_TEST(Y6_who_waits_for_a_message_hears_of_a_permit)
{
    open_here();
    for (int round = 0; round < ROUNDS; round++) {
        begin_round();
        ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
        submit_sender(limiter);
        pthread_t receiver = start_thread(receive_one, output_here);
        await_waiters(1);
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
        join_thread(receiver);
        end_round();
    }
    close_here();
}
END_TEST

static int64_t give_permit(int64_t number)
{
    return mh_limiter_give(limiter) == MH_OK ? number : -1;
}
MH_ROUTINE(giving, give_permit, int64_t, int64_t);

START_TEST(Y6_who_waits_for_a_task_runs_what_others_submit)
{
    open_here();
    for (int round = 0; round < ROUNDS; round++) {
        begin_round();
        ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
        mh_task *task = submit_limited(pool_here, &echo, round);
        pthread_t waiter = start_thread(wait_for_task, task);
        await_waiters(1);
        mh_task *helpful = submit(pool_here, &giving, round);
        join_thread(waiter);
        ck_assert_int_eq(number_of(helpful), round);
        ck_assert_int_eq(number_of(task), round);
        end_round();
    }
    close_here();
}
END_TEST

static void count_end(void *times, mh_task *task, const mh_result *result)
{
    (void)task;
    ck_assert_int_eq(result->outcome, MH_CANCELLED);
    ++*(int *)times;
}

static void *wait_for_all_here(void *nothing)
{
    say_that_it_waits();
    ck_assert_int_eq(mh_pool_wait(pool_here, false, MH_FOREVER), MH_OK);
    return nothing;
}

// Its end is told by whoever is there, who sleeps.
START_TEST(Y6_who_waits_for_all_hears_of_a_cancel)
{
    int times = 0;
    open_here();
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    for (int round = 1; round <= ROUNDS; round++) {
        const mh_task_options options = {
            .limiter = limiter, .on_end = count_end, .context = &times};
        mh_task *parked = submit_with(pool_here, &echo, round, &options);
        pthread_t waiter = start_thread(wait_for_all_here, NULL);
        await_waiters(1);
        ck_assert_int_eq(mh_task_cancel(parked), MH_OK);
        join_thread(waiter);
        ck_assert_int_eq(times, round);
        mh_task_drop(parked);
    }
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    close_here();
}
END_TEST

static void *wait_for_one_of(void *two)
{
    size_t which = 2;
    say_that_it_waits();
    ck_assert_int_eq(mh_task_wait_count(two, 2, 1, &which, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(which, 1);
    return NULL;
}

// The other is of a pool with workers, and takes until this has ended.
START_TEST(Y6_who_waits_for_tasks_of_two_pools_hears_of_a_permit)
{
    open_here();
    mh_pool *other = open_kind(THREADS, 1);
    for (int round = 0; round < ROUNDS; round++) {
        ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
        mh_task *both[] = {occupy(other, round), submit_limited(pool_here, &echo, round)};
        pthread_t waiter = start_thread(wait_for_one_of, both);
        await_waiters(1);
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
        join_thread(waiter);
        open_gate(GO_ON, 1);
        for (int i = 0; i < 2; i++)
            ck_assert_int_eq(number_of(both[i]), round);
    }
    mh_pool_close(other);
    close_here();
}
END_TEST

// ---- for so long and no longer ------------------------------------------------------------------

static mh_deadline deadline_here;

static int64_t work_too_long(int64_t number)
{
    count_up(RUNS);
    while (mh_in_ms(1) <= deadline_here + 1000000)
        sched_yield();
    return number;
}
MH_ROUTINE(slow, work_too_long, int64_t, int64_t);

enum { FOR_ONE, FOR_ALL, FOR_A_MESSAGE, WAYS };

static mh_status wait_in_some_way(int way, mh_task *task)
{
    int64_t number;
    if (way == FOR_ONE)
        return mh_task_wait(task, deadline_here);
    if (way == FOR_ALL)
        return mh_pool_wait(pool_here, false, deadline_here);
    return receive_number(output_here, &number, deadline_here);
}

START_TEST(Y6_who_waits_begins_no_more_tasks_when_its_time_is_over)
{
    enum { TASKS = 5 };
    mh_task *tasks[TASKS];
    open_here();
    begin_round();
    deadline_here = mh_in_ms(20);
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit(pool_here, &slow, i);
    ck_assert_int_eq(wait_in_some_way(_i, tasks[TASKS - 1]), MH_TIMEOUT);
    ck_assert_int_le(counted(RUNS), 1);
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    end_round();
    close_here();
}
END_TEST

static int64_t wait_for_children(int64_t number)
{
    enum { CHILDREN = 3 };
    mh_task *children[CHILDREN];
    deadline_here = mh_in_ms(20);
    for (int i = 0; i < CHILDREN; i++)
        children[i] = submit(pool_here, &slow, i);
    number += mh_task_wait_count(children, CHILDREN, CHILDREN, NULL, deadline_here);
    for (int i = 0; i < CHILDREN; i++)
        mh_task_drop(children[i]);
    return number;
}
MH_ROUTINE(parent, wait_for_children, int64_t, int64_t);

START_TEST(Y6_a_task_begins_no_more_children_when_its_time_is_over)
{
    set_stage();
    pool_here = open_kind(_i, 1);
    mh_task *task = submit(pool_here, &parent, 100);
    ck_assert_int_eq(number_of(task), 100 + MH_TIMEOUT);
    ck_assert_int_eq(mh_pool_shutdown(pool_here, MH_SHUTDOWN_DROP, false, MH_FOREVER), MH_OK);
    mh_pool_close(pool_here);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("serial waits");
    TCase *tests = add_case(suite, "serial", 15);
    tcase_add_test(tests, Y6_a_pool_ends_whose_last_task_ran_for_the_sake_of_a_message);
    tcase_add_loop_test(tests, Y6_a_pool_ends_whose_last_task_was_taken_back_after_its_end, 0,
                        2);
    tcase_add_test(tests,
                   Y6_a_worker_that_has_left_is_not_set_up_again_for_the_sake_of_a_message);
    tcase_add_test(tests, Y6_who_waits_for_a_message_runs_what_others_submit);
    tcase_add_test(tests, Y6_who_waits_for_a_message_goes_on_where_another_has_left);
    tcase_add_test(tests, Y6_who_waits_for_a_message_hears_of_a_permit);
    tcase_add_test(tests, Y6_who_waits_for_a_task_runs_what_others_submit);
    tcase_add_test(tests, Y6_who_waits_for_all_hears_of_a_cancel);
    tcase_add_test(tests, Y6_who_waits_for_tasks_of_two_pools_hears_of_a_permit);
    tcase_add_loop_test(tests, Y6_who_waits_begins_no_more_tasks_when_its_time_is_over, 0,
                        WAYS);
    tcase_add_loop_test(tests, Y6_a_task_begins_no_more_children_when_its_time_is_over, SERIAL,
                        THREADS + 1);
    return run_suite(suite);
}
