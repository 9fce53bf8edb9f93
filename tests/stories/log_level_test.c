// Levels: what the program, or its environment, wants to hear decides what workers say, also when it
// changes its mind while they live.
#include <sys/wait.h>

#include "support/heard.h"
#include "support/submitted.h"

enum { WORKERS = 2 };

static mh_status speak_at_all_levels(mh_call *call, mh_bytes item)
{
    for (int level = MH_LOG_ERROR; level <= MH_LOG_DEBUG; level++)
        mh_log((mh_log_level)level, "at level %d", level);
    return mh_return(call, item.data, item.size);
}
static const mh_routine every_level = {.name = "speak at all levels",
                                       .run = speak_at_all_levels};

static void assert_heard_up_to(mh_pool *pool, int limit)
{
    forget_heard();
    mh_task *task = submit(pool, &every_level, 1);
    assert_waits(task);
    mh_task_drop(task);
    for (int level = MH_LOG_ERROR; level <= MH_LOG_DEBUG; level++) {
        char words[32];
        snprintf(words, sizeof words, "at level %d\n", level);
        ck_assert_int_eq(was_heard(words), level <= limit);
    }
}

START_TEST(C7_a_limit_reaches_workers_that_live_already)
{
    static const int limits[] = {MH_LOG_WARNING, MH_LOG_DEBUG, MH_LOG_OFF,
                                 MH_LOG_INFO,    MH_LOG_ERROR, MH_LOG_DEBUG};
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, WORKERS);
    assert_heard_up_to(pool, MH_LOG_OFF);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        mh_log_limit((mh_log_level)limits[i]);
        for (int turn = 0; turn < 5; turn++)
            assert_heard_up_to(pool, limits[i]);
    }
    mh_log_limit((mh_log_level)77); // it stays as it was
    assert_heard_up_to(pool, MH_LOG_DEBUG);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_the_environment_sets_the_limit_of_workers_too)
{
    static const char *const names[] = {"off", "error", "warning", "info", "debug"};
    for (int limit = 0; limit < 5; limit++) {
        pid_t child = fork(); // it asks its environment once only
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            setenv("MH_LOG", names[limit], 1);
            forget_heard();
            mh_log_to(hear, &heard);
            mh_pool *pool = open_kind(_i, WORKERS);
            assert_heard_up_to(pool, limit);
            mh_pool_close(pool);
            _exit(0);
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(status == 0, "%s: %x", names[limit], (unsigned)status);
    }
}
END_TEST

// ---- a worker's own -----------------------------------------------------------------------------

static mh_status set_limit(mh_call *call, mh_bytes item)
{
    mh_log_limit((mh_log_level) * (const int64_t *)item.data);
    return mh_return(call, item.data, item.size);
}
static const mh_routine limiting = {.name = "set limit", .run = set_limit};

START_TEST(C7_a_worker_process_may_set_its_own_limit)
{
    listen_to_log(MH_LOG_ERROR);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *task = submit(pool, &limiting, MH_LOG_DEBUG);
    assert_waits(task);
    mh_task_drop(task);
    assert_heard_up_to(pool, MH_LOG_DEBUG);
    mh_log_limit(MH_LOG_WARNING);
    assert_heard_up_to(pool, MH_LOG_DEBUG);
    forget_heard();
    mh_log(MH_LOG_INFO, "the program did not change its mind");
    ck_assert_int_eq(lines_heard(), 0);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    unsetenv("MH_LOG");
    Suite *suite = suite_create("log levels");
    TCase *tests = add_case(suite, "levels", 60);
    tcase_add_loop_test(tests, C7_a_limit_reaches_workers_that_live_already, 0, KINDS);
    tcase_add_loop_test(tests, C7_the_environment_sets_the_limit_of_workers_too, 0, KINDS);
    tcase_add_loop_test(tests, C7_a_worker_process_may_set_its_own_limit, WITH_PROCESSES,
                        KINDS);
    return run_suite(suite);
}
