// Turn: whoever attends to a desk misses nothing, however quickly workers end what it lays ready. (P6)
//
// The one that waits has the least claim to the only processor, so that a worker that it wakes is done before it
// goes on: what it then wants to be told of has ended already, every time.

#include <check.h>
#include <sched.h>

#include "manyhands.h"
#include "support/story.h"
#include "task/pool.h"

static mhi_ring *ring;

static mh_status echo(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size);
}
static const mh_routine echoing = {.name = "echo", .run = echo};

// Until the other has done all its own work, and waits at the desk.
static mh_status wait_for_attendance(mh_call *call, mh_bytes item)
{
    while (atomic_load(&ring->attended) == 0)
        sched_yield();
    return echo(call, item);
}
static const mh_routine patient = {.name = "wait for attendance", .run = wait_for_attendance};

static void forget(mh_pool *pool, const mh_routine *routine)
{
    ck_assert_int_eq(mh_submit(pool, routine, (mh_bytes){.data = NULL}, NULL, NULL), MH_OK);
}

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

START_TEST(P6_who_waits_hears_of_what_ends_before_it_is_wanted)
{
    enum { TASKS = 40 };
    share_one_processor();
    mh_pool *pool = NULL;
    const mh_pool_options one = {.kind = MH_THREADS, .workers = 1, .prefetch = 1};
    ck_assert_int_eq(mh_pool_open(&pool, &one), MH_OK);
    ring = pool->desk->window->ring;
    const struct sched_param none = {.sched_priority = 0};
    ck_assert_int_eq(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    for (int tasks = 1; tasks <= TASKS; tasks++) {
        forget(pool, &patient);
        for (int i = 0; i < tasks; i++)
            forget(pool, &echoing);
        ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("turn");
    TCase *tests = tcase_create("turn");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, P6_who_waits_hears_of_what_ends_before_it_is_wanted);
    return run_suite(suite);
}
