// Functions with options: callbacks, priorities, limiters; a pool that several share; closing
// in time; and options that contradict each other.
#include "support/refused.h"
#include "support/submitted.h"

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

// ---- what each call brings ----------------------------------------------------------------------

enum { INSIDE = 1, MOST_INSIDE = 2 }; // places on the stage

typedef struct told {
    int times;
    int64_t sum;
} told;

static void add_up(void *context, mh_task *task, const mh_result *result)
{
    told *self = context;
    (void)task;
    self->times++;
    self->sum += mh_result_as(int64_t, *result);
}

START_TEST(P12_P13_P10_a_callback_is_told_and_the_task_may_keep_nothing)
{
    static told all;
    static mh_function function = MH_FUNCTION(
        &echo, .task = {.on_end = add_up, .context = &all, .keep_nothing = true});
    function.options.kind = story_kinds[_i].kind;
    mh_task *task = NULL;
    for (int i = 1; i <= 20; i++) {
        mh_task_drop(task);
        task = call_with(&function, i);
    }
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.outcome, MH_DONE);
    ck_assert_uint_eq(result.size, 0);
    ck_assert_ptr_null(result.data);
    mh_task_drop(task);
    close_function(&function);
    ck_assert_int_eq(all.times, 20);
    ck_assert_int_eq(all.sum, 210);
}
END_TEST

static mh_status enter_and_leave(mh_call *call, mh_bytes item)
{
    int inside = count_up(INSIDE);
    for (int most = counted(MOST_INSIDE); inside > most;)
        atomic_compare_exchange_weak(&on_stage()->count[MOST_INSIDE], &most, inside);
    for (int i = 0; i < 20; i++)
        sched_yield(); // so that others would come in
    atomic_fetch_sub(&on_stage()->count[INSIDE], 1);
    return mh_return(call, item.data, item.size);
}
static const mh_routine entering = {.name = "enter and leave", .run = enter_and_leave};

START_TEST(P12_P13_P14_a_limiter_may_be_one_of_the_options)
{
    set_stage();
    mh_limiter *two;
    ck_assert_int_eq(mh_limiter_open(&two, 2), MH_OK);
    mh_function function = MH_FUNCTION(&entering, .kind = story_kinds[_i].kind,
                                       .task = {.limiter = two});
    mh_task *tasks[20];
    for (int i = 0; i < 20; i++)
        tasks[i] = call_with(&function, i);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(number_of(tasks[i]), i);
    ck_assert_int_le(counted(MOST_INSIDE), 2);
    close_function(&function);
    ck_assert_int_eq(mh_limiter_close(two), MH_OK);
}
END_TEST

// ---- shared by two ------------------------------------------------------------------------------

static int64_t in_order(int64_t number)
{
    return 100 * count_up(0) + number;
}
MH_ROUTINE(ordered, in_order, int64_t, int64_t);

static mh_function function_in(int kind, const mh_routine *routine, const char *name,
                               int priority)
{
    mh_function function = MH_FUNCTION(
        routine, .kind = story_kinds[kind].kind, .pool_name = name,
        .pool = {.workers = 1, .prefetch = MH_PREFETCH_NONE, .start = story_kinds[kind].start},
        .task = {.priority = priority});
    return function;
}

START_TEST(P12_P13_P3_two_functions_share_a_named_pool_and_the_more_urgent_goes_first)
{
    set_stage();
    mh_function patient = function_in(_i, &ordered, "shared", 10);
    mh_function urgent = function_in(_i, &ordered, "shared", -10);
    mh_function blocking = function_in(_i, &waiting, "shared", -20);
    mh_task *first = call_with(&blocking, 0), *tasks[6];
    if (_i == SERIAL)
        open_gate(GO_ON, 1);
    else
        pass_gate(RUNNING);
    for (int i = 0; i < 6; i++)
        tasks[i] = call_with(i % 2 == 0 ? &patient : &urgent, i);
    ck_assert_ptr_eq(mh_function_pool(&patient), mh_pool_find("shared"));
    ck_assert_ptr_eq(mh_function_pool(&urgent), mh_pool_find("shared"));
    if (_i != SERIAL)
        open_gate(GO_ON, 1);
    static const int64_t wanted[] = {400, 101, 502, 203, 604, 305};
    for (int i = 5; i >= 0; i--)
        ck_assert_int_eq(number_of(tasks[i]), wanted[i]);
    ck_assert_int_eq(number_of(first), 0);
    close_function(&patient);
    close_function(&urgent);
    close_function(&blocking);
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0);
}
END_TEST

