// A sink that is slow: workers that say more than is heard wait, or drop what finds no room; then the
// lines and those that were dropped add up.
//
// The sink stops at the first line of a worker until the test lets it go on.
#include <pthread.h>
#include <signal.h>

#include "log_story.h"
#include "support/asleep.h"

enum { MANY = 5000 };               // lines, of more than a ring can hold
enum { SINK = 2, SINK_BLOCKS = 3 }; // gates

static _Atomic bool is_blocked;

static void block_at(const char *line)
{
    if (strncmp(line, "speaker", 7) == 0 && atomic_exchange(&is_blocked, false)) {
        open_gate(SINK_BLOCKS, 1);
        pass_gate(SINK);
    }
}

static void note_slowly(void *context, mh_log_level level, const char *line)
{
    block_at(line);
    note(context, level, line);
}

static void open_slow_logbook(void)
{
    set_stage();
    open_logbook(MH_LOG_INFO);
    atomic_store(&is_blocked, true);
    mh_log_to(note_slowly, &logbook);
}

// Speaks until it has to wait, if it has to.
static mh_status speak_much(mh_call *call, mh_bytes item)
{
    int64_t speaker = *(const int64_t *)item.data;
    on_stage()->pid[speaker] = getpid();
    speak((int)speaker, 0, MANY);
    count_up(0);
    return mh_return(call, &speaker, sizeof speaker);
}
static const mh_routine talkative = {.name = "speak much", .run = speak_much};

static mh_pool *open_talkative(int kind, bool drop)
{
    mh_pool_options options = options_of(kind, 2);
    options.drop_logs = drop;
    options.prefetch = MH_PREFETCH_NONE; // each task has a worker
    return open_with(&options);
}

static void await_sleep_of(int64_t speaker)
{
    while (on_stage()->pid[speaker] == 0 || !is_asleep(on_stage()->pid[speaker]))
        sched_yield();
}

START_TEST(C7_a_worker_waits_while_it_is_not_heard)
{
    open_slow_logbook();
    mh_pool *pool = open_talkative(_i, false);
    mh_task *tasks[] = {submit(pool, &talkative, 0), submit(pool, &talkative, 1)};
    pass_gate(SINK_BLOCKS);
    await_sleep_of(0);
    await_sleep_of(1);
    ck_assert_int_eq(counted(0), 0);
    ck_assert_int_eq(lines_of(0) + lines_of(1), 0);
    open_gate(SINK, 1);
    for (int i = 0; i < 2; i++) {
        assert_waits(tasks[i]);
        assert_lines(i, MANY);
        mh_task_drop(tasks[i]);
    }
    ck_assert_int_eq(atomic_load(&logbook.dropped), 0);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_a_worker_that_waits_to_be_heard_can_be_killed)
{
    open_slow_logbook();
    mh_pool *pool = open_talkative(_i, false);
    mh_task *task = submit(pool, &talkative, 0);
    pass_gate(SINK_BLOCKS);
    await_sleep_of(0);
    ck_assert_int_eq(mh_task_kill(task), MH_OK);
    while (kill(on_stage()->pid[0], 0) == 0)
        sched_yield(); // or it could say all it has to, once it is heard
    open_gate(SINK, 1);
    assert_outcome(task, MH_CANCELLED);
    ck_assert_int_gt(lines_of(0), 0);
    ck_assert_int_lt(lines_of(0), MANY);
    ck_assert_int_eq(atomic_load(&logbook.wrong), 0);
    task = submit(pool, &talkative, 1);
    assert_waits(task);
    assert_lines(1, MANY);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

static void *let_go(void *pool)
{
    (void)pool;
    await_sleep_of(0);
    open_gate(SINK, 1);
    return NULL;
}

START_TEST(C7_a_close_hears_those_who_wait)
{
    pthread_t thread;
    open_slow_logbook();
    mh_pool *pool = open_talkative(_i, false);
    submit_and_forget(pool, &talkative, 0, NULL);
    pass_gate(SINK_BLOCKS);
    ck_assert_int_eq(pthread_create(&thread, NULL, let_go, pool), 0);
    mh_pool_close(pool);
    pthread_join(thread, NULL);
    assert_lines(0, MANY);
}
END_TEST

// ---- dropped ------------------------------------------------------------------------------------

// Counts what comes; gaps are no fault here.
static _Atomic int heard_of[2], last_of[2], out_of_order;

static void note_with_gaps(void *context, mh_log_level level, const char *line)
{
    int speaker, number;
    block_at(line);
    if (sscanf(line, "speaker %d line %d", &speaker, &number) == 2) {
        atomic_fetch_add(&heard_of[speaker], 1);
        if (number <= atomic_exchange(&last_of[speaker], number))
            atomic_fetch_add(&out_of_order, 1);
    } else {
        note(context, level, line);
    }
}

static void open_gappy_logbook(void)
{
    open_slow_logbook();
    for (int i = 0; i < 2; i++) {
        atomic_store(&heard_of[i], 0);
        atomic_store(&last_of[i], -1);
    }
    mh_log_to(note_with_gaps, &logbook);
}

START_TEST(C7_what_is_dropped_is_counted)
{
    open_gappy_logbook();
    mh_pool *pool = open_talkative(_i, true);
    mh_task *tasks[] = {submit(pool, &talkative, 0), submit(pool, &talkative, 1)};
    pass_gate(SINK_BLOCKS);
    while (counted(0) < 2)
        sched_yield(); // neither of them waits
    open_gate(SINK, 1);
    for (int i = 0; i < 2; i++) {
        assert_waits(tasks[i]);
        mh_task_drop(tasks[i]);
    }
    ck_assert_int_gt(atomic_load(&logbook.dropped), 0);
    ck_assert_int_eq(heard_of[0] + heard_of[1] + atomic_load(&logbook.dropped), 2 * MANY);
    ck_assert_int_eq(atomic_load(&out_of_order), 0);
    ck_assert(was_noted("lines were dropped by worker "));
    mh_pool_close(pool);
    ck_assert_int_eq(heard_of[0] + heard_of[1] + atomic_load(&logbook.dropped), 2 * MANY);
}
END_TEST

static mh_status speak_much_and_die(mh_call *call, mh_bytes item)
{
    speak_much(call, item);
    abort();
}
static const mh_routine doomed = {.name = "speak much and die", .run = speak_much_and_die};

START_TEST(C7_what_a_dead_worker_has_dropped_is_counted)
{
    open_gappy_logbook();
    mh_pool *pool = open_talkative(_i, true);
    mh_task *task = submit(pool, &doomed, 0);
    pass_gate(SINK_BLOCKS);
    while (counted(0) < 1)
        sched_yield();
    open_gate(SINK, 1);
    assert_outcome(task, MH_CRASHED);
    ck_assert_int_eq(heard_of[0] + atomic_load(&logbook.dropped), MANY);
    // Who takes the seat begins anew.
    long dropped = atomic_load(&logbook.dropped);
    atomic_store(&last_of[0], -1);
    task = submit(pool, &speaking, 0);
    assert_waits(task);
    ck_assert_int_eq(atomic_load(&logbook.dropped), dropped);
    mh_task_drop(task);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log full");
    TCase *tests = add_case(suite, "a slow sink", 60);
    tcase_add_loop_test(tests, C7_a_worker_waits_while_it_is_not_heard, WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, C7_a_worker_that_waits_to_be_heard_can_be_killed, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(tests, C7_a_close_hears_those_who_wait, WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, C7_what_is_dropped_is_counted, WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, C7_what_a_dead_worker_has_dropped_is_counted, WITH_PROCESSES,
                        KINDS);
    return run_suite(suite);
}
