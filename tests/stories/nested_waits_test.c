// Waiting inside a task for what runs elsewhere, or can never end: the first takes as long as
// it takes, or until a deadline; the second is refused, and the pool goes on.
#include <pthread.h>

#include "support/heard.h"
#include "task_story.h"

enum { SHORT_RUNS = 1, RING = 2 }; // places on the stage

static mh_pool *pool_here;     // the one pool of a test
static mh_task *tasks_here[4]; // written before the gate is opened behind which they are read

static void open_here(int kind, int workers)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    pool_here = open_kind(kind, workers);
}

static int64_t number_of(mh_bytes item)
{
    return *(const int64_t *)item.data;
}

static mh_status return_status(mh_call *call, mh_status status)
{
    int64_t number = status;
    return mh_return(call, &number, sizeof number);
}

// ---- elsewhere ----------------------------------------------------------------------------------

static mh_status wait_for_first(mh_call *call, mh_bytes item)
{
    (void)item;
    if (mh_task_wait(tasks_here[0], MH_NOW) != MH_TIMEOUT ||
        mh_task_wait(tasks_here[0], mh_in_ms(5)) != MH_TIMEOUT)
        return mh_fail(call, 1, "it did not time out");
    open_gate(GO_ON, 1);
    return return_status(call, mh_task_wait(tasks_here[0], MH_FOREVER));
}
static const mh_routine waiting = {.name = "wait for the first", .run = wait_for_first};

START_TEST(N6_a_task_may_wait_for_one_that_runs_elsewhere)
{
    open_here(THREADS, 2);
    tasks_here[0] = keep_one_busy(pool_here);
    assert_gives_and_drop(submit(pool_here, &waiting, 0), MH_OK);
    assert_gives_and_drop(tasks_here[0], 0);
    mh_pool_close(pool_here);
}
END_TEST

static mh_status wait_for_another_pools(mh_call *call, mh_bytes item)
{
    mh_pool *pool;
    memcpy(&pool, item.data, sizeof pool);
    mh_task *task = submit(pool, &counting, 9);
    mh_result result = result_of(task);
    int64_t number = mh_result_as(int64_t, result);
    mh_task_drop(task);
    return mh_return(call, &number, sizeof number);
}
static const mh_routine abroad = {.name = "on another pool", .run = wait_for_another_pools};

START_TEST(N6_a_task_may_wait_for_one_of_another_pool)
{
    enum { TASKS = 30 };
    open_here(_i / KINDS, 2); // serial or threads
    mh_pool *other = open_kind(_i % KINDS, 2);
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit_with(pool_here, &abroad, MH_BYTES_OF(other), (mh_task_options){0});
    for (int i = 0; i < TASKS; i++)
        assert_gives_and_drop(tasks[i], 9);
    ck_assert_int_eq(counted(RUNS), TASKS);
    mh_pool_close(pool_here);
    mh_pool_close(other);
}
END_TEST

// Its own child comes, though the other pool's task takes until that has come.
static mh_status wait_for_child_and_other(mh_call *call, mh_bytes item)
{
    bool completes = number_of(item) == 1;
    mh_task *both[] = {tasks_here[0], submit(pool_here, &counting, 1)}, *first = NULL;
    size_t which = 0;
    mh_completions *ended = NULL;
    if (completes && mh_completions_open(&ended, both, 2) == MH_OK &&
        mh_completions_next(ended, &first, MH_FOREVER) == MH_OK)
        which = first == both[1];
    if (!completes)
        mh_task_wait_count(both, 2, 1, &which, MH_FOREVER);
    mh_completions_close(ended);
    mh_task_drop(both[1]);
    int64_t number = (int64_t)which;
    return mh_return(call, &number, sizeof number);
}
static const mh_routine of_two = {.name = "child and other", .run = wait_for_child_and_other};

