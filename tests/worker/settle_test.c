// Settle: a worker may die at any step of any slot; what it had finished stays, what it ran is
// a crash, and the rest is done by others.

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "worker/settle.h"
#include "worker/worker.h"

enum { DEAD, ALIVE, WORKERS };
enum { ITEMS = 4, SLOT = 2, FIRST = 1000 };

static mhi_shop shop;
static mhi_window *window;
static mhi_slot *slot;

static mh_status double_it(mh_call *call, mh_bytes item)
{
    char twice[200];
    memcpy(twice, item.data, item.size);
    memcpy(twice + item.size, item.data, item.size);
    return mh_return(call, twice, 2 * item.size);
}

static size_t size_of(uint64_t number)
{
    return 10 + number * 20;
}

static void furnish(void)
{
    mh_log_limit(MH_LOG_OFF);
    ck_assert_int_eq(
        mhi_shop_open(&shop, &(mhi_shop_shape){.workers = WORKERS, .item_limit = 1 << 20}),
        MH_OK);
    uint32_t number;
    mh_routine routine = {.run = double_it};
    ck_assert_int_eq(mhi_routines_add(&shop.common->routines, &routine, &number), MH_OK);
    for (int i = 0; i < WORKERS; i++)
        shop.seats[i].routine = MHI_ROUTINE_OWN;
    window = &shop.windows[1];
    slot = &window->ring->slot[SLOT];
    mhi_window_begin(window, 8, false, false);
    atomic_store(&shop.common->open, UINT64_C(1) << 1);
}

static void clear_up(void)
{
    mhi_shop_close(&shop);
}

// Fills the slot with items whose bytes are their numbers.
static void put_items(void)
{
    mhi_writer writer;
    void *payload;
    mhi_writer_begin(&writer, &shop.arena, mhi_window_input(window, slot), 0);
    for (uint64_t i = 0; i < ITEMS; i++) {
        ck_assert_int_eq(mhi_writer_reserve(&writer, size_of(i), &payload), MH_OK);
        memset(payload, (int)i + 1, size_of(i));
        mhi_writer_commit(&writer, size_of(i), MHI_ITEM_WHOLE);
    }
    atomic_store(&slot->course, mhi_course_word(ITEMS, 0));
    slot->first = FIRST;
    slot->input_used = writer.used;
    slot->routine = 0;
    mhi_claim_put(&slot->claim);
}

// What a worker has done when it died at `step`: whole results, and perhaps half a one, with a
// size that was never true.
static void work_until(uint32_t step)
{
    mhi_writer writer;
    void *payload;
    ck_assert(mhi_claim_take(&slot->claim, DEAD));
    mhi_writer_begin(&writer, &shop.arena, mhi_window_output(window, slot), 0);
    for (uint64_t i = 0; i < step / 2; i++) {
        ck_assert_int_eq(mhi_writer_reserve(&writer, 2 * size_of(i), &payload), MH_OK);
        memset(payload, (int)i + 1, 2 * size_of(i));
        mhi_writer_commit(&writer, 2 * size_of(i), mhi_result_note(MH_DONE, DEAD, 77));
    }
    ck_assert_int_eq(mhi_writer_reserve(&writer, 5000, &payload), MH_OK);
    memset((char *)payload - sizeof(mhi_record), 0xee, 5000);
    atomic_store(&slot->course, mhi_course_word(ITEMS, step));
}

static void let_the_living_finish(void)
{
    static mhi_worker worker;
    mhi_worker_init(&worker, &shop, ALIVE);
    while (mhi_worker_step(&worker))
        continue;
}

static void expect_done(mhi_reader *reader, uint64_t number)
{
    mh_result result;
    const mhi_record *record = mhi_reader_next(reader);
    ck_assert_ptr_nonnull(record);
    mhi_result_read(record, &result);
    ck_assert_int_eq(result.outcome, MH_DONE);
    ck_assert_uint_eq(result.size, 2 * size_of(number));
    for (size_t i = 0; i < result.size; i++)
        ck_assert_int_eq(((const char *)result.data)[i], (int)number + 1);
}

static void expect_crash(mhi_reader *reader, const mhi_death *death, const char *message)
{
    mh_result result;
    const mhi_record *record = mhi_reader_next(reader);
    ck_assert_ptr_nonnull(record);
    mhi_result_read(record, &result);
    ck_assert_int_eq(result.outcome, MH_CRASHED);
    ck_assert_int_eq(result.worker, DEAD);
    ck_assert_int_eq(result.pid, death->pid);
    ck_assert_int_eq(result.signal, death->signal);
    ck_assert_int_eq(result.exit_code, death->exit_code);
    ck_assert_str_eq(result.message, message);
}

// ---- a slot -------------------------------------------------------------------------------------

