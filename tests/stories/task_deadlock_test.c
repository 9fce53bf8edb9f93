// Waiting for oneself: a task, or a callback, that waits for its own task or its own pool,
// directly or round a corner, is told so at once; and the pool is as good as before.
#include "support/heard.h"
#include "support/submitted.h"

// ---- oneself ------------------------------------------------------------------------------------

enum {
    TASK_WAIT,
    TASK_WAIT_COUNT,
    COMPLETIONS,
    POOL_WAIT,
    POOL_HOLD,
    SHUTDOWN,
    END,
    NEXT,
    CALLS
};

typedef struct answers {
    mh_status status[CALLS];
} answers;

static mh_status await_next_of(mh_task *task)
{
    mh_completions *ended;
    mh_task *next;
    mh_status status = mh_completions_open(&ended, &task, 1);
    if (status == MH_OK) {
        status = mh_completions_next(ended, &next, MH_FOREVER);
        mh_completions_close(ended);
    }
    return status;
}

static answers ask_pool(mh_pool *pool)
{
    mh_result last;
    answers told = {{0}};
    told.status[POOL_WAIT] = mh_pool_wait(pool, false, MH_FOREVER);
    told.status[POOL_HOLD] = mh_pool_wait(pool, true, MH_FOREVER);
    told.status[SHUTDOWN] = mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, true, MH_FOREVER);
    told.status[END] = mh_pool_end(pool);
    told.status[NEXT] = mh_pool_next(pool, &last, MH_FOREVER);
    mh_pool_close(pool); // does nothing but say so
    return told;
}

static mh_status wait_for_self(mh_call *call, mh_bytes item)
{
    (void)item;
    mh_task *self = mh_task_of(call);
    answers told = ask_pool(mh_task_pool(self));
    told.status[TASK_WAIT] = mh_task_wait(self, MH_FOREVER);
    told.status[TASK_WAIT_COUNT] = mh_task_wait_count(&self, 1, 1, NULL, MH_FOREVER);
    told.status[COMPLETIONS] = await_next_of(self);
    return mh_return(call, &told, sizeof told);
}
static const mh_routine selfish = {.name = "wait for oneself", .run = wait_for_self};

static void assert_as_good_as_before(mh_pool *pool)
{
    ck_assert_int_eq(facts_of(pool).state, MH_POOL_OPEN);
    ck_assert_int_eq(number_of(submit(pool, &echo, 5)), 5);
}

START_TEST(N6_a_task_that_waits_for_itself_or_its_pool_is_told_so)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 2);
    mh_task *task = submit(pool, &selfish, 0);
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.outcome, MH_DONE);
    answers told = mh_result_as(answers, result);
    for (int i = 0; i < CALLS; i++)
        ck_assert_msg(told.status[i] == MH_DEADLOCK, "call %d: %s", i,
                      mh_status_text(told.status[i]));
    ck_assert_int_eq(lines_heard(), CALLS + 1); // a reason for each, also for the close
    ck_assert(was_heard("mh_pool_close"));
    mh_task_drop(task);
    assert_as_good_as_before(pool);
    mh_pool_close(pool);
}
END_TEST

// ---- round a corner -----------------------------------------------------------------------------

// Each of a chain submits and awaits the next, and the last awaits the first.
typedef struct chain_link {
    mh_task *first;
    int left;          // how many are to come
    int way;           // to wait
    bool all_run;      // each waits only when the next runs already, on another worker
    mh_pool *pools[2]; // in turn
} chain_link;

enum { BY_TASK, BY_COUNT, BY_COMPLETIONS, WAYS };

static mh_status wait_by(int way, mh_task *task)
{
    if (way == BY_COMPLETIONS)
        return await_next_of(task);
    return way == BY_TASK ? mh_task_wait(task, MH_FOREVER)
                          : mh_task_wait_count(&task, 1, 1, NULL, MH_FOREVER);
}

static mh_status go_on(mh_call *call, mh_bytes item);
static const mh_routine going_on = {.name = "go on", .run = go_on};

// Returns how many links of the chain, from here on, were refused.
static mh_status go_on(mh_call *call, mh_bytes item)
{
    chain_link self;
    memcpy(&self, item.data, sizeof self);
    if (self.all_run && self.first != NULL)
        open_gate(RUNNING, 1);
    self.first = self.first != NULL ? self.first : mh_task_of(call);
    mh_task *next = NULL;
    int64_t refused = 0;
    mh_pool *pool = self.pools[self.left % 2];
    if (self.left-- > 0 && mh_submit(pool, &going_on, MH_BYTES_OF(self), NULL, &next) != MH_OK)
        return mh_fail(call, 1, "the next was not submitted");
    if (self.all_run && next != NULL)
        pass_gate(RUNNING);
    mh_status status = wait_by(self.way, next != NULL ? next : self.first);
    refused += status == MH_DEADLOCK;
    if (status != MH_OK && status != MH_DEADLOCK)
        return mh_fail(call, status, "it was not waited for");
    mh_result result;
    if (next != NULL && status == MH_OK && mh_task_result(next, &result) == MH_OK)
        refused += mh_result_as(int64_t, result);
    mh_task_drop(next);
    return mh_return(call, &refused, sizeof refused);
}

static int64_t run_chain(mh_pool *pool, chain_link first)
{
    mh_task *task = NULL;
    ck_assert_int_eq(mh_submit(pool, &going_on, MH_BYTES_OF(first), NULL, &task), MH_OK);
    return number_of(task);
}