START_TEST(N6_a_child_runs_though_another_pools_task_takes_long)
{
    open_here(_i / 2, 1); // serial or threads
    mh_pool *other = open_kind(THREADS, 1);
    tasks_here[0] = keep_one_busy(other);
    assert_gives_and_drop(submit(pool_here, &of_two, _i % 2), 1);
    open_gate(GO_ON, 1);
    assert_gives_and_drop(tasks_here[0], 0);
    mh_pool_close(pool_here);
    mh_pool_close(other);
}
END_TEST

static mh_pool *serial_here;

// Nobody else would run either.
static mh_status wait_for_child_and_serial(mh_call *call, mh_bytes item)
{
    bool child_last = number_of(item) == 1;
    mh_task *both[2];
    both[child_last] = submit(pool_here, &counting, 1);
    both[!child_last] = submit(serial_here, &counting, 2);
    mh_status status = mh_task_wait_count(both, 2, 2, NULL, MH_FOREVER);
    for (int i = 0; i < 2; i++)
        mh_task_drop(both[i]);
    return return_status(call, status);
}
static const mh_routine of_own = {.name = "child and serial", .run = wait_for_child_and_serial};

START_TEST(N6_a_task_that_waits_for_tasks_of_two_pools_runs_both)
{
    open_here(THREADS, 1);
    serial_here = open_kind(SERIAL, 1);
    assert_gives_and_drop(submit(pool_here, &of_own, _i), MH_OK);
    ck_assert_int_eq(counted(RUNS), 2);
    mh_pool_close(pool_here);
    mh_pool_close(serial_here);
}
END_TEST

enum { SHORT_ONES = 60 };

static mh_status open_gate_with_last(mh_call *call, mh_bytes item)
{
    if (count_up(SHORT_RUNS) == SHORT_ONES)
        open_gate(GO_ON + 1, 1);
    return mh_return(call, item.data, item.size);
}
static const mh_routine short_one = {.name = "short", .run = open_gate_with_last};

static mh_status just_wait(mh_call *call, mh_bytes item)
{
    (void)item;
    return return_status(call, mh_task_wait(tasks_here[0], MH_FOREVER));
}
static const mh_routine just_waiting = {.name = "just wait", .run = just_wait};

// One task waits for another, which waits until all the short ones have run, which lie behind
// the first.
START_TEST(N6_what_lies_ready_behind_a_waiting_task_goes_to_other_workers)
{
    open_here(THREADS, 3);
    run_many_short_ones(pool_here);
    tasks_here[0] = submit(pool_here, &gated, 1);
    pass_gate(RUNNING);
    mh_task *busy[] = {keep_one_busy(pool_here), keep_one_busy(pool_here)};
    mh_task *waits = submit(pool_here, &just_waiting, 0);
    for (int64_t i = 0; i < SHORT_ONES; i++)
        forget(pool_here, &short_one, i);
    open_gate(GO_ON, 2);
    assert_gives_and_drop(waits, MH_OK);
    assert_gives_and_drop(tasks_here[0], 1);
    for (int i = 0; i < 2; i++)
        assert_gives_and_drop(busy[i], 0);
    mh_pool_close(pool_here);
}
END_TEST

// ---- stopped inside -----------------------------------------------------------------------------

// The child runs inside, until another thread stops it; its parent was not meant.
static mh_status wait_for_obedient_child(mh_call *call, mh_bytes item)
{
    (void)item;
    tasks_here[0] = submit(pool_here, &obedient, 8);
    open_gate(GO_ON, 1);
    mh_result result = result_of(tasks_here[0]);
    int64_t number = mh_is_cancelled(call) ? -1 : mh_result_as(int64_t, result);
    return mh_return(call, &number, sizeof number);
}
static const mh_routine with_child = {.name = "with child", .run = wait_for_obedient_child};

static void *stop_child(void *nothing)
{
    pass_gate(GO_ON);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_task_state_of(tasks_here[0]), MH_TASK_RUNNING);
    ck_assert_int_eq(mh_task_cancel(tasks_here[0]), MH_BUSY);
    ck_assert_int_eq(mh_task_kill(tasks_here[0]), MH_INVALID);
    ck_assert_int_eq(mh_task_stop(tasks_here[0]), MH_OK);
    return nothing;
}

