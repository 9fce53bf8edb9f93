// Course: every step of an owner through its slot, what the opener may take back or ask on the
// way, and what is refused. (N3)

#include <check.h>
#include <stdlib.h>

#include "shared/course.h"

enum { ITEMS = 4, BOTH = MHI_ASKED_STOP | MHI_ASKED_KILL };

static uint64_t with_asked(uint64_t word, uint32_t what)
{
    return word | (uint64_t)what << 56;
}

static void expect_word(const mhi_course *course, uint32_t count, uint32_t step, uint32_t asked)
{
    uint64_t word = atomic_load(course);
    ck_assert_uint_eq(mhi_course_count(word), count);
    ck_assert_uint_eq(mhi_course_step(word), step);
    ck_assert_uint_eq(mhi_course_asked(word), asked);
}

static void expect_come(const mhi_course *course, uint32_t begun, uint32_t whole)
{
    uint64_t word = atomic_load(course);
    ck_assert_uint_eq(mhi_course_begun(word), begun);
    ck_assert_uint_eq(mhi_course_whole(word), whole);
}

// ---- the word -----------------------------------------------------------------------------------

static const uint32_t counts[] = {
    0, 1, 2, 255, 256, 65536, MHI_COURSE_ITEMS - 1, MHI_COURSE_ITEMS};
static const uint32_t steps[] = {
    0, 1, 2, 3, 65535, 65536, 2 * MHI_COURSE_ITEMS - 1, 2 * MHI_COURSE_ITEMS};
static const uint32_t things[] = {0, MHI_ASKED_STOP, MHI_ASKED_KILL, BOTH, 0xff};

START_TEST(no_part_of_the_word_is_in_the_way_of_another)
{
    uint32_t count = counts[_i];
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (size_t k = 0; k < sizeof things / sizeof *things; k++) {
            mhi_course course = with_asked(mhi_course_word(count, steps[i]), things[k]);
            expect_word(&course, count, steps[i], things[k]);
            expect_come(&course, steps[i] / 2 + steps[i] % 2, steps[i] / 2);
        }
}
END_TEST

// No owner comes that far, but a damaged word is looked at, too.
START_TEST(even_the_highest_step_is_counted)
{
    mhi_course course = mhi_course_word(1, UINT32_MAX);
    expect_come(&course, UINT32_C(1) << 31, (UINT32_C(1) << 31) - 1);
}
END_TEST

// ---- the owner ----------------------------------------------------------------------------------

START_TEST(the_items_begin_and_end_one_after_the_other)
{
    mhi_course course = mhi_course_word(ITEMS, 0);
    for (uint32_t item = 0; item < ITEMS; item++) {
        expect_come(&course, item, item);
        ck_assert(mhi_course_begin(&course, item));
        expect_word(&course, ITEMS, 2 * item + 1, 0);
        expect_come(&course, item + 1, item);
        ck_assert(mhi_course_end(&course));
        expect_word(&course, ITEMS, 2 * item + 2, 0);
    }
    expect_come(&course, ITEMS, ITEMS);
}
END_TEST

START_TEST(nothing_begins_behind_the_last_item)
{
    uint32_t count = counts[_i];
    mhi_course course = mhi_course_word(count, 2 * count);
    ck_assert(!mhi_course_begin(&course, count));
    expect_word(&course, count, 2 * count, 0);
}
END_TEST

START_TEST(the_last_item_of_the_largest_slot_is_like_any_other)
{
    const uint32_t last = MHI_COURSE_ITEMS - 1;
    mhi_course course = mhi_course_word(MHI_COURSE_ITEMS, 2 * last);
    ck_assert(mhi_course_begin(&course, last));
    ck_assert(mhi_course_ask(&course, last, MHI_ASKED_STOP));
    expect_word(&course, MHI_COURSE_ITEMS, 2 * last + 1, MHI_ASKED_STOP);
    ck_assert(mhi_course_end(&course));
    expect_word(&course, MHI_COURSE_ITEMS, 2 * last + 2, 0);
    expect_come(&course, MHI_COURSE_ITEMS, MHI_COURSE_ITEMS);
    ck_assert(!mhi_course_begin(&course, MHI_COURSE_ITEMS));
}
END_TEST

