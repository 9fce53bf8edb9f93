// Unwaited: tasks that nobody waits for run all the same, while and after others run, wait, or are
// stopped. Tests here look only at the stage: a look at the pool would itself see to what is left.
#include "support/submitted.h"

static mh_pool *pool_here;

static void pass_times(int gate, int times)
{
    while (times-- > 0)
        pass_gate(gate);
}

// ---- submitted one by one -----------------------------------------------------------------------

enum { TO_THE_END = 2 }; // a gate

static mh_status run_to_the_end(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    open_gate(TO_THE_END, 1);
    return mh_return(call, item.data, item.size);
}
static const mh_routine going = {.name = "run to the end", .run = run_to_the_end};

START_TEST(P6_what_is_submitted_while_all_are_busy_runs_when_they_are_not)
{
    enum { WORKERS = 2, MOST = 12 };
    for (int tasks = WORKERS; tasks <= MOST; tasks++) {
        set_stage();
        mh_pool_options options = options_of(_i, WORKERS);
        options.prefetch = MOST;
        mh_pool *pool = open_with(&options);
        for (int i = 0; i < tasks; i++) {
            submit_and_forget(pool, &going, i, NULL);
            if (i < WORKERS)
                pass_gate(RUNNING);
        }
        open_gate(GO_ON, tasks);
        pass_times(TO_THE_END, tasks);
        mh_pool_close(pool);
    }
}
END_TEST

// ---- behind a task that waits -------------------------------------------------------------------

enum { HAVE_CHILD = 2, BESIDE = 3 }; // gates

static int64_t pass_and_say(int64_t gate)
{
    open_gate(RUNNING, 1);
    pass_gate((int)gate);
    open_gate(RUNNING, 1);
    return gate;
}
MH_ROUTINE(passing, pass_and_say, int64_t, int64_t);

static int64_t have_child(int64_t gate)
{
    open_gate(RUNNING, 1);
    pass_gate((int)gate);
    return number_of(submit(pool_here, &passing, GO_ON));
}
MH_ROUTINE(parent, have_child, int64_t, int64_t);

static int64_t let_pass(int64_t gate)
{
    open_gate((int)gate, 1);
    return gate;
}
MH_ROUTINE(letting, let_pass, int64_t, int64_t);

// The child waits for what was laid ready behind its parent, which only the other worker can run.
START_TEST(N6_what_lay_ready_behind_a_task_that_waits_is_run_by_others)
{
    set_stage();
    mh_pool_options options = options_of(THREADS, 2);
    options.prefetch = 8;
    pool_here = open_with(&options);
    submit_and_forget(pool_here, &parent, HAVE_CHILD, NULL);
    submit_and_forget(pool_here, &passing, BESIDE, NULL);
    pass_times(RUNNING, 2);
    submit_and_forget(pool_here, &letting, GO_ON, NULL);
    open_gate(HAVE_CHILD, 1);
    pass_gate(RUNNING); // the child runs
    open_gate(BESIDE, 1);
    pass_times(RUNNING, 2); // both have gone on
    mh_pool_close(pool_here);
}
END_TEST

// ---- behind a task that is stopped --------------------------------------------------------------

enum { NEXT = 3, ORDER = 10, ITEMS = 16 }; // places on the stage

static mh_status stay_if_first(mh_call *call, mh_bytes item)
{
    int64_t number = *(const int64_t *)item.data;
    on_stage()->count[ORDER + count_up(NEXT)] = (int)number;
    open_gate(RUNNING, 1);
    if (number == 0)
        mh_wait_cancelled(call, MH_FOREVER);
    return MH_OK;
}
static const mh_routine staying = {.name = "stay if first", .run = stay_if_first};

// From then on the pool knows that tasks may be short, and many travel together.
static void run_many_short_ones(mh_pool *pool)
{
    for (int64_t i = 0; i < 1000; i++)
        submit_and_forget(pool, &echo, i, NULL);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
}

START_TEST(P6_what_lay_ready_behind_a_task_that_is_stopped_runs_in_its_order)
{
    set_stage();
    mh_pool *pool = open_kind(THREADS, 1);
    int64_t numbers[ITEMS];
    mh_task *tasks[ITEMS];
    size_t made, parts = (size_t)_i;
    for (int i = 0; i < ITEMS; i++)
        numbers[i] = i;
    run_many_short_ones(pool);
    ck_assert_int_eq(
        mh_submit_each(pool, &staying, numbers, ITEMS, 8, parts, NULL, tasks, &made), MH_OK);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_stop(tasks[0]), MH_OK);
    pass_times(RUNNING, ITEMS - (int)parts);
    for (int i = 1; i <= ITEMS - (int)parts; i++)
        ck_assert_int_eq(counted(ORDER + 1 + i), (int)parts - 1 + i);
    for (size_t i = 0; i < made; i++)
        mh_task_drop(tasks[i]);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tasks that nobody waits for");
    TCase *tests = add_case(suite, "with workers", 20);
    tcase_add_loop_test(tests, P6_what_is_submitted_while_all_are_busy_runs_when_they_are_not,
                        WITH_WORKERS, KINDS);
    tcase_add_test(tests, N6_what_lay_ready_behind_a_task_that_waits_is_run_by_others);
    tcase_add_loop_test(
        tests, P6_what_lay_ready_behind_a_task_that_is_stopped_runs_in_its_order, 1, 4);
    return run_suite(suite);
}
