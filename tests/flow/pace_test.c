// Pace: chunks that double and halve, windows that are exact, an end that reaches all workers.

#include <check.h>
#include <stdlib.h>

#include "flow/pace.h"

enum { WORKERS = 4, SLOTS = 64, QUICK = 1000, SLOW = 10000000, ALL = 1 << 20 };

static mhi_pace begun(mh_map_options options)
{
    mhi_pace pace;
    mhi_pace_init(&pace, &options, WORKERS, SLOTS);
    return pace;
}

// What the next chunk would be when nothing is under way and there is no end in sight.
static uint64_t chunk_of(const mhi_pace *pace)
{
    return mhi_pace_allows(pace, 0, UINT64_MAX, false);
}

// A whole chunk goes and comes back.
static void run_chunk(mhi_pace *pace, uint64_t ns)
{
    uint64_t items = chunk_of(pace);
    mhi_pace_filled(pace, items * 8, QUICK);
    mhi_pace_ran(pace, items, items * 8, items * 8, ns);
}

// ---- chunks -------------------------------------------------------------------------------------

START_TEST(quick_chunks_double_and_slow_ones_halve)
{
    mhi_pace pace = begun((mh_map_options){0});
    ck_assert_uint_eq(chunk_of(&pace), 1);
    uint64_t most = 1;
    for (int i = 0; i < 40; i++) {
        uint64_t before = chunk_of(&pace);
        run_chunk(&pace, QUICK);
        most = chunk_of(&pace);
        ck_assert(most == 2 * before || (i > 3 && most == before));
    }
    ck_assert_uint_ge(most, 16);
    for (uint64_t expected = most / 2; expected >= 1; expected /= 2) {
        run_chunk(&pace, SLOW);
        ck_assert_uint_eq(chunk_of(&pace), expected);
    }
    run_chunk(&pace, SLOW);
    ck_assert_uint_eq(chunk_of(&pace), 1);
}
END_TEST

START_TEST(a_slow_source_halves_chunks_as_well)
{
    mhi_pace pace = begun((mh_map_options){0});
    for (int i = 0; i < 3; i++)
        run_chunk(&pace, QUICK);
    ck_assert_uint_eq(chunk_of(&pace), 8);
    mhi_pace_filled(&pace, 64, SLOW);
    ck_assert_uint_eq(chunk_of(&pace), 4);
}
END_TEST

START_TEST(a_chunk_that_was_not_whole_does_not_make_them_grow)
{
    mhi_pace pace = begun((mh_map_options){0});
    for (int i = 0; i < 3; i++)
        run_chunk(&pace, QUICK);
    mhi_pace_filled(&pace, 8, QUICK);
    mhi_pace_ran(&pace, 1, 8, 8, QUICK);
    ck_assert_uint_eq(chunk_of(&pace), 8);
}
END_TEST

START_TEST(a_chosen_chunk_stays)
{
    mhi_pace pace = begun((mh_map_options){.chunk = 5});
    const uint64_t times[] = {QUICK, QUICK, SLOW, SLOW, SLOW, QUICK};
    for (int i = 0; i < 6; i++) {
        ck_assert_uint_eq(chunk_of(&pace), 5);
        run_chunk(&pace, times[i]);
        mhi_pace_filled(&pace, 0, SLOW);
    }
    ck_assert_uint_eq(mhi_pace_allows(&pace, 0, 3, false), 5); // also near the end
    ck_assert(!mhi_pace_is_full(&pace, UINT64_MAX));
}
END_TEST

START_TEST(a_chunk_of_many_bytes_goes)
{
    mhi_pace pace = begun((mh_map_options){0});
    ck_assert(!mhi_pace_is_full(&pace, 0));
    ck_assert(!mhi_pace_is_full(&pace, 1000));
    ck_assert(mhi_pace_is_full(&pace, 1 << 20));
    mhi_pace unbounded = begun((mh_map_options){.unbounded = true});
    ck_assert(!mhi_pace_is_full(&unbounded, UINT64_MAX)); // all must find room in the slots
}
END_TEST

// ---- windows ------------------------------------------------------------------------------------

