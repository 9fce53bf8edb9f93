// Event, between threads: whoever waits for a condition learns of it, whatever the order of
// steps.
//
// Two threads meet at a line and then do one step each at the same time: one makes the
// condition true and signals, the other prepares, looks and perhaps sleeps. A random number of
// empty turns before each step slides the two over each other. A missed wake never ends, and
// Check kills it.

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "platform/platform.h"
#include "shared/event.h"

enum { ROUNDS = 20000, TURNS = 300 };

typedef struct meeting {
    mhi_event event;
    _Atomic uint32_t condition; // goes up by one each round
    uint64_t message;           // plain; written before the condition
    pthread_barrier_t line;
    uint64_t seed;
} meeting;

static uint64_t draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static void take_turns(uint64_t *seed)
{
    for (uint64_t turns = draw(seed) % TURNS; turns > 0; turns--)
        mhi_cpu_relax();
    if (draw(seed) % 64 == 0)
        sched_yield();
}

static void *signal_each_round(void *argument)
{
    meeting *at = argument;
    uint64_t seed = ~at->seed;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        pthread_barrier_wait(&at->line);
        take_turns(&seed);
        at->message = round;
        atomic_store(&at->condition, round);
        mhi_event_signal(&at->event, 1);
    }
    return NULL;
}

static void wait_for(meeting *at, uint32_t round, uint64_t *seed)
{
    for (;;) {
        uint32_t seen = mhi_event_prepare(&at->event);
        if (draw(seed) % 4 == 0)
            take_turns(seed);
        if (atomic_load(&at->condition) == round) {
            mhi_event_leave(&at->event);
            return;
        }
        mhi_event_sleep(&at->event, seen, UINT64_MAX);
    }
}

START_TEST(no_order_of_steps_loses_a_wake)
{
    static meeting at;
    pthread_t thread;
    at.seed = (uint64_t)_i * 7919;
    pthread_barrier_init(&at.line, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, signal_each_round, &at), 0);
    uint64_t seed = at.seed;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        pthread_barrier_wait(&at.line);
        take_turns(&seed);
        wait_for(&at, round, &seed);
        if (at.message != round)
            ck_abort_msg("round %u was seen, its message was not", round);
    }
    pthread_join(thread, NULL);
    ck_assert(!mhi_event_is_awaited(&at.event));
}
END_TEST

// ---- a wake and a deadline at the same time -----------------------------------------------------

START_TEST(a_deadline_in_the_middle_of_a_wake_harms_nobody)
{
    static meeting at;
    pthread_t thread;
    at.seed = 1;
    pthread_barrier_init(&at.line, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, signal_each_round, &at), 0);
    uint64_t seed = at.seed;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        pthread_barrier_wait(&at.line);
        uint32_t seen = mhi_event_prepare(&at.event);
        bool in_time = true;
        if (atomic_load(&at.condition) == round)
            mhi_event_leave(&at.event);
        else
            in_time = mhi_event_sleep(&at.event, seen, mhi_clock_ns() + draw(&seed) % 3000);
        if (!in_time || atomic_load(&at.condition) != round)
            wait_for(&at, round, &seed);
    }
    pthread_join(thread, NULL);
    ck_assert(!mhi_event_is_awaited(&at.event));
    ck_assert_uint_eq(at.message, ROUNDS);
}
END_TEST

int main(void)
{
    TCase *events = tcase_create("events");
    tcase_set_timeout(events, 60);
    tcase_add_loop_test(events, no_order_of_steps_loses_a_wake, 1, 4);
    tcase_add_test(events, a_deadline_in_the_middle_of_a_wake_harms_nobody);
    Suite *suite = suite_create("event, verified");
    suite_add_tcase(suite, events);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
