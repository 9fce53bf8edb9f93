// The n-th demand fails, with tasks: each allocation, thread, process or piece of shared memory
// in turn, until the whole tale works. A call says so and has done nothing, or the task it made
// ends, once; and nothing is left behind.
#include "base/memory.h"
#include "support/heard.h"
#include "support/submitted.h"
#include "support/traces.h"

enum { TASKS = 8, MOST = 600, ENOUGH = 5 };

static struct tale {
    int kind;
    bool all_well; // nothing failed
    int accepted;  // tasks that are to be told of
} tale;

static _Atomic int told;

static void count_end(void *context, mh_task *task, const mh_result *result)
{
    (void)task;
    (void)result;
    atomic_fetch_add((_Atomic int *)context, 1);
}

static const mh_task_options telling = {.on_end = count_end, .context = &told};

// A refusal is for want of something, says so, and there is a reason for it.
static bool is_accepted(mh_status status)
{
    if (status == MH_OK)
        return true;
    ck_assert_msg(status == MH_NO_MEMORY || status == MH_SYSTEM, "%s", mh_status_text(status));
    ck_assert_msg(lines_heard() > 0, "no reason was given");
    tale.all_well = false;
    return false;
}

static mh_pool *try_open(const mh_pool_options *options)
{
    mh_pool *pool = NULL;
    bool is_open = is_accepted(mh_pool_open(&pool, options));
    ck_assert(is_open == (pool != NULL));
    return pool;
}

static mh_pool *try_open_kind(int workers)
{
    mh_pool_options options = options_of(tale.kind, workers);
    return try_open(&options);
}

static mh_task *try_submit_with(mh_pool *pool, int64_t number, const mh_task_options *options)
{
    mh_task *task = NULL;
    bool is_there = is_accepted(mh_submit(pool, &echo, MH_BYTES_OF(number), options, &task));
    ck_assert(is_there == (task != NULL));
    tale.accepted += is_there && options != NULL && options->on_end != NULL;
    return task;
}

// An accepted task ends, with the right number or with a reason.
static void end_task(mh_task *task, int64_t number)
{
    if (task == NULL)
        return;
    mh_result result = wait_for(task);
    if (result.outcome == MH_DONE) {
        ck_assert_int_eq(mh_result_as(int64_t, result), number);
    } else {
        ck_assert(result.outcome == MH_FAILED || result.outcome == MH_CANCELLED);
        ck_assert_str_ne(result.message, "");
        tale.all_well = false;
    }
    mh_task_drop(task);
}

static void submit_and_end(mh_pool *pool, const mh_task_options *options)
{
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = try_submit_with(pool, i, options);
    for (int i = 0; i < TASKS; i++)
        end_task(tasks[i], i);
}

static void close_and_count(mh_pool *pool)
{
    ck_assert_int_eq(mh_pool_wait(pool, true, MH_FOREVER), MH_OK);
    ck_assert_int_eq(told, tale.accepted);
    mh_pool_close(pool);
    ck_assert_int_eq(told, tale.accepted);
}

// ---- the tales ----------------------------------------------------------------------------------

static void submit_tasks(void)
{
    mh_pool *pool = try_open_kind(2);
    if (pool == NULL)
        return;
    submit_and_end(pool, &telling);
    for (int64_t i = 0; i < TASKS; i++)
        tale.accepted += is_accepted(mh_submit(pool, &echo, MH_BYTES_OF(i), &telling, NULL));
    close_and_count(pool);
}

static mh_status copy(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size);
}
static const mh_routine copying = {.name = "copy", .run = copy};

static void submit_large_ones(void)
{
    enum { SIZE = 100000 };
    mh_pool *pool = try_open_kind(1);
    if (pool == NULL)
        return;
    mh_bytes large = {.data = calloc(1, SIZE), .size = SIZE};
    for (int i = 0; i < 3; i++) {
        mh_task *task = NULL;
        if (is_accepted(mh_submit(pool, &copying, large, &telling, &task))) {
            tale.accepted++;
            mh_result result = wait_for(task);
            tale.all_well &= result.outcome == MH_DONE;
            ck_assert(result.outcome != MH_DONE || result.size == SIZE);
            mh_task_drop(task);
        }
    }
    close_and_count(pool);
    free((void *)large.data);
}

