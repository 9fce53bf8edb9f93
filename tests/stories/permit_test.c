// Permits of the dead: whoever ends with a permit, in whatever way, it comes back; a task's
// own, and one that a worker process took itself.
#include <pthread.h>
#include <signal.h>

#include "support/asleep.h"
#include "support/heard.h"
#include "support/limited.h"

static void open_quietly(int permits)
{
    listen_to_log(MH_LOG_OFF); // deaths are told
    open_limiter(permits);
}

// ---- a task's own -------------------------------------------------------------------------------

enum { END_DONE, END_FAILED, END_CRASHED, END_KILLED, ENDS };
static const mh_outcome outcomes[ENDS] = {MH_DONE, MH_FAILED, MH_CRASHED, MH_CANCELLED};

static mh_status end_somehow(mh_call *call, mh_bytes item)
{
    int64_t end;
    memcpy(&end, item.data, sizeof end);
    if (end == END_FAILED)
        return mh_fail(call, 1, "as it was told");
    if (end == END_CRASHED)
        raise(SIGSEGV);
    if (end == END_KILLED) {
        open_gate(RUNNING, 1);
        pass_gate(GO_ON); // which nobody opens
    }
    return MH_OK;
}
static const mh_routine ending = {.name = "end somehow", .run = end_somehow};

START_TEST(P14_the_permit_of_a_task_comes_back_however_it_ended)
{
    open_quietly(1);
    mh_pool *pool = open_kind(_i, 2);
    mh_task_options options = {.limiter = limiter};
    for (int i = 0; i < 12; i++) { // each needs the permit of the one before
        int end = i % (_i < WITH_PROCESSES ? END_CRASHED : ENDS);
        mh_task *task = submit_with(pool, &ending, end, &options);
        if (end == END_KILLED) {
            pass_gate(RUNNING);
            ck_assert_int_eq(mh_task_kill(task), MH_OK);
        }
        assert_outcome(task, outcomes[end]);
    }
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    close_limiter();
    mh_pool_close(pool);
}
END_TEST

START_TEST(P14_a_task_of_several_inputs_has_one_permit_for_all)
{
    enum { COUNT = 10 };
    int64_t numbers[COUNT] = {0};
    numbers[4] = _i < WITH_PROCESSES ? END_FAILED : END_CRASHED;
    open_quietly(1);
    mh_pool *pool = open_kind(_i, 2);
    mh_task *tasks[COUNT];
    size_t made = 0;
    ck_assert_int_eq(mh_submit_each(pool, &ending, numbers, COUNT, sizeof *numbers, 5,
                                    &(mh_task_options){.limiter = limiter}, tasks, &made),
                     MH_OK);
    ck_assert_uint_eq(made, 2);
    assert_outcome(tasks[0], outcomes[numbers[4]]); // the first that is not done
    assert_outcome(tasks[1], MH_DONE);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    close_limiter();
    mh_pool_close(pool);
}
END_TEST

// ---- one that a worker took itself --------------------------------------------------------------

enum { GIVE_BACK, CRASH, WAIT_TO_BE_KILLED };

static mh_status take_and_end(mh_call *call, mh_bytes item)
{
    int64_t end;
    memcpy(&end, item.data, sizeof end);
    mh_status status = mh_limiter_take(limiter, MH_FOREVER);
    if (status != MH_OK)
        return mh_fail(call, status, "no permit");
    be_inside();
    if (end == CRASH)
        abort();
    if (end == WAIT_TO_BE_KILLED) {
        open_gate(RUNNING, 1);
        pass_gate(GO_ON);
    }
    status = mh_limiter_give(limiter);
    return status == MH_OK ? mh_return(call, &end, sizeof end) : status;
}
static const mh_routine taking_to_end = {.name = "take and end", .run = take_and_end};

START_TEST(P14_a_permit_that_a_dead_worker_had_taken_comes_back)
{
    enum { TASKS = 40 };
    open_quietly(1 + _i);
    mh_pool *pool = open_kind(FORKED, 3);
    mh_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = submit(pool, &taking_to_end, i % 4 == 1 ? CRASH : GIVE_BACK);
    for (int i = 0; i < TASKS; i++)
        assert_outcome(tasks[i], i % 4 == 1 ? MH_CRASHED : MH_DONE);
    ck_assert_int_le(counted(MOST_INSIDE), 1 + _i);
    for (int i = 0; i < 1 + _i; i++) // all of them, if perhaps a moment later
        ck_assert_int_eq(mh_limiter_take(limiter, MH_FOREVER), MH_OK);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_TIMEOUT);
    for (int i = 0; i < 1 + _i; i++)
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

