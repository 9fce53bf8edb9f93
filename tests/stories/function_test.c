// Functions: declared once, called as any other, and run elsewhere: on workers of their own, on
// a standing one, in a private pool or a shared one.
#include <pthread.h>

#include "support/heard.h"
#include "support/submitted.h"
#include "support/traces.h"

// ---- declared by one line -----------------------------------------------------------------------

static long square(long x)
{
    return x * x;
}
MH_THREADED(square_later, square, long, long);
MH_PROCESSED(square_elsewhere, square, long, long);

typedef struct point {
    double x, y;
    char name[24];
} point;

static point mirror(point at)
{
    point mirrored = {.x = at.y, .y = at.x};
    snprintf(mirrored.name, sizeof mirrored.name, "not %.15s", at.name);
    return mirrored;
}
MH_THREADED(mirror_later, mirror, point, point, .home = MH_HOME_PRIVATE, .pool = {.workers = 2},
            .task = {.priority = 3});
MH_PROCESSED(mirror_elsewhere, mirror, point, point, .home = MH_HOME_STANDING);

static void assert_squares(mh_status (*call)(long, mh_task **), mh_function *function)
{
    mh_task *tasks[10];
    for (long i = 0; i < 10; i++)
        ck_assert_int_eq(call(i, &tasks[i]), MH_OK);
    for (long i = 0; i < 10; i++) {
        mh_result result = wait_for(tasks[i]);
        ck_assert_int_eq(mh_result_as(long, result), i * i);
        mh_task_drop(tasks[i]);
    }
    ck_assert_int_eq(call(3, NULL), MH_OK); // nobody asks for it
    ck_assert_int_eq(mh_function_close(function, MH_FOREVER), MH_OK);
}

START_TEST(P12_P13_a_plain_function_runs_elsewhere_by_one_line)
{
    traces before = count_traces();
    for (int again = 0; again < 2; again++) { // it can be called again after its close
        if (_i == THREADS)
            assert_squares(square_later, &square_later_function);
        else
            assert_squares(square_elsewhere, &square_elsewhere_function);
        assert_no_traces(&before);
    }
}
END_TEST

START_TEST(P12_P13_an_argument_may_be_a_struct)
{
    point at = {.x = 1.5, .y = -2, .name = "anna"};
    mh_task *task;
    ck_assert_int_eq(_i == THREADS ? mirror_later(at, &task) : mirror_elsewhere(at, &task),
                     MH_OK);
    mh_result result = wait_for(task);
    point mirrored = mh_result_as(point, result);
    ck_assert_double_eq(mirrored.x, -2);
    ck_assert_double_eq(mirrored.y, 1.5);
    ck_assert_str_eq(mirrored.name, "not anna");
    ck_assert_int_eq(mh_task_priority(task), _i == THREADS ? 3 : 0);
    ck_assert(_i == THREADS ? result.pid == getpid() : result.pid != getpid());
    mh_task_drop(task);
    ck_assert_int_eq(
        mh_function_close(_i == THREADS ? &mirror_later_function : &mirror_elsewhere_function,
                          MH_FOREVER),
        MH_OK);
}
END_TEST

// ---- by hand ------------------------------------------------------------------------------------

static mh_task *call_with(mh_function *function, int64_t number)
{
    mh_task *task = NULL;
    mh_status status = mh_function_call(function, MH_BYTES_OF(number), &task);
    ck_assert_msg(status == MH_OK, "calling: %s", mh_status_text(status));
    return task;
}

static void close_function(mh_function *function)
{
    ck_assert_int_eq(mh_function_close(function, MH_FOREVER), MH_OK);
}

static const mh_home homes[] = {MH_HOME_OWN, MH_HOME_STANDING, MH_HOME_PRIVATE, MH_HOME_NAMED};
enum { HOMES = 4 };

