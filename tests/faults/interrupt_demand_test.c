// The n-th demand fails while the interrupt helper is opened: it says so, has changed nothing, and works the
// next time.
#include "base/memory.h"
#include "support/interrupted.h"
#include "support/traces.h"

enum { MOST = 20 };

static void assert_unchanged(void)
{
    struct sigaction now;
    ck_assert_int_eq(sigaction(SIGINT, NULL, &now), 0);
    ck_assert(now.sa_handler == SIG_DFL);
    ck_assert_int_eq(sigaction(SIGTERM, NULL, &now), 0);
    ck_assert(now.sa_handler == SIG_DFL);
    ck_assert(!mh_is_interrupted());
}

START_TEST(every_demand_of_an_open_may_fail)
{
    be_a_program();
    traces before = count_traces();
    int failed = 0;
    for (uint64_t i = 0; i < 2 * MOST; i++) {
        uint64_t nth = 1 + i % MOST;
        listen_to_log(MH_LOG_WARNING);
        mhi_fail_after(nth);
        mh_status status = mh_interrupt_open(NULL);
        bool was_made = mhi_demands() >= nth;
        mhi_fail_after(0);
        ck_assert_msg((status == MH_OK) == !was_made, "demand %d: %s", (int)nth,
                      mh_status_text(status));
        if (status == MH_OK) {
            press();
            close_interrupt();
        } else {
            ck_assert(status == MH_NO_MEMORY || status == MH_SYSTEM);
            ck_assert_int_gt(lines_heard(), 0);
            failed++;
        }
        assert_unchanged();
        assert_no_traces(&before);
    }
    // The watch for forks is made once; the line and the thread each time.
    ck_assert_int_eq(failed, 1 + 1 + 2);
}
END_TEST

// What the first signal does needs no memory.
START_TEST(an_interrupt_needs_nothing_that_could_fail)
{
    set_stage();
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, 1);
    mh_task *running = occupy(pool, 7), *queued = submit(pool, &echo, 1);
    mh_map *map = open_map(pool, &echo, mh_source_range(0, 10, 1), (mh_map_options){0});
    mhi_fail_after(0);
    stand found = press();
    ck_assert_uint_eq(mhi_demands(), 0);
    ck_assert_uint_eq(found.running, 1);
    ck_assert_uint_eq(found.waiting, 1);
    assert_outcome(queued, MH_CANCELLED);
    open_gate(GO_ON, 1);
    assert_outcome(running, MH_DONE);
    mh_map_close(map);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the n-th demand of an interrupt fails");
    TCase *tests = add_case(suite, "faults", 30);
    tcase_add_test(tests, every_demand_of_an_open_may_fail);
    tcase_add_loop_test(tests, an_interrupt_needs_nothing_that_could_fail, WITH_WORKERS, KINDS);
    return run_suite(suite);
}
