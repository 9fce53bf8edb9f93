// Tasks in forked children, the program's own and worker processes: everything that belongs to
// the parent is refused, closing it there is harmless, and a pool of one's own works.
#include <sys/wait.h>

#include "support/heard.h"
#include "support/submitted.h"

enum { TASKS = 6, CALLS = 24 };

// What the parent has: all of it copied into the child.
static struct belongings {
    mh_pool *pool;
    mh_task *task, *ended;
    mh_completions *completions;
    mh_partial *partial;
    mh_function function;
} parents;

typedef struct answers {
    mh_status status[CALLS];
    int count;
} answers;

static void note(answers *told, mh_status status)
{
    told->status[told->count++] = status;
}

static void ask_about_tasks(answers *told)
{
    const int64_t numbers[] = {1, 2};
    mh_bytes input = MH_BYTES_OF(numbers[0]);
    mh_task *task, *tasks[2];
    mh_result result;
    size_t made;
    note(told, mh_submit(parents.pool, &echo, input, NULL, &task));
    note(told, mh_submit(parents.pool, &echo, input, NULL, NULL));
    note(told, mh_submit_each(parents.pool, &echo, numbers, 2, 8, 1, NULL, tasks, &made));
    note(told, mh_partial_submit(parents.partial, parents.pool, input, NULL, &task));
    note(told, mh_task_wait(parents.task, MH_FOREVER));
    note(told, mh_task_wait(parents.ended, MH_FOREVER));
    note(told, mh_task_wait_count(&parents.task, 1, 1, NULL, MH_FOREVER));
    note(told, mh_task_result(parents.ended, &result));
    note(told, mh_task_part(parents.ended, 0, &result));
    note(told, mh_task_set_priority(parents.task, 3));
    note(told, mh_task_cancel(parents.task));
    note(told, mh_task_stop(parents.task));
    note(told, mh_task_kill(parents.task));
    note(told, mh_completions_open(&(mh_completions *){NULL}, &parents.task, 1));
    note(told, mh_completions_add(parents.completions, parents.task));
    note(told, mh_completions_next(parents.completions, &task, MH_FOREVER));
}

static void ask_about_pools(answers *told)
{
    mh_pool_facts facts;
    mh_task *task;
    note(told, mh_pool_resize(parents.pool, 3));
    note(told, mh_pool_add(parents.pool, 1));
    note(told, mh_pool_end_worker(parents.pool, 0));
    note(told, mh_pool_facts_of(parents.pool, &facts));
    note(told, mh_pool_wait(parents.pool, true, MH_FOREVER));
    note(told, mh_pool_shutdown(parents.pool, MH_SHUTDOWN_KILL, true, MH_FOREVER));
    note(told, mh_pool_never_ran(parents.pool, &task));
    note(told, mh_pool_end(parents.pool));
}

// 0, or the number of the first call that was not refused, counted from 1.
static int check_refusals(void)
{
    answers told = {.count = 0};
    ask_about_tasks(&told);
    ask_about_pools(&told);
    for (int i = 0; i < told.count; i++)
        if (told.status[i] != MH_FORKED)
            return i + 1;
    return told.count == CALLS ? 0 : 100;
}

static int close_copies(void)
{
    mh_completions_close(parents.completions);
    mh_task_drop(parents.task);
    mh_pool_close(parents.pool);
    mh_task_drop(parents.ended);
    mh_partial_close(parents.partial);
    return 0;
}

static int close_all_pools(void)
{
    mh_pools_close(MH_FOREVER, NULL, 0);
    return 0;
}

// A function is no pool: its workers here are the child's own.
static int call_function(void)
{
    for (int64_t i = 0; i < 10; i++) {
        mh_task *task;
        mh_result result;
        if (mh_function_call(&parents.function, MH_BYTES_OF(i), &task) != MH_OK)
            return 1;
        if (mh_task_pool(task) == parents.pool || mh_task_wait(task, MH_FOREVER) != MH_OK)
            return 2;
        if (mh_task_result(task, &result) != MH_OK || mh_result_as(int64_t, result) != i)
            return 3;
        mh_task_drop(task);
    }
    return mh_function_close(&parents.function, MH_FOREVER) == MH_OK ? 0 : 4;
}

