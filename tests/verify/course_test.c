// Course, between owner and opener: each race for an item has exactly one winner, and nothing
// that is asked of one item ever reaches the next.
//
// Two threads meet at a line, awake, so that they leave it at the same moment, and then do one
// step each. A random number of empty turns before it slides the two over each other. (N3)

#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include "platform/platform.h"
#include "shared/course.h"
#include "support/line_up.h"

enum { ROUNDS = 20000, ITEMS = 16 };

typedef struct race race;
struct race {
    mhi_course course;
    uint32_t item;                         // the one they race for
    uint32_t what;                         // is asked of it
    bool (*own)(race *in, uint64_t *seed); // one step of the owner; true: it won
    _Atomic uint64_t line;                 // how often somebody has come to it
    uint64_t seed;
    bool owner_won;
    uint32_t next_asked; // what the owner found asked of the item after it
};

static void *own_each_round(void *argument)
{
    race *in = argument;
    uint64_t seed = ~in->seed;
    for (int round = 0; round < ROUNDS; round++) {
        meet(&in->line);
        take_turns(&seed);
        in->owner_won = in->own(in, &seed);
        meet(&in->line); // the opener looks now who has won
    }
    return NULL;
}

enum { FIRST, LAST, WHENS = 8 }; // when the opener does its step; else together with the owner

// Runs all rounds: `step` is the opener's, true if it won; `check` looks at the end of each.
static void run_races(race *in, uint32_t running, bool (*step)(race *in, uint64_t *seed),
                      void (*check)(const race *in, bool opener_won))
{
    pthread_t owner;
    uint64_t seed = in->seed, won = 0;
    ck_assert_int_eq(pthread_create(&owner, NULL, own_each_round, in), 0);
    for (int round = 0; round < ROUNDS; round++) {
        in->item = (uint32_t)draw(&seed) % (ITEMS - 1);
        atomic_store(&in->course, mhi_course_word(ITEMS, 2 * in->item + running));
        uint64_t when = draw(&seed) % WHENS;
        bool opener_won = when == FIRST && step(in, &seed);
        meet(&in->line);
        take_turns(&seed);
        if (when != FIRST && when != LAST)
            opener_won = step(in, &seed);
        meet(&in->line);
        if (when == LAST)
            opener_won = step(in, &seed);
        check(in, opener_won);
        won += opener_won;
    }
    pthread_join(owner, NULL);
    ck_assert_uint_gt(won, 0);
    ck_assert_uint_lt(won, ROUNDS);
}

// Says nothing while all is well: there are so many rounds.
static void expect(const race *in, bool holds)
{
    if (!holds)
        ck_abort_msg("item %u: its course is %016llx", in->item,
                     (unsigned long long)atomic_load(&in->course));
}

// ---- an item begins, or it is taken back --------------------------------------------------------

static bool begin(race *in, uint64_t *seed)
{
    (void)seed;
    return mhi_course_begin(&in->course, in->item);
}

static bool take_back(race *in, uint64_t *seed)
{
    uint64_t word = atomic_load(&in->course);
    if (draw(seed) % 4 == 0)
        take_turns(seed);
    bool has_cut = mhi_course_begun(word) <= in->item &&
                   mhi_course_cut(&in->course, &word, in->item);
    expect(in, has_cut || mhi_course_begun(word) == in->item + 1);
    return has_cut;
}

static void expect_begun_or_taken_back(const race *in, bool has_cut)
{
    expect(in, in->owner_won != has_cut);
    expect(in,
           atomic_load(&in->course) == (has_cut ? mhi_course_word(in->item, 2 * in->item)
                                                : mhi_course_word(ITEMS, 2 * in->item + 1)));
}

START_TEST(an_item_begins_or_is_taken_back)
{
    static race in = {.own = begin};
    in.seed = (uint64_t)_i;
    run_races(&in, 0, take_back, expect_begun_or_taken_back);
}
END_TEST

