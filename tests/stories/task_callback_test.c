// Inside the callback of a task: one may submit, cancel, drop, hold and wait for tasks, but not
// wait for the pool or close it; and a task that keeps nothing gives its result there only.
#include "told.h"

static mh_status give_up(mh_call *call, mh_bytes item)
{
    (void)item;
    return mh_fail(call, 17, "it cannot be done");
}
static const mh_routine failing = {.name = "give up", .run = give_up};

// ---- submitting ---------------------------------------------------------------------------------

enum { LINKS = 300 };

typedef struct chain {
    mh_pool *pool;
    int64_t sum;
    int links;
    bool drops; // else it forgets them
} chain;

// Each link submits the next one.
static void submit_next(void *context, mh_task *task, const mh_result *result)
{
    chain *self = context;
    mh_task *next = NULL;
    (void)task;
    enter_callback();
    self->sum += mh_result_as(int64_t, *result);
    self->links++;
    mh_task_options options = {.on_end = submit_next, .context = self};
    if (self->links < LINKS)
        ck_assert_int_eq(submit_noted(self->pool, &counting, self->links, options,
                                      self->drops ? &next : NULL),
                         MH_OK);
    mh_task_drop(next);
    leave_callback();
}

START_TEST(P10_a_callback_may_submit_the_next_task)
{
    for (int drops = 0; drops < 2; drops++) {
        chain links = {.pool = open_noted(_i, 2), .drops = drops == 1};
        mh_task_options options = {.on_end = submit_next, .context = &links};
        ck_assert_int_eq(submit_noted(links.pool, &counting, 0, options, NULL), MH_OK);
        wait_for_all(links.pool); // the whole chain belongs to all
        ck_assert_int_eq(links.links, LINKS);
        ck_assert_int_eq(links.sum, LINKS * (LINKS - 1) / 2);
        ck_assert_int_eq(counted(RUNS), LINKS);
        mh_pool_close(links.pool);
    }
}
END_TEST

// ---- other calls --------------------------------------------------------------------------------

typedef struct errand {
    mh_pool *pool;
    int64_t value;
    mh_status waited_for_pool;
    int times;
} errand;

// While the one worker is busy a task is queued, for certain; a serial pool runs nothing by
// itself.
static void cancel_one(mh_pool *pool)
{
    bool has_workers = mh_pool_kind(pool) != MH_SERIAL;
    mh_task *busy = has_workers ? keep_one_busy(pool) : NULL;
    mh_task *unwanted = submit(pool, &counting, 5);
    ck_assert_int_eq(mh_task_cancel(unwanted), MH_OK);
    assert_was_cancelled(unwanted);
    mh_task_drop(unwanted);
    open_gate(GO_ON, has_workers ? 1 : 0);
    mh_task_drop(busy);
}

static void do_errands(void *context, mh_task *task, const mh_result *result)
{
    errand *self = context;
    mh_task *other = NULL;
    enter_callback();
    cancel_one(self->pool);
    ck_assert_int_eq(submit_noted(self->pool, &counting, mh_result_as(int64_t, *result) + 1,
                                  (mh_task_options){0}, &other),
                     MH_OK);
    mh_result other_result = result_of(other);
    self->value = mh_result_as(int64_t, other_result);
    mh_task_drop(other);
    mh_task_drop(task);                                   // the program's handle
    ck_assert_int_eq(mh_result_as(int64_t, *result), 41); // this is still there
    self->waited_for_pool = mh_pool_wait(self->pool, false, MH_FOREVER);
    mh_pool_close(self->pool);
    self->times++;
    leave_callback();
}

START_TEST(P10_a_callback_may_cancel_drop_and_wait_but_not_for_the_pool)
{
    errand errands = {.pool = open_noted(_i, 1)};
    mh_task_options options = {.on_end = do_errands, .context = &errands};
    mh_task *task;
    ck_assert_int_eq(submit_noted(errands.pool, &counting, 41, options, &task), MH_OK);
    wait_for_all(errands.pool);
    ck_assert_int_eq(errands.times, 1);
    ck_assert_int_eq(errands.value, 42);
    ck_assert_int_eq(errands.waited_for_pool, MH_DEADLOCK);
    forget(errands.pool, &counting, 1); // it was not closed
    wait_for_all(errands.pool);
    mh_pool_close(errands.pool);
}
END_TEST

static void hold_it(void *context, mh_task *task, const mh_result *result)
{
    (void)result;
    enter_callback();
    *(mh_task **)context = mh_task_hold(task);
    leave_callback();
}

