// Lines from further away: threads that a task starts in its worker process, pools that a task opens,
// and processes that a task forks.
#include <pthread.h>
#include <sys/wait.h>

#include "log_story.h"

// ---- many threads in one process ----------------------------------------------------------------

enum { THREADS_EACH = 6, LINES = 700 };

static void *speak_alone(void *speaker)
{
    speak((int)(intptr_t)speaker, 0, LINES);
    return NULL;
}

static mh_status speak_in_threads(mh_call *call, mh_bytes item)
{
    pthread_t threads[THREADS_EACH];
    int64_t first = *(const int64_t *)item.data;
    for (int i = 0; i < THREADS_EACH; i++)
        if (pthread_create(&threads[i], NULL, speak_alone, (void *)(intptr_t)(first + i)) != 0)
            return mh_fail(call, 1, "no thread");
    for (int i = 0; i < THREADS_EACH; i++)
        pthread_join(threads[i], NULL);
    return mh_return(call, item.data, item.size);
}
static const mh_routine choir = {.name = "speak in threads", .run = speak_in_threads};

START_TEST(C7_threads_of_one_worker_may_speak_at_once)
{
    open_logbook(MH_LOG_INFO);
    mh_pool *pool = open_kind(_i, 2);
    for (int64_t first = 0; first < 10 * THREADS_EACH; first += THREADS_EACH) {
        ck_assert_int_eq(number_of(submit(pool, &choir, first)), first);
        for (int i = 0; i < THREADS_EACH; i++)
            assert_lines((int)first + i, LINES);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- pools in workers ---------------------------------------------------------------------------

enum { INNER_ITEMS = 60, PER_ITEM = 20 };

static mh_status speak_some(mh_call *call, mh_bytes item)
{
    int64_t speaker = *(const int64_t *)item.data;
    speak((int)speaker, 0, PER_ITEM);
    return mh_return(call, &speaker, sizeof speaker);
}
static const mh_routine inner = {.name = "speak some", .run = speak_some};

// It says of each item, once it has its result, that it has it.
static mh_status run_inner(mh_call *call, mh_bytes item)
{
    int kind = (int)*(const int64_t *)item.data, taken = 0;
    mh_pool *pool;
    mh_map *map;
    mh_result result;
    mh_pool_options options = options_of(kind, 2);
    mh_source source = mh_source_range(0, INNER_ITEMS, 1);
    if (mh_pool_open(&pool, &options) != MH_OK)
        return mh_fail(call, 1, "no pool");
    if (mh_map_open(&map, pool, &inner, &source, &(mh_map_options){.unordered = true}) != MH_OK)
        return mh_fail(call, 2, "no map");
    for (; mh_map_next(map, &result, MH_FOREVER) == MH_OK; taken++)
        speak((int)result.index, PER_ITEM, PER_ITEM + 1);
    mh_map_close(map);
    mh_pool_close(pool);
    int64_t count = taken;
    return mh_return(call, &count, sizeof count);
}
static const mh_routine outer = {.name = "run inner", .run = run_inner};

START_TEST(C7_lines_of_pools_within_workers_come_home)
{
    int outside = _i / KINDS, inside = _i % KINDS;
    if (has_thread_sanitizer && outside == FORKED)
        return;
    open_logbook(MH_LOG_INFO);
    mh_pool *pool = open_kind(outside, 1);
    ck_assert_int_eq(number_of(submit(pool, &outer, inside)), INNER_ITEMS);
    for (int i = 0; i < INNER_ITEMS; i++)
        assert_lines(i, PER_ITEM + 1);
    mh_pool_close(pool);
}
END_TEST

// ---- limits, further away -----------------------------------------------------------------------

enum { OPENED = 0, CHANGED = 1 }; // gates

static mh_status detail(mh_call *call, mh_bytes item)
{
    mh_log(MH_LOG_DEBUG, "a detail");
    return mh_return(call, item.data, item.size);
}
static const mh_routine detailed = {.name = "detail", .run = detail};

static mh_status run_detailed(mh_pool *pool)
{
    int64_t number = 1;
    return mh_map_array(pool, &detailed, &number, 1, sizeof number, &number, sizeof number,
                        NULL);
}

// The first item after the change may still be quiet; those after its result are not.
static mh_status open_and_await_change(mh_call *call, mh_bytes item)
{
    mh_pool *pool;
    mh_pool_options options = options_of((int)*(const int64_t *)item.data, 1);
    mh_status status = mh_pool_open(&pool, &options);
    if (status == MH_OK)
        status = run_detailed(pool);
    open_gate(OPENED, 1);
    pass_gate(CHANGED);
    for (int i = 0; i < 2 && status == MH_OK; i++)
        status = run_detailed(pool);
    mh_pool_close(pool);
    return status == MH_OK ? mh_return(call, item.data, item.size) : status;
}
static const mh_routine patient = {.name = "await a change", .run = open_and_await_change};

START_TEST(C7_a_limit_reaches_pools_within_workers)
{
    int outside = _i / KINDS, inside = _i % KINDS;
    if (has_thread_sanitizer && outside == FORKED)
        return;
    set_stage();
    open_logbook(MH_LOG_OFF);
    mh_pool *pool = open_kind(outside, 1);
    mh_task *task = submit(pool, &patient, inside);
    pass_gate(OPENED);
    ck_assert(!was_noted("a detail"));
    mh_log_limit(MH_LOG_DEBUG);
    open_gate(CHANGED, 1);
    number_of(task);
    ck_assert(was_noted("a detail"));
    mh_pool_close(pool);
}
END_TEST

// ---- processes of a task ------------------------------------------------------------------------

static mh_status speak_in_child(mh_call *call, mh_bytes item)
{
    int status = -1;
    mh_log(MH_LOG_INFO, "speaker 0 line 0");
    pid_t child = fork();
    if (child == 0) {
        mh_log(MH_LOG_INFO, "speaker 1 line 0");
        mh_log(MH_LOG_ERROR, "speaker 1 line 1");
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        return mh_fail(call, status, "the child");
    mh_log(MH_LOG_INFO, "speaker 0 line 1");
    return mh_return(call, item.data, item.size);
}
static const mh_routine forking = {.name = "fork and speak", .run = speak_in_child};

// Its lines are its own affair; they do no harm to those of the worker.
START_TEST(C7_a_process_that_a_task_forks_is_no_worker)
{
    open_logbook(MH_LOG_INFO);
    mh_pool *pool = open_kind(_i, 1);
    number_of(submit(pool, &forking, 1));
    assert_lines(0, 2);
    ck_assert_int_eq(lines_of(1), 0);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log nested");
    TCase *tests = add_case(suite, "further away", 60);
    tcase_add_loop_test(tests, C7_threads_of_one_worker_may_speak_at_once, 0, KINDS);
    tcase_add_loop_test(tests, C7_lines_of_pools_within_workers_come_home, 0, KINDS * KINDS);
    tcase_add_loop_test(tests, C7_a_limit_reaches_pools_within_workers, WITH_WORKERS * KINDS,
                        KINDS * KINDS);
    tcase_add_loop_test(tests, C7_a_process_that_a_task_forks_is_no_worker, 0, KINDS);
    return run_suite(suite);
}
