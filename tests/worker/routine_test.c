// Routine: functions written down as file and place, found again, each routine once.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "worker/routine.h"

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)call, (void)argument;
    *state = NULL;
    return MH_OK;
}

static mh_status run(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size);
}

static mh_status run_otherwise(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size / 2);
}

static void tear_down(mh_call *call, void *state)
{
    (void)call, (void)state;
}

static const mh_routine whole = {
    .name = "whole", .setup = set_up, .run = run, .teardown = tear_down};

static mhi_routines *table;

static void lay_table(void)
{
    mh_log_limit(MH_LOG_OFF);
    table = calloc(1, sizeof *table);
    ck_assert_ptr_nonnull(table);
}

static void clear_table(void)
{
    free(table);
}

static uint32_t add(mh_routine routine)
{
    uint32_t number = UINT32_MAX;
    ck_assert_int_eq(mhi_routines_add(table, &routine, &number), MH_OK);
    return number;
}

static mh_routine find(uint32_t number)
{
    mh_routine routine;
    ck_assert_int_eq(mhi_routines_find(table, number, &routine), MH_OK);
    return routine;
}

static void expect_refused(mh_routine routine, mh_status why)
{
    uint32_t number = 4711, before = table->routines;
    ck_assert_int_eq(mhi_routines_add(table, &routine, &number), why);
    ck_assert_uint_eq(number, 4711);
    ck_assert_uint_eq(table->routines, before);
}

// ---- there and back -----------------------------------------------------------------------------

START_TEST(what_was_written_down_is_found)
{
    mh_routine found = find(add(whole));
    ck_assert_str_eq(found.name, "whole");
    ck_assert(found.setup == set_up);
    ck_assert(found.run == run);
    ck_assert(found.teardown == tear_down);
    mh_routine plain = find(add((mh_routine){.run = run}));
    ck_assert(plain.setup == NULL && plain.run == run && plain.teardown == NULL);
    ck_assert_str_eq(plain.name, "routine");
}
END_TEST

START_TEST(a_function_of_another_file_is_found)
{
    // Any function of libc will do: it is written down and found, not called.
    mh_status (*foreign)(mh_call *,
                         mh_bytes) = (mh_status(*)(mh_call *, mh_bytes))(uintptr_t)qsort;
    mh_routine found = find(add((mh_routine){.run = foreign, .teardown = tear_down}));
    ck_assert(found.run == foreign);
    ck_assert(found.teardown == tear_down);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
    char name[100];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    mh_routine found = find(add((mh_routine){.name = name, .run = run}));
    ck_assert_uint_eq(strlen(found.name), 47);
    ck_assert_int_eq(strncmp(found.name, name, 47), 0);
}
END_TEST

START_TEST(the_same_routine_is_written_down_once)
{
    uint32_t number = add(whole);
    char same_name[] = "whole"; // elsewhere, but the same
    mh_routine copy = whole;
    copy.name = same_name;
    ck_assert_uint_eq(add(copy), number);
    ck_assert_uint_eq(add(whole), number);
    ck_assert_uint_eq(table->routines, 1);
    ck_assert_uint_eq(table->files, 1);
}
END_TEST

START_TEST(what_differs_in_anything_is_another_routine)
{
    const mh_routine others[] = {
        {.name = "other", .setup = set_up, .run = run, .teardown = tear_down},
        {.name = "whole", .setup = NULL, .run = run, .teardown = tear_down},
        {.name = "whole", .setup = set_up, .run = run_otherwise, .teardown = tear_down},
        {.name = "whole", .setup = set_up, .run = run, .teardown = NULL},
    };
    ck_assert_uint_eq(add(whole), 0);
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_uint_eq(add(others[i]), i + 1);
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_uint_eq(add(others[i]), i + 1);
    ck_assert_uint_eq(table->routines, 5);
}
END_TEST

// ---- refusals -----------------------------------------------------------------------------------

START_TEST(a_routine_needs_something_to_run)
{
    expect_refused((mh_routine){.name = "idle", .setup = set_up}, MH_INVALID);
}
END_TEST

START_TEST(a_function_in_no_file_is_refused)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    uintptr_t made_at_run_time = (uintptr_t)page;
    mh_routine routine = whole;
    routine.run = (mh_status(*)(mh_call *, mh_bytes))made_at_run_time;
    expect_refused(routine, MH_NOT_FOUND);
    routine = whole;
    routine.setup = (mh_status(*)(mh_call *, mh_bytes, void **))made_at_run_time;
    expect_refused(routine, MH_NOT_FOUND);
    routine = whole;
    routine.teardown = (void (*)(mh_call *, void *))made_at_run_time;
    expect_refused(routine, MH_NOT_FOUND);
    munmap(page, 4096);
}
END_TEST

START_TEST(a_full_table_takes_no_more_but_finds_all)
{
    char name[MHI_NAME];
    for (uint32_t i = 0; i < MHI_ROUTINES; i++) {
        snprintf(name, sizeof name, "number %u", i);
        ck_assert_uint_eq(add((mh_routine){.name = name, .run = run}), i);
    }
    expect_refused(whole, MH_FULL);
    for (uint32_t i = 0; i < MHI_ROUTINES; i++) {
        snprintf(name, sizeof name, "number %u", i);
        ck_assert_uint_eq(add((mh_routine){.name = name, .run = run}), i);
        ck_assert_str_eq(find(i).name, name);
    }
}
END_TEST

START_TEST(a_full_table_of_files_takes_no_more)
{
    for (uint32_t i = 0; i < MHI_FILES; i++)
        snprintf(table->file[i], MHI_PATH, "/file/number/%u", i);
    table->files = MHI_FILES;
    expect_refused(whole, MH_FULL);
    table->files = MHI_FILES - 1;
    ck_assert(find(add(whole)).run == run);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    uint32_t number = add(whole);
    mh_routine found = {.name = "untouched"};
    table->routine[number].run.offset += UINT64_C(1) << 40;
    ck_assert_int_eq(mhi_routines_find(table, number, &found), MH_NOT_FOUND);
    table->routine[number].run.offset -= UINT64_C(1) << 40;
    strcpy(table->file[0], "/there/is/no/such/library.so");
    ck_assert_int_eq(mhi_routines_find(table, number, &found), MH_NOT_FOUND);
    ck_assert_str_eq(found.name, "untouched");
}
END_TEST

int main(void)
{
    TCase *routines = tcase_create("routines");
    tcase_add_checked_fixture(routines, lay_table, clear_table);
    tcase_add_test(routines, what_was_written_down_is_found);
    tcase_add_test(routines, a_function_of_another_file_is_found);
    tcase_add_test(routines, a_long_name_is_cut);
    tcase_add_test(routines, the_same_routine_is_written_down_once);
    tcase_add_test(routines, what_differs_in_anything_is_another_routine);
    tcase_add_test(routines, a_routine_needs_something_to_run);
    tcase_add_test(routines, a_function_in_no_file_is_refused);
    tcase_add_test(routines, a_full_table_takes_no_more_but_finds_all);
    tcase_add_test(routines, a_full_table_of_files_takes_no_more);
    tcase_add_test(routines, what_is_not_there_is_not_found);
    Suite *suite = suite_create("routine");
    suite_add_tcase(suite, routines);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