// However chunks grow and shrink, what is under way never exceeds the window, and never stops
// for good.
static void try_window(uint64_t window, uint64_t chunk, uint64_t seed)
{
    mhi_pace pace = begun((mh_map_options){.window = window, .chunk = chunk});
    uint64_t chunks[1000], first = 0, last = 0, under_way = 0;
    for (int i = 0; i < 500; i++) {
        bool is_idle = seed >> 62 == 3;
        uint64_t most = mhi_pace_allows(&pace, under_way, UINT64_MAX, is_idle);
        if (under_way + most > window || under_way + most == 0)
            ck_abort_msg("%d more with %d under way, window %d, chunk %d", (int)most,
                         (int)under_way, (int)window, (int)chunk);
        if (most > 0) {
            chunks[last++] = most;
            under_way += most;
            mhi_pace_filled(&pace, most, QUICK);
        }
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        if (most == 0 || seed >> 63 != 0) {
            uint64_t oldest = chunks[first++];
            under_way -= oldest;
            mhi_pace_ran(&pace, oldest, oldest, oldest, seed >> 60 == 0 ? SLOW : QUICK);
        }
    }
}

START_TEST(a_window_is_exact)
{
    for (uint64_t window = 1; window <= 40; window++)
        for (uint64_t chunk = 0; chunk <= window; chunk++)
            try_window(window, chunk, (uint64_t)_i * 7919 + window);
    try_window(1000, 0, (uint64_t)_i);
    try_window(100000, 0, (uint64_t)_i);
    try_window(1000, 999, (uint64_t)_i);
}
END_TEST

// While the first item is slow, nothing comes back; who has nothing else to do may use up the
// window.
START_TEST(all_of_a_window_can_be_under_way)
{
    const uint64_t windows[] = {1,         2,   3,    SLOTS - 1, SLOTS,
                                SLOTS + 1, 200, 1000, 12345,     1000000};
    mhi_pace pace = begun((mh_map_options){.window = windows[_i]});
    uint64_t under_way = 0, chunks = 0;
    for (uint64_t most; (most = mhi_pace_allows(&pace, under_way, UINT64_MAX, true)) > 0;) {
        mhi_pace_filled(&pace, most, SLOW);
        under_way += most;
        chunks++;
    }
    ck_assert_uint_eq(under_way, windows[_i]);
    ck_assert_uint_le(chunks, SLOTS);
}
END_TEST

START_TEST(a_small_window_is_shared_by_the_workers)
{
    mhi_pace pace = begun((mh_map_options){.window = 10 * WORKERS});
    for (int i = 0; i < 20; i++)
        run_chunk(&pace, QUICK);
    ck_assert_uint_le(chunk_of(&pace), 10);
    ck_assert_uint_ge(chunk_of(&pace), 2);
}
END_TEST

START_TEST(without_a_window_there_is_one_all_the_same)
{
    mhi_pace pace = begun((mh_map_options){0});
    for (int i = 0; i < 20; i++)
        run_chunk(&pace, QUICK);
    uint64_t under_way = 0;
    for (uint64_t most; (most = mhi_pace_allows(&pace, under_way, UINT64_MAX, false)) > 0;) {
        under_way += most;
        ck_assert_uint_lt(under_way, ALL);
    }
    ck_assert_uint_ge(under_way, 2 * WORKERS * chunk_of(&pace)); // enough for everybody
}
END_TEST

START_TEST(large_items_are_held_back_by_their_bytes)
{
    const uint64_t large = UINT64_C(200) << 20;
    mhi_pace pace = begun((mh_map_options){0});
    mhi_pace_filled(&pace, large, QUICK);
    ck_assert_uint_gt(mhi_pace_allows(&pace, 1, UINT64_MAX, false), 0);
    mhi_pace_filled(&pace, large, QUICK);
    ck_assert_uint_eq(mhi_pace_allows(&pace, 2, UINT64_MAX, false), 0);
    mhi_pace_ran(&pace, 1, large, 0, QUICK);
    ck_assert_uint_gt(mhi_pace_allows(&pace, 1, UINT64_MAX, false), 0);
    mhi_pace_ran(&pace, 1, large, 2 * large, QUICK); // its results are larger than all allowed
    ck_assert_uint_eq(mhi_pace_allows(&pace, 1, UINT64_MAX, false), 0);
    ck_assert_uint_gt(mhi_pace_allows(&pace, 0, UINT64_MAX, false),
                      0); // or it would stop for good
}
END_TEST