static mh_function function_at(int kind, mh_home home, const mh_routine *routine)
{
    mh_function function = MH_FUNCTION(routine, .kind = story_kinds[kind].kind, .home = home);
    if (home == MH_HOME_NAMED)
        function.options.pool_name = "the function's";
    if (home == MH_HOME_NAMED || home == MH_HOME_PRIVATE)
        function.options.pool = (mh_pool_options){.workers = 2,
                                                  .start = story_kinds[kind].start};
    return function;
}

START_TEST(P12_P13_a_function_may_live_anywhere)
{
    mh_function function = function_at(_i % KINDS, homes[_i / KINDS], &echo);
    for (int round = 0; round < 2; round++) {
        mh_task *tasks[20];
        for (int i = 0; i < 20; i++)
            tasks[i] = call_with(&function, i);
        mh_pool *pool = mh_function_pool(&function);
        ck_assert_ptr_nonnull(pool);
        ck_assert_int_eq(mh_pool_kind(pool), story_kinds[_i % KINDS].kind);
        for (int i = 0; i < 20; i++) {
            ck_assert_ptr_eq(mh_task_pool(tasks[i]), pool);
            ck_assert_int_eq(number_of(tasks[i]), i);
        }
        close_function(&function);
        bool is_named = homes[_i / KINDS] == MH_HOME_NAMED;
        ck_assert_uint_eq(mh_pools(NULL, 0), is_named ? 1 : 0);
    }
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0);
}
END_TEST

START_TEST(P12_P13_no_worker_is_started_before_the_first_call)
{
    traces before = count_traces();
    mh_function function = function_at(_i % KINDS, homes[_i / KINDS], &echo);
    ck_assert_ptr_null(mh_function_pool(&function));
    ck_assert_uint_eq(mh_pools(NULL, 0), 0);
    close_function(&function); // there is nothing to close
    assert_no_traces(&before);
    ck_assert_int_eq(number_of(call_with(&function, 2)), 2);
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0); // functions as well
    assert_no_traces(&before);
    ck_assert_int_eq(number_of(call_with(&function, 3)), 3); // opened anew
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0);
}
END_TEST

// ---- a worker for each call ---------------------------------------------------------------------

static mh_status meet(mh_call *call, mh_bytes item)
{
    int64_t all;
    memcpy(&all, item.data, sizeof all);
    if (count_up(0) % all == 0)
        open_gate(2, (int)all);
    pass_gate(2);
    return mh_return(call, &all, sizeof all);
}
static const mh_routine meeting = {.name = "meet", .run = meet};

START_TEST(P12_P13_calls_with_workers_of_their_own_all_run_at_once)
{
    static const int sizes[] = {5, 1, 12};
    set_stage();
    mh_function function = function_at(_i, MH_HOME_OWN, &meeting);
    for (int s = 0; s < 3; s++) {
        mh_task *tasks[12];
        on_stage()->count[0] = 0;
        for (int i = 0; i < sizes[s]; i++)
            tasks[i] = call_with(&function, sizes[s]); // none ends before all run
        for (int i = 0; i < sizes[s]; i++)
            ck_assert_int_eq(number_of(tasks[i]), sizes[s]);
        await_workers(mh_function_pool(&function), 0); // they end soon after
    }
    close_function(&function);
}
END_TEST

// ---- a standing worker --------------------------------------------------------------------------

enum { CRASH = -1 };

static mh_status begin_at(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    int64_t *sum = malloc(sizeof *sum);
    if (sum == NULL)
        return MH_NO_MEMORY;
    memcpy(sum, argument.data, sizeof *sum);
    *state = sum;
    return MH_OK;
}

static mh_status add(mh_call *call, mh_bytes item)
{
    int64_t *sum = mh_state(call), number;
    memcpy(&number, item.data, sizeof number);
    if (number == CRASH)
        abort();
    *sum += number;
    return mh_return(call, sum, sizeof *sum);
}

static void forget(mh_call *call, void *state)
{
    (void)call;
    free(state);
}
static const mh_routine adding = {
    .name = "add", .setup = begin_at, .run = add, .teardown = forget};

