// Tasks inside tasks: a task submits to its own pool and waits, on one worker as on many, to
// any depth; and while it waits, nothing runs in its middle but what it waits for.
#include "support/heard.h"
#include "task_story.h"

static mh_pool *pool_here; // the one pool that tasks of a test submit to

enum { SETTINGS = 4 };

// 0: serial; else so many threads.
static void open_here(int setting)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    pool_here = open_kind(setting == 0 ? SERIAL : THREADS, setting);
}

// ---- depth --------------------------------------------------------------------------------------

static mh_status sum_up(mh_call *call, mh_bytes item);
static const mh_routine summing = {.name = "sum up", .run = sum_up};

// The numbers down to 0, each by a task of its own.
static mh_status sum_up(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    count_up(RUNS);
    if (number > 0) {
        mh_task *next = submit(pool_here, &summing, number - 1);
        mh_result result = result_of(next);
        number += mh_result_as(int64_t, result);
        mh_task_drop(next);
    }
    return mh_return(call, &number, sizeof number);
}

START_TEST(N6_tasks_may_nest_a_thousand_deep)
{
    enum { DEPTH = 1000 };
    open_here(_i);
    for (int round = 1; round <= 2; round++) {
        assert_gives_and_drop(submit(pool_here, &summing, DEPTH), DEPTH * (DEPTH + 1) / 2);
        ck_assert_int_eq(counted(RUNS), round * (DEPTH + 1));
    }
    mh_pool_close(pool_here);
}
END_TEST

static mh_status branch(mh_call *call, mh_bytes item);
static const mh_routine branching = {.name = "branch", .run = branch};

// The numbers of Fibonacci, in the most wasteful way.
static mh_status branch(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    if (number > 1) {
        mh_task *one = submit(pool_here, &branching, number - 1);
        mh_task *other = submit(pool_here, &branching, number - 2);
        mh_result first = result_of(one), second = result_of(other);
        number = mh_result_as(int64_t, first) + mh_result_as(int64_t, second);
        mh_task_drop(one);
        mh_task_drop(other);
    }
    return mh_return(call, &number, sizeof number);
}

START_TEST(N6_tasks_may_branch)
{
    open_here(_i);
    mh_task *tasks[5];
    for (int i = 0; i < 5; i++)
        tasks[i] = submit(pool_here, &branching, 10);
    for (int i = 0; i < 5; i++)
        assert_gives_and_drop(tasks[i], 55);
    mh_pool_close(pool_here);
}
END_TEST

// ---- ways to wait -------------------------------------------------------------------------------

static int64_t wait_one_by_one(mh_task **tasks, size_t count)
{
    int64_t sum = 0;
    while (count > 0) {
        mh_result result = result_of(tasks[--count]);
        sum += mh_result_as(int64_t, result);
    }
    return sum;
}

static int64_t wait_for_count(mh_task **tasks, size_t count)
{
    size_t which = count;
    ck_assert_int_eq(mh_task_wait_count(tasks, count, 1, &which, MH_FOREVER), MH_OK);
    ck_assert_int_eq(mh_task_state_of(tasks[which]), MH_TASK_ENDED);
    ck_assert_int_eq(mh_task_wait_count(tasks, count, count, NULL, MH_FOREVER), MH_OK);
    return wait_one_by_one(tasks, count);
}

static int64_t wait_for_completions(mh_task **tasks, size_t count)
{
    mh_completions *ended;
    mh_task *task;
    int64_t sum = 0;
    ck_assert_int_eq(mh_completions_open(&ended, tasks, count), MH_OK);
    while (mh_completions_next(ended, &task, MH_FOREVER) == MH_OK) {
        mh_result result = result_of(task);
        sum += mh_result_as(int64_t, result);
    }
    ck_assert_uint_eq(mh_completions_left(ended), 0);
    mh_completions_close(ended);
    return sum;
}

typedef int64_t way_to_wait(mh_task **tasks, size_t count);
static way_to_wait *const ways[] = {wait_one_by_one, wait_for_count, wait_for_completions};
enum { WAYS = sizeof ways / sizeof *ways };

// ---- nothing else in the middle -----------------------------------------------------------------

enum { INNER_ONES = 4, UNRELATED_ONES = 6 };
enum { UNRELATED = 1, IN_THE_MIDDLE = 2 }; // places on the stage

static _Thread_local int depth;        // of routines on this thread
static _Thread_local uint64_t current; // the outer task on it

typedef struct child {
    int64_t number;
    uint64_t parent;
} child;

static mh_status run_inner(mh_call *call, mh_bytes item)
{
    const child *self = item.data;
    depth++;
    if (depth > 2 || (depth == 2 && self->parent != current))
        count_up(IN_THE_MIDDLE);
    count_up(RUNS);
    depth--;
    return mh_return(call, &self->number, sizeof self->number);
}
static const mh_routine inner = {.name = "inner", .run = run_inner};

static mh_status run_unrelated(mh_call *call, mh_bytes item)
{
    if (++depth > 1)
        count_up(IN_THE_MIDDLE);
    count_up(UNRELATED);
    depth--;
    return mh_return(call, item.data, item.size);
}
static const mh_routine unrelated = {.name = "unrelated", .run = run_unrelated};

// What it does not wait for was there before, and is more urgent.
static void submit_both(mh_task **tasks)
{
    for (int64_t i = 0; i < UNRELATED_ONES; i++)
        mh_task_drop(submit_with(pool_here, &unrelated, MH_BYTES_OF(i),
                                 (mh_task_options){.priority = -100}));
    for (int i = 0; i < INNER_ONES; i++) {
        child own = {.number = i, .parent = current};
        tasks[i] = submit_with(pool_here, &inner, MH_BYTES_OF(own),
                               (mh_task_options){.priority = 100});
    }
}

