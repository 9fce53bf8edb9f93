// Call: what a routine can say while it runs, as it is recorded afterwards.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "worker/worker.h"

enum { LIMIT = 100, NUMBER = 1 };

static mhi_shop shop;
static mhi_worker worker;
static mhi_writer writer;
static mh_call *call;

static void begin(void)
{
    mh_log_limit(MH_LOG_OFF);
    mhi_shop_shape shape = {.workers = 2, .item_limit = LIMIT};
    ck_assert_int_eq(mhi_shop_open(&shop, &shape), MH_OK);
    mhi_worker_init(&worker, &shop, NUMBER);
    uint32_t area = mhi_shop_last_area(&shop, NUMBER);
    void *room;
    mhi_writer_begin(&writer, &shop.arena, area, 0);
    ck_assert_int_eq(mhi_writer_ensure(&writer, MHI_FAILURE_ROOM, &room), MH_OK);
    call = &worker.call;
    call->writer = &writer;
    mhi_call_begin(call, 77);
}

static void clear_up(void)
{
    mhi_shop_close(&shop);
}

// What is recorded when the routine returns `status`.
static mh_result end_with(mh_status status)
{
    mh_result result;
    mhi_reader reader;
    mhi_call_end(call, status);
    ck_assert(
        mhi_reader_begin(&reader, &shop.arena, mhi_shop_last_area(&shop, NUMBER), writer.used));
    const mhi_record *record = mhi_reader_next(&reader);
    ck_assert_ptr_nonnull(record);
    mhi_result_read(record, &result);
    ck_assert_int_eq(result.worker, NUMBER);
    ck_assert_ptr_null(mhi_reader_next(&reader));
    return result;
}

static void expect_done(const char *bytes, size_t size)
{
    mh_result result = end_with(MH_OK);
    ck_assert_int_eq(result.outcome, MH_DONE);
    ck_assert_uint_eq(result.size, size);
    if (size > 0)
        ck_assert_mem_eq(result.data, bytes, size);
}

// ---- results ------------------------------------------------------------------------------------

START_TEST(nothing_said_is_an_empty_result)
{
    expect_done(NULL, 0);
}
END_TEST

START_TEST(the_last_result_counts)
{
    ck_assert_int_eq(mh_return(call, "first and longer", 16), MH_OK);
    ck_assert_int_eq(mh_return(call, "last", 4), MH_OK);
    expect_done("last", 4);
}
END_TEST

START_TEST(a_result_written_in_place_grows_and_shrinks)
{
    void *room;
    ck_assert_int_eq(mh_reserve(call, 5, &room), MH_OK);
    memcpy(room, "hands", 5);
    ck_assert_int_eq(mh_reserve(call, LIMIT, &room), MH_OK);
    ck_assert_mem_eq(room, "hands", 5);
    ck_assert_int_eq(mh_reserve(call, 4, &room), MH_OK);
    expect_done("hand", 4);
}
END_TEST

START_TEST(the_limit_is_exact)
{
    static const char bytes[LIMIT + 1] = "some";
    ck_assert_int_eq(mh_return(call, bytes, LIMIT), MH_OK);
    expect_done(bytes, LIMIT);
}
END_TEST

static const size_t too_large[] = {LIMIT + 1, 1000, SIZE_MAX - 16, SIZE_MAX};

START_TEST(a_result_beyond_the_limit_fails_the_item)
{
    void *room = NULL;
    char words[200];
    ck_assert_int_eq(mh_reserve(call, too_large[_i], &room), MH_TOO_LARGE);
    ck_assert_ptr_null(room);
    mh_result result = end_with(MH_OK); // whatever the routine says
    ck_assert_int_eq(result.outcome, MH_FAILED);
    ck_assert_int_eq(result.code, MH_TOO_LARGE);
    snprintf(words, sizeof words, "a result of %zu bytes: %s", too_large[_i],
             mh_status_text(MH_TOO_LARGE));
    ck_assert_str_eq(result.message, words);
}
END_TEST

START_TEST(arguments_that_make_no_sense_change_nothing)
{
    ck_assert_int_eq(mh_return(call, "good", 4), MH_OK);
    ck_assert_int_eq(mh_return(call, NULL, 1), MH_INVALID);
    ck_assert_int_eq(mh_return(NULL, "bad", 3), MH_INVALID);
    ck_assert_int_eq(mh_reserve(call, 3, NULL), MH_INVALID);
    ck_assert_int_eq(mh_fail(NULL, 1, "bad"), MH_INVALID);
    ck_assert_int_eq(mh_fail(call, 1, NULL), MH_INVALID);
    expect_done("good", 4);
}
END_TEST

