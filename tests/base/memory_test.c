// Memory: allocations that a test makes fail, exactly the nth and no other.

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

START_TEST(fresh_memory_is_zero)
{
    unsigned char *memory = mhi_allocate(100, 7);
    ck_assert_ptr_nonnull(memory);
    for (int i = 0; i < 700; i++)
        ck_assert_uint_eq(memory[i], 0);
    mhi_free(memory);
}
END_TEST

START_TEST(nothing_is_still_an_address)
{
    void *none = mhi_allocate(0, 8), *nothing = mhi_allocate(8, 0);
    ck_assert_ptr_nonnull(none);
    ck_assert_ptr_nonnull(nothing);
    none = mhi_resize(none, 0);
    ck_assert_ptr_nonnull(none);
    mhi_free(none);
    mhi_free(nothing);
    mhi_free(NULL);
}
END_TEST

START_TEST(only_the_nth_demand_fails)
{
    enum { DEMANDS = 8 };
    void *made[DEMANDS];
    mhi_fail_after((uint64_t)_i);
    for (int i = 0; i < DEMANDS; i++)
        made[i] = i % 2 == 0 ? mhi_allocate(1, 16) : mhi_resize(NULL, 16);
    ck_assert_uint_eq(mhi_demands(), DEMANDS);
    mhi_fail_after(0);
    for (int i = 0; i < DEMANDS; i++) {
        ck_assert_int_eq(made[i] == NULL, i + 1 == _i);
        mhi_free(made[i]);
    }
}
END_TEST

START_TEST(other_demands_are_counted_with_the_allocations)
{
    mhi_fail_after(3);
    ck_assert(!mhi_should_fail());
    void *memory = mhi_allocate(1, 1);
    ck_assert_ptr_nonnull(memory);
    ck_assert(mhi_should_fail());
    ck_assert(!mhi_should_fail());
    ck_assert_uint_eq(mhi_demands(), 4);
    mhi_fail_after(1);
    ck_assert_uint_eq(mhi_demands(), 0);
    ck_assert(mhi_should_fail());
    mhi_free(memory);
}
END_TEST

START_TEST(a_resize_that_fails_leaves_the_old_as_it_was)
{
    char *old = mhi_allocate(1, 6);
    ck_assert_ptr_nonnull(old);
    memcpy(old, "hands", 6);
    mhi_fail_after(1);
    ck_assert_ptr_null(mhi_resize(old, 100000));
    ck_assert_str_eq(old, "hands");
    char *grown = mhi_resize(old, 100000);
    ck_assert_ptr_nonnull(grown);
    ck_assert_str_eq(grown, "hands");
    mhi_free(grown);
}
END_TEST

int main(void)
{
    TCase *memory = tcase_create("memory");
    tcase_add_test(memory, fresh_memory_is_zero);
    tcase_add_test(memory, nothing_is_still_an_address);
    tcase_add_loop_test(memory, only_the_nth_demand_fails, 0, 10);
    tcase_add_test(memory, other_demands_are_counted_with_the_allocations);
    tcase_add_test(memory, a_resize_that_fails_leaves_the_old_as_it_was);
    Suite *suite = suite_create("memory");
    suite_add_tcase(suite, memory);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
