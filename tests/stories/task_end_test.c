// The end of a task: whoever waits, asks, goes through completions or is called back learns the
// same, and the callback comes exactly once.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>

#include "told.h"

static mh_status give_up(mh_call *call, mh_bytes item)
{
    (void)item;
    return mh_fail(call, 17, "it cannot be done");
}
static const mh_routine failing = {.name = "give up", .run = give_up};

static mh_status crash(mh_call *call, mh_bytes item)
{
    (void)call;
    (void)item;
    raise(SIGKILL);
    return MH_OK;
}
static const mh_routine crashing = {.name = "crash", .run = crash};

// ---- all agree ----------------------------------------------------------------------------------

enum way { DONE, FAILED, CANCELLED, CRASHED, WAYS };
static const struct {
    const mh_routine *routine;
    mh_outcome outcome;
} ways[WAYS] = {[DONE] = {&counting, MH_DONE},
                [FAILED] = {&failing, MH_FAILED},
                [CANCELLED] = {&counting, MH_CANCELLED},
                [CRASHED] = {&crashing, MH_CRASHED}};

// A crash would take threads with it.
static int ways_of(int kind)
{
    return kind < WITH_PROCESSES ? CRASHED : WAYS;
}

static void assert_same(const mh_result *one, const mh_result *other)
{
    ck_assert_int_eq(one->outcome, other->outcome);
    ck_assert_int_eq(one->code, other->code);
    ck_assert_uint_eq(one->index, other->index);
    ck_assert_uint_eq(one->size, other->size);
    ck_assert_int_eq(one->worker, other->worker);
    ck_assert_int_eq(one->pid, other->pid);
    ck_assert_int_eq(one->signal, other->signal);
    ck_assert_int_eq(one->exit_code, other->exit_code);
    ck_assert_int_eq(one->likely_oom, other->likely_oom);
    ck_assert_uint_eq(one->attempt, other->attempt);
    ck_assert_uint_eq(one->duration_ns, other->duration_ns);
}

static void assert_told(const told *self, mh_task *task)
{
    mh_result result = result_of(task);
    ck_assert_int_eq(self->times, 1);
    ck_assert_ptr_eq(self->task, task);
    ck_assert_uint_eq(self->id, mh_task_id(task));
    assert_same(&self->result, &result);
    ck_assert_str_eq(self->message, result.message);
    ck_assert_int_eq(self->value, mh_result_as(int64_t, result));
}

static void assert_ended(const told *self, enum way way)
{
    ck_assert_int_eq(self->result.outcome, ways[way].outcome);
    ck_assert_int_eq(self->value, way == DONE ? 100 : 0);
    ck_assert_int_eq(self->message[0] == '\0', way == DONE);
    ck_assert_int_eq(self->result.signal, way == CRASHED ? SIGKILL : 0);
    ck_assert_int_eq(self->result.worker, way == CANCELLED ? -1 : 0);
    if (way == FAILED) {
        ck_assert_int_eq(self->result.code, 17);
        ck_assert_str_eq(self->message, "it cannot be done");
    }
}

// Each comes once.
static void go_through(mh_completions *ended, const told *notes, mh_result *results, int count)
{
    bool seen[WAYS] = {false};
    mh_task *task;
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(mh_completions_next(ended, &task, MH_FOREVER), MH_OK);
        ck_assert_int_eq(mh_task_state_of(task), MH_TASK_ENDED);
        ptrdiff_t way = (const told *)mh_task_context(task) - notes;
        ck_assert_int_eq(mh_task_result(task, &results[way]), MH_OK);
        ck_assert(!seen[way]);
        seen[way] = true;
    }
    ck_assert_int_eq(mh_completions_next(ended, &task, MH_FOREVER), MH_END);
}

static void submit_all(mh_pool *pool, int kind, told *notes, mh_task **tasks)
{
    for (int w = 0; w < ways_of(kind); w++)
        tasks[w] = submit_told(pool, ways[w].routine, 100 + w, &notes[w]);
    ck_assert_int_eq(mh_task_cancel(tasks[CANCELLED]), MH_OK);
    ck_assert_int_eq(mh_task_state_of(tasks[CANCELLED]), MH_TASK_ENDED);
}