static void submit_each(void)
{
    int64_t numbers[TASKS] = {0, 1, 2, 3, 4, 5, 6, 7};
    mh_task *tasks[TASKS] = {NULL};
    mh_pool *pool = try_open_kind(2);
    if (pool == NULL)
        return;
    size_t made = 0;
    bool is_whole = is_accepted(
        mh_submit_each(pool, &echo, numbers, TASKS, 8, 2, &telling, tasks, &made));
    ck_assert_uint_eq(made, is_whole ? TASKS / 2 : 0); // all or nothing
    ck_assert_uint_eq(facts_of(pool).submitted, made);
    tale.accepted += (int)made;
    for (size_t i = 0; i < made; i++)
        end_task(tasks[i], (int64_t)(2 * i));
    close_and_count(pool);
}

static void go_through_completions(void)
{
    mh_pool *pool = try_open_kind(2);
    mh_completions *ended = NULL;
    if (pool == NULL)
        return;
    mh_task *tasks[TASKS], *next;
    size_t wanted = 0;
    if (is_accepted(mh_completions_open(&ended, NULL, 0))) {
        for (int i = 0; i < TASKS; i++) {
            tasks[i] = try_submit_with(pool, i, &telling);
            wanted += tasks[i] != NULL && is_accepted(mh_completions_add(ended, tasks[i]));
        }
        ck_assert_uint_eq(mh_completions_left(ended), wanted);
        for (; wanted > 0; wanted--)
            ck_assert_int_eq(mh_completions_next(ended, &next, MH_FOREVER), MH_OK);
        ck_assert_int_eq(mh_completions_next(ended, &next, MH_FOREVER), MH_END);
        mh_completions_close(ended);
        for (int i = 0; i < TASKS; i++)
            end_task(tasks[i], i);
    }
    close_and_count(pool);
}

static void call_function(mh_home home)
{
    mh_function function = MH_FUNCTION(&echo, .kind = story_kinds[tale.kind].kind, .home = home,
                                       .task = telling);
    if (home == MH_HOME_NAMED)
        function.options.pool_name = "named";
    mh_task *tasks[TASKS] = {NULL};
    for (int64_t i = 0; i < TASKS; i++) {
        bool is_called = is_accepted(mh_function_call(&function, MH_BYTES_OF(i), &tasks[i]));
        ck_assert(is_called == (tasks[i] != NULL));
        tale.accepted += is_called;
    }
    for (int i = 0; i < TASKS; i++)
        end_task(tasks[i], i);
    ck_assert_int_eq(mh_function_close(&function, MH_FOREVER), MH_OK);
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0);
    ck_assert_int_eq(told, tale.accepted);
}

static void call_own(void)
{
    call_function(MH_HOME_OWN);
}

static void call_standing(void)
{
    call_function(MH_HOME_STANDING);
}

static void call_named(void)
{
    call_function(MH_HOME_NAMED);
}

static void take_permits(void)
{
    mh_limiter *limiter = NULL;
    mh_pool *pool = try_open_kind(2);
    if (pool == NULL)
        return;
    if (is_accepted(mh_limiter_open(&limiter, 2))) {
        mh_task_options options = telling;
        options.limiter = limiter;
        submit_and_end(pool, &options);
        ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
        ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
        ck_assert_int_eq(mh_limiter_available(limiter), 2);
        ck_assert_int_eq(mh_limiter_close(limiter), MH_OK);
    }
    ck_assert(tale.accepted == 0 || limiter != NULL);
    close_and_count(pool);
}

static int64_t add(int64_t left, int64_t right)
{
    return left + right;
}
MH_ROUTINE_2(adding, add, int64_t, int64_t, int64_t);

static void submit_partial(void)
{
    int64_t five = 5, two = 2;
    mh_partial *partial = NULL, *whole = NULL;
    mh_pool *pool = try_open_kind(1);
    if (pool == NULL)
        return;
    mh_task *tasks[2] = {NULL};
    if (is_accepted(mh_partial_open(&partial, &adding, MH_BYTES_OF(five)))) {
        is_accepted(mh_partial_submit(partial, pool, MH_BYTES_OF(two), NULL, &tasks[0]));
        if (is_accepted(mh_partial_bind(&whole, partial, MH_BYTES_OF(two))))
            is_accepted(mh_partial_submit(whole, pool, (mh_bytes){0}, NULL, &tasks[1]));
    }
    for (int i = 0; i < 2; i++)
        end_task(tasks[i], 7);
    mh_partial_close(partial);
    mh_partial_close(whole);
    close_and_count(pool);
}