START_TEST(at_any_step_what_is_whole_stays_and_the_rest_goes_on)
{
    const mhi_death death = {.pid = 77, .signal = SIGSEGV};
    const uint32_t step = (uint32_t)_i;
    bool was_running = step % 2 != 0;
    uint64_t index = 0;
    put_items();
    work_until(step);
    ck_assert_int_eq(mhi_settle(&shop, DEAD, &death, false, &index), was_running);
    ck_assert_uint_eq(index, was_running ? FIRST + step / 2 : 0);
    bool all_told = (step + 1) / 2 == ITEMS;
    ck_assert_int_eq(mhi_claim_look(&slot->claim), all_told ? MHI_ENDED : MHI_READY);
    ck_assert_int_eq(mhi_window_braked(window), MHI_GO);
    let_the_living_finish();
    ck_assert_int_eq(mhi_claim_look(&slot->claim), MHI_ENDED);
    mhi_reader reader;
    ck_assert(mhi_reader_begin(&reader, &shop.arena, mhi_window_output(window, slot),
                               slot->output_used));
    for (uint64_t i = 0; i < ITEMS; i++)
        if (was_running && i == step / 2)
            expect_crash(&reader, &death, "the worker was killed by SIGSEGV");
        else
            expect_done(&reader, i);
    ck_assert_ptr_null(mhi_reader_next(&reader));
}
END_TEST

START_TEST(every_item_may_take_a_worker_with_it)
{
    const mhi_death death = {.pid = 77, .exit_code = 3};
    put_items();
    for (uint32_t i = 0; i < ITEMS; i++) {
        uint64_t index = 0;
        ck_assert_uint_eq(atomic_load(&slot->course), mhi_course_word(ITEMS, 2 * i));
        ck_assert(mhi_claim_take(&slot->claim, DEAD));
        atomic_store(&slot->course, mhi_course_word(ITEMS, 2 * i + 1));
        ck_assert(mhi_settle(&shop, DEAD, &death, false, &index));
        ck_assert_uint_eq(index, FIRST + i);
    }
    ck_assert_int_eq(mhi_claim_look(&slot->claim), MHI_ENDED);
    mhi_reader reader;
    ck_assert(mhi_reader_begin(&reader, &shop.arena, mhi_window_output(window, slot),
                               slot->output_used));
    for (uint32_t i = 0; i < ITEMS; i++)
        expect_crash(&reader, &death, "the worker left with exit code 3");
}
END_TEST

START_TEST(a_crash_stops_a_map_that_stops_on_errors)
{
    const mhi_death death = {.pid = 77, .signal = SIGKILL};
    uint64_t index;
    mhi_window_begin(window, 8, true, false);
    put_items();
    work_until((uint32_t)_i);
    mhi_settle(&shop, DEAD, &death, false, &index);
    ck_assert_int_eq(mhi_window_braked(window), _i % 2 != 0 ? MHI_START_NOTHING : MHI_GO);
}
END_TEST

START_TEST(what_others_hold_is_not_touched)
{
    const mhi_death death = {.pid = 77, .signal = SIGKILL};
    uint64_t index;
    mhi_window *other = &shop.windows[5], *closed = &shop.windows[6];
    mhi_window_begin(other, 4, false, false);
    mhi_window_begin(closed, 4, false, false);
    atomic_fetch_or(&shop.common->open, UINT64_C(1) << 5);
    for (uint32_t i = 0; i < 4; i++) {
        mhi_claim_put(&other->ring->slot[i].claim);
        mhi_claim_put(&closed->ring->slot[i].claim);
    }
    ck_assert(mhi_claim_take(&other->ring->slot[1].claim, ALIVE));
    ck_assert(mhi_claim_take(&other->ring->slot[2].claim, MHI_OWNER_OPENER));
    ck_assert(mhi_claim_take(&closed->ring->slot[1].claim, DEAD));
    ck_assert(!mhi_settle(&shop, DEAD, &death, false, &index));
    ck_assert_int_eq(mhi_claim_look(&other->ring->slot[0].claim), MHI_READY);
    ck_assert(mhi_claim_held_by(&other->ring->slot[1].claim, ALIVE));
    ck_assert(mhi_claim_held_by(&other->ring->slot[2].claim, MHI_OWNER_OPENER));
    ck_assert(mhi_claim_held_by(&closed->ring->slot[1].claim, DEAD));
}
END_TEST

// ---- the seat -----------------------------------------------------------------------------------

START_TEST(a_death_in_the_teardown_is_the_last_result)
{
    const mhi_death death = {.pid = 77, .signal = SIGABRT};
    uint64_t index;
    mhi_seat *seat = &shop.seats[DEAD];
    atomic_store(&seat->phase, (uint32_t)_i);
    mhi_settle(&shop, DEAD, &death, true, &index);
    if (_i != MHI_TEARING_DOWN) {
        ck_assert_uint_eq(seat->last_used, 0);
        return;
    }
    mhi_reader reader;
    ck_assert(mhi_reader_begin(&reader, &shop.arena, mhi_shop_last_area(&shop, DEAD),
                               seat->last_used));
    expect_crash(&reader, &death,
                 "the worker was killed by SIGABRT (the kernel ran out of memory)");
}
END_TEST

int main(void)
{
    TCase *slots = tcase_create("slots");
    tcase_add_checked_fixture(slots, furnish, clear_up);
    tcase_add_loop_test(slots, at_any_step_what_is_whole_stays_and_the_rest_goes_on, 0,
                        2 * ITEMS + 1);
    tcase_add_test(slots, every_item_may_take_a_worker_with_it);
    tcase_add_loop_test(slots, a_crash_stops_a_map_that_stops_on_errors, 0, 2 * ITEMS + 1);
    tcase_add_test(slots, what_others_hold_is_not_touched);
    tcase_add_loop_test(slots, a_death_in_the_teardown_is_the_last_result, MHI_UNBORN,
                        MHI_GIVEN_UP + 1);
    Suite *suite = suite_create("settle");
    suite_add_tcase(suite, slots);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
