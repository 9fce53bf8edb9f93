// Event: no wake is ever missed, between threads and between processes; a dead sleeper harms
// nobody.
//
// A missed wake shows as a test that never ends, which Check kills. There is no other time in
// here.

#include <check.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"
#include "shared/event.h"

// ---- a token that goes to and fro ---------------------------------------------------------------

typedef struct table {
    mhi_event event[2]; // player n sleeps on event n
    _Atomic int turn;   // whose turn it is
    _Atomic int passed; // how often the token changed hands
} table;

enum { PASSES = 100000 };

static table *shared_table(void)
{
    void *memory = mmap(NULL, sizeof(table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    return memory;
}

static void wait_for_turn(table *game, int player)
{
    mhi_event *event = &game->event[player];
    while (atomic_load(&game->turn) != player) {
        uint32_t seen = mhi_event_prepare(event);
        if (atomic_load(&game->turn) == player)
            mhi_event_leave(event);
        else
            mhi_event_sleep(event, seen, UINT64_MAX);
    }
}

static void play(table *game, int player)
{
    for (int i = 0; i < PASSES / 2; i++) {
        wait_for_turn(game, player);
        atomic_fetch_add(&game->passed, 1);
        atomic_store(&game->turn, 1 - player);
        mhi_event_signal(&game->event[1 - player], 1);
    }
}

static void *play_second(void *game)
{
    play(game, 1);
    return NULL;
}

static void expect_a_whole_game(table *game)
{
    ck_assert_int_eq(atomic_load(&game->passed), PASSES);
    ck_assert_int_eq(atomic_load(&game->turn), 0);
}

START_TEST(two_threads_hand_over_a_token)
{
    table game = {.turn = 0};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, play_second, &game), 0);
    play(&game, 0);
    pthread_join(thread, NULL);
    expect_a_whole_game(&game);
    ck_assert(!mhi_event_is_awaited(&game.event[0]));
    ck_assert(!mhi_event_is_awaited(&game.event[1]));
}
END_TEST

static void play_with_a_child(table *game)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        play(game, 1);
        _exit(0);
    }
    play(game, 0);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    expect_a_whole_game(game);
}

START_TEST(two_processes_hand_over_a_token)
{
    table *game = shared_table();
    play_with_a_child(game);
    munmap(game, sizeof *game);
}
END_TEST

// ---- a sleeper that is killed -------------------------------------------------------------------

// Kills it at a random moment around the time it falls asleep.
static void kill_a_sleeper(table *game, int player, int patience)
{
    mhi_event *event = &game->event[player];
    uint32_t before = atomic_load(&event->sleepers);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        mhi_event_sleep(event, mhi_event_prepare(event), UINT64_MAX);
        _exit(0);
    }
    while (atomic_load(&event->sleepers) == before)
        sched_yield();
    for (int i = 0; i < patience; i++)
        sched_yield();
    kill(pid, SIGKILL);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_uint_eq(atomic_load(&event->sleepers), before + 1);
}

START_TEST(a_killed_sleeper_leaves_the_event_usable)
{
    table *game = shared_table();
    for (int i = 0; i < 20; i++)
        kill_a_sleeper(game, i % 2, 10 * i);
    play_with_a_child(game);
    ck_assert(
        mhi_event_is_awaited(&game->event[0])); // a useless call now and then is its price
    munmap(game, sizeof *game);
}
END_TEST

// ---- one event by itself ------------------------------------------------------------------------

START_TEST(a_signal_that_nobody_awaits_costs_nothing)
{
    mhi_event event = {0};
    mhi_event_signal(&event, 1);
    ck_assert_uint_eq(atomic_load(&event.count), 0);
    mhi_event_prepare(&event);
    mhi_event_signal(&event, 1);
    ck_assert_uint_eq(atomic_load(&event.count), 1);
    mhi_event_leave(&event);
    mhi_event_signal(&event, 1);
    ck_assert_uint_eq(atomic_load(&event.count), 1);
}
END_TEST

START_TEST(a_signal_after_prepare_is_not_slept_through)
{
    mhi_event event = {0};
    uint32_t seen = mhi_event_prepare(&event);
    mhi_event_signal(&event, 1);
    ck_assert(mhi_event_sleep(&event, seen, UINT64_MAX));
    ck_assert(!mhi_event_is_awaited(&event));
}
END_TEST

