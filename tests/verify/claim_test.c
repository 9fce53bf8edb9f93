// Claim, between threads: exactly one taker, and what was written before a hand-over is seen
// after it.
//
// Each slot goes through its states again and again while threads yield at random moments, by
// seed; the plain data beside the claim is what the thread sanitizer watches.

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "shared/claim.h"

enum { TAKERS = 3, ROUNDS = 20000 };

typedef struct place {
    mhi_claim claim;
    // claimed, plain on purpose
    uint64_t input;
    uint64_t output;
    uint32_t holder;
    // atomic
    _Atomic uint64_t takes[TAKERS];
    _Atomic bool is_over;
    _Atomic uint64_t violations;
} place;

typedef struct taker {
    place *at;
    uint32_t number;
    uint64_t seed;
} taker;

// Lets others go first, once in a few times.
static void waver(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    if (*seed >> 62 == 0)
        sched_yield();
}

static void expect(place *at, bool holds)
{
    if (!holds)
        atomic_fetch_add(&at->violations, 1);
}

// Works on it; now and then gives it back half-way, as the supervisor does for a dead worker.
static void hold(place *at, uint32_t number, uint64_t *seed)
{
    expect(at, mhi_claim_held_by(&at->claim, number));
    at->holder = number;
    waver(seed);
    expect(at, at->holder == number);
    if (*seed % 5 == 0) {
        mhi_claim_leave(&at->claim, MHI_READY);
        return;
    }
    at->output = at->input + 1;
    atomic_fetch_add(&at->takes[number], 1);
    mhi_claim_leave(&at->claim, MHI_ENDED);
}

static void *take_again_and_again(void *argument)
{
    taker *self = argument;
    while (!atomic_load(&self->at->is_over)) {
        if (mhi_claim_take(&self->at->claim, self->number))
            hold(self->at, self->number, &self->seed);
        else
            sched_yield();
        waver(&self->seed);
    }
    return NULL;
}

// Producer and consumer in one, as in the opening process.
static void put_and_collect(place *at, uint64_t *seed)
{
    for (uint64_t round = 0; round < ROUNDS; round++) {
        at->input = 2 * round;
        at->output = 0;
        waver(seed);
        mhi_claim_put(&at->claim);
        while (mhi_claim_look(&at->claim) != MHI_ENDED)
            sched_yield();
        expect(at, at->output == 2 * round + 1);
        waver(seed);
        mhi_claim_clear(&at->claim);
    }
}

START_TEST(each_hand_over_has_one_taker_who_sees_all)
{
    static place at;
    pthread_t threads[TAKERS];
    taker takers[TAKERS];
    for (uint32_t i = 0; i < TAKERS; i++) {
        takers[i] = (taker){.at = &at, .number = i, .seed = (uint64_t)_i * 100 + i};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_again_and_again, &takers[i]),
                         0);
    }
    uint64_t seed = (uint64_t)_i, taken = 0;
    put_and_collect(&at, &seed);
    atomic_store(&at.is_over, true);
    for (int i = 0; i < TAKERS; i++) {
        pthread_join(threads[i], NULL);
        taken += atomic_load(&at.takes[i]);
    }
    ck_assert_uint_eq(atomic_load(&at.violations), 0);
    ck_assert_uint_eq(taken, ROUNDS);
    ck_assert_uint_eq(atomic_load(&at.claim) >> 32, ROUNDS);
}
END_TEST

// ---- a race of two, started together ------------------------------------------------------------

typedef struct race {
    mhi_claim claim;
    uint64_t prize; // claimed, plain
    pthread_barrier_t line;
    bool won[2]; // of each runner
} race;

typedef struct runner {
    race *in;
    uint32_t number;
} runner;

static void *run_races(void *argument)
{
    const runner *self = argument;
    race *in = self->in;
    for (int i = 0; i < ROUNDS / 4; i++) {
        pthread_barrier_wait(&in->line);
        in->won[self->number] = mhi_claim_take(&in->claim, self->number);
        if (in->won[self->number])
            in->prize += 1 + self->number;
        pthread_barrier_wait(&in->line); // the referee looks now, and puts the next prize
        pthread_barrier_wait(&in->line);
    }
    return NULL;
}

START_TEST(of_two_who_reach_at_once_one_gets_it)
{
    race in = {.prize = 0};
    pthread_t threads[2];
    runner runners[2] = {{&in, 0}, {&in, 1}};
    pthread_barrier_init(&in.line, NULL, 3);
    mhi_claim_put(&in.claim);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_races, &runners[i]), 0);
    for (int i = 0; i < ROUNDS / 4; i++) {
        pthread_barrier_wait(&in.line);
        pthread_barrier_wait(&in.line);
        ck_assert_int_eq(in.won[0] + in.won[1], 1);
        ck_assert_uint_eq(in.prize, in.won[1] ? 2 : 1);
        ck_assert(mhi_claim_held_by(&in.claim, in.won[1] ? 1 : 0));
        in.prize = 0;
        mhi_claim_leave(&in.claim, MHI_ENDED);
        mhi_claim_clear(&in.claim);
        mhi_claim_put(&in.claim);
        pthread_barrier_wait(&in.line);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&in.line);
}
END_TEST

int main(void)
{
    TCase *claims = tcase_create("claims");
    tcase_set_timeout(claims, 60);
    tcase_add_loop_test(claims, each_hand_over_has_one_taker_who_sees_all, 1, 5);
    tcase_add_test(claims, of_two_who_reach_at_once_one_gets_it);
    Suite *suite = suite_create("claim, verified");
    suite_add_tcase(suite, claims);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