START_TEST(in_a_setup_there_is_no_result)
{
    call->writer = NULL;
    void *room = NULL;
    ck_assert_int_eq(mh_reserve(call, 3, &room), MH_INVALID);
    ck_assert_int_eq(mh_return(call, "bad", 3), MH_INVALID);
    ck_assert_ptr_null(room);
}
END_TEST

// ---- failures -----------------------------------------------------------------------------------

START_TEST(a_failure_has_its_code_and_words)
{
    ck_assert_int_eq(mh_return(call, "half a result", 13), MH_OK);
    mh_status status = mh_fail(call, -5, "%d of %s", 3, "them");
    ck_assert_int_ne(status, MH_OK);
    mh_result result = end_with(status);
    ck_assert_int_eq(result.outcome, MH_FAILED);
    ck_assert_int_eq(result.code, -5);
    ck_assert_str_eq(result.message, "3 of them");
    ck_assert_ptr_null(result.data);
    ck_assert_uint_eq(result.size, 0);
}
END_TEST

START_TEST(a_status_alone_speaks_for_itself)
{
    mh_result result = end_with(MH_BUSY);
    ck_assert_int_eq(result.outcome, MH_FAILED);
    ck_assert_int_eq(result.code, MH_BUSY);
    ck_assert_str_eq(result.message, mh_status_text(MH_BUSY));
}
END_TEST

START_TEST(long_words_are_cut)
{
    char words[5000];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    mh_result result = end_with(mh_fail(call, 1, "%s", words));
    ck_assert_uint_eq(strlen(result.message), 1000);
    ck_assert_uint_eq(strspn(result.message, "w"), 1000);
}
END_TEST

START_TEST(a_new_call_knows_nothing_of_the_one_before)
{
    mh_fail(call, 1, "alas");
    void *room;
    mh_reserve(call, LIMIT + 1, &room);
    mhi_call_begin(call, 78);
    ck_assert_uint_eq(mh_index(call), 78);
    expect_done(NULL, 0);
}
END_TEST

START_TEST(questions_may_be_asked_of_nobody)
{
    int state;
    worker.state = &state;
    ck_assert_ptr_eq(mh_state(call), &state);
    ck_assert_int_eq(mh_worker(call), NUMBER);
    ck_assert_uint_eq(mh_index(call), 77);
    ck_assert(!mh_is_cancelled(call));
    ck_assert_ptr_null(mh_state(NULL));
    ck_assert_int_eq(mh_worker(NULL), -1);
    ck_assert(!mh_is_cancelled(NULL));
}
END_TEST

START_TEST(only_a_stop_cancels_what_runs)
{
    mhi_course course = mhi_course_word(1, 1);
    call->window = &shop.windows[0];
    call->course = &course;
    mhi_window_begin(call->window, 4, false, false);
    ck_assert(!mh_is_cancelled(call));
    mhi_window_brake(call->window, MHI_START_NOTHING);
    ck_assert(!mh_is_cancelled(call));
    mhi_window_brake(call->window, MHI_STOP);
    ck_assert(mh_is_cancelled(call));
}
END_TEST

int main(void)
{
    TCase *calls = tcase_create("calls");
    tcase_add_checked_fixture(calls, begin, clear_up);
    tcase_add_test(calls, nothing_said_is_an_empty_result);
    tcase_add_test(calls, the_last_result_counts);
    tcase_add_test(calls, a_result_written_in_place_grows_and_shrinks);
    tcase_add_test(calls, the_limit_is_exact);
    tcase_add_loop_test(calls, a_result_beyond_the_limit_fails_the_item, 0, 4);
    tcase_add_test(calls, arguments_that_make_no_sense_change_nothing);
    tcase_add_test(calls, in_a_setup_there_is_no_result);
    tcase_add_test(calls, a_failure_has_its_code_and_words);
    tcase_add_test(calls, a_status_alone_speaks_for_itself);
    tcase_add_test(calls, long_words_are_cut);
    tcase_add_test(calls, a_new_call_knows_nothing_of_the_one_before);
    tcase_add_test(calls, questions_may_be_asked_of_nobody);
    tcase_add_test(calls, only_a_stop_cancels_what_runs);
    Suite *suite = suite_create("call");
    suite_add_tcase(suite, calls);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