// ---- an item becomes whole, or it is killed -----------------------------------------------------

// Goes on with the next item, as an owner does, which nobody has asked anything yet.
static bool end_and_go_on(race *in, uint64_t *seed)
{
    (void)seed;
    if (!mhi_course_end(&in->course))
        return false;
    bool has_begun = mhi_course_begin(&in->course, in->item + 1);
    in->next_asked = has_begun ? mhi_course_asked(atomic_load(&in->course)) : UINT32_MAX;
    return true;
}

static bool ask(race *in, uint64_t *seed)
{
    (void)seed;
    return mhi_course_ask(&in->course, in->item, in->what);
}

static void expect_whole_or_killed(const race *in, bool was_asked)
{
    uint64_t word = atomic_load(&in->course);
    expect(in, in->owner_won != was_asked);
    expect(in, mhi_course_asked(word) == (was_asked ? in->what : 0));
    expect(in, mhi_course_step(word) == 2 * in->item + (was_asked ? 1 : 3));
    expect(in, was_asked || in->next_asked == 0);
}

START_TEST(an_item_becomes_whole_or_is_killed)
{
    static race in = {.own = end_and_go_on, .what = MHI_ASKED_KILL};
    in.seed = (uint64_t)_i;
    run_races(&in, 1, ask, expect_whole_or_killed);
}
END_TEST

// It ends in any case; whoever asked in time has asked this item and no other.
static void expect_whole(const race *in, bool was_asked)
{
    (void)was_asked;
    expect(in, in->owner_won && in->next_asked == 0);
    expect(in, atomic_load(&in->course) == mhi_course_word(ITEMS, 2 * in->item + 3));
}

START_TEST(a_word_to_stop_never_reaches_the_next_item)
{
    static race in = {.own = end_and_go_on, .what = MHI_ASKED_STOP};
    in.seed = (uint64_t)_i;
    run_races(&in, 1, ask, expect_whole);
}
END_TEST

// The owner looks whether it is to stop, and if so, whoever asked knows that it did in time.
static bool look_and_end(race *in, uint64_t *seed)
{
    bool is_told = (mhi_course_asked(atomic_load(&in->course)) & MHI_ASKED_STOP) != 0;
    take_turns(seed);
    return mhi_course_end(&in->course) && is_told;
}

static void expect_told_only_if_asked(const race *in, bool was_asked)
{
    expect(in, was_asked || !in->owner_won);
    expect(in, atomic_load(&in->course) == mhi_course_word(ITEMS, 2 * in->item + 2));
}

START_TEST(who_was_told_to_stop_was_asked)
{
    static race in = {.own = look_and_end, .what = MHI_ASKED_STOP};
    in.seed = (uint64_t)_i;
    run_races(&in, 1, ask, expect_told_only_if_asked);
}
END_TEST

// ---- a dead owner's item is settled, or killed before -------------------------------------------

// True if it settled the item as one that crashed by itself.
static bool settle(race *in, uint64_t *seed)
{
    uint64_t word = atomic_load(&in->course);
    do { // it writes a record each time
        take_turns(seed);
    } while (!mhi_course_settle(&in->course, &word));
    return mhi_course_asked(word) == 0;
}

static void expect_crashed_or_killed(const race *in, bool was_asked)
{
    expect(in, in->owner_won != was_asked);
    expect(in, atomic_load(&in->course) == mhi_course_word(ITEMS, 2 * in->item + 2));
}

START_TEST(a_dead_owner_s_item_crashed_or_was_killed)
{
    static race in = {.own = settle, .what = MHI_ASKED_KILL};
    in.seed = (uint64_t)_i;
    run_races(&in, 1, ask, expect_crashed_or_killed);
}
END_TEST

// ---- a whole slot, from both ends ---------------------------------------------------------------

