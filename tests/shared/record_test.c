// Record: what was written is read, whatever its size (what is damaged: record_damage_test.c).

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "shared/record.h"

enum { LIMIT = 4 << 20 };

static mhi_arena arena;

static void open_arena(void)
{
    mh_log_limit(MH_LOG_OFF);
    mhi_arena_shape shape = {.fixed_size = 16, .limit = LIMIT, .areas = 4};
    ck_assert_int_eq(mhi_arena_open(&arena, &shape), MH_OK);
}

static void close_arena(void)
{
    mhi_arena_close(&arena);
}

// A small generator of our own, so that a seed means the same everywhere.
static uint64_t chance(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void write_one(mhi_writer *writer, uint64_t size, uint64_t number)
{
    void *payload;
    ck_assert_int_eq(mhi_writer_reserve(writer, size, &payload), MH_OK);
    ck_assert_uint_eq((uintptr_t)payload % 16, 0);
    memset(payload, (int)(number * 7 + 1), size);
    mhi_writer_commit(writer, size, number);
}

static void expect_one(mhi_reader *reader, uint64_t size, uint64_t number)
{
    const mhi_record *record = mhi_reader_next(reader);
    ck_assert_ptr_nonnull(record);
    ck_assert_uint_eq(record->size, size);
    ck_assert_uint_eq(record->note, number);
    const unsigned char *payload = mhi_record_payload(record);
    ck_assert_uint_eq((uintptr_t)payload % 16, 0);
    for (uint64_t i = 0; i < size; i++)
        if (payload[i] != (unsigned char)(number * 7 + 1))
            ck_abort_msg("record %llu differs at byte %llu", (unsigned long long)number,
                         (unsigned long long)i);
}

static void expect_the_end(mhi_reader *reader)
{
    ck_assert_ptr_null(mhi_reader_next(reader));
    ck_assert_ptr_null(mhi_reader_next(reader));
}

// ---- there and back -----------------------------------------------------------------------------

START_TEST(records_of_all_sizes_come_back)
{
    enum { SIZES = 5000 };
    mhi_writer writer;
    mhi_reader reader;
    mhi_writer_begin(&writer, &arena, 0, 0);
    for (uint64_t size = 0; size <= SIZES; size++)
        write_one(&writer, size, size);
    ck_assert(mhi_reader_begin(&reader, &arena, 0, writer.used));
    for (uint64_t size = 0; size <= SIZES; size++) {
        if (size % 97 == 0)
            ck_assert_uint_eq(mhi_record_seek(&arena, 0, (uint32_t)size), reader.at);
        expect_one(&reader, size, size);
    }
    expect_the_end(&reader);
    ck_assert_uint_eq(reader.at, writer.used);
}
END_TEST

// Small ones mostly, sometimes large ones; written in several goes, as after a death.
START_TEST(records_of_random_sizes_come_back)
{
    enum { RECORDS = 3000 };
    static uint64_t sizes[RECORDS];
    uint64_t seed = 0x9e3779b97f4a7c15u + (uint64_t)_i;
    mhi_writer writer;
    mhi_reader reader;
    mhi_writer_begin(&writer, &arena, 1, 0);
    for (uint64_t i = 0; i < RECORDS; i++) {
        uint64_t most = UINT64_C(1) << chance(&seed) % (i % 500 == 0 ? 20 : 9);
        sizes[i] = chance(&seed) % (most + 1);
        write_one(&writer, sizes[i], i);
        if (chance(&seed) % 100 == 0)
            mhi_writer_begin(&writer, &arena, 1, mhi_record_seek(&arena, 1, (uint32_t)i + 1));
    }
    ck_assert(mhi_reader_begin(&reader, &arena, 1, writer.used));
    for (uint64_t i = 0; i < RECORDS; i++)
        expect_one(&reader, sizes[i], i);
    expect_the_end(&reader);
}
END_TEST

START_TEST(a_further_reserve_keeps_what_was_written)
{
    mhi_writer writer;
    mhi_reader reader;
    void *payload;
    mhi_writer_begin(&writer, &arena, 0, 0);
    write_one(&writer, 100, 1);
    ck_assert_int_eq(mhi_writer_reserve(&writer, 6, &payload), MH_OK);
    memcpy(payload, "hands", 6);
    ck_assert_int_eq(mhi_writer_reserve(&writer, LIMIT, &payload), MH_OK);
    ck_assert_str_eq(payload, "hands");
    mhi_writer_commit(&writer, 6, 2); // less than was reserved
    write_one(&writer, 50, 3);
    ck_assert(mhi_reader_begin(&reader, &arena, 0, writer.used));
    expect_one(&reader, 100, 1);
    const mhi_record *record = mhi_reader_next(&reader);
    ck_assert_uint_eq(record->size, 6);
    ck_assert_str_eq(mhi_record_payload(record), "hands");
    expect_one(&reader, 50, 3);
    expect_the_end(&reader);
}
END_TEST

START_TEST(the_limit_is_exact_and_leaves_the_writer_usable)
{
    mhi_writer writer;
    mhi_reader reader;
    void *payload = NULL;
    mhi_writer_begin(&writer, &arena, 0, 0);
    const uint64_t too_large[] = {LIMIT + 1, UINT64_MAX, UINT64_MAX - 15, UINT64_MAX / 2 + 1};
    write_one(&writer, LIMIT, 1);
    write_one(&writer, LIMIT / 2, 2); // so that there is room for more than the limit
    mhi_writer_begin(&writer, &arena, 0, 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(mhi_writer_reserve(&writer, too_large[i], &payload), MH_TOO_LARGE);
    ck_assert_ptr_null(payload);
    write_one(&writer, LIMIT, 1);
    ck_assert_int_eq(mhi_writer_ensure(&writer, LIMIT + 1, &payload), MH_OK); // but not an item
    memset(payload, 15, LIMIT + 1);
    mhi_writer_commit(&writer, LIMIT + 1, 2);
    ck_assert_int_eq(mhi_writer_ensure(&writer, arena.stride, &payload), MH_TOO_LARGE);
    ck_assert(mhi_reader_begin(&reader, &arena, 0, writer.used));
    expect_one(&reader, LIMIT, 1);
    expect_one(&reader, LIMIT + 1, 2);
    expect_the_end(&reader);
}
END_TEST

START_TEST(an_area_never_written_has_no_records)
{
    mhi_reader reader;
    mhi_reader_begin(&reader, &arena, 3, 0);
    expect_the_end(&reader);
    ck_assert_uint_eq(mhi_record_seek(&arena, 3, 0), 0);
    ck_assert_uint_eq(mhi_record_seek(&arena, 3, 5), 0);
    ck_assert(!mhi_reader_begin(&reader, &arena, 3, UINT64_MAX));
    expect_the_end(&reader);
}
END_TEST

// ---- results ------------------------------------------------------------------------------------

START_TEST(a_result_says_who_and_how)
{
    mhi_record header = {.size = 0, .note = mhi_result_note(MH_DONE, 0xfffffe, 0x7fffffff)};
    mh_result result;
    mhi_result_read(&header, &result);
    ck_assert_int_eq(result.outcome, MH_DONE);
    ck_assert_int_eq(result.worker, 0xfffffe);
    ck_assert_int_eq(result.pid, 0x7fffffff);
    ck_assert_ptr_null(result.data);
    ck_assert_uint_eq(result.size, 0);
    ck_assert_str_eq(result.message, "");
    ck_assert_uint_eq(result.attempt, 1);
    header.note = mhi_result_note(MH_DONE, 0xffffff, 0);
    mhi_result_read(&header, &result);
    ck_assert_int_eq(result.worker, -1);
    ck_assert_int_eq(result.pid, 0);
}
END_TEST

START_TEST(a_failure_says_why)
{
    struct {
        mhi_record header;
        mhi_failure failure;
        char words[16];
    } record = {
        .header = {.size = sizeof(mhi_failure) + 6, .note = mhi_result_note(MH_CRASHED, 3, 77)},
        .failure = {.code = -5, .signal = 11, .exit_code = 4, .likely_oom = 1},
        .words = "alas!"};
    mh_result result;
    mhi_result_read(&record.header, &result);
    ck_assert_int_eq(result.outcome, MH_CRASHED);
    ck_assert_int_eq(result.code, -5);
    ck_assert_int_eq(result.signal, 11);
    ck_assert_int_eq(result.exit_code, 4);
    ck_assert(result.likely_oom);
    ck_assert_str_eq(result.message, "alas!");
    ck_assert_ptr_null(result.data);
    for (uint64_t size = 0; size < sizeof(mhi_failure) + 6; size++) { // its words never end
        record.header.size = size;
        mhi_result_read(&record.header, &result);
        ck_assert_str_eq(result.message, "what the worker wrote about it is damaged");
        ck_assert_int_eq(result.code, 0);
    }
}
END_TEST

int main(void)
{
    TCase *trips = tcase_create("there and back");
    tcase_add_checked_fixture(trips, open_arena, close_arena);
    tcase_set_timeout(trips, 20);
    tcase_add_test(trips, records_of_all_sizes_come_back);
    tcase_add_loop_test(trips, records_of_random_sizes_come_back, 0, 5);
    tcase_add_test(trips, a_further_reserve_keeps_what_was_written);
    tcase_add_test(trips, the_limit_is_exact_and_leaves_the_writer_usable);
    tcase_add_test(trips, an_area_never_written_has_no_records);
    TCase *results = tcase_create("results");
    tcase_add_test(results, a_result_says_who_and_how);
    tcase_add_test(results, a_failure_says_why);
    Suite *suite = suite_create("record");
    suite_add_tcase(suite, trips);
    suite_add_tcase(suite, results);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