START_TEST(P12_P13_a_named_pool_belongs_to_whoever_opened_it)
{
    mh_pool_options options = options_of(_i, 3);
    options.name = "mine";
    mh_pool *pool = open_with(&options);
    mh_function function = function_in(THREADS, &echo, "mine", 0);
    ck_assert_int_eq(number_of(call_with(&function, 5)), 5);
    ck_assert_ptr_eq(mh_function_pool(&function), pool);
    ck_assert_int_eq(mh_pool_workers(pool), _i == SERIAL ? 1 : 3); // as it was opened
    close_function(&function);
    ck_assert_ptr_eq(mh_pool_find("mine"), pool); // it stays
    ck_assert_int_eq(number_of(submit(pool, &echo, 6)), 6);
    mh_pool_close(pool);
    ck_assert_int_eq(number_of(call_with(&function, 7)), 7); // opens one of that name
    ck_assert_ptr_eq(mh_function_pool(&function), mh_pool_find("mine"));
    ck_assert_uint_eq(mh_pools_close(MH_FOREVER, NULL, 0), 0);
}
END_TEST

// ---- closing ------------------------------------------------------------------------------------

START_TEST(P12_P13_closing_waits_for_the_calls_under_way_but_not_longer_than_wanted)
{
    set_stage();
    static const mh_home homes[] = {MH_HOME_OWN, MH_HOME_STANDING, MH_HOME_PRIVATE};
    mh_function function = MH_FUNCTION(&waiting, .kind = story_kinds[_i % SPAWNED].kind,
                                       .home = homes[_i / SPAWNED]);
    mh_task *task = call_with(&function, 1);
    pass_gate(RUNNING);
    ck_assert_int_eq(mh_function_close(&function, MH_NOW), MH_TIMEOUT);
    ck_assert_int_eq(mh_function_close(&function, mh_in_ms(10)), MH_TIMEOUT);
    mh_task *another = call_with(&function, 2); // nothing was closed
    ck_assert_ptr_eq(mh_task_pool(another), mh_task_pool(task));
    open_gate(GO_ON, 2);
    close_function(&function);
    ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
    ck_assert_int_eq(number_of(task), 1);
    ck_assert_int_eq(number_of(another), 2);
    ck_assert_uint_eq(mh_pools(NULL, 0), 0);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(call_with(&function, 3)), 3);
    close_function(&function);
}
END_TEST

// ---- contradictions -----------------------------------------------------------------------------

static const mh_routine empty = {.name = "empty"};

static const struct bad {
    mh_function function;
    const char *words;
} bad[] = {
    {MH_FUNCTION(NULL), ""},
    {MH_FUNCTION(&empty), "no function to run"},
    {MH_FUNCTION(&echo, .kind = (mh_kind)7), "no kind 7"},
    {MH_FUNCTION(&echo, .home = (mh_home)4), "home 4"},
    {MH_FUNCTION(&echo, .home = (mh_home)-1), "home -1"},
    {MH_FUNCTION(&echo, .home = MH_HOME_NAMED), "name"},
    {MH_FUNCTION(&echo, .home = MH_HOME_PRIVATE, .pool_name = "x"), "home"},
    {MH_FUNCTION(&echo, .home = MH_HOME_STANDING, .pool_name = "x"), "home"},
    {MH_FUNCTION(&echo, .home = MH_HOME_NAMED, .pool_name = "x",
                 .argument = {.data = "y", .size = 1}),
     "set up"},
    {MH_FUNCTION(&echo, .home = MH_HOME_STANDING, .pool = {.workers = 3}), "3 workers"},
    {MH_FUNCTION(&echo, .pool = {.workers = 3}), "3 workers"},
    {MH_FUNCTION(&echo, .home = MH_HOME_PRIVATE, .pool = {.workers = -1}), "-1 workers"},
};

START_TEST(P12_contradictory_options_are_refused)
{
    mh_function function = bad[_i].function;
    mh_task *const before = (mh_task *)&heard, *task = before;
    int64_t number = 1;
    hear_everything();
    assert_invalid(mh_function_call(&function, MH_BYTES_OF(number), &task), bad[_i].words);
    ck_assert_ptr_eq(task, before);
    ck_assert_ptr_null(mh_function_pool(&function));
    ck_assert_uint_eq(mh_pools(NULL, 0), 0); // nothing was begun
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("functions with options");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests, P12_P13_P10_a_callback_is_told_and_the_task_may_keep_nothing, 0,
                        SPAWNED);
    tcase_add_loop_test(tests, P12_P13_P14_a_limiter_may_be_one_of_the_options, 0, SPAWNED);
    tcase_add_loop_test(
        tests, P12_P13_P3_two_functions_share_a_named_pool_and_the_more_urgent_goes_first, 0,
        KINDS);
    tcase_add_loop_test(tests, P12_P13_a_named_pool_belongs_to_whoever_opened_it, 0, KINDS);
    for (int home = 0; home < 3; home++)
        tcase_add_loop_test(
            tests, P12_P13_closing_waits_for_the_calls_under_way_but_not_longer_than_wanted,
            home * SPAWNED + WITH_WORKERS, (home + 1) * SPAWNED);
    tcase_add_loop_test(tests, P12_contradictory_options_are_refused, 0,
                        sizeof bad / sizeof *bad);
    return run_suite(suite);
}
