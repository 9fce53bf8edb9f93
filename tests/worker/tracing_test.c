// Tracing: books that are continued, full, out of memory, damaged, and read while they grow.

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "worker/tracing.h"

enum { AREAS = 4, AREA = 2 };

static mhi_arena arena, again;
static mhi_ledger ledger;
static mhi_tracer tracer;

static void open_arena(void)
{
    mh_log_limit(MH_LOG_OFF);
    ck_assert_int_eq(
        mhi_arena_open(&arena,
                       &(mhi_arena_shape){.fixed_size = 4096, .limit = 4096, .areas = AREAS}),
        MH_OK);
    ck_assert_int_eq(mhi_arena_open_again(&again, &arena), MH_OK);
    ledger = (mhi_ledger){.count = 0};
    mhi_tracer_begin(&tracer, &arena, &ledger, AREA);
}

static void close_arena(void)
{
    mhi_fail_after(0);
    mhi_arena_close_again(&again);
    mhi_arena_close(&arena);
}

static mhi_trace_event numbered(uint64_t number)
{
    return (mhi_trace_event){.queued_ns = number,
                             .began_ns = number + 1,
                             .ended_ns = number + 2,
                             .index = number,
                             .map = 3,
                             .attempt = 1};
}

static void add(uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        mhi_trace_event event = numbered(i);
        mhi_tracer_add(&tracer, &event);
    }
}

static mhi_trace_book read_book(void)
{
    mhi_trace_book book;
    ck_assert(mhi_trace_read(&again, &ledger, AREA, &book));
    return book;
}

static void assert_numbered(const mhi_trace_book *book, uint64_t count)
{
    ck_assert_uint_eq(book->count, count);
    for (uint64_t i = 0; i < count; i++) {
        ck_assert_uint_eq(book->events[i].index, i);
        ck_assert_uint_eq(book->events[i].ended_ns, i + 2);
    }
}

START_TEST(a_record_is_forty_bytes)
{
    ck_assert_uint_eq(sizeof(mhi_trace_event), 40);
}
END_TEST

START_TEST(what_was_written_is_read)
{
    mhi_trace_book book = read_book();
    ck_assert_uint_eq(book.count, 0);
    ck_assert_ptr_null(mhi_tracer_last(&tracer));
    for (uint64_t to = 1; to < 10000; to = 3 * to + 1) {
        add(ledger.count, to);
        book = read_book();
        assert_numbered(&book, to);
        ck_assert_uint_eq(mhi_tracer_last(&tracer)->index, to - 1);
    }
    ck_assert_uint_eq(book.lost, 0);
}
END_TEST

// As the worker that takes the seat of a dead one does.
START_TEST(a_book_is_continued)
{
    add(0, 1000);
    mhi_tracer_begin(&tracer, &arena, &ledger, AREA);
    ck_assert_uint_eq(mhi_tracer_last(&tracer)->index, 999);
    add(1000, 3000);
    mhi_trace_book book = read_book();
    assert_numbered(&book, 3000);
}
END_TEST

START_TEST(a_full_book_loses_and_counts)
{
    ledger.count = MHI_BOOK_LIMIT - 2;
    mhi_tracer_begin(&tracer, &arena, &ledger, AREA);
    add(0, 5);
    mhi_trace_book book = read_book();
    ck_assert_uint_eq(book.count, MHI_BOOK_LIMIT);
    ck_assert_uint_eq(book.lost, 3);
    ck_assert_uint_eq(book.events[MHI_BOOK_LIMIT - 1].index, 1);
}
END_TEST

// It is not asked for again: each refusal would be a line in the log.
START_TEST(without_memory_records_are_lost_and_counted)
{
    add(0, 10);
    uint64_t room = tracer.room;
    add(10, room);
    mhi_fail_after(1);
    add(room, room + 50);
    ck_assert_uint_eq(mhi_demands(), 1);
    mhi_trace_book book = read_book();
    assert_numbered(&book, room);
    ck_assert_uint_eq(book.lost, 50);
}
END_TEST

START_TEST(a_damaged_number_of_records_is_bounded)
{
    add(0, 10);
    ledger.count = UINT64_MAX;
    mhi_trace_book book = read_book();
    ck_assert_uint_eq(book.count, MHI_BOOK_LIMIT);
    ck_assert_uint_eq(book.events[9].index, 9);
    mhi_tracer_begin(&tracer, &arena, &ledger, AREA);
    add(0, 3);
    ck_assert_uint_eq(atomic_load(&ledger.lost), 3);
}
END_TEST

// ---- reading along ------------------------------------------------------------------------------

enum { MANY = 200000 };

static void *write_many(void *nothing)
{
    add(0, MANY);
    return nothing;
}

START_TEST(what_is_counted_is_whole)
{
    pthread_t thread;
    uint64_t before = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, write_many, NULL), 0);
    while (before < MANY) {
        mhi_trace_book book = read_book();
        ck_assert_uint_ge(book.count, before);
        for (uint64_t i = before; i < book.count; i++)
            if (book.events[i].index != i || book.events[i].attempt != 1)
                ck_abort_msg("record %llu is not whole", (unsigned long long)i);
        before = book.count;
    }
    pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tracing");
    TCase *tests = tcase_create("books");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, open_arena, close_arena);
    tcase_add_test(tests, a_record_is_forty_bytes);
    tcase_add_test(tests, what_was_written_is_read);
    tcase_add_test(tests, a_book_is_continued);
    tcase_add_test(tests, a_full_book_loses_and_counts);
    tcase_add_test(tests, without_memory_records_are_lost_and_counted);
    tcase_add_test(tests, a_damaged_number_of_records_is_bounded);
    tcase_add_test(tests, what_is_counted_is_whole);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