// ---- taking back --------------------------------------------------------------------------------

START_TEST(what_was_taken_back_does_not_begin)
{
    mhi_course course = mhi_course_word(ITEMS, 0);
    uint64_t word = atomic_load(&course);
    ck_assert(mhi_course_cut(&course, &word, (uint32_t)_i));
    expect_word(&course, (uint32_t)_i, 0, 0);
    for (uint32_t item = 0; item < (uint32_t)_i; item++) {
        ck_assert(mhi_course_begin(&course, item));
        ck_assert(mhi_course_end(&course));
    }
    uint64_t before = atomic_load(&course);
    ck_assert(!mhi_course_begin(&course, (uint32_t)_i));
    ck_assert_uint_eq(atomic_load(&course), before);
}
END_TEST

START_TEST(all_but_what_runs_can_be_taken_back)
{
    mhi_course course = mhi_course_word(MHI_COURSE_ITEMS, 2);
    ck_assert(mhi_course_begin(&course, 1));
    ck_assert(mhi_course_ask(&course, 1, MHI_ASKED_STOP));
    uint64_t word = atomic_load(&course);
    ck_assert(mhi_course_cut(&course, &word, mhi_course_begun(word)));
    expect_word(&course, 2, 3, MHI_ASKED_STOP); // it is still asked to stop
    ck_assert(mhi_course_end(&course));
    ck_assert(!mhi_course_begin(&course, 2));
}
END_TEST

// The opener looked at the word, was held up, and then tries to take back what it saw waiting.
START_TEST(an_old_look_takes_nothing_back)
{
    mhi_course course = mhi_course_word(ITEMS, 0);
    uint64_t word = atomic_load(&course);
    for (uint32_t step = 1; step <= 4; step++) {
        ck_assert(step % 2 == 0 ? mhi_course_end(&course)
                                : mhi_course_begin(&course, step / 2));
        ck_assert(!mhi_course_cut(&course, &word, 0));
        ck_assert_uint_eq(word, mhi_course_word(ITEMS, step)); // now it knows better
        ck_assert_uint_eq(atomic_load(&course), word);
    }
    ck_assert(mhi_course_cut(&course, &word, 3));
    expect_word(&course, 3, 4, 0);
}
END_TEST

// ---- asking -------------------------------------------------------------------------------------

START_TEST(only_the_item_that_runs_can_be_asked)
{
    for (uint32_t item = 0; item <= ITEMS; item++)
        for (uint32_t what = MHI_ASKED_STOP; what <= MHI_ASKED_KILL; what++) {
            mhi_course course = mhi_course_word(ITEMS, (uint32_t)_i);
            bool runs = _i % 2 != 0 && item == (uint32_t)_i / 2;
            ck_assert_int_eq(mhi_course_ask(&course, item, what), runs);
            expect_word(&course, ITEMS, (uint32_t)_i, runs ? what : 0);
        }
}
END_TEST

START_TEST(each_thing_is_asked_once)
{
    const uint32_t one = (uint32_t)_i, other = BOTH - one;
    mhi_course course = mhi_course_word(ITEMS, 1);
    ck_assert(mhi_course_ask(&course, 0, one));
    ck_assert(!mhi_course_ask(&course, 0, one));
    expect_word(&course, ITEMS, 1, one);
    ck_assert(mhi_course_ask(&course, 0, other));
    ck_assert(!mhi_course_ask(&course, 0, one));
    ck_assert(!mhi_course_ask(&course, 0, other));
    expect_word(&course, ITEMS, 1, BOTH);
}
END_TEST

START_TEST(the_next_item_is_not_asked_what_this_one_was)
{
    mhi_course course = mhi_course_word(ITEMS, 1);
    ck_assert(mhi_course_ask(&course, 0, MHI_ASKED_STOP));
    ck_assert(mhi_course_end(&course));
    expect_word(&course, ITEMS, 2, 0);
    ck_assert(mhi_course_begin(&course, 1));
    expect_word(&course, ITEMS, 3, 0);
    ck_assert(!mhi_course_ask(&course, 0, MHI_ASKED_KILL)); // too late
    ck_assert(mhi_course_ask(&course, 1, MHI_ASKED_STOP));  // it is asked anew
}
END_TEST