START_TEST(N3_a_task_that_runs_inside_another_can_be_stopped)
{
    pthread_t thread;
    open_here(_i, 1);
    mh_task *task = submit(pool_here, &with_child, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, stop_child, NULL), 0);
    assert_gives_and_drop(task, 8);
    pthread_join(thread, NULL);
    mh_task_drop(tasks_here[0]);
    mh_pool_close(pool_here);
}
END_TEST

// ---- never --------------------------------------------------------------------------------------

static mh_status wait_for_self(mh_call *call, mh_bytes item)
{
    mh_task *self = mh_task_of(call), *next = NULL;
    mh_status status = MH_OK;
    mh_completions *ended;
    switch (number_of(item)) {
    case 0:
        status = mh_task_wait(self, MH_FOREVER);
        break;
    case 1:
        status = mh_task_wait_count(&self, 1, 1, NULL, MH_FOREVER);
        break;
    case 2:
        ck_assert_int_eq(mh_completions_open(&ended, &self, 1), MH_OK);
        status = mh_completions_next(ended, &next, MH_FOREVER);
        mh_completions_close(ended);
        break;
    default:
        status = mh_pool_wait(pool_here, false, MH_FOREVER);
        break;
    }
    return return_status(call, status);
}
static const mh_routine selfish = {.name = "wait for oneself", .run = wait_for_self};

START_TEST(N6_a_task_that_waits_for_itself_is_refused)
{
    open_here(_i, 2);
    for (int64_t i = 0; i < 4; i++)
        assert_gives_and_drop(submit(pool_here, &selfish, i), MH_DEADLOCK);
    assert_gives_and_drop(submit(pool_here, &counting, 3), 3);
    mh_pool_close(pool_here);
}
END_TEST

static mh_status wait_for_next_in_ring(mh_call *call, mh_bytes item)
{
    int ring = counted(RING);
    pass_gate(GO_ON); // all handles are there
    return return_status(call,
                         mh_task_wait(tasks_here[(number_of(item) + 1) % ring], MH_FOREVER));
}
static const mh_routine in_ring = {.name = "wait for the next", .run = wait_for_next_in_ring};

static void assert_one_is_refused(int ring)
{
    int refused = 0;
    on_stage()->count[RING] = ring;
    for (int64_t i = 0; i < ring; i++)
        tasks_here[i] = submit(pool_here, &in_ring, i);
    open_gate(GO_ON, ring);
    for (int i = 0; i < ring; i++) {
        mh_result result = result_of(tasks_here[i]);
        refused += mh_result_as(int64_t, result) == MH_DEADLOCK;
        ck_assert(mh_result_as(int64_t, result) == MH_DEADLOCK ||
                  mh_result_as(int64_t, result) == MH_OK);
    }
    ck_assert_int_eq(refused, 1); // and so the others could end
    for (int i = 0; i < ring; i++)
        mh_task_drop(tasks_here[i]);
}

START_TEST(N6_of_tasks_that_wait_for_each_other_one_is_refused)
{
    open_here(_i == 0 ? SERIAL : THREADS, _i);
    for (int round = 0; round < 20; round++)
        for (int ring = 2; ring <= 4; ring++)
            assert_one_is_refused(ring);
    mh_pool_close(pool_here);
}
END_TEST

START_TEST(N6_that_is_seen_across_pools_as_well)
{
    open_here(THREADS, 1);
    mh_pool *other = open_kind(THREADS, 1);
    on_stage()->count[RING] = 2;
    for (int round = 0; round < 20; round++) {
        int64_t sum = 0;
        tasks_here[0] = submit(pool_here, &in_ring, 0);
        tasks_here[1] = submit(other, &in_ring, 1);
        open_gate(GO_ON, 2);
        for (int i = 0; i < 2; i++) {
            mh_result result = result_of(tasks_here[i]);
            sum += mh_result_as(int64_t, result);
        }
        ck_assert_int_eq(sum, MH_OK + MH_DEADLOCK);
        mh_task_drop(tasks_here[0]);
        mh_task_drop(tasks_here[1]);
    }
    mh_pool_close(pool_here);
    mh_pool_close(other);
}
END_TEST

