// Code: a function is known by the file it lies in and its place there, and found again by
// them.

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "platform/platform.h"

static int answer(void)
{
    return 42;
}

static int question(void)
{
    return 41;
}

START_TEST(a_function_of_the_program_is_found_again)
{
    char path[PATH_MAX];
    uint64_t offset;
    ck_assert(mhi_code_find((uintptr_t)answer, path, sizeof path, &offset));
    ck_assert_str_eq(path, "");
    uintptr_t found = mhi_code_at(path, offset);
    ck_assert_uint_eq(found, (uintptr_t)answer);
    ck_assert_int_eq(((int (*)(void))found)(), 42);
}
END_TEST

START_TEST(a_function_of_a_library_is_found_again)
{
    char path[PATH_MAX];
    uint64_t offset;
    ck_assert(mhi_code_find((uintptr_t)qsort, path, sizeof path, &offset));
    ck_assert_uint_eq(mhi_code_at(path, offset), (uintptr_t)qsort);
}
END_TEST

START_TEST(two_functions_have_two_places)
{
    char path[PATH_MAX];
    uint64_t offset, other;
    ck_assert(mhi_code_find((uintptr_t)answer, path, sizeof path, &offset));
    ck_assert(mhi_code_find((uintptr_t)question, path, sizeof path, &other));
    ck_assert_uint_ne(offset, other);
    ck_assert_int_ne(answer(), question());
}
END_TEST

START_TEST(an_address_in_no_file_is_not_found)
{
    char path[PATH_MAX] = "untouched";
    uint64_t offset = 4711;
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    const uintptr_t nowhere[] = {0, 1, (uintptr_t)page, (uintptr_t)&offset, UINTPTR_MAX};
    for (int i = 0; i < 5; i++)
        ck_assert(!mhi_code_find(nowhere[i], path, sizeof path, &offset));
    ck_assert_str_eq(path, "untouched");
    ck_assert_uint_eq(offset, 4711);
    munmap(page, 4096);
}
END_TEST

START_TEST(a_path_that_does_not_fit_is_not_cut)
{
    char path[PATH_MAX], small[PATH_MAX] = "untouched";
    uint64_t offset;
    ck_assert(mhi_code_find((uintptr_t)stdout, path, sizeof path, &offset)); // lies in libc
    size_t size = strlen(path);
    ck_assert(!mhi_code_find((uintptr_t)stdout, small, size, &offset) || size == 0);
    ck_assert(mhi_code_find((uintptr_t)stdout, small, size + 1, &offset));
    ck_assert_str_eq(small, path);
}
END_TEST

START_TEST(what_is_not_there_is_null)
{
    char path[PATH_MAX];
    uint64_t offset;
    ck_assert(mhi_code_find((uintptr_t)answer, path, sizeof path, &offset));
    ck_assert_uint_eq(mhi_code_at(path, offset + (UINT64_C(1) << 40)), 0);
    ck_assert_uint_eq(mhi_code_at(path, UINT64_MAX), 0);
    ck_assert_uint_eq(mhi_code_at("/there/is/no/such/library.so", 16), 0);
    ck_assert_uint_eq(mhi_code_at("/", 16), 0);
}
END_TEST

int main(void)
{
    TCase *code = tcase_create("code");
    tcase_add_test(code, a_function_of_the_program_is_found_again);
    tcase_add_test(code, a_function_of_a_library_is_found_again);
    tcase_add_test(code, two_functions_have_two_places);
    tcase_add_test(code, an_address_in_no_file_is_not_found);
    tcase_add_test(code, a_path_that_does_not_fit_is_not_cut);
    tcase_add_test(code, what_is_not_there_is_null);
    Suite *suite = suite_create("code");
    suite_add_tcase(suite, code);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