static mh_function adding_at(int kind, mh_home home)
{
    static const int64_t hundred = 100;
    mh_function function = function_at(kind, home, &adding);
    function.options.argument = MH_BYTES_OF(hundred);
    return function;
}

START_TEST(P12_P13_a_standing_worker_keeps_its_state_and_takes_one_call_after_the_other)
{
    mh_function function = adding_at(_i, MH_HOME_STANDING);
    for (int round = 0; round < 2; round++) {
        mh_task *tasks[50];
        int64_t sum = 100;
        for (int i = 0; i < 50; i++)
            tasks[i] = call_with(&function, i);
        for (int i = 0; i < 50; i++) {
            sum += i;
            ck_assert_int_eq(wait_for(tasks[i]).worker, 0);
            ck_assert_int_eq(number_of(tasks[i]), sum);
        }
        close_function(&function);
    }
}
END_TEST

START_TEST(P12_P13_a_standing_worker_is_replaced_when_it_crashes)
{
    mh_log_limit(MH_LOG_OFF);
    mh_function function = adding_at(_i, MH_HOME_STANDING);
    for (int round = 0; round < 5; round++) {
        ck_assert_int_eq(number_of(call_with(&function, 5)), 105); // set up again
        ck_assert_int_eq(number_of(call_with(&function, 6)), 111);
        mh_task *crashing = call_with(&function, CRASH);
        assert_outcome(crashing, MH_CRASHED);
    }
    close_function(&function);
}
END_TEST

START_TEST(P12_P13_each_worker_of_a_private_pool_is_set_up_with_the_argument)
{
    mh_function function = adding_at(_i % KINDS, _i < KINDS ? MH_HOME_PRIVATE : MH_HOME_OWN);
    mh_task *tasks[30];
    for (int i = 0; i < 30; i++)
        tasks[i] = call_with(&function, 1000);
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(number_of(tasks[i]) % 1000, 100);
    close_function(&function);
}
END_TEST

// ---- from several threads -----------------------------------------------------------------------

static mh_function *called_by_all;

static void *call_often(void *nothing)
{
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(number_of(call_with(called_by_all, i)), i);
    return nothing;
}

START_TEST(P12_P13_threads_that_call_first_at_once_open_one_pool)
{
    pthread_t threads[6];
    mh_function function = function_at(_i % KINDS, homes[_i / KINDS], &echo);
    called_by_all = &function;
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, call_often, NULL), 0);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(mh_pools(NULL, 0), 1);
    ck_assert_uint_eq(facts_of(mh_function_pool(&function)).ended, 300);
    close_function(&function);
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0);
}
END_TEST

static void add_by_hand(TCase *tests)
{
    int first = WITH_WORKERS;
    tcase_add_loop_test(tests, P12_P13_a_function_may_live_anywhere, 0, HOMES * KINDS);
    tcase_add_loop_test(tests, P12_P13_no_worker_is_started_before_the_first_call, 0,
                        HOMES * KINDS);
    tcase_add_loop_test(tests, P12_P13_calls_with_workers_of_their_own_all_run_at_once, first,
                        SPAWNED);
    tcase_add_loop_test(
        tests, P12_P13_a_standing_worker_keeps_its_state_and_takes_one_call_after_the_other, 0,
        SPAWNED);
    tcase_add_loop_test(tests, P12_P13_a_standing_worker_is_replaced_when_it_crashes, FORKED,
                        SPAWNED);
    tcase_add_loop_test(
        tests, P12_P13_each_worker_of_a_private_pool_is_set_up_with_the_argument, 0, 2 * KINDS);
    tcase_add_loop_test(tests, P12_P13_threads_that_call_first_at_once_open_one_pool, 0,
                        HOMES * KINDS);
}

int main(void)
{
    Suite *suite = suite_create("functions");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, P12_P13_a_plain_function_runs_elsewhere_by_one_line, THREADS,
                        SPAWNED);
    tcase_add_loop_test(tests, P12_P13_an_argument_may_be_a_struct, THREADS, SPAWNED);
    add_by_hand(tests);
    return run_suite(suite);
}
