// Waiting inside a task, for a message, room, an event, and for being asked to stop, all at
// once: whatever comes first ends the wait, and says so.
#include <time.h>

#include "support/asleep.h"
#include "support/messages.h"

// What a task waits for. Its output is full, its input is empty.
enum { MESSAGE, COPY, ROOM, EVENT, STOP, WAITS };

static mh_status wait_for_one(mh_call *call, int what, mh_deadline deadline)
{
    mh_context context = mh_context_of(call);
    int64_t number;
    mh_message message;
    switch (what) {
    case MESSAGE:
        return mh_channel_take(context.input, &message, deadline);
    case COPY:
        return receive_number(context.input, &number, deadline);
    case ROOM:
        return send_number(context.output, 1, deadline);
    case EVENT:
        return mh_event_wait(context.cancel, deadline);
    default:
        return mh_wait_cancelled(call, deadline);
    }
}

static mh_status wait_and_tell(mh_call *call, mh_bytes item)
{
    int what = (int)*(const int64_t *)item.data;
    say_that_it_waits();
    int64_t status = wait_for_one(call, what, MH_FOREVER);
    return mh_return(call, &status, sizeof status);
}
static const mh_routine patient = {.name = "wait and tell", .run = wait_and_tell};

static mh_context open_context(mh_pool *pool)
{
    mh_context context = {.input = open_channel(pool, 1),
                          .output = open_channel(pool, 1),
                          .cancel = open_event(pool)};
    assert_sends(context.output, 7);
    return context;
}

// ---- what ends the wait -------------------------------------------------------------------------

typedef struct scene {
    mh_pool *pool;
    mh_task *task;
    mh_context context;
    int what;
} scene;

static mh_status set_event(mh_call *call, mh_bytes item)
{
    mh_status status = mh_event_set(mh_context_of(call).cancel);
    return status == MH_OK ? mh_return(call, item.data, item.size) : fail_with(call, status);
}
static const mh_routine setting = {.name = "set the event", .run = set_event};

static void stop_it(const scene *self)
{
    ck_assert_int_eq(mh_task_stop(self->task), MH_OK);
}

static void set_it(const scene *self)
{
    ck_assert_int_eq(mh_event_set(self->context.cancel), MH_OK);
}

static void set_it_in_task(const scene *self)
{
    mh_task *task = submit_within(self->pool, &setting, 3, self->context);
    ck_assert_int_eq(number_of(task), 3);
}

static void give_it_what_it_waits_for(const scene *self)
{
    if (self->what == MESSAGE || self->what == COPY)
        assert_sends(self->context.input, 1);
    else if (self->what == ROOM)
        ck_assert_int_eq(received(self->context.output), 7);
    else
        set_it(self);
}

static void end_its_channels(const scene *self)
{
    ck_assert_int_eq(mh_channel_end(self->context.input), MH_OK);
    ck_assert_int_eq(mh_channel_end(self->context.output), MH_OK);
    if (self->what == EVENT || self->what == STOP)
        set_it(self);
}

typedef struct cause {
    void (*happens)(const scene *);
    mh_status status[WAITS];
} cause;

// An event that is waited for is what one waited for, even if it also asks to stop.
static const cause causes[] = {
    {stop_it, {MH_STOPPED, MH_STOPPED, MH_STOPPED, MH_STOPPED, MH_OK}},
    {set_it, {MH_STOPPED, MH_STOPPED, MH_STOPPED, MH_OK, MH_OK}},
    {set_it_in_task, {MH_STOPPED, MH_STOPPED, MH_STOPPED, MH_OK, MH_OK}},
    {give_it_what_it_waits_for, {MH_OK, MH_OK, MH_OK, MH_OK, MH_OK}},
    {end_its_channels, {MH_END, MH_END, MH_CLOSED, MH_OK, MH_OK}},
};
enum { CAUSES = sizeof causes / sizeof *causes };