START_TEST(what_is_being_killed_does_not_end)
{
    const uint32_t asked = _i == 0 ? MHI_ASKED_KILL : BOTH;
    mhi_course course = with_asked(mhi_course_word(ITEMS, 3), asked);
    ck_assert(!mhi_course_end(&course));
    expect_word(&course, ITEMS, 3, asked);
    expect_come(&course, 2, 1);
}
END_TEST

// ---- a dead owner -------------------------------------------------------------------------------

START_TEST(what_ran_in_a_dead_owner_is_whole)
{
    const uint32_t step = (uint32_t)_i, begun = (step + 1) / 2;
    for (size_t k = 0; k < sizeof things / sizeof *things; k++) {
        mhi_course course = with_asked(mhi_course_word(ITEMS, step), things[k]);
        uint64_t word = atomic_load(&course);
        ck_assert(mhi_course_settle(&course, &word));
        expect_word(&course, ITEMS, 2 * begun, 0); // the next owner is asked nothing
        expect_come(&course, begun, begun);
        ck_assert_int_eq(mhi_course_begin(&course, begun), begun < ITEMS);
    }
}
END_TEST

START_TEST(the_supervisor_learns_what_was_asked_meanwhile)
{
    mhi_course course = mhi_course_word(ITEMS, 3);
    uint64_t word = atomic_load(&course);
    ck_assert(mhi_course_ask(&course, 1, MHI_ASKED_KILL));
    ck_assert(!mhi_course_settle(&course, &word));
    ck_assert_uint_eq(mhi_course_asked(word), MHI_ASKED_KILL);
    uint64_t seen_by_opener = word;
    ck_assert(mhi_course_cut(&course, &seen_by_opener, 2));
    ck_assert(!mhi_course_settle(&course, &word));
    ck_assert_uint_eq(mhi_course_count(word), 2);
    ck_assert(mhi_course_settle(&course, &word));
    expect_word(&course, 2, 4, 0);
    ck_assert(!mhi_course_begin(&course, 2));
}
END_TEST

static TCase *steps_of_the_owner(void)
{
    TCase *owner = tcase_create("owner");
    const int all_counts = sizeof counts / sizeof *counts;
    tcase_add_loop_test(owner, no_part_of_the_word_is_in_the_way_of_another, 0, all_counts);
    tcase_add_test(owner, even_the_highest_step_is_counted);
    tcase_add_test(owner, the_items_begin_and_end_one_after_the_other);
    tcase_add_loop_test(owner, nothing_begins_behind_the_last_item, 0, all_counts);
    tcase_add_test(owner, the_last_item_of_the_largest_slot_is_like_any_other);
    tcase_add_loop_test(owner, what_ran_in_a_dead_owner_is_whole, 0, 2 * ITEMS + 1);
    tcase_add_test(owner, the_supervisor_learns_what_was_asked_meanwhile);
    return owner;
}

static TCase *words_of_the_opener(void)
{
    TCase *opener = tcase_create("opener");
    tcase_add_loop_test(opener, what_was_taken_back_does_not_begin, 0, ITEMS + 1);
    tcase_add_test(opener, all_but_what_runs_can_be_taken_back);
    tcase_add_test(opener, an_old_look_takes_nothing_back);
    tcase_add_loop_test(opener, only_the_item_that_runs_can_be_asked, 0, 2 * ITEMS + 1);
    tcase_add_loop_test(opener, each_thing_is_asked_once, MHI_ASKED_STOP, MHI_ASKED_KILL + 1);
    tcase_add_test(opener, the_next_item_is_not_asked_what_this_one_was);
    tcase_add_loop_test(opener, what_is_being_killed_does_not_end, 0, 2);
    return opener;
}

int main(void)
{
    Suite *suite = suite_create("course");
    suite_add_tcase(suite, steps_of_the_owner());
    suite_add_tcase(suite, words_of_the_opener());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
