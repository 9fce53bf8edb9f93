// Hoard: all of a source is read at once, and then given as it was, with its end.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "flow/source.h"

// Gives items 0, 1, 2 ... of `number * 7 % 50` bytes each, then ends in its own way.
typedef struct giver {
    uint64_t items;
    mh_status ends;
    uint64_t asked;
    unsigned char bytes[64];
} giver;

static uint64_t size_of(uint64_t number)
{
    return number * 7 % 50;
}

static mh_status give(void *context, mh_bytes *item)
{
    giver *self = context;
    if (self->asked == self->items)
        return self->ends;
    memset(self->bytes, (int)self->asked, sizeof self->bytes);
    *item = (mh_bytes){.data = self->bytes, .size = size_of(self->asked++)};
    return MH_OK;
}

static void expect_items(mh_source *source, uint64_t count)
{
    for (uint64_t number = 0; number < count; number++) {
        mh_bytes item;
        unsigned char expected[64];
        memset(expected, (int)number, sizeof expected);
        if (mhi_source_ask(source, &item) != MH_OK || item.size != size_of(number) ||
            memcmp(item.data, expected, item.size) != 0)
            ck_abort_msg("item %llu is not as it was", (unsigned long long)number);
    }
}

static void expect_the_end(mh_source *source, mh_status how)
{
    mh_bytes item;
    ck_assert_int_eq(mhi_source_ask(source, &item), how);
    ck_assert_int_eq(mhi_source_ask(source, &item), how);
}

static mhi_hoard hoard;
static mh_source outer;

static void begin(giver *from)
{
    mh_log_limit(MH_LOG_OFF);
    mh_source inner = mh_source_of(give, from);
    mhi_hoard_init(&hoard, &inner, &outer);
    ck_assert_uint_eq(from->asked, 0);
    ck_assert(!outer.sized);
}

static const uint64_t counts[] = {0, 1, 2, 3, 100, 100000};

START_TEST(everything_comes_as_it_was)
{
    giver from = {.items = counts[_i], .ends = MH_END};
    begin(&from);
    ck_assert_uint_eq(mhi_hoard_read(&hoard, &outer), counts[_i]);
    ck_assert_uint_eq(from.asked, counts[_i]);
    ck_assert(outer.sized);
    ck_assert_uint_eq(outer.length, counts[_i]);
    from.items = UINT64_MAX; // it is read only once
    ck_assert_uint_eq(mhi_hoard_read(&hoard, &outer), counts[_i]);
    expect_items(&outer, counts[_i]);
    expect_the_end(&outer, MH_END);
    mhi_hoard_fini(&hoard);
}
END_TEST

START_TEST(a_failure_comes_after_the_items)
{
    giver from = {.items = 30, .ends = MH_SYSTEM};
    begin(&from);
    ck_assert_uint_eq(mhi_hoard_read(&hoard, &outer), 30);
    expect_items(&outer, 30);
    expect_the_end(&outer, MH_SYSTEM);
    mhi_hoard_fini(&hoard);
}
END_TEST

START_TEST(when_memory_runs_out_what_was_read_is_given)
{
    giver from = {.items = 1000, .ends = MH_END};
    begin(&from);
    mhi_fail_after((uint64_t)_i);
    uint64_t count = mhi_hoard_read(&hoard, &outer);
    mhi_fail_after(0);
    ck_assert_uint_lt(count, 1000);
    ck_assert_uint_eq(outer.length, count);
    expect_items(&outer, count);
    expect_the_end(&outer, MH_NO_MEMORY);
    mhi_hoard_fini(&hoard);
}
END_TEST

START_TEST(sources_of_our_own_kinds_can_be_hoarded)
{
    mh_source range = mh_source_range(5, 8, 1);
    mhi_hoard_init(&hoard, &range, &outer);
    ck_assert_uint_eq(mhi_hoard_read(&hoard, &outer), 3);
    for (int64_t number = 5; number < 8; number++) {
        mh_bytes item;
        ck_assert_int_eq(mhi_source_ask(&outer, &item), MH_OK);
        ck_assert_uint_eq(item.size, sizeof number);
        ck_assert_uint_eq((uintptr_t)item.data % 16, (uintptr_t)hoard.bytes % 16);
        ck_assert_mem_eq(item.data, &number, sizeof number);
    }
    expect_the_end(&outer, MH_END);
    mhi_hoard_fini(&hoard);
}
END_TEST

START_TEST(the_lines_of_a_file_are_freed_with_it)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fputs("one\ntwo\n", file);
    rewind(file);
    mh_source lines = mh_source_lines(file);
    mhi_hoard_init(&hoard, &lines, &outer);
    ck_assert_uint_eq(mhi_hoard_read(&hoard, &outer), 2);
    mh_bytes item;
    ck_assert_int_eq(mhi_source_ask(&outer, &item), MH_OK);
    ck_assert_str_eq(item.data, "one");
    ck_assert_int_eq(mhi_source_ask(&outer, &item), MH_OK);
    ck_assert_str_eq(item.data, "two");
    mhi_hoard_fini(&hoard);
    fclose(file);
}
END_TEST

int main(void)
{
    TCase *hoards = tcase_create("hoards");
    tcase_add_loop_test(hoards, everything_comes_as_it_was, 0, sizeof counts / sizeof *counts);
    tcase_add_test(hoards, a_failure_comes_after_the_items);
    tcase_add_loop_test(hoards, when_memory_runs_out_what_was_read_is_given, 1, 6);
    tcase_add_test(hoards, sources_of_our_own_kinds_can_be_hoarded);
    tcase_add_test(hoards, the_lines_of_a_file_are_freed_with_it);
    Suite *suite = suite_create("hoard");
    suite_add_tcase(suite, hoards);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