START_TEST(P14_a_killed_worker_gives_its_permit_to_one_that_waits_for_it)
{
    open_quietly(1);
    mh_pool *pool = open_kind(FORKED, 2);
    for (int round = 0; round < 5; round++) {
        mh_task *holder = submit(pool, &taking_to_end, WAIT_TO_BE_KILLED);
        pass_gate(RUNNING);
        mh_task *waiter = submit(pool, &taking_to_end, GIVE_BACK);
        ck_assert_int_eq(mh_limiter_take(limiter, mh_in_ms(5)), MH_TIMEOUT);
        ck_assert_int_eq(mh_task_kill(holder), MH_OK);
        assert_outcome(holder, MH_CANCELLED);
        ck_assert_int_eq(number_of(waiter), GIVE_BACK);
    }
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

// A task parked for a permit that a worker of another pool takes with it.
START_TEST(P14_a_task_without_a_permit_hears_of_the_death_of_its_holder)
{
    open_quietly(1);
    mh_pool *pool = open_kind(FORKED, 1), *other = open_kind(_i, 1);
    mh_task *holder = submit(pool, &taking_to_end, WAIT_TO_BE_KILLED);
    pass_gate(RUNNING);
    mh_task *parked = submit_with(other, &echo, 5, &(mh_task_options){.limiter = limiter});
    ck_assert_int_eq(number_of(submit(other, &echo, 6)), 6);
    ck_assert_int_eq(mh_task_state_of(parked), MH_TASK_QUEUED);
    ck_assert_int_eq(mh_task_kill(holder), MH_OK);
    ck_assert_int_eq(number_of(parked), 5);
    assert_outcome(holder, MH_CANCELLED);
    mh_pool_close(other);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

static void share_one_processor(void)
{
    cpu_set_t all, one;
    ck_assert_int_eq(sched_getaffinity(0, sizeof all, &all), 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &all))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
}

enum { NEVER = 3 }; // a gate that nobody opens

// With the least claim to the only processor: woken, it does not run before others sleep.
static mh_status take_late(mh_call *call, mh_bytes item)
{
    const struct sched_param none = {.sched_priority = 0};
    if (sched_setscheduler(0, SCHED_IDLE, &none) != 0)
        return mh_fail(call, 1, "no such scheduling");
    on_stage()->pid[WAITER] = gettid();
    open_gate(RUNNING, 1);
    mh_limiter_take(limiter, MH_FOREVER);
    pass_gate(NEVER); // it is killed here, if it was not before
    return mh_return(call, item.data, item.size);
}
static const mh_routine taking_late = {.name = "take late", .run = take_late};

static void *take_in_thread(void *nothing)
{
    on_stage()->pid[WAITER + 1] = gettid();
    open_gate(RUNNING, 1);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_FOREVER), MH_OK);
    return nothing;
}

static void await_asleep(int waiter)
{
    pass_gate(RUNNING);
    while (!is_asleep(on_stage()->pid[WAITER + waiter]))
        sched_yield();
}

