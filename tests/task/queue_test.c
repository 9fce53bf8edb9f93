// Queue: whatever was put, taken, taken out or put back, the next one is always the most
// urgent, and among equals the one that came first. (P3)

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stress/chance.h"
#include "task/queue.h"

static mhi_queue queue;

static void begin_empty(void)
{
    queue = (mhi_queue){.heap = NULL};
}

static void end_queue(void)
{
    mhi_fail_after(0);
    mhi_queue_fini(&queue);
}

static void put(mh_task *task)
{
    ck_assert_int_eq(mhi_queue_ensure(&queue, 0), MH_OK);
    mhi_queue_put(&queue, task);
}

static mh_task *take_first(void)
{
    mh_task *task = mhi_queue_first(&queue);
    if (task != NULL)
        mhi_queue_remove(&queue, task);
    return task;
}

static mh_task *new_task(mh_task *tasks, uint64_t order, int32_t priority)
{
    mh_task *task = &tasks[order];
    task->order = order;
    task->priority = priority;
    return task;
}

// Takes all there are, and expects these orders.
static void expect_orders(const uint64_t *orders, size_t count)
{
    ck_assert_uint_eq(queue.count, count);
    for (size_t i = 0; i < count; i++) {
        const mh_task *task = take_first();
        ck_assert_ptr_nonnull(task);
        ck_assert_uint_eq(task->order, orders[i]);
    }
    ck_assert_ptr_null(mhi_queue_first(&queue));
    ck_assert_uint_eq(queue.count, 0);
    ck_assert_uint_eq(queue.heads, 0);
}