START_TEST(Y5_a_task_waits_for_a_message_and_for_being_stopped_at_once)
{
    mh_pool *pool = open_quiet(_i, 2);
    for (int round = 0; round < 4 * CAUSES * WAITS; round++) {
        const cause *cause = &causes[round / WAITS % CAUSES];
        scene self = {.pool = pool, .context = open_context(pool), .what = round % WAITS};
        self.task = submit_within(pool, &patient, self.what, self.context);
        await_waiters(1);
        cause->happens(&self);
        ck_assert_int_eq(number_of(self.task), cause->status[self.what]);
        close_context(self.context);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- deadlines ----------------------------------------------------------------------------------

static uint64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static mh_status wait_in_vain(mh_call *call, mh_bytes item)
{
    (void)item;
    for (int what = 0; what < WAITS; what++) {
        mh_deadline deadline = mh_in_ms(3);
        mh_status now = wait_for_one(call, what, MH_NOW);
        mh_status later = wait_for_one(call, what, deadline);
        if (now != MH_TIMEOUT || later != MH_TIMEOUT || nanoseconds_now() < deadline)
            return mh_fail(call, what, "%s, %s", mh_status_text(now), mh_status_text(later));
    }
    return mh_return(call, item.data, item.size);
}
static const mh_routine in_vain = {.name = "wait in vain", .run = wait_in_vain};

START_TEST(Y5_a_deadline_ends_each_wait_and_never_too_soon)
{
    mh_pool *pool = open_quiet(_i, 1);
    mh_context context = open_context(pool);
    ck_assert_int_eq(number_of(submit_within(pool, &in_vain, 3, context)), 3);
    close_context(context);
    mh_pool_close(pool);
}
END_TEST

// ---- the end of the pool, and of the worker -----------------------------------------------------

START_TEST(Y5_a_pool_that_is_closed_or_shut_down_stops_what_waits)
{
    for (int round = 0; round < 4 * WAITS; round++) {
        mh_pool *pool = open_quiet(_i, 1);
        mh_context context = open_context(pool);
        mh_task *task = submit_within(pool, &patient, round % WAITS, context);
        await_waiters(1);
        if (round >= 2 * WAITS && _i == THREADS)
            ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_KILL, true, MH_FOREVER), MH_OK);
        mh_pool_close(pool);
        ck_assert_int_eq(number_of(task), round % WAITS == STOP ? MH_OK : MH_STOPPED);
        close_context(context);
    }
}
END_TEST

START_TEST(Y5_a_task_is_killed_while_it_waits_and_others_have_what_it_waited_for)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int round = 0; round < 4 * WAITS; round++) {
        scene self = {.pool = pool, .context = open_context(pool), .what = round % WAITS};
        self.task = submit_within(pool, &patient, self.what, self.context);
        await_waiters(1);
        ck_assert_int_eq(mh_task_kill(self.task), MH_OK);
        assert_outcome(self.task, MH_CANCELLED);
        self.task = submit_within(pool, &patient, self.what, self.context);
        await_waiters(1);
        give_it_what_it_waits_for(&self);
        ck_assert_int_eq(number_of(self.task), MH_OK);
        close_context(self.context);
    }
    mh_pool_close(pool);
}
END_TEST

// What is sent after the stop is not received by the stopped task, but by the next.
START_TEST(Y5_a_task_that_was_stopped_while_it_slept_leaves_a_later_message_alone)
{
    mh_pool *pool = open_quiet(_i, 1);
    for (int64_t round = 0; round < 100; round++) {
        scene self = {.pool = pool, .context = open_context(pool), .what = round % 2};
        self.task = submit_within(pool, &patient, self.what, self.context);
        await_sleeper();
        (round % 4 < 2 ? stop_it : set_it)(&self);
        assert_sends(self.context.input, round);
        ck_assert_int_eq(number_of(self.task), MH_STOPPED);
        ck_assert_int_eq(received(self.context.input), round);
        close_context(self.context);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting inside a task");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, Y5_a_task_waits_for_a_message_and_for_being_stopped_at_once,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests, Y5_a_deadline_ends_each_wait_and_never_too_soon, 0, KINDS);
    tcase_add_loop_test(tests, Y5_a_pool_that_is_closed_or_shut_down_stops_what_waits,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests,
                        Y5_a_task_that_was_stopped_while_it_slept_leaves_a_later_message_alone,
                        WITH_WORKERS, KINDS);
    tcase_add_loop_test(tests,
                        Y5_a_task_is_killed_while_it_waits_and_others_have_what_it_waited_for,
                        WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