START_TEST(N6_tasks_that_wait_in_a_circle_are_told_so)
{
    mh_log_limit(MH_LOG_OFF);
    for (int workers = 1; workers <= 3; workers++) {
        mh_pool *pool = open_kind(_i % WITH_PROCESSES, workers);
        for (int links = 1; links <= 4; links++) // whoever would close the circle
            ck_assert_int_eq(run_chain(pool, (chain_link){.left = links,
                                                          .way = _i / WITH_PROCESSES,
                                                          .pools = {pool, pool}}),
                             1);
        assert_as_good_as_before(pool);
        mh_pool_close(pool);
    }
}
END_TEST

START_TEST(N6_a_circle_of_tasks_that_all_run_is_seen_whichever_way_they_wait)
{
    mh_log_limit(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_kind(THREADS, 5);
    for (int links = 1; links <= 4; links++) {
        chain_link first = {.left = links, .way = _i, .all_run = true, .pools = {pool, pool}};
        ck_assert_int_eq(run_chain(pool, first), 1);
    }
    assert_as_good_as_before(pool);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N6_a_circle_over_two_pools_is_seen_as_well)
{
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i % WITH_PROCESSES, 5);
    mh_pool *other = open_kind(_i / WITH_PROCESSES, 5);
    bool is_serial = _i != THREADS + WITH_PROCESSES * THREADS; // no room there for a third
    for (int links = 1; links <= (is_serial ? 1 : 4); links++)
        ck_assert_int_eq(run_chain(pool, (chain_link){.left = links, .pools = {pool, other}}),
                         1);
    assert_as_good_as_before(pool);
    assert_as_good_as_before(other);
    mh_pool_close(pool);
    mh_pool_close(other);
}
END_TEST

// ---- callbacks ----------------------------------------------------------------------------------

static answers told_in_callback;

static void wait_in_callback(void *context, mh_task *task, const mh_result *result)
{
    int *times = context;
    (void)result;
    ++*times;
    told_in_callback = ask_pool(mh_task_pool(task));
    told_in_callback.status[TASK_WAIT] = mh_task_wait(task, MH_FOREVER); // which has ended
}

START_TEST(P10_a_callback_that_waits_for_its_pool_is_told_so)
{
    int times = 0;
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 2);
    submit_and_forget(pool, &echo, 3,
                      &(mh_task_options){.on_end = wait_in_callback, .context = &times});
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(times, 1);
    for (int i = POOL_WAIT; i <= SHUTDOWN; i++)
        ck_assert_int_eq(told_in_callback.status[i], MH_DEADLOCK);
    ck_assert_int_eq(told_in_callback.status[NEXT], MH_DEADLOCK);
    ck_assert_int_eq(told_in_callback.status[TASK_WAIT], MH_OK);
    ck_assert(was_heard("mh_pool_close"));
    assert_as_good_as_before(pool);
    mh_pool_close(pool);
}
END_TEST

static void wait_for_others(void *context, mh_task *task, const mh_result *result)
{
    int64_t *sum = context;
    for (int64_t i = 1; i <= 3 && result->outcome == MH_DONE; i++)
        *sum += number_of(submit(mh_task_pool(task), &echo, i));
}

START_TEST(P10_a_callback_may_wait_for_other_tasks_of_its_pool)
{
    int64_t sum = 0;
    mh_pool *pool = open_kind(_i, 1);
    for (int i = 0; i < 10; i++)
        submit_and_forget(pool, &echo, i,
                          &(mh_task_options){.on_end = wait_for_others, .context = &sum});
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(sum, 60);
    mh_pool_close(pool);
}
END_TEST

// ---- functions ----------------------------------------------------------------------------------

static mh_status close_own_function(mh_call *call, mh_bytes item)
{
    mh_function *self;
    memcpy(&self, item.data, sizeof self);
    int64_t status = mh_function_close(self, MH_FOREVER);
    return mh_return(call, &status, sizeof status);
}
static const mh_routine closing = {.name = "close own function", .run = close_own_function};

START_TEST(P12_a_call_that_closes_its_own_function_is_told_so)
{
    static const mh_home homes[] = {MH_HOME_OWN, MH_HOME_STANDING, MH_HOME_PRIVATE};
    mh_log_limit(MH_LOG_OFF);
    mh_function function = MH_FUNCTION(&closing, .kind = story_kinds[_i % 2].kind,
                                       .home = homes[_i / 2]);
    mh_function *self = &function;
    mh_task *task = NULL;
    ck_assert_int_eq(mh_function_call(self, MH_BYTES_OF(self), &task), MH_OK);
    ck_assert_int_eq(number_of(task), MH_DEADLOCK);
    ck_assert_int_eq(mh_function_close(self, MH_FOREVER), MH_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting for oneself");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests, N6_a_task_that_waits_for_itself_or_its_pool_is_told_so, 0,
                        WITH_PROCESSES);
    tcase_add_loop_test(tests, N6_tasks_that_wait_in_a_circle_are_told_so, 0,
                        WAYS * WITH_PROCESSES);
    tcase_add_loop_test(
        tests, N6_a_circle_of_tasks_that_all_run_is_seen_whichever_way_they_wait, 0, WAYS);
    tcase_add_loop_test(tests, N6_a_circle_over_two_pools_is_seen_as_well, 0,
                        WITH_PROCESSES * WITH_PROCESSES);
    tcase_add_loop_test(tests, P10_a_callback_that_waits_for_its_pool_is_told_so, 0, KINDS);
    tcase_add_loop_test(tests, P10_a_callback_may_wait_for_other_tasks_of_its_pool, 0, KINDS);
    tcase_add_loop_test(tests, P12_a_call_that_closes_its_own_function_is_told_so, 0, 6);
    return run_suite(suite);
}
