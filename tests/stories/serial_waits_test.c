// Serial waits: where whoever waits does the work, everybody who waits for something comes to it,
// in whatever way and beside whomever he waits.
#include "support/asleep.h"
#include "support/messages.h"

// ---- the end of a pool --------------------------------------------------------------------------

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

int main(void)
{
    Suite *suite = suite_create("serial waits");
    TCase *tests = add_case(suite, "serial", 15);
    tcase_add_test(tests, Y6_a_pool_ends_whose_last_task_ran_for_the_sake_of_a_message);
    tcase_add_loop_test(tests, Y6_a_pool_ends_whose_last_task_was_taken_back_after_its_end, 0,
                        2);
    return run_suite(suite);
}