// ---- ends ---------------------------------------------------------------------------------------

START_TEST(the_end_of_the_input_reaches_all_workers)
{
    mhi_pace pace = begun((mh_map_options){0});
    for (int i = 0; i < 20; i++)
        run_chunk(&pace, QUICK);
    uint64_t whole = chunk_of(&pace), chunks = 0;
    for (uint64_t left = WORKERS * whole, under_way = 0; left > 0; chunks++) {
        uint64_t most = mhi_pace_allows(&pace, under_way, left, false);
        ck_assert_uint_gt(most, 0);
        ck_assert_uint_le(most, left / 2 + 1);
        left -= most < left ? most : left;
    }
    ck_assert_uint_ge(chunks, 3 * WORKERS);
}
END_TEST

START_TEST(large_items_use_fewer_slots)
{
    mhi_pace pace = begun((mh_map_options){0});
    ck_assert_uint_eq(mhi_pace_fit(&pace, 1), SLOTS);
    uint32_t slots = mhi_pace_fit(&pace, UINT64_C(1) << 30);
    ck_assert_uint_lt(slots, SLOTS);
    ck_assert_uint_ge(slots, 2 * WORKERS);
    ck_assert_uint_eq(slots & (slots - 1), 0);
    mhi_pace chosen = begun((mh_map_options){.window = 1000});
    ck_assert_uint_eq(mhi_pace_fit(&chosen, UINT64_C(1) << 30), SLOTS);
    mhi_pace unbounded = begun((mh_map_options){.unbounded = true});
    ck_assert_uint_eq(mhi_pace_fit(&unbounded, UINT64_C(1) << 30), SLOTS);
}
END_TEST

static const uint64_t lengths[] = {0,         1,    SLOTS - 1, SLOTS,
                                   SLOTS + 1, 1000, 1234567,   UINT32_MAX};

START_TEST(all_of_an_unbounded_map_finds_room)
{
    mhi_pace pace = begun((mh_map_options){.unbounded = true});
    mhi_pace_spread(&pace, lengths[_i]);
    uint64_t asked = 0, chunks = 0;
    while (asked < lengths[_i]) {
        uint64_t left = lengths[_i] - asked, most = mhi_pace_allows(&pace, asked, left, false);
        ck_assert_uint_gt(most, 0);
        asked += most < left ? most : left;
        mhi_pace_filled(&pace, most * 100, SLOW);
        chunks++;
    }
    ck_assert_uint_le(chunks, SLOTS);
    ck_assert_uint_ge(chunks, lengths[_i] < SLOTS ? lengths[_i] : SLOTS / 2);
}
END_TEST

int main(void)
{
    TCase *chunks = tcase_create("chunks");
    tcase_add_test(chunks, quick_chunks_double_and_slow_ones_halve);
    tcase_add_test(chunks, a_slow_source_halves_chunks_as_well);
    tcase_add_test(chunks, a_chunk_that_was_not_whole_does_not_make_them_grow);
    tcase_add_test(chunks, a_chosen_chunk_stays);
    tcase_add_test(chunks, a_chunk_of_many_bytes_goes);
    TCase *windows = tcase_create("windows");
    tcase_add_loop_test(windows, a_window_is_exact, 0, 5);
    tcase_add_loop_test(windows, all_of_a_window_can_be_under_way, 0, 10);
    tcase_add_test(windows, a_small_window_is_shared_by_the_workers);
    tcase_add_test(windows, without_a_window_there_is_one_all_the_same);
    tcase_add_test(windows, large_items_are_held_back_by_their_bytes);
    tcase_add_test(windows, the_end_of_the_input_reaches_all_workers);
    tcase_add_test(windows, large_items_use_fewer_slots);
    tcase_add_loop_test(windows, all_of_an_unbounded_map_finds_room, 0,
                        sizeof lengths / sizeof *lengths);
    Suite *suite = suite_create("pace");
    suite_add_tcase(suite, chunks);
    suite_add_tcase(suite, windows);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