START_TEST(P14_who_dies_on_the_way_to_its_permit_keeps_it_from_nobody)
{
    share_one_processor();
    open_quietly(1);
    mh_pool *pool = open_kind(FORKED, 1);
    for (int round = 0; round < 5; round++) {
        pthread_t thread;
        ck_assert_int_eq(mh_limiter_take(limiter, MH_FOREVER), MH_OK);
        mh_task *dying = submit(pool, &taking_late, 0);
        await_asleep(0);
        ck_assert_int_eq(pthread_create(&thread, NULL, take_in_thread, NULL), 0);
        await_asleep(1);
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK); // wakes the one that came first
        ck_assert_int_eq(kill(on_stage()->pid[WAITER], SIGKILL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
        assert_outcome(dying, MH_CRASHED);
    }
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

// ---- given back by others in a worker's process --------------------------------------------------

static int64_t give_here(int64_t number)
{
    return number + mh_limiter_give(limiter);
}
MH_ROUTINE(giving_here, give_here, int64_t, int64_t);

static void *give_in_thread(void *status)
{
    *(mh_status *)status = mh_limiter_give(limiter);
    return NULL;
}

static mh_status give_in_pool(int kind)
{
    mh_pool *own = NULL;
    mh_task *task = NULL;
    mh_result result = {.data = NULL};
    const int64_t number = 0;
    const mh_pool_options options = options_of(kind, 1);
    mh_status status = mh_pool_open(&own, &options);
    if (status == MH_OK)
        status = mh_submit(own, &giving_here, MH_BYTES_OF(number), NULL, &task);
    if (status == MH_OK)
        status = mh_task_wait(task, MH_FOREVER);
    if (status == MH_OK)
        status = mh_task_result(task, &result);
    if (status == MH_OK)
        status = (mh_status)mh_result_as(int64_t, result);
    mh_task_drop(task);
    mh_pool_close(own);
    return status;
}

enum { LEAVES = 2, GIVERS = THREADS + 2 }; // a gate; a thread, or a pool of one of these kinds

static mh_status take_and_have_given(mh_call *call, mh_bytes item)
{
    int giver = (int)*(const int64_t *)item.data;
    mh_status status = mh_limiter_take(limiter, MH_FOREVER);
    pthread_t thread;
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    if (status == MH_OK && giver > THREADS) {
        pthread_create(&thread, NULL, give_in_thread, &status);
        pthread_join(thread, NULL);
    } else if (status == MH_OK) {
        status = give_in_pool(giver);
    }
    pass_gate(LEAVES);
    return status == MH_OK ? mh_return(call, item.data, item.size)
                           : mh_fail(call, status, "%s", mh_status_text(status));
}
static const mh_routine taking_for_others = {.name = "take", .run = take_and_have_given};

START_TEST(P14_a_task_hears_of_a_permit_whoever_in_a_worker_gives_it)
{
    open_quietly(1);
    mh_pool *pool = open_kind(FORKED, 1), *other = open_kind(THREADS, 1);
    mh_task *holder = submit(pool, &taking_for_others, _i);
    pass_gate(RUNNING);
    mh_task *parked = submit_limited(other, &echo, 5);
    ck_assert_int_eq(number_of(submit(other, &echo, 6)), 6);
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(parked), 5);
    open_gate(LEAVES, 1);
    ck_assert_int_eq(number_of(holder), _i);
    mh_pool_close(other);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

// ---- whose it is --------------------------------------------------------------------------------

static mh_status give_only(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_log_limit(MH_LOG_OFF);
    int64_t status = mh_limiter_give(limiter);
    return mh_return(call, &status, sizeof status);
}
static const mh_routine giving = {.name = "give", .run = give_only};

START_TEST(P14_a_process_gives_back_only_what_it_has_taken)
{
    open_quietly(2);
    mh_pool *pool = open_kind(FORKED, 1);
    ck_assert_int_eq(mh_limiter_take(limiter, MH_NOW), MH_OK);
    ck_assert_int_eq(number_of(submit(pool, &giving, 0)), MH_INVALID);
    ck_assert_int_eq(mh_limiter_available(limiter), 1);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_OK);
    ck_assert_int_eq(mh_limiter_give(limiter), MH_INVALID);
    ck_assert_int_eq(mh_limiter_available(limiter), 2);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

START_TEST(P14_the_permit_of_a_task_is_not_its_own_to_give)
{
    open_quietly(1);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit_with(pool, &giving, 0, &(mh_task_options){.limiter = limiter});
    ck_assert_int_eq(number_of(task), MH_INVALID);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    mh_pool_close(pool);
    close_limiter();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("permits");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests, P14_the_permit_of_a_task_comes_back_however_it_ended, 0, KINDS);
    tcase_add_loop_test(tests, P14_a_task_of_several_inputs_has_one_permit_for_all, 0, KINDS);
    tcase_add_loop_test(tests, P14_a_permit_that_a_dead_worker_had_taken_comes_back, 0, 3);
    tcase_add_test(tests, P14_a_killed_worker_gives_its_permit_to_one_that_waits_for_it);
    tcase_add_loop_test(tests, P14_a_task_without_a_permit_hears_of_the_death_of_its_holder, 0,
                        KINDS);
    tcase_add_test(tests, P14_who_dies_on_the_way_to_its_permit_keeps_it_from_nobody);
    if (!has_thread_sanitizer) // it cannot follow threads that a forked child starts
        tcase_add_loop_test(tests, P14_a_task_hears_of_a_permit_whoever_in_a_worker_gives_it, 0,
                            GIVERS);
    tcase_add_test(tests, P14_a_process_gives_back_only_what_it_has_taken);
    tcase_add_loop_test(tests, P14_the_permit_of_a_task_is_not_its_own_to_give, 0, SPAWNED);
    return run_suite(suite);
}
