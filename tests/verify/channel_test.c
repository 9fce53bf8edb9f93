// Channel, handing on a wake: of two who wait for a message, or for a place, one is woken; if
// it leaves without it, for it was stopped, or late, or had no room, the other must be woken.
// (Y6)
//
// The first to sleep is the first to be woken; so each round lets the one who will leave fall
// asleep first, and asks it to leave as it is woken. A wake that is kept never comes to the
// other, and Check ends the test.

#include <pthread.h>
#include <sched.h>

#include "platform/platform.h"
#include "support/story.h"
#include "worker/channel.h"

enum { ROUNDS = 1500, MILLISECOND = 1000 * 1000 };

static mh_pool *pool;
static mh_channel *channel;

// One who waits until it is told otherwise.
typedef struct waiter {
    pthread_t thread;
    bool sends;
    size_t room;
    size_t *size; // NULL: the message must have exactly `room` bytes
    mh_deadline deadline;
    mh_status status;
} waiter;

static void wait_in(waiter *self)
{
    static char bytes[2][64];
    char *own = bytes[self->size != NULL];
    self->status = self->sends ? mh_channel_send(channel, (mh_bytes){own, 8}, self->deadline)
                               : mh_channel_receive(channel, own, self->room, self->size,
                                                    self->deadline);
}

static void *wait_in_thread(void *argument)
{
    wait_in(argument);
    return NULL;
}

static mh_status wait_in_task(mh_call *call, mh_bytes item)
{
    (void)call;
    wait_in(*(waiter *const *)item.data);
    return MH_OK;
}
static const mh_routine waiting = {.name = "wait", .run = wait_in_task};

static void start_thread(waiter *one)
{
    ck_assert_int_eq(pthread_create(&one->thread, NULL, wait_in_thread, one), 0);
}

static mh_task *start_task(waiter *one)
{
    mh_task *task = NULL;
    ck_assert_int_eq(mh_submit(pool, &waiting, MH_BYTES_OF(one), NULL, &task), MH_OK);
    return task;
}

static void await_sleepers(bool sends, uint32_t count)
{
    mhi_mailbox_head *head = channel->mailbox.head;
    mhi_event *event = sends ? &head->emptied : &head->filled;
    while (atomic_load(&event->sleepers) < count)
        sched_yield();
}

static void send_one(void)
{
    uint64_t message = 7;
    ck_assert_int_eq(mh_channel_send(channel, MH_BYTES_OF(message), MH_NOW), MH_OK);
}

static void receive_one(void)
{
    uint64_t message;
    ck_assert_int_eq(mh_channel_receive(channel, &message, sizeof message, NULL, MH_NOW),
                     MH_OK);
}

// What both wait for: a message, or a place.
static void give_one(bool sends)
{
    if (sends)
        receive_one();
    else
        send_one();
}

static void open_all(void)
{
    pool = open_kind(THREADS, 1);
    ck_assert_int_eq(mh_channel_open(&channel, pool, 1), MH_OK);
    mh_log_limit(MH_LOG_OFF);
}

static void close_all(void)
{
    ck_assert_int_eq(mh_channel_close(channel), MH_OK);
    mh_pool_close(pool);
}

// ---- no room ------------------------------------------------------------------------------------

START_TEST(Y6_who_has_no_room_wakes_another)
{
    size_t sizes[2];
    waiter small = {.room = 1, .size = _i == 0 ? &sizes[0] : NULL, .deadline = MH_FOREVER};
    waiter other = {.room = 64, .size = &sizes[1], .deadline = MH_FOREVER};
    open_all();
    start_thread(&small);
    await_sleepers(false, 1);
    start_thread(&other);
    await_sleepers(false, 2);
    send_one();
    pthread_join(other.thread, NULL);
    ck_assert_int_eq(other.status, MH_OK);
    mh_channel_end(channel);
    pthread_join(small.thread, NULL);
    ck_assert(small.status == MH_TOO_LARGE || small.status == MH_END);
    close_all();
}
END_TEST

// ---- stopped, or late ---------------------------------------------------------------------------

// Both have waited; if the first has left without it, the other has it.
static void expect_other_has_it(const waiter *first, waiter *other, mh_status left)
{
    if (first->status == MH_OK)
        give_one(other->sends); // else there is one for it already
    pthread_join(other->thread, NULL);
    ck_assert_int_eq(other->status, MH_OK);
    ck_assert(first->status == MH_OK || first->status == left);
    if (other->sends)
        receive_one();
}

START_TEST(Y6_who_is_stopped_wakes_another)
{
    size_t size;
    int stopped = 0;
    open_all();
    for (int round = 0; round < ROUNDS; round++) {
        waiter first = {.sends = _i, .room = 8, .deadline = MH_FOREVER};
        waiter other = {.sends = _i, .room = 64, .size = &size, .deadline = MH_FOREVER};
        if (_i)
            send_one(); // it is full
        mh_task *task = start_task(&first);
        await_sleepers(_i, 1);
        start_thread(&other);
        await_sleepers(_i, 2);
        give_one(_i);
        mh_task_stop(task);
        ck_assert_int_eq(mh_task_wait(task, MH_FOREVER), MH_OK);
        stopped += first.status == MH_STOPPED;
        expect_other_has_it(&first, &other, MH_STOPPED);
        mh_task_drop(task);
    }
    ck_assert_int_gt(stopped, 0);
    close_all();
}
END_TEST

// The message comes just when the deadline does, as nearly as we can.
START_TEST(Y6_who_is_late_wakes_another)
{
    size_t size;
    open_all();
    for (int round = 0; round < ROUNDS / 3; round++) {
        waiter first = {.sends = _i, .room = 8, .deadline = mh_in_ms(1)};
        waiter other = {.sends = _i, .room = 64, .size = &size, .deadline = MH_FOREVER};
        if (_i)
            send_one();
        start_thread(&first);
        start_thread(&other);
        while (mh_in_ms(1) - MILLISECOND + (uint64_t)(round % 50) * 1000 < first.deadline)
            sched_yield();
        give_one(_i);
        pthread_join(first.thread, NULL);
        expect_other_has_it(&first, &other, MH_TIMEOUT);
    }
    close_all();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel, verified");
    TCase *tests = add_case(suite, "wakes", 60);
    tcase_add_loop_test(tests, Y6_who_has_no_room_wakes_another, 0, 2);
    tcase_add_loop_test(tests, Y6_who_is_stopped_wakes_another, 0, 2);
    tcase_add_loop_test(tests, Y6_who_is_late_wakes_another, 0, 2);
    return run_suite(suite);
}
