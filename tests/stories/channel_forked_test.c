// Channels and events in forked children, the program's own and workers of other pools: all
// that belongs to the parent is refused there, and nothing of it is spoilt; channels of one's
// own work.
#include <sys/wait.h>

#include "support/messages.h"

enum { CALLS = 11 };

// What the parent has: all of it copied into the child.
static struct belongings {
    mh_pool *pool;
    mh_channel *channel, *taken_from;
    mh_event *event;
    mh_message taken;
} parents;

static void ask(mh_status status[CALLS])
{
    int64_t number = 0;
    mh_message message;
    int i = 0;
    status[i++] = send_number(parents.channel, 1, MH_FOREVER);
    status[i++] = send_number(parents.channel, 1, MH_NOW);
    status[i++] = receive_number(parents.channel, &number, MH_FOREVER);
    status[i++] = mh_channel_take(parents.channel, &message, MH_FOREVER);
    status[i++] = mh_channel_confirm(parents.taken_from, &parents.taken);
    status[i++] = mh_channel_end(parents.channel);
    status[i++] = mh_channel_close(parents.channel);
    status[i++] = mh_event_set(parents.event);
    status[i++] = mh_event_wait(parents.event, MH_FOREVER);
    status[i++] = mh_event_wait(parents.event, MH_NOW);
    status[i++] = mh_event_close(parents.event);
}

// 0, or the number of the first call that was not refused, counted from 1.
static int check_refusals(void)
{
    mh_status status[CALLS];
    ask(status);
    for (int i = 0; i < CALLS; i++)
        if (status[i] != MH_FORKED)
            return i + 1;
    if (mh_event_is_set(parents.event) || mh_channel_count(parents.channel) != 0)
        return CALLS + 1;
    return 0;
}

// The pool itself opens nothing here either.
static int check_all(void)
{
    mh_channel *channel;
    mh_event *event;
    if (mh_channel_open(&channel, parents.pool, 1) != MH_FORKED)
        return CALLS + 2;
    if (mh_event_open(&event, parents.pool) != MH_FORKED)
        return CALLS + 3;
    return check_refusals();
}

static int own_kind;

// On a pool of its own it has channels of its own; the parent's do not go into its tasks.
static int use_own(void)
{
    mh_pool_options options = options_of(own_kind, 1);
    mh_task *task;
    mh_result result;
    int64_t number = 0, count = 10;
    mh_task_options wrong = {.channels.output = parents.channel}, right = {.priority = 0};
    mh_pool *pool;
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    if (mh_submit(pool, &sending, MH_BYTES_OF(count), &wrong, &task) != MH_FORKED)
        return 2;
    if (mh_channel_open(&right.channels.output, pool, 10) != MH_OK ||
        mh_submit(pool, &sending, MH_BYTES_OF(count), &right, &task) != MH_OK)
        return 3;
    for (int64_t i = 0; i < count; i++)
        if (receive_number(right.channels.output, &number, MH_FOREVER) != MH_OK || number != i)
            return 4;
    if (receive_number(right.channels.output, &number, MH_FOREVER) != MH_END)
        return 5;
    if (mh_task_wait(task, MH_FOREVER) != MH_OK || mh_task_result(task, &result) != MH_OK)
        return 6;
    mh_task_drop(task);
    if (mh_channel_close(right.channels.output) != MH_OK)
        return 7;
    mh_pool_close(pool);
    return 0;
}

static int close_pool(void)
{
    mh_pool_close(parents.pool);
    return check_refusals();
}

// What the child found wrong, as its exit code; 0: nothing.
static int in_child(int (*check)(void))
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        mh_log_limit(MH_LOG_OFF);
        alarm(15); // a child that hangs should not outlive the test
        _exit(check());
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void open_belongings(int kind)
{
    parents = (struct belongings){.pool = open_quiet(kind, 1)};
    parents.channel = open_channel(parents.pool, 3);
    parents.taken_from = open_channel(parents.pool, 1);
    parents.event = open_event(parents.pool);
    assert_sends(parents.channel, 5);
    assert_sends(parents.taken_from, 6);
    ck_assert_int_eq(mh_channel_take(parents.taken_from, &parents.taken, MH_NOW), MH_OK);
}

// A task of the parent works meanwhile, and gets the message that the child did not get.
static void assert_unharmed(int kind, int (*check)(void))
{
    open_belongings(kind);
    mh_context context = {.input = parents.channel, .output = open_channel(parents.pool, 9)};
    mh_task *task = submit_within(parents.pool, &passing_on, 0, context);
    ck_assert_int_eq(in_child(check), 0);
    assert_sends(parents.channel, 7);
    ck_assert_int_eq(mh_channel_end(parents.channel), MH_OK);
    ck_assert_int_eq(received(context.output), 5);
    ck_assert_int_eq(number_of(task), 2);
    ck_assert_int_eq(received(context.output), 7);
    ck_assert_int_eq(*(const int64_t *)parents.taken.data, 6);
    ck_assert_int_eq(mh_channel_confirm(parents.taken_from, &parents.taken), MH_OK);
    ck_assert(!mh_event_is_set(parents.event));
    close_channel(parents.channel);
    close_channel(parents.taken_from);
    close_channel(context.output);
    close_event(parents.event);
    mh_pool_close(parents.pool);
}

START_TEST(Y9_in_a_forked_child_the_parents_channels_and_events_are_refused)
{
    assert_unharmed(_i, check_all);
}
END_TEST

START_TEST(Y9_closing_the_pool_in_a_forked_child_leaves_its_channels_to_the_parent)
{
    assert_unharmed(_i, close_pool);
}
END_TEST

START_TEST(Y9_a_forked_child_may_have_channels_of_its_own)
{
    own_kind = _i % KINDS;
    if (!has_thread_sanitizer && !has_address_sanitizer)
        assert_unharmed(_i / KINDS, use_own);
}
END_TEST

static mh_status ask_in_worker(mh_call *call, mh_bytes item)
{
    int64_t wrong = check_all();
    (void)item;
    return mh_return(call, &wrong, sizeof wrong);
}
static const mh_routine asking = {.name = "ask", .run = ask_in_worker};

// A forked worker of another pool has a copy of the handles, too.
START_TEST(Y9_in_a_worker_of_another_pool_they_are_refused_too)
{
    if (has_thread_sanitizer)
        return;
    open_belongings(_i);
    mh_pool *other = open_kind(FORKED, 1);
    ck_assert_int_eq(number_of(submit(other, &asking, 0)), 0);
    mh_pool_close(other);
    ck_assert_int_eq(received(parents.channel), 5);
    mh_pool_close(parents.pool);
    close_channel(parents.channel);
    close_channel(parents.taken_from);
    close_event(parents.event);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channels in forked children");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, Y9_in_a_forked_child_the_parents_channels_and_events_are_refused,
                        0, KINDS);
    tcase_add_loop_test(tests,
                        Y9_closing_the_pool_in_a_forked_child_leaves_its_channels_to_the_parent,
                        0, KINDS);
    tcase_add_loop_test(tests, Y9_a_forked_child_may_have_channels_of_its_own, 0,
                        KINDS * KINDS);
    tcase_add_loop_test(tests, Y9_in_a_worker_of_another_pool_they_are_refused_too, 0, KINDS);
    return run_suite(suite);
}
