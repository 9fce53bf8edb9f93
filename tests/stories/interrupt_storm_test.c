// A storm of signals, at random moments and under load: the program ends by itself or dies by one of them,
// and nobody is left behind.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "support/life.h"
#include "support/stage.h"
#include "support/story.h"

enum { STORMS = 12, MOST_SIGNALS = 4, READY = 0 };

static int64_t add_up(int64_t number)
{
    volatile int64_t sum = number;
    for (int i = 0; i < 1000; i++)
        sum = sum + i;
    return sum;
}
MH_ROUTINE(adding, add_up, int64_t, int64_t);

// ---- the program --------------------------------------------------------------------------------

static void expect(bool is_so, int code)
{
    if (!is_so)
        _exit(code);
}

static bool run_map(mh_pool *pool, bool unordered)
{
    mh_map *map;
    mh_source source = mh_source_range(0, 2000, 1);
    mh_map_options options = {.unordered = unordered};
    mh_status status = mh_map_open(&map, pool, &adding, &source, &options);
    if (status != MH_OK) {
        expect(status == MH_STOPPED, 10);
        return false;
    }
    uint64_t count = 0, next = 0; // where some were not begun there are gaps
    for (mh_result result; (status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK; count++) {
        expect(result.outcome == MH_DONE && (unordered || result.index >= next), 11);
        next = result.index + 1;
    }
    expect((status == MH_END && count == 2000) || (status == MH_STOPPED && mh_is_interrupted()),
           12);
    mh_map_close(map);
    return status == MH_END;
}

// Whatever was submitted ends, once.
static bool run_tasks(mh_pool *pool)
{
    enum { TASKS = 200 };
    mh_task *tasks[TASKS];
    int made = 0;
    mh_status status = MH_OK;
    for (; made < TASKS && status == MH_OK; made += status == MH_OK)
        status = mh_submit(pool, &adding, MH_BYTES_OF((int64_t){made}), NULL, &tasks[made]);
    expect(status == MH_OK || (status == MH_STOPPED && mh_is_interrupted()), 13);
    for (int i = 0; i < made; i++) {
        mh_result result;
        expect(mh_task_wait(tasks[i], MH_FOREVER) == MH_OK, 14);
        expect(mh_task_result(tasks[i], &result) == MH_OK, 15);
        expect(result.outcome == MH_DONE ||
                   (result.outcome == MH_CANCELLED && mh_is_interrupted()),
               16);
        mh_task_drop(tasks[i]);
    }
    return status == MH_OK;
}

static _Noreturn void be_program(int kind, bool cancel)
{
    alarm(60);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    mh_log_limit(MH_LOG_OFF);
    expect(mh_interrupt_open(&(mh_interrupt_options){.cancel = cancel}) == MH_OK, 20);
    open_gate(READY, 1);
    for (bool goes_on = true; goes_on;) {
        mh_pool *pool = NULL;
        mh_pool_options options = options_of(kind, 2);
        mh_status status = mh_pool_open(&pool, &options);
        expect(status == MH_OK || status == MH_STOPPED, 21);
        if (status != MH_OK)
            break;
        goes_on = run_map(pool, false) && run_tasks(pool) && run_map(pool, true);
        mh_pool_close(pool);
    }
    expect(mh_is_interrupted(), 22);
    mh_interrupt_close();
    _exit(0);
}

// ---- the storm ----------------------------------------------------------------------------------

// Not to wait for anything, but so that the signals come at moments that nobody has chosen.
static void pass_some_time(unsigned *seed)
{
    struct timespec time = {.tv_nsec = rand_r(seed) % 20000000};
    nanosleep(&time, NULL);
}

START_TEST(N11_a_storm_of_signals_leaves_nobody_behind)
{
    unsigned seed = (unsigned)_i + 1;
    for (int storm = 0; storm < STORMS; storm++) {
        set_stage();
        int life = begin_family();
        pid_t program = fork();
        if (program == 0)
            be_program(_i, storm % 2 == 1);
        leave_family();
        pass_gate(READY);
        int signals = 1 + rand_r(&seed) % MOST_SIGNALS;
        for (int i = 0; i < signals; i++) {
            pass_some_time(&seed);
            kill(program, rand_r(&seed) % 2 == 0 ? SIGINT : SIGTERM);
        }
        int status = 0;
        ck_assert_int_eq(waitpid(program, &status, 0), program);
        ck_assert_msg(status == 0 || status == SIGINT || status == SIGTERM,
                      "the program ended with %x", (unsigned)status);
        ck_assert(signals > 1 || status == 0);
        wait_until_all_are_gone(life);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a storm of signals");
    TCase *tests = add_case(suite, "kinds", 120);
    tcase_add_loop_test(tests, N11_a_storm_of_signals_leaves_nobody_behind, 0, KINDS);
    return run_suite(suite);
}
