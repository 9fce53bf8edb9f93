// A worker killed at each named step of its life: taking, running, finishing, idle. Every index comes out
// exactly once, and as a crash only where an item was running.
#include <signal.h>
#include <unistd.h>

#include "support/heard.h"
#include "support/stage.h"
#include "support/story.h"
#include "worker/worker.h"

enum { ITEMS = 96, PASSED = 0, KILLED = 1, RAN = 20, IDLE = 0 };

static const int turns[] = {1, 2, 5}; // at which pass of the step the worker dies
static const size_t chunks[] = {0, 1, 16};
enum { TURNS = 3, CHUNKS = 3, CASES = MHI_STEPS * TURNS * CHUNKS };

static mhi_step deadly_step;
static int deadly_turn;
static pid_t opener; // it passes some of the steps as well, when it cancels

static void die_there(mhi_step step)
{
    if (getpid() == opener)
        return;
    if (step == MHI_STEP_IDLE)
        open_gate(IDLE, 1);
    if (step != deadly_step || count_up(PASSED) != deadly_turn)
        return;
    count_up(KILLED);
    raise(SIGKILL);
}

static mh_status give_back(mh_call *call, mh_bytes item)
{
    count_up(RAN + (int)mh_index(call));
    return mh_return(call, item.data, item.size);
}
static const mh_routine echo = {.name = "echo", .run = give_back};

static bool is_while_running(mhi_step step)
{
    return step == MHI_STEP_RUNNING || step == MHI_STEP_RAN || step == MHI_STEP_RECORDED;
}

// Pools are ended by idle workers, too, so the one who is to die idle has become so before.
static mh_pool *open_deadly(int turn, int workers)
{
    deadly_step = (mhi_step)(turn / (TURNS * CHUNKS));
    deadly_turn = turns[turn / CHUNKS % TURNS];
    listen_to_log(MH_LOG_OFF);
    set_stage();
    opener = getpid();
    mhi_step_trap = die_there;
    mh_pool *pool = open_kind(FORKED, workers);
    for (int i = 0; deadly_step == MHI_STEP_IDLE && i < deadly_turn; i++)
        if (i < workers)
            pass_gate(IDLE);
    return pool;
}

static void assert_each_once(mh_map *map, bool unordered)
{
    bool seen[ITEMS] = {false};
    int crashes = 0;
    for (int i = 0; i < ITEMS; i++) {
        mh_result result = take(map);
        ck_assert(!seen[result.index]);
        seen[result.index] = true;
        ck_assert(unordered || result.index == (uint64_t)i);
        crashes += result.outcome == MH_CRASHED;
        if (result.outcome == MH_CRASHED)
            ck_assert_int_eq(result.signal, SIGKILL);
        else
            assert_done(&result, result.index);
        bool never_began = result.outcome == MH_CRASHED && deadly_step == MHI_STEP_RUNNING;
        ck_assert_int_eq(counted(RAN + (int)result.index), never_began ? 0 : 1);
    }
    assert_ends(map, MH_END);
    ck_assert_int_eq(crashes, is_while_running(deadly_step) ? counted(KILLED) : 0);
}

static void assert_survives(int turn, int workers, mh_map_options options)
{
    mh_pool *pool = open_deadly(turn, workers);
    mh_map *map = open_map(pool, &echo, mh_source_range(0, ITEMS, 1), options);
    assert_each_once(map, options.unordered);
    if (deadly_step != MHI_STEP_IDLE && options.chunk <= 1) // it was passed often enough
        ck_assert_int_eq(counted(KILLED), 1);
    mh_map_close(map);
    mh_pool_close(pool);
}

START_TEST(N1_a_worker_may_die_at_any_step)
{
    assert_survives(_i, 2, (mh_map_options){.chunk = chunks[_i % CHUNKS]});
}
END_TEST

START_TEST(N1_the_only_worker_may_die_at_any_step)
{
    assert_survives(_i, 1, (mh_map_options){.chunk = chunks[_i % CHUNKS], .window = 32});
}
END_TEST

START_TEST(N1_unordered_a_worker_may_die_at_any_step)
{
    assert_survives(_i, 2, (mh_map_options){.chunk = chunks[_i % CHUNKS], .unordered = true});
}
END_TEST

// Leaving at that moment: the cancelled rest must not wait for the dead.
START_TEST(N1_a_map_may_be_closed_while_a_worker_dies_at_any_step)
{
    mh_pool *pool = open_deadly(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_range(0, ITEMS, 1),
                           (mh_map_options){.chunk = chunks[_i % CHUNKS]});
    mh_result result;
    mh_map_next(map, &result, MH_NOW);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("killed at each step");
    TCase *tests = add_case(suite, "steps", 20);
    tcase_add_loop_test(tests, N1_a_worker_may_die_at_any_step, 0, CASES);
    tcase_add_loop_test(tests, N1_the_only_worker_may_die_at_any_step, 0, CASES);
    tcase_add_loop_test(tests, N1_unordered_a_worker_may_die_at_any_step, 0, CASES);
    tcase_add_loop_test(tests, N1_a_map_may_be_closed_while_a_worker_dies_at_any_step, 0,
                        CASES);
    return run_suite(suite);
}
