// Claim: every hand-over of the one word, who holds it, and why an old word takes nothing.

#include <check.h>
#include <stdlib.h>

#include "shared/claim.h"

static uint64_t word_of(mhi_claim *claim)
{
    return atomic_load(claim);
}

static uint32_t generation_of(mhi_claim *claim)
{
    return (uint32_t)(word_of(claim) >> 32);
}

START_TEST(a_round_leads_through_every_state)
{
    mhi_claim claim = 0;
    ck_assert_int_eq(mhi_claim_look(&claim), MHI_EMPTY);
    mhi_claim_put(&claim);
    ck_assert_int_eq(mhi_claim_look(&claim), MHI_READY);
    ck_assert_uint_eq(mhi_claim_owner(word_of(&claim)), 0);
    ck_assert(mhi_claim_take(&claim, 5));
    ck_assert_int_eq(mhi_claim_look(&claim), MHI_TAKEN);
    ck_assert_uint_eq(mhi_claim_owner(word_of(&claim)), 5);
    mhi_claim_leave(&claim, MHI_ENDED);
    ck_assert_int_eq(mhi_claim_look(&claim), MHI_ENDED);
    ck_assert_uint_eq(mhi_claim_owner(word_of(&claim)), 0);
    mhi_claim_clear(&claim);
    ck_assert_int_eq(mhi_claim_look(&claim), MHI_EMPTY);
}
END_TEST

START_TEST(only_what_is_ready_can_be_taken)
{
    mhi_claim claim = mhi_claim_word(UINT64_C(77) << 32, 3, (mhi_state)_i);
    uint64_t before = word_of(&claim);
    ck_assert_int_eq(mhi_claim_take(&claim, 9), _i == MHI_READY);
    ck_assert_int_eq(word_of(&claim) == before, _i != MHI_READY);
}
END_TEST

START_TEST(what_was_given_back_can_be_taken_by_another)
{
    mhi_claim claim = 0;
    mhi_claim_put(&claim);
    uint32_t generation = generation_of(&claim);
    ck_assert(mhi_claim_take(&claim, 1));
    mhi_claim_leave(&claim, MHI_READY);
    ck_assert_int_eq(mhi_claim_look(&claim), MHI_READY);
    ck_assert(!mhi_claim_held_by(&claim, 1));
    ck_assert(mhi_claim_take(&claim, 2));
    ck_assert(mhi_claim_held_by(&claim, 2));
    ck_assert_uint_eq(generation_of(&claim), generation); // it is still the same work
}
END_TEST

static const uint32_t owners[] = {0, 1, 255, 256, 1023, 0xfffffe, MHI_OWNER_OPENER};

START_TEST(the_holder_is_known_exactly)
{
    mhi_claim claim = 0;
    mhi_claim_put(&claim);
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
        ck_assert(!mhi_claim_held_by(&claim, owners[i]));
    ck_assert(mhi_claim_take(&claim, owners[_i]));
    ck_assert_uint_eq(mhi_claim_owner(word_of(&claim)), owners[_i]);
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
        ck_assert_int_eq(mhi_claim_held_by(&claim, owners[i]), (int)i == _i);
    mhi_claim_leave(&claim, MHI_ENDED);
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
        ck_assert(!mhi_claim_held_by(&claim, owners[i]));
}
END_TEST

START_TEST(each_put_is_a_generation)
{
    mhi_claim claim = UINT64_C(0xfffffffe) << 32; // soon to wrap
    for (uint32_t i = 0; i < 5; i++) {
        mhi_claim_put(&claim);
        ck_assert_uint_eq(generation_of(&claim), UINT32_C(0xffffffff) + i);
        ck_assert_int_eq(mhi_claim_look(&claim), MHI_READY);
        ck_assert(mhi_claim_take(&claim, MHI_OWNER_OPENER));
        ck_assert_uint_eq(generation_of(&claim), UINT32_C(0xffffffff) + i);
        mhi_claim_leave(&claim, MHI_ENDED);
        mhi_claim_clear(&claim);
        ck_assert_uint_eq(generation_of(&claim), UINT32_C(0xffffffff) + i);
    }
}
END_TEST

// Somebody looked at a word, was held up for a whole round, and now tries to swap it.
START_TEST(a_word_of_an_earlier_round_takes_nothing)
{
    mhi_claim claim = 0;
    mhi_claim_put(&claim);
    uint64_t seen_long_ago = word_of(&claim);
    ck_assert(mhi_claim_take(&claim, 1));
    mhi_claim_leave(&claim, MHI_ENDED);
    mhi_claim_clear(&claim);
    mhi_claim_put(&claim);
    uint64_t taken = mhi_claim_word(seen_long_ago, 2, MHI_TAKEN);
    ck_assert(!atomic_compare_exchange_strong(&claim, &seen_long_ago, taken));
    ck_assert_int_eq(mhi_claim_look(&claim), MHI_READY);
}
END_TEST

int main(void)
{
    TCase *claims = tcase_create("claims");
    tcase_add_test(claims, a_round_leads_through_every_state);
    tcase_add_loop_test(claims, only_what_is_ready_can_be_taken, MHI_EMPTY, MHI_ENDED + 1);
    tcase_add_test(claims, what_was_given_back_can_be_taken_by_another);
    tcase_add_loop_test(claims, the_holder_is_known_exactly, 0, sizeof owners / sizeof *owners);
    tcase_add_test(claims, each_put_is_a_generation);
    tcase_add_test(claims, a_word_of_an_earlier_round_takes_nothing);
    Suite *suite = suite_create("claim");
    suite_add_tcase(suite, claims);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
