// A worker killed at each named step of its life: the trace has every item exactly once, and says of
// each what its result says. Between an item's record and its count, the trace is corrected.
#include <signal.h>
#include <unistd.h>

#include "support/heard.h"
#include "support/submitted.h"
#include "support/trace_file.h"
#include "worker/worker.h"

enum { ITEMS = 48, PASSED = 0, TURNS = 3, CHUNKS = 2, CASES = MHI_STEPS * TURNS * CHUNKS };

static const int turns[] = {1, 2, 7}; // at which pass of the step the worker dies
static const size_t chunks[] = {1, 8};

static mhi_step deadly_step;
static int deadly_turn;
static pid_t opener; // it passes some of the steps as well, when it cancels

static trace_read trace;

static void die_there(mhi_step step)
{
    if (getpid() != opener && step == deadly_step && count_up(PASSED) == deadly_turn)
        raise(SIGKILL);
}

static mh_pool *open_deadly(int turn)
{
    deadly_step = (mhi_step)(turn / (TURNS * CHUNKS));
    deadly_turn = turns[turn / CHUNKS % TURNS];
    listen_to_log(MH_LOG_OFF);
    set_stage();
    opener = getpid();
    mhi_step_trap = die_there;
    return open_traced(FORKED, 2);
}

START_TEST(N13_of_a_map_each_item_is_traced_once_whenever_a_worker_dies)
{
    mh_pool *pool = open_deadly(_i);
    mh_result results[ITEMS];
    mh_map *map = open_map(pool, &echo, mh_source_range(0, ITEMS, 1),
                           (mh_map_options){.chunk = chunks[_i % CHUNKS]});
    for (int i = 0; i < ITEMS; i++)
        results[i] = take(map);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, ITEMS);
    for (int i = 0; i < ITEMS; i++)
        assert_traced_as(&trace, 1, &results[i]);
    forget_trace(&trace);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(N13_each_task_is_traced_once_whenever_a_worker_dies)
{
    mh_pool *pool = open_deadly(_i);
    mh_task *tasks[ITEMS];
    int64_t inputs[ITEMS] = {0};
    size_t made = 0;
    ck_assert_int_eq(mh_submit_each(pool, &echo, inputs, ITEMS, sizeof *inputs,
                                    chunks[_i % CHUNKS], NULL, tasks, &made),
                     MH_OK);
    for (size_t i = 0; i < made; i++)
        assert_waits(tasks[i]);
    read_trace(pool, &trace);
    ck_assert_int_eq(trace.count, ITEMS);
    for (size_t i = 0; i < made; i++) {
        mh_result result;
        for (size_t part = 0; mh_task_part(tasks[i], part, &result) == MH_OK; part++)
            assert_traced_as(&trace, 0, &result);
        mh_task_drop(tasks[i]);
    }
    forget_trace(&trace);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a trace, killed at each step");
    TCase *tests = add_case(suite, "steps", 20);
    tcase_add_checked_fixture(tests, NULL, remove_places);
    tcase_add_loop_test(tests, N13_of_a_map_each_item_is_traced_once_whenever_a_worker_dies, 0,
                        CASES);
    tcase_add_loop_test(tests, N13_each_task_is_traced_once_whenever_a_worker_dies, 0, CASES);
    return run_suite(suite);
}