typedef struct shared_slot {
    mhi_course course;
    _Atomic uint64_t line; // how often somebody has come to it
    uint64_t seed;
    uint64_t input[ITEMS];  // plain: of the opener, and once it has begun, of the owner
    uint64_t output[ITEMS]; // plain: of the owner, until the item is whole
} shared_slot;

enum { TAKEN_BACK = 1, FRESH = 2 };

static void *run_slots(void *argument)
{
    shared_slot *at = argument;
    uint64_t seed = ~at->seed;
    for (uint64_t round = 0; round < ROUNDS / 4; round++) {
        meet(&at->line);
        for (uint32_t item = 0; mhi_course_begin(&at->course, item); item++) {
            at->output[item] = at->input[item] + round;
            take_turns(&seed);
            mhi_course_end(&at->course);
        }
        meet(&at->line);
    }
    return NULL;
}

// Takes back all behind `keep` that has not begun, as for a task that is not wanted any more.
static void cut_behind(shared_slot *at, uint32_t keep)
{
    uint64_t word = atomic_load(&at->course);
    uint32_t count = mhi_course_count(word);
    do {
        keep = keep < mhi_course_begun(word) ? mhi_course_begun(word) : keep;
        if (keep >= count)
            return;
    } while (!mhi_course_cut(&at->course, &word, keep));
    for (uint32_t item = keep; item < count; item++)
        at->input[item] = TAKEN_BACK;
}

// Each result is read as soon as it is said to be whole.
static uint32_t read_whole(const shared_slot *at, uint32_t from, uint64_t round)
{
    uint32_t whole = mhi_course_whole(atomic_load(&at->course));
    for (; from < whole; from++)
        if (at->output[from] != FRESH + round)
            ck_abort_msg("round %llu: item %u is not whole", (unsigned long long)round, from);
    return from;
}

static void play_opener(shared_slot *at, uint64_t *seed, uint64_t round)
{
    for (uint32_t item = 0; item < ITEMS; item++)
        at->input[item] = FRESH;
    atomic_store(&at->course, mhi_course_word(ITEMS, 0));
    meet(&at->line);
    uint32_t read = 0;
    for (uint32_t keep = ITEMS; keep > 0; keep -= keep < 3 ? keep : 3) {
        take_turns(seed);
        cut_behind(at, keep);
        read = read_whole(at, read, round);
    }
    meet(&at->line);
    uint32_t count = mhi_course_count(atomic_load(&at->course));
    if (read_whole(at, read, round) != count)
        ck_abort_msg("some of %u items did not run", count);
    for (uint32_t item = 0; item < ITEMS; item++)
        if (at->input[item] != (item < count ? FRESH : TAKEN_BACK))
            ck_abort_msg("item %u of %u was lost, or had twice", item, count);
}

START_TEST(each_item_of_a_slot_is_whole_or_taken_back)
{
    static shared_slot at;
    pthread_t owner;
    uint64_t seed = at.seed = (uint64_t)_i;
    ck_assert_int_eq(pthread_create(&owner, NULL, run_slots, &at), 0);
    for (uint64_t round = 0; round < ROUNDS / 4; round++)
        play_opener(&at, &seed, round);
    pthread_join(owner, NULL);
}
END_TEST

int main(void)
{
    TCase *courses = tcase_create("courses");
    tcase_set_timeout(courses, 60);
    tcase_add_loop_test(courses, an_item_begins_or_is_taken_back, 1, 3);
    tcase_add_loop_test(courses, an_item_becomes_whole_or_is_killed, 1, 3);
    tcase_add_loop_test(courses, a_word_to_stop_never_reaches_the_next_item, 1, 3);
    tcase_add_loop_test(courses, who_was_told_to_stop_was_asked, 1, 3);
    tcase_add_loop_test(courses, a_dead_owner_s_item_crashed_or_was_killed, 1, 3);
    tcase_add_loop_test(courses, each_item_of_a_slot_is_whole_or_taken_back, 1, 3);
    Suite *suite = suite_create("course, verified");
    suite_add_tcase(suite, courses);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