static int own_kind;

static int use_own_pool(void)
{
    mh_pool_options options = options_of(own_kind, 2);
    options.name = "the parent's"; // is taken there, not here
    mh_pool *pool;
    mh_pool_close(parents.pool);
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    for (int64_t i = 0; i < 20; i++) {
        mh_task *task;
        mh_result result;
        if (mh_submit(pool, &echo, MH_BYTES_OF(i), NULL, &task) != MH_OK)
            return 2;
        if (mh_task_wait(task, MH_FOREVER) != MH_OK || mh_task_result(task, &result) != MH_OK)
            return 3;
        if (mh_result_as(int64_t, result) != i)
            return 4;
        mh_task_drop(task);
    }
    mh_pool_close(pool);
    return 0;
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
    int64_t number = 5;
    mh_pool_options options = options_of(kind, 2);
    options.name = "the parent's";
    parents = (struct belongings){.pool = open_with(&options),
                                  .function = MH_FUNCTION(&echo, .home = MH_HOME_STANDING)};
    ck_assert_int_eq(mh_function_call(&parents.function, MH_BYTES_OF(number), NULL), MH_OK);
    ck_assert_int_eq(mh_partial_open(&parents.partial, &echo, MH_BYTES_OF(number)), MH_OK);
    parents.ended = submit(parents.pool, &echo, 6);
    assert_waits(parents.ended);
    parents.task = submit(parents.pool, &waiting, 7);
    ck_assert_int_eq(mh_completions_open(&parents.completions, &parents.task, 1), MH_OK);
}

static void assert_unharmed(int kind, int (*check)(void))
{
    set_stage();
    open_belongings(kind);
    mh_task *tasks[TASKS], *next;
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit(parents.pool, &echo, i);
    ck_assert_int_eq(in_child(check), 0);
    open_gate(GO_ON, 1);
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    ck_assert_int_eq(mh_completions_next(parents.completions, &next, MH_FOREVER), MH_OK);
    mh_completions_close(parents.completions);
    ck_assert_int_eq(number_of(parents.task), 7);
    ck_assert_int_eq(number_of(parents.ended), 6);
    ck_assert_int_eq(mh_function_close(&parents.function, MH_FOREVER), MH_OK);
    mh_partial_close(parents.partial);
    mh_pool_close(parents.pool);
}

START_TEST(N6_in_a_forked_child_every_call_about_tasks_is_refused)
{
    assert_unharmed(_i, check_refusals);
}
END_TEST

START_TEST(N6_closing_all_in_a_forked_child_is_harmless_to_the_parent)
{
    assert_unharmed(_i, close_copies);
    assert_unharmed(_i, close_all_pools);
}
END_TEST

START_TEST(N6_a_forked_child_may_run_tasks_on_a_pool_of_its_own)
{
    own_kind = _i % KINDS;
    if (!has_thread_sanitizer && !has_address_sanitizer)
        assert_unharmed(_i / KINDS, use_own_pool);
}
END_TEST

START_TEST(N6_P12_a_function_works_in_a_forked_child_with_workers_of_its_own)
{
    if (!has_thread_sanitizer && !has_address_sanitizer)
        assert_unharmed(_i, call_function);
}
END_TEST

// A limiter of the parent, which has no permit left, and a task that waits for one.
static mh_limiter *parents_limiter;

static int use_limiters(void)
{
    mh_pool *pool;
    mh_limiter *own;
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = MH_THREADS, .workers = 1}) != MH_OK ||
        mh_limiter_open(&own, 1) != MH_OK)
        return 1;
    int64_t number = 5;
    mh_task *tasks[2];
    mh_task_options limited = {.limiter = parents_limiter};
    if (mh_submit(pool, &echo, MH_BYTES_OF(number), &limited, NULL) != MH_FORKED ||
        mh_limiter_take(parents_limiter, MH_NOW) != MH_TIMEOUT)
        return 2;
    limited.limiter = own;
    for (int i = 0; i < 2; i++)
        if (mh_submit(pool, &echo, MH_BYTES_OF(number), &limited, &tasks[i]) != MH_OK)
            return 3;
    for (int i = 0; i < 2; i++) {
        if (mh_task_wait(tasks[i], MH_FOREVER) != MH_OK)
            return 4;
        mh_task_drop(tasks[i]);
    }
    mh_pool_close(pool);
    return mh_limiter_close(own) == MH_OK && mh_limiter_close(parents_limiter) == MH_OK ? 0 : 5;
}