static mh_status run_outer(mh_call *call, mh_bytes item)
{
    mh_task *tasks[INNER_ONES];
    if (++depth > 1)
        count_up(IN_THE_MIDDLE);
    current = mh_index(call);
    submit_both(tasks);
    int64_t sum = ways[*(const int64_t *)item.data](tasks, INNER_ONES);
    for (int i = 0; i < INNER_ONES; i++)
        mh_task_drop(tasks[i]);
    depth--;
    return mh_return(call, &sum, sizeof sum);
}
static const mh_routine outer = {.name = "outer", .run = run_outer};

START_TEST(N6_no_unrelated_task_runs_in_the_middle_of_one_that_waits)
{
    enum { OUTER_ONES = 10 };
    mh_task *tasks[OUTER_ONES];
    open_here(_i / WAYS);
    for (int i = 0; i < OUTER_ONES; i++)
        tasks[i] = submit(pool_here, &outer, _i % WAYS);
    for (int i = 0; i < OUTER_ONES; i++)
        assert_gives_and_drop(tasks[i], INNER_ONES * (INNER_ONES - 1) / 2);
    wait_for_all(pool_here);
    ck_assert_int_eq(counted(UNRELATED), OUTER_ONES * UNRELATED_ONES);
    ck_assert_int_eq(counted(RUNS), OUTER_ONES * INNER_ONES);
    ck_assert_int_eq(counted(IN_THE_MIDDLE), 0);
    mh_pool_close(pool_here);
}
END_TEST

// ---- children of all kinds ----------------------------------------------------------------------

enum { LARGE = 300000 };

// Large for an odd number; an even one fails.
static mh_status give_much(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    void *room;
    if (number % 2 == 0)
        return mh_fail(call, (int)number, "%d is even", (int)number);
    mh_status status = mh_reserve(call, LARGE, &room);
    if (status == MH_OK)
        memset(room, (int)number, LARGE);
    return status;
}
static const mh_routine generous = {.name = "give much", .run = give_much};

static void assert_much_or_failed(const mh_result *result, int number)
{
    char words[32];
    snprintf(words, sizeof words, "%d is even", number);
    ck_assert_int_eq(result->outcome, number % 2 == 0 ? MH_FAILED : MH_DONE);
    ck_assert_int_eq(result->code, number % 2 == 0 ? number : 0);
    ck_assert_str_eq(result->message, number % 2 == 0 ? words : "");
    ck_assert_uint_eq(result->size, number % 2 == 0 ? 0 : LARGE);
    for (size_t i = 0; i < result->size; i++)
        if (((const unsigned char *)result->data)[i] != number)
            ck_abort_msg("byte %zu of child %d is wrong", i, number);
}

// Its children: one for each number, and one for all of them.
static mh_status have_children(mh_call *call, mh_bytes item)
{
    static const int64_t numbers[] = {1, 2, 3, 4, 5};
    mh_task *alone[5], *together;
    ck_assert_int_eq(mh_submit_each(pool_here, &generous, numbers, 5, 8, 1, NULL, alone, NULL),
                     MH_OK);
    ck_assert_int_eq(
        mh_submit_each(pool_here, &generous, numbers, 5, 8, 5, NULL, &together, NULL), MH_OK);
    ck_assert_int_eq(mh_task_wait(together, MH_FOREVER), MH_OK);
    for (int i = 0; i < 5; i++) {
        mh_result result = result_of(alone[i]), part;
        assert_much_or_failed(&result, i + 1);
        ck_assert_int_eq(mh_task_part(together, (size_t)i, &part), MH_OK);
        assert_much_or_failed(&part, i + 1);
        mh_task_drop(alone[i]);
    }
    mh_task_drop(together);
    return mh_return(call, item.data, item.size);
}
static const mh_routine parent = {.name = "have children", .run = have_children};

START_TEST(N6_children_give_large_results_fail_in_words_and_have_many_inputs)
{
    open_here(_i);
    mh_task *tasks[4];
    for (int i = 0; i < 4; i++)
        tasks[i] = submit(pool_here, &parent, i);
    for (int i = 0; i < 4; i++)
        assert_gives_and_drop(tasks[i], i);
    mh_pool_close(pool_here);
}
END_TEST

// The child never ran, and its parent goes on.
static mh_status cancel_child(mh_call *call, mh_bytes item)
{
    mh_task *task = submit(pool_here, &counting, 5);
    ck_assert_int_eq(mh_task_cancel(task), MH_OK);
    assert_was_cancelled(task);
    mh_task_drop(task);
    return mh_return(call, item.data, item.size);
}
static const mh_routine unwilling = {.name = "cancel child", .run = cancel_child};

START_TEST(N6_a_task_may_cancel_what_it_has_submitted)
{
    open_here(_i); // no other worker can have begun it
    assert_gives_and_drop(submit(pool_here, &unwilling, 7), 7);
    ck_assert_int_eq(counted(RUNS), 0);
    mh_pool_close(pool_here);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tasks inside tasks");
    TCase *tests = add_case(suite, "serial and threads", 20);
    tcase_add_loop_test(tests, N6_tasks_may_nest_a_thousand_deep, 0, SETTINGS);
    tcase_add_loop_test(tests, N6_tasks_may_branch, 0, SETTINGS);
    tcase_add_loop_test(tests, N6_no_unrelated_task_runs_in_the_middle_of_one_that_waits, 0,
                        SETTINGS * WAYS);
    tcase_add_loop_test(
        tests, N6_children_give_large_results_fail_in_words_and_have_many_inputs, 0, SETTINGS);
    tcase_add_loop_test(tests, N6_a_task_may_cancel_what_it_has_submitted, 0, 2);
    return run_suite(suite);
}