START_TEST(a_deadline_ends_a_sleep)
{
    mhi_event event = {0};
    const uint64_t now = mhi_clock_ns();
    const uint64_t deadlines[] = {0, 1, now - 1, now, now + 5000000};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
        uint32_t seen = mhi_event_prepare(&event);
        while (mhi_event_sleep(&event, seen, deadlines[i])) // true: woken early, for any reason
            seen = mhi_event_prepare(&event);
        ck_assert_uint_ge(mhi_clock_ns(), deadlines[i]);
        ck_assert(!mhi_event_is_awaited(&event));
    }
}
END_TEST

// ---- many sleepers ------------------------------------------------------------------------------

enum { SLEEPERS = 6, TOKENS = 20000 };

typedef struct bowl {
    mhi_event filled;
    _Atomic int tokens;
    _Atomic int taken;
    _Atomic bool is_closed;
} bowl;

static bool take_token(bowl *from)
{
    int there = atomic_load(&from->tokens);
    while (there > 0 && !atomic_compare_exchange_weak(&from->tokens, &there, there - 1))
        continue;
    return there > 0;
}

static void *take_all_day(void *argument)
{
    bowl *from = argument;
    for (;;) {
        uint32_t seen = mhi_event_prepare(&from->filled);
        bool took = take_token(from), is_over = !took && atomic_load(&from->is_closed);
        if (took || is_over)
            mhi_event_leave(&from->filled);
        else
            mhi_event_sleep(&from->filled, seen, UINT64_MAX);
        if (took)
            atomic_fetch_add(&from->taken, 1);
        if (is_over)
            return NULL;
    }
}

static void start_takers(bowl *from, pthread_t threads[SLEEPERS])
{
    for (int i = 0; i < SLEEPERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_all_day, from), 0);
}

// Waits until all takers have announced themselves, and lets them go with a single wake.
static void send_home(bowl *from, pthread_t threads[SLEEPERS])
{
    while (atomic_load(&from->filled.sleepers) < SLEEPERS)
        sched_yield();
    atomic_store(&from->is_closed, true);
    mhi_event_wake(&from->filled, INT_MAX);
    for (int i = 0; i < SLEEPERS; i++)
        pthread_join(threads[i], NULL);
}

START_TEST(one_signal_for_each_token_is_enough)
{
    bowl from = {.tokens = 0};
    pthread_t threads[SLEEPERS];
    start_takers(&from, threads);
    for (int i = 0; i < TOKENS; i++) {
        atomic_fetch_add(&from.tokens, 1);
        mhi_event_signal(&from.filled, 1);
        if (i % 7 == 0)
            sched_yield();
    }
    while (atomic_load(&from.taken) < TOKENS)
        sched_yield();
    send_home(&from, threads);
    ck_assert_int_eq(atomic_load(&from.taken), TOKENS);
}
END_TEST

START_TEST(one_wake_reaches_all)
{
    for (int round = 0; round < 200; round++) {
        bowl from = {.tokens = 0};
        pthread_t threads[SLEEPERS];
        start_takers(&from, threads);
        send_home(&from, threads);
        ck_assert(!mhi_event_is_awaited(&from.filled));
    }
}
END_TEST

int main(void)
{
    TCase *alone = tcase_create("alone");
    tcase_add_test(alone, a_signal_that_nobody_awaits_costs_nothing);
    tcase_add_test(alone, a_signal_after_prepare_is_not_slept_through);
    tcase_add_test(alone, a_deadline_ends_a_sleep);
    TCase *together = tcase_create("together");
    tcase_set_timeout(together, 60);
    tcase_add_test(together, two_threads_hand_over_a_token);
    tcase_add_test(together, two_processes_hand_over_a_token);
    tcase_add_test(together, a_killed_sleeper_leaves_the_event_usable);
    tcase_add_test(together, one_signal_for_each_token_is_enough);
    tcase_add_test(together, one_wake_reaches_all);
    Suite *suite = suite_create("event");
    suite_add_tcase(suite, alone);
    suite_add_tcase(suite, together);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