#define EXPECT_ORDERS(...) \
    expect_orders((const uint64_t[]){__VA_ARGS__}, \
                  sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

// ---- the order of things ------------------------------------------------------------------------

START_TEST(equal_ones_are_served_in_the_order_they_came)
{
    static const int32_t priorities[] = {10, 5, 10, 5, 5, 20, 10, 10, 20, 5};
    static mh_task tasks[10];
    for (uint64_t i = 0; i < 10; i++)
        put(new_task(tasks, i, priorities[i]));
    EXPECT_ORDERS(1, 3, 4, 9, 0, 2, 6, 7, 5, 8);
}
END_TEST

START_TEST(the_furthest_priorities_are_in_order_too)
{
    static const int32_t priorities[] = {0, INT32_MAX, INT32_MIN, -1, 1, INT32_MIN, INT32_MAX};
    static mh_task tasks[7];
    for (uint64_t i = 0; i < 7; i++)
        put(new_task(tasks, i, priorities[i]));
    EXPECT_ORDERS(2, 5, 3, 0, 4, 1, 6);
}
END_TEST

static const int orders_of_return[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

START_TEST(what_comes_back_is_first_again)
{
    static mh_task tasks[6];
    for (uint64_t i = 0; i < 6; i++)
        put(new_task(tasks, i, 10));
    mh_task *taken[3];
    for (int i = 0; i < 3; i++)
        taken[i] = take_first();
    for (int i = 0; i < 3; i++)
        put(taken[orders_of_return[_i][i]]);
    EXPECT_ORDERS(0, 1, 2, 3, 4, 5);
}
END_TEST

// The one that came last is gone, and what stays is a run that goes on with whatever comes now.
START_TEST(a_run_goes_on_where_its_end_was_taken_out)
{
    static mh_task tasks[5];
    for (uint64_t i = 0; i < 4; i++)
        put(new_task(tasks, i, 10));
    mhi_queue_remove(&queue, &tasks[3]);
    mhi_queue_remove(&queue, &tasks[1]);
    put(new_task(tasks, 4, 10));
    ck_assert_uint_eq(queue.heads, 1);
    EXPECT_ORDERS(0, 2, 4);
}
END_TEST

// What was taken from the front and is not wanted yet, the last of it first.
START_TEST(what_comes_back_in_turn_makes_no_new_head)
{
    static mh_task tasks[100];
    mh_task *taken[60];
    for (uint64_t i = 0; i < 100; i++)
        put(new_task(tasks, i, 10));
    for (int i = 0; i < 60; i++)
        taken[i] = take_first();
    for (int i = 60; i-- > 0;) {
        put(taken[i]);
        ck_assert_uint_eq(queue.heads, 1);
    }
    for (uint64_t i = 0; i < 100; i++)
        ck_assert_ptr_eq(take_first(), &tasks[i]);
    ck_assert_ptr_null(mhi_queue_first(&queue));
}
END_TEST

START_TEST(a_million_of_one_priority_make_one_head)
{
    enum { MILLION = 1000000 };
    mh_task *tasks = calloc(MILLION, sizeof *tasks);
    ck_assert_ptr_nonnull(tasks);
    uint32_t most_heads = 0;
    uint64_t in_order = 0;
    mhi_fail_after(0);
    for (uint64_t i = 0; i < MILLION && mhi_queue_ensure(&queue, 0) == MH_OK; i++) {
        mhi_queue_put(&queue, new_task(tasks, i, 10));
        most_heads = queue.heads > most_heads ? queue.heads : most_heads;
    }
    ck_assert_uint_eq(queue.count, MILLION);
    ck_assert_uint_eq(most_heads, 1);
    ck_assert_uint_eq(mhi_demands(), 1); // the memory for it was asked for once
    for (const mh_task *task; (task = take_first()) != NULL && task->order == in_order;)
        in_order++;
    ck_assert_uint_eq(in_order, MILLION);
    ck_assert_uint_eq(queue.count, 0);
    free(tasks);
}
END_TEST

// ---- against a plain sorted array ---------------------------------------------------------------

enum { TASKS = 6000, STEPS = 6000 };

typedef struct crowd {
    mh_task *waiting[TASKS]; // sorted
    uint64_t count;
    mh_task *taken[TASKS]; // in any order
    uint64_t gone;
    uint64_t made;
    int32_t priority; // of those that are made now
    uint64_t seed;
} crowd;

static crowd others;
static mh_task all[TASKS];

static bool is_before(const mh_task *one, const mh_task *other)
{
    return one->priority != other->priority ? one->priority < other->priority
                                            : one->order < other->order;
}

static void put_both(mh_task *task)
{
    uint64_t at = others.count++;
    for (; at > 0 && is_before(task, others.waiting[at - 1]); at--)
        others.waiting[at] = others.waiting[at - 1];
    others.waiting[at] = task;
    put(task);
}

static mh_task *take_out_both(uint64_t at)
{
    mh_task *task = others.waiting[at];
    others.count--;
    memmove(&others.waiting[at], &others.waiting[at + 1],
            (others.count - at) * sizeof *others.waiting);
    mhi_queue_remove(&queue, task);
    return task;
}

static int32_t some_priority(void)
{
    static const int32_t priorities[] = {10, 10, 10, 10, 5, 7, 20, -3, INT32_MIN, INT32_MAX};
    return priorities[chance(&others.seed, sizeof priorities / sizeof *priorities)];
}

static void put_a_new_one(void)
{
    if (one_in(&others.seed, 6))
        others.priority = some_priority();
    uint64_t order = others.made++;
    put_both(new_task(all, order, others.priority));
}

static void put_back_one(void)
{
    uint64_t at = chance(&others.seed, others.gone);
    mh_task *task = others.taken[at];
    others.taken[at] = others.taken[--others.gone];
    put_both(task);
}

// Its order stays what it was.
static void change_a_priority(void)
{
    mh_task *task = take_out_both(chance(&others.seed, others.count));
    task->priority = some_priority();
    put_both(task);
}

// In some stretches the crowd grows, in others it gets smaller.
static void do_one_thing(int step)
{
    uint64_t thing = chance(&others.seed, 10), grows = step / 500 % 2 == 0 ? 5 : 2;
    if (thing < grows || others.count == 0)
        put_a_new_one();
    else if (thing == 5)
        change_a_priority();
    else if (thing == 6)
        others.taken[others.gone++] = take_out_both(chance(&others.seed, others.count));
    else if (thing == 7 && others.gone > 0)
        put_back_one();
    else
        others.taken[others.gone++] = take_out_both(0);
}

// The tasks of the run at `at`, 0 if something is wrong with it.
static uint64_t length_of_run(uint32_t at)
{
    const mhi_head *head = &queue.heap[at];
    const mh_task *task = head->task;
    if (task->at != at || task->prev != NULL || head->order != task->order ||
        head->priority != task->priority)
        return 0;
    uint64_t length = 1;
    for (; task->next != NULL; task = task->next, length++)
        if (task->next->prev != task || task->next->at != MHI_NO_PLACE ||
            !is_before(task, task->next))
            return 0;
    return length;
}

static bool is_sound(void)
{
    uint64_t tasks = 0;
    for (uint32_t at = 0; at < queue.heads; at++) {
        uint64_t length = length_of_run(at);
        tasks += length;
        if (length == 0 ||
            (at > 0 && is_before(queue.heap[at].task, queue.heap[(at - 1) / 2].task)))
            return false;
    }
    return tasks == queue.count && queue.heads <= queue.room &&
           (queue.last == NULL || queue.last->next == NULL);
}

START_TEST(it_is_never_other_than_a_sorted_array)
{
    others = (crowd){.seed = (uint64_t)_i, .priority = 10};
    for (int step = 0; step < STEPS; step++) {
        do_one_thing(step);
        const mh_task *first = others.count == 0 ? NULL : others.waiting[0];
        if (mhi_queue_first(&queue) != first || queue.count != others.count || !is_sound())
            ck_abort_msg("seed %d: it is wrong after step %d", _i, step);
    }
    ck_assert_uint_gt(others.made, STEPS / 10);
    while (others.count > 0) {
        const mh_task *first = others.waiting[0];
        ck_assert_ptr_eq(mhi_queue_first(&queue), first);
        take_out_both(0);
    }
    ck_assert_ptr_null(mhi_queue_first(&queue));
}
END_TEST

// ---- room ---------------------------------------------------------------------------------------

enum { SPARE = 1000 };

START_TEST(with_room_enough_no_put_asks_for_memory)
{
    put(new_task(all, 0, 1));
    ck_assert_int_eq(mhi_queue_ensure(&queue, SPARE), MH_OK);
    mhi_fail_after(1);
    for (uint64_t i = 1; i <= SPARE + 1; i++) {
        mhi_queue_put(&queue, new_task(all, i, i % 2 == 0 ? 1 : 2)); // each is a head
        ck_assert_uint_eq(queue.heads, i + 1);
        ck_assert_uint_le(queue.heads, queue.room);
    }
    ck_assert_uint_eq(mhi_demands(), 0);
}
END_TEST

START_TEST(room_that_is_there_is_not_asked_for_again)
{
    ck_assert_int_eq(mhi_queue_ensure(&queue, SPARE), MH_OK);
    mhi_fail_after(1);
    for (uint64_t spare = 0; spare <= SPARE; spare++)
        ck_assert_int_eq(mhi_queue_ensure(&queue, spare), MH_OK);
    ck_assert_uint_eq(mhi_demands(), 0);
}
END_TEST

// Each time it has to grow there is no memory at first, and then there is.
START_TEST(without_memory_all_that_waits_stays)
{
    uint32_t refusals = 0;
    uint64_t orders[SPARE];
    for (uint64_t i = 0; i < SPARE; i++) {
        mhi_fail_after(1);
        mh_status status = mhi_queue_ensure(&queue, 0);
        refusals += status == MH_NO_MEMORY;
        ck_assert(status == MH_OK || status == MH_NO_MEMORY);
        ck_assert_int_eq(status == MH_OK, mhi_demands() == 0);
        ck_assert_uint_eq(queue.count, i);
        ck_assert(is_sound());
        put(new_task(all, i, i % 2 == 0 ? 2 : 1));
        orders[i] = i < SPARE / 2 ? 2 * i + 1 : 2 * (i - SPARE / 2);
    }
    ck_assert_uint_ge(refusals, 2);
    expect_orders(orders, SPARE);
}
END_TEST

static const uint64_t far_too_many[] = {UINT32_MAX,         UINT64_MAX / 4, UINT64_MAX / 2,
                                        UINT64_MAX / 2 + 1, UINT64_MAX - 1, UINT64_MAX};

START_TEST(room_for_more_than_there_can_be_is_refused)
{
    ck_assert_int_eq(mhi_queue_ensure(&queue, far_too_many[_i]), MH_NO_MEMORY);
    put(new_task(all, 0, 1));
    put(new_task(all, 1, 2));
    uint32_t room = queue.room;
    ck_assert_int_eq(mhi_queue_ensure(&queue, far_too_many[_i]), MH_NO_MEMORY);
    ck_assert_uint_eq(queue.room, room);
    EXPECT_ORDERS(0, 1);
}
END_TEST

START_TEST(what_was_freed_can_be_used_anew)
{
    mhi_queue_fini(&queue); // nothing was ever put
    put(new_task(all, 0, 1));
    put(new_task(all, 1, 1));
    mhi_queue_fini(&queue);
    ck_assert_ptr_null(mhi_queue_first(&queue));
    ck_assert_uint_eq(queue.count, 0);
    put(new_task(all, 2, 1));
    EXPECT_ORDERS(2);
}
END_TEST

static TCase *order_of_things(void)
{
    TCase *order = tcase_create("order");
    tcase_add_checked_fixture(order, begin_empty, end_queue);
    tcase_set_timeout(order, 60);
    tcase_add_test(order, equal_ones_are_served_in_the_order_they_came);
    tcase_add_test(order, the_furthest_priorities_are_in_order_too);
    tcase_add_loop_test(order, what_comes_back_is_first_again, 0,
                        sizeof orders_of_return / sizeof *orders_of_return);
    tcase_add_test(order, a_run_goes_on_where_its_end_was_taken_out);
    tcase_add_test(order, what_comes_back_in_turn_makes_no_new_head);
    tcase_add_test(order, a_million_of_one_priority_make_one_head);
    tcase_add_loop_test(order, it_is_never_other_than_a_sorted_array, 1, 21);
    return order;
}

static TCase *room_for_heads(void)
{
    TCase *room = tcase_create("room");
    tcase_add_checked_fixture(room, begin_empty, end_queue);
    tcase_add_test(room, with_room_enough_no_put_asks_for_memory);
    tcase_add_test(room, room_that_is_there_is_not_asked_for_again);
    tcase_add_test(room, without_memory_all_that_waits_stays);
    tcase_add_loop_test(room, room_for_more_than_there_can_be_is_refused, 0,
                        sizeof far_too_many / sizeof *far_too_many);
    tcase_add_test(room, what_was_freed_can_be_used_anew);
    return room;
}

int main(void)
{
    Suite *suite = suite_create("queue");
    suite_add_tcase(suite, order_of_things());
    suite_add_tcase(suite, room_for_heads());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