START_TEST(P10_a_callback_may_hold_a_task_that_everybody_else_forgot)
{
    mh_pool *pool = open_noted(_i, 1);
    mh_task *held = NULL;
    mh_task_options options = {.on_end = hold_it, .context = &held};
    ck_assert_int_eq(submit_noted(pool, &counting, 64, options, NULL), MH_OK);
    wait_for_all(pool);
    for (int64_t i = 0; i < 100; i++)
        forget(pool, &counting, i);
    wait_for_all(pool);
    assert_gives(held, 64);
    mh_pool_close(pool);
    assert_gives_and_drop(held, 64);
}
END_TEST

// ---- keeping nothing ----------------------------------------------------------------------------

enum { LARGE = 200000 };

static mh_status give_much(mh_call *call, mh_bytes item)
{
    (void)item;
    void *room;
    mh_status status = mh_reserve(call, LARGE, &room);
    if (status == MH_OK)
        memset(room, 'x', LARGE);
    return status;
}
static const mh_routine generous = {.name = "give much", .run = give_much};

static mh_status fail_second(mh_call *call, mh_bytes item)
{
    if (*(const int64_t *)item.data == 2)
        return mh_fail(call, 2, "the second");
    return mh_return(call, item.data, item.size);
}
static const mh_routine second_fails = {.name = "fail the second", .run = fail_second};

static void assert_kept_nothing(mh_task *task, mh_outcome outcome)
{
    mh_result result = result_of(task);
    ck_assert_int_eq(result.outcome, outcome);
    ck_assert_ptr_null(result.data);
    ck_assert_str_eq(result.message, "");
    ck_assert_int_ge(result.worker, 0);
    mh_task_drop(task);
}

START_TEST(P10_a_task_may_keep_nothing_of_its_result)
{
    mh_pool *pool = open_noted(_i, 2);
    told done = {0}, failed = {0};
    mh_task *tasks[2];
    mh_task_options options = {.on_end = remember, .context = &done, .keep_nothing = true};
    ck_assert_int_eq(submit_noted(pool, &generous, 1, options, &tasks[0]), MH_OK);
    options.context = &failed;
    ck_assert_int_eq(submit_noted(pool, &failing, 1, options, &tasks[1]), MH_OK);
    wait_for_all(pool);
    ck_assert_int_eq(done.times, 1);
    ck_assert_uint_eq(done.bytes_seen, LARGE);
    ck_assert_int_eq(failed.times, 1);
    ck_assert_str_eq(failed.message, "it cannot be done");
    assert_kept_nothing(tasks[0], MH_DONE);
    assert_kept_nothing(tasks[1], MH_FAILED);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P10_a_task_that_keeps_nothing_and_never_ran_has_its_input)
{
    mh_pool *pool = open_noted(SERIAL, 1);
    told told = {0};
    mh_task *task;
    mh_task_options options = {.on_end = remember, .context = &told, .keep_nothing = true};
    ck_assert_int_eq(submit_noted(pool, &generous, 7, options, &task), MH_OK);
    ck_assert_int_eq(mh_task_cancel(task), MH_OK);
    wait_for_all(pool);
    ck_assert_int_eq(told.times, 1);
    mh_bytes input = mh_task_input(task);
    ck_assert_uint_eq(input.size, sizeof(int64_t));
    ck_assert_int_eq(*(const int64_t *)input.data, 7);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P10_of_a_task_that_keeps_nothing_each_part_is_told_how_it_ended)
{
    enum { PARTS = 3 };
    const int64_t numbers[PARTS] = {1, 2, 3};
    mh_pool *pool = open_noted(_i, 1);
    mh_task *task;
    mh_result part;
    const mh_task_options options = {.keep_nothing = true};
    ck_assert_int_eq(mh_submit_each(pool, &second_fails, numbers, PARTS, sizeof *numbers, PARTS,
                                    &options, &task, NULL),
                     MH_OK);
    ck_assert_int_eq(result_of(task).outcome, MH_FAILED);
    for (size_t p = 0; p < PARTS; p++) {
        ck_assert_int_eq(mh_task_part(task, p, &part), MH_OK);
        ck_assert_int_eq(part.outcome, p == 1 ? MH_FAILED : MH_DONE);
        ck_assert_uint_eq(part.index, mh_task_id(task) + p);
        ck_assert_ptr_null(part.data);
    }
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("callbacks of tasks");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, P10_a_callback_may_submit_the_next_task, 0, KINDS);
    tcase_add_loop_test(tests, P10_a_callback_may_cancel_drop_and_wait_but_not_for_the_pool, 0,
                        KINDS);
    tcase_add_loop_test(tests, P10_a_callback_may_hold_a_task_that_everybody_else_forgot, 0,
                        KINDS);
    tcase_add_loop_test(tests, P10_a_task_may_keep_nothing_of_its_result, 0, KINDS);
    tcase_add_test(tests, P10_a_task_that_keeps_nothing_and_never_ran_has_its_input);
    tcase_add_loop_test(tests, P10_of_a_task_that_keeps_nothing_each_part_is_told_how_it_ended,
                        0, KINDS);
    return run_suite(suite);
}