static void resize_pool(void)
{
    mh_pool *pool = try_open_kind(1);
    if (pool == NULL)
        return;
    int most = 1;
    for (int round = 0; round < 2; round++) {
        most = is_accepted(mh_pool_resize(pool, 3)) ? 3 : most;
        ck_assert_int_eq(mh_pool_workers(pool), most);
        submit_and_end(pool, &telling);
        most = is_accepted(mh_pool_resize(pool, 1)) ? 1 : most;
        ck_assert_int_eq(mh_pool_workers(pool), most);
    }
    close_and_count(pool);
}

static void work_on_demand(void)
{
    mh_pool_options options = options_of(tale.kind, 3);
    options.on_demand = true;
    options.idle_ms = 1;
    mh_pool *pool = try_open(&options);
    if (pool == NULL)
        return;
    for (int round = 0; round < 2; round++) {
        submit_and_end(pool, &telling);
        await_workers(pool, 0);
    }
    close_and_count(pool);
}

static void shut_down(void)
{
    mh_pool *pool = try_open_kind(2);
    if (pool == NULL)
        return;
    mh_task *tasks[TASKS], *dropped;
    for (int i = 0; i < TASKS; i++)
        tasks[i] = try_submit_with(pool, i, &telling);
    ck_assert_int_eq(mh_pool_shutdown(pool, MH_SHUTDOWN_DROP, false, MH_FOREVER), MH_OK);
    while (mh_pool_never_ran(pool, &dropped) == MH_OK)
        mh_task_drop(dropped);
    for (int i = 0; i < TASKS; i++) {
        if (tasks[i] != NULL)
            assert_waits(tasks[i]);
        mh_task_drop(tasks[i]);
    }
    close_and_count(pool);
}

static void find_or_open(void)
{
    mh_pool_options options = options_of(tale.kind, 1);
    static const char *const list[] = {"HAND=left", NULL}, *const *const lists[] = {list};
    options.environment = tale.kind >= WITH_PROCESSES ? lists : NULL;
    mh_pool *pool = NULL, *again = NULL;
    if (!is_accepted(mh_pool_find_or_open(&pool, "here", &options))) {
        ck_assert_ptr_null(pool);
        ck_assert_ptr_null(mh_pool_find("here")); // the name is free
        return;
    }
    if (is_accepted(mh_pool_find_or_open(&again, "here", &options)))
        ck_assert_ptr_eq(again, pool);
    submit_and_end(pool, &telling);
    close_and_count(pool);
}

// ---- all of them --------------------------------------------------------------------------------

static const struct {
    void (*tell)(void);
    int first; // the first kind it makes sense for
} tales[] = {
    {submit_tasks, SERIAL},
    {submit_large_ones, SERIAL},
    {submit_each, SERIAL},
    {go_through_completions, SERIAL},
    {call_own, SERIAL},
    {call_standing, SERIAL},
    {call_named, SERIAL},
    {take_permits, SERIAL},
    {submit_partial, SERIAL},
    {resize_pool, WITH_WORKERS},
    {work_on_demand, WITH_WORKERS},
    {shut_down, SERIAL},
    {find_or_open, SERIAL},
};
enum { TALES = sizeof tales / sizeof *tales };

// Forked processes count their own demands from where the program was, so it goes on for a
// while after the program itself has none left.
static void assert_every_demand_may_fail(int kind, void (*tell)(void))
{
    traces before = count_traces();
    int well = 0, failed = 0;
    for (uint64_t nth = 1; nth < MOST && well < ENOUGH; nth += demand_stride(kind)) {
        tale = (struct tale){.kind = kind, .all_well = true};
        told = 0;
        listen_to_log(MH_LOG_WARNING);
        mhi_fail_after(nth);
        tell();
        bool was_made = mhi_demands() >= nth;
        mhi_fail_after(0);
        assert_no_traces(&before);
        well = tale.all_well && !was_made ? well + 1 : 0;
        failed += !tale.all_well;
    }
    ck_assert_msg(well == ENOUGH, "it never worked");
    ck_assert_int_ge(failed * (int)demand_stride(kind), 3); // the faults were real
}

START_TEST(every_demand_of_tasks_may_fail)
{
    int kind = _i % KINDS;
    if (kind >= tales[_i / KINDS].first)
        assert_every_demand_may_fail(kind, tales[_i / KINDS].tell);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the n-th demand of tasks fails");
    TCase *tests = add_case(suite, "tales", 60);
    tcase_add_loop_test(tests, every_demand_of_tasks_may_fail, 0, TALES * KINDS);
    return run_suite(suite);
}