START_TEST(P10_waiting_asking_completions_and_callbacks_agree)
{
    mh_pool *pool = open_noted(_i, 1);
    int count = ways_of(_i);
    for (int round = 0; round < 5; round++) {
        told notes[WAYS] = {0};
        mh_task *tasks[WAYS], *busy = _i == SERIAL ? NULL : keep_one_busy(pool);
        mh_completions *ended;
        mh_result results[WAYS];
        submit_all(pool, _i, notes, tasks);
        ck_assert_int_eq(mh_completions_open(&ended, tasks, (size_t)count), MH_OK);
        open_gate(GO_ON, busy == NULL ? 0 : 1);
        go_through(ended, notes, results, count);
        mh_completions_close(ended);
        wait_for_all(pool);
        for (int w = 0; w < count; w++) {
            mh_result told_by_task = result_of(tasks[w]);
            assert_same(&results[w], &told_by_task);
            assert_told(&notes[w], tasks[w]);
            assert_ended(&notes[w], (enum way)w);
            mh_task_drop(tasks[w]);
        }
        mh_task_drop(busy);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(P2_somebody_who_only_asks_sees_the_end_as_well)
{
    mh_pool *pool = open_noted(_i, 2);
    for (int w = 0; w < ways_of(_i); w++) {
        told note = {0};
        mh_result result;
        if (w == CANCELLED)
            continue;
        mh_task *task = submit_told(pool, ways[w].routine, w, &note);
        while (mh_task_state_of(task) != MH_TASK_ENDED)
            sched_yield();
        ck_assert_int_eq(mh_task_result(task, &result), MH_OK); // nobody has waited
        ck_assert_int_eq(result.outcome, ways[w].outcome);
        wait_for_all(pool);
        assert_told(&note, task);
        mh_task_drop(task);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- exactly once -------------------------------------------------------------------------------

enum { USERS = 4, TASKS_EACH = 200 };

typedef struct user {
    mh_pool *pool;
    told notes[TASKS_EACH];
    pthread_t thread;
} user;

static void *submit_many(void *argument)
{
    user *self = argument;
    for (int64_t i = 0; i < TASKS_EACH; i++) {
        mh_task *task = submit_told(self->pool, i % 7 == 0 ? &failing : &counting, i,
                                    &self->notes[i]);
        if (i % 3 == 0)
            mh_task_cancel(task); // perhaps too late
        mh_task_drop(task);
    }
    return NULL;
}

START_TEST(P10_each_callback_comes_exactly_once)
{
    static user users[USERS];
    mh_pool *pool = open_noted(_i, 2);
    for (int u = 0; u < USERS; u++) {
        memset(&users[u], 0, sizeof users[u]);
        users[u].pool = pool;
        ck_assert_int_eq(pthread_create(&users[u].thread, NULL, submit_many, &users[u]), 0);
    }
    for (int u = 0; u < USERS; u++)
        pthread_join(users[u].thread, NULL);
    wait_for_all(pool);
    int done = 0;
    for (int i = 0; i < USERS * TASKS_EACH; i++) {
        const told *note = &users[i / TASKS_EACH].notes[i % TASKS_EACH];
        ck_assert_int_eq(note->times, 1);
        done += note->result.outcome == MH_DONE;
        if (note->result.outcome == MH_DONE)
            ck_assert_int_eq(note->value, i % TASKS_EACH);
    }
    ck_assert_int_eq(counted(RUNS), done);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P10_a_close_calls_back_for_what_never_ran)
{
    enum { TASKS = 20 };
    told notes[TASKS] = {0};
    mh_pool *pool = open_noted(_i, 1);
    for (int i = 0; i < TASKS; i++)
        mh_task_drop(submit_told(pool, &counting, i, &notes[i]));
    mh_pool_close(pool);
    int done = 0, cancelled = 0;
    for (int i = 0; i < TASKS; i++) {
        ck_assert_int_eq(notes[i].times, 1);
        done += notes[i].result.outcome == MH_DONE;
        cancelled += notes[i].result.outcome == MH_CANCELLED;
    }
    ck_assert_int_eq(counted(RUNS), done);
    ck_assert_int_eq(done + cancelled, TASKS);
}
END_TEST

START_TEST(P10_a_refused_submit_never_calls_back)
{
    told note = {0};
    mh_pool *pool = open_noted(_i, 1);
    mh_task *task;
    mh_task_options options = {.on_end = remember, .context = &note};
    ck_assert_int_eq(mh_pool_end(pool), MH_OK);
    ck_assert_int_eq(submit_noted(pool, &counting, 1, options, &task), MH_CLOSED);
    mh_pool_close(pool);
    ck_assert_int_eq(note.times, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ends of tasks");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, P10_waiting_asking_completions_and_callbacks_agree, 0, KINDS);
    tcase_add_loop_test(tests, P2_somebody_who_only_asks_sees_the_end_as_well, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, P10_each_callback_comes_exactly_once, 0, KINDS);
    tcase_add_loop_test(tests, P10_a_close_calls_back_for_what_never_ran, 0, KINDS);
    tcase_add_loop_test(tests, P10_a_refused_submit_never_calls_back, 0, KINDS);
    return run_suite(suite);
}