// ---- too far away -------------------------------------------------------------------------------

static mh_status submit_from_afar(mh_call *call, mh_bytes item)
{
    mh_pool *pool;
    mh_task *task = NULL;
    memcpy(&pool, item.data, sizeof pool);
    mh_log_limit(MH_LOG_OFF);
    mh_status status = mh_submit(pool, &counting, (mh_bytes){0}, NULL, &task);
    if (task != NULL || mh_pool_wait(pool, false, MH_FOREVER) != MH_FORKED)
        return mh_fail(call, 1, "it was not refused");
    return return_status(call, status);
}
static const mh_routine far_away = {.name = "submit from afar", .run = submit_from_afar};

// The pool was opened in the program; what is left of it in a forked worker knows that.
START_TEST(N6_a_worker_process_cannot_submit_to_its_own_pool)
{
    open_here(FORKED, 2);
    for (int i = 0; i < 4; i++)
        assert_gives_and_drop(
            submit_with(pool_here, &far_away, MH_BYTES_OF(pool_here), (mh_task_options){0}),
            MH_FORKED);
    ck_assert_int_eq(counted(RUNS), 0);
    mh_pool_close(pool_here);
}
END_TEST

static mh_status sum_on_own_pool(mh_call *call, mh_bytes item)
{
    mh_pool_options options = options_of((int)number_of(item), 2);
    mh_pool *pool;
    mh_task *task;
    mh_result result;
    if (mh_pool_open(&pool, &options) != MH_OK ||
        mh_submit(pool, &counting, item, NULL, &task) != MH_OK ||
        mh_task_wait(task, MH_FOREVER) != MH_OK || mh_task_result(task, &result) != MH_OK)
        return mh_fail(call, 1, "an own pool does not work");
    int64_t number = mh_result_as(int64_t, result);
    mh_pool_close(pool);
    mh_task_drop(task);
    return mh_return(call, &number, sizeof number);
}
static const mh_routine independent = {.name = "own pool", .run = sum_on_own_pool};

START_TEST(N6_but_any_task_may_have_a_pool_of_its_own)
{
    if (has_thread_sanitizer)
        return;
    open_here(_i, 2);
    for (int64_t kind = 0; kind < KINDS; kind++)
        assert_gives_and_drop(submit(pool_here, &independent, kind), kind);
    mh_pool_close(pool_here);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting inside tasks");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_test(tests, N6_a_task_may_wait_for_one_that_runs_elsewhere);
    tcase_add_loop_test(tests, N6_a_task_may_wait_for_one_of_another_pool, 0,
                        KINDS * WITH_PROCESSES);
    tcase_add_loop_test(tests, N6_a_task_that_waits_for_tasks_of_two_pools_runs_both, 0, 2);
    tcase_add_loop_test(tests, N6_a_child_runs_though_another_pools_task_takes_long, 0, 4);
    tcase_add_test(tests, N6_what_lies_ready_behind_a_waiting_task_goes_to_other_workers);
    tcase_add_loop_test(tests, N3_a_task_that_runs_inside_another_can_be_stopped, 0,
                        WITH_PROCESSES);
    tcase_add_loop_test(tests, N6_a_task_that_waits_for_itself_is_refused, 0, WITH_PROCESSES);
    tcase_add_loop_test(tests, N6_of_tasks_that_wait_for_each_other_one_is_refused, 0, 5);
    tcase_add_test(tests, N6_that_is_seen_across_pools_as_well);
    tcase_add_test(tests, N6_a_worker_process_cannot_submit_to_its_own_pool);
    tcase_add_loop_test(tests, N6_but_any_task_may_have_a_pool_of_its_own, 0, KINDS);
    return run_suite(suite);
}