START_TEST(N6_P14_in_a_forked_child_limiters_are_its_own)
{
    if (has_thread_sanitizer || has_address_sanitizer)
        return;
    ck_assert_int_eq(mh_limiter_open(&parents_limiter, 1), MH_OK);
    ck_assert_int_eq(mh_limiter_take(parents_limiter, MH_FOREVER), MH_OK);
    mh_pool *pool = open_kind(_i, 1);
    int64_t number = 7;
    mh_task *parked;
    ck_assert_int_eq(mh_submit(pool, &echo, MH_BYTES_OF(number),
                               &(mh_task_options){.limiter = parents_limiter}, &parked),
                     MH_OK);
    ck_assert_int_eq(mh_task_wait(parked, MH_NOW), MH_TIMEOUT); // now it is parked
    assert_unharmed(_i, use_limiters);
    ck_assert_int_eq(mh_limiter_give(parents_limiter), MH_OK);
    ck_assert_int_eq(mh_task_wait(parked, MH_FOREVER), MH_OK);
    mh_task_drop(parked);
    mh_pool_close(pool);
    ck_assert_int_eq(mh_limiter_close(parents_limiter), MH_OK);
}
END_TEST

// ---- worker processes ---------------------------------------------------------------------------

static mh_status use_parents_pool(mh_call *call, mh_bytes item)
{
    mh_pool *pool;
    memcpy(&pool, item.data, sizeof pool);
    mh_log_limit(MH_LOG_OFF);
    mh_pool_facts facts;
    mh_task *task;
    const mh_status told[] = {mh_task_of(call) == NULL ? MH_FORKED : MH_OK,
                              mh_submit(pool, &echo, item, NULL, &task),
                              mh_pool_wait(pool, false, MH_FOREVER),
                              mh_pool_resize(pool, 2),
                              mh_pool_facts_of(pool, &facts),
                              mh_pool_shutdown(pool, MH_SHUTDOWN_DROP, false, MH_NOW)};
    return mh_return(call, told, sizeof told);
}
static const mh_routine using = {.name = "use the parent's pool", .run = use_parents_pool};

START_TEST(N6_a_worker_process_has_no_way_back_to_its_pool)
{
    mh_pool *pool = open_kind(FORKED, 1);
    mh_task *task = NULL;
    ck_assert_int_eq(mh_submit(pool, &using, MH_BYTES_OF(pool), NULL, &task), MH_OK);
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.outcome, MH_DONE);
    const mh_status *told = result.data;
    for (size_t i = 0; i < result.size / sizeof *told; i++)
        ck_assert_msg(told[i] == MH_FORKED, "call %zu: %s", i, mh_status_text(told[i]));
    mh_task_drop(task);
    ck_assert_int_eq(number_of(submit(pool, &echo, 5)), 5);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tasks in forked children");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, N6_in_a_forked_child_every_call_about_tasks_is_refused, 0,
                        KINDS);
    tcase_add_loop_test(tests, N6_closing_all_in_a_forked_child_is_harmless_to_the_parent, 0,
                        KINDS);
    tcase_add_loop_test(tests, N6_a_forked_child_may_run_tasks_on_a_pool_of_its_own, 0,
                        KINDS * KINDS);
    tcase_add_loop_test(
        tests, N6_P12_a_function_works_in_a_forked_child_with_workers_of_its_own, 0, KINDS);
    tcase_add_loop_test(tests, N6_P14_in_a_forked_child_limiters_are_its_own, 0, KINDS);
    tcase_add_test(tests, N6_a_worker_process_has_no_way_back_to_its_pool);
    return run_suite(suite);
}
