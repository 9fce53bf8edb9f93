// Window: what is ready is found from anywhere, once each; only who waits for a slot is woken.

#include <check.h>
#include <stdlib.h>

#include "base/log.h"
#include "shared/window.h"

enum { SLOTS = 16, OWNER = 7 };

static mhi_arena arena;
static mhi_window window;

static void open_window(void)
{
    mhi_arena_shape shape = {
        .fixed_size = mhi_ring_size(SLOTS), .limit = 1000, .areas = 2 * SLOTS + 10};
    ck_assert_int_eq(mhi_arena_open(&arena, &shape), MH_OK);
    window = (mhi_window){
        .arena = &arena, .ring = (mhi_ring *)(void *)arena.fixed, .first_area = 10};
    mhi_window_begin(&window, SLOTS, false, false);
}

static void close_window(void)
{
    mhi_arena_close(&arena);
}

static void set_state(uint32_t at, mhi_state state)
{
    mhi_claim *claim = &window.ring->slot[at].claim;
    atomic_store(claim, mhi_claim_word(atomic_load(claim), state == MHI_TAKEN ? 99 : 0, state));
}

static mhi_state state_of(uint32_t at)
{
    return mhi_claim_look(&window.ring->slot[at].claim);
}

static void set_hint(uint32_t hint)
{
    atomic_store(&window.ring->hint, hint);
}

// ---- taking -------------------------------------------------------------------------------------

START_TEST(all_that_is_ready_is_taken_once_and_nothing_else)
{
    mhi_state before[SLOTS];
    for (uint32_t at = 0; at < SLOTS; at++)
        set_state(at, before[at] = (mhi_state)((at * 7 + (at >> 2)) % 4));
    set_hint((uint32_t)_i);
    bool was_taken[SLOTS] = {false};
    for (mhi_slot *slot; (slot = mhi_window_take(&window, OWNER, UINT32_MAX)) != NULL;) {
        uint32_t at = (uint32_t)(slot - window.ring->slot);
        ck_assert_uint_lt(at, SLOTS);
        ck_assert(!was_taken[at]);
        ck_assert(mhi_claim_held_by(&slot->claim, OWNER));
        was_taken[at] = true;
    }
    for (uint32_t at = 0; at < SLOTS; at++) {
        ck_assert_int_eq(was_taken[at], before[at] == MHI_READY);
        ck_assert_int_eq(state_of(at), was_taken[at] ? MHI_TAKEN : before[at]);
    }
}
END_TEST

static const uint32_t wild_hints[] = {SLOTS, SLOTS + 5, UINT32_MAX, UINT32_MAX - 3, 1u << 31};

START_TEST(one_ready_slot_is_found_wherever_the_hint_is)
{
    for (uint32_t at = 0; at < SLOTS; at++)
        for (uint32_t i = 0; i < SLOTS + sizeof wild_hints / sizeof *wild_hints; i++) {
            set_state(at, MHI_READY);
            set_hint(i < SLOTS ? i : wild_hints[i - SLOTS]);
            ck_assert_ptr_eq(mhi_window_take(&window, OWNER, UINT32_MAX),
                             &window.ring->slot[at]);
            set_state(at, MHI_EMPTY);
        }
}
END_TEST

START_TEST(no_more_is_looked_at_than_the_reach)
{
    for (uint32_t distance = 0; distance < SLOTS; distance++)
        for (uint32_t reach = 0; reach <= SLOTS + 1; reach++) {
            uint32_t at = (SLOTS - 3 + distance) % SLOTS;
            set_state(at, MHI_READY);
            set_hint(SLOTS - 3);
            mhi_slot *slot = mhi_window_take(&window, OWNER, reach);
            ck_assert_ptr_eq(slot, distance < reach ? &window.ring->slot[at] : NULL);
            set_state(at, MHI_EMPTY);
        }
}
END_TEST

START_TEST(slots_are_taken_round_the_ring)
{
    for (uint32_t at = 0; at < SLOTS; at++)
        set_state(at, MHI_READY);
    set_hint(SLOTS - 2);
    for (uint32_t i = 0; i < SLOTS; i++)
        ck_assert_ptr_eq(mhi_window_take(&window, OWNER, 1),
                         &window.ring->slot[(SLOTS - 2 + i) % SLOTS]);
    ck_assert_ptr_null(mhi_window_take(&window, OWNER, UINT32_MAX));
}
END_TEST

START_TEST(what_a_dead_worker_held_is_next)
{
    for (uint32_t at = 0; at < SLOTS; at++)
        set_state(at, MHI_READY);
    set_hint(0);
    mhi_slot *slot = NULL;
    for (int i = 0; i <= 4; i++)
        slot = mhi_window_take(&window, OWNER, 1);
    ck_assert_ptr_eq(slot, &window.ring->slot[4]);
    mhi_window_give_back(&window, slot);
    ck_assert_int_eq(state_of(4), MHI_READY);
    ck_assert_ptr_eq(mhi_window_take(&window, OWNER + 1, 1), slot);
    ck_assert(mhi_claim_held_by(&slot->claim, OWNER + 1));
}
END_TEST

// ---- ending -------------------------------------------------------------------------------------

// Ends slot 3 while the consumer, if it sleeps, sleeps for `awaited`; tells whether it was
// signalled.
static bool was_signalled(bool sleeps, uint32_t awaited)
{
    mhi_event *ended = &window.ring->ended;
    uint32_t before = atomic_load(&ended->count);
    set_state(3, MHI_TAKEN);
    atomic_store(&window.ring->awaited, awaited);
    if (sleeps)
        mhi_event_prepare(ended);
    mhi_window_end(&window, &window.ring->slot[3]);
    if (sleeps)
        mhi_event_leave(ended);
    ck_assert_int_eq(state_of(3), MHI_ENDED);
    return atomic_load(&ended->count) != before;
}

START_TEST(only_who_sleeps_for_this_slot_is_woken)
{
    ck_assert(was_signalled(true, 3));
    ck_assert(was_signalled(true, MHI_ANY_SLOT));
    ck_assert(!was_signalled(true, 2));
    ck_assert(!was_signalled(true, 4));
    ck_assert(!was_signalled(false, 3));
    ck_assert(!was_signalled(false, MHI_ANY_SLOT));
}
END_TEST

// ---- the rest -----------------------------------------------------------------------------------

START_TEST(the_brake_only_goes_up)
{
    for (int before = MHI_GO; before <= MHI_STOP; before++)
        for (int wanted = MHI_GO; wanted <= MHI_STOP; wanted++) {
            mhi_window_begin(&window, SLOTS, false, false);
            ck_assert_int_eq(mhi_window_braked(&window), MHI_GO);
            mhi_window_brake(&window, (mhi_brake)before);
            mhi_window_brake(&window, (mhi_brake)wanted);
            ck_assert_int_eq(mhi_window_braked(&window), wanted > before ? wanted : before);
        }
}
END_TEST

START_TEST(once_taken_off_the_brake_is_as_new)
{
    mhi_window_brake(&window, MHI_STOP);
    mhi_window_go_on(&window);
    ck_assert_int_eq(mhi_window_braked(&window), MHI_GO);
    mhi_window_brake(&window, MHI_WIND_DOWN);
    ck_assert_int_eq(mhi_window_braked(&window), MHI_WIND_DOWN);
}
END_TEST

static void set_course(uint32_t at, uint32_t items, uint32_t step, mhi_state state)
{
    atomic_store(&window.ring->slot[at].course, mhi_course_word(items, step));
    set_state(at, state);
}

static void assert_counts(uint64_t done, uint64_t running, uint64_t left)
{
    mhi_stand stand = {.done = 100, .running = 10, .waiting = 1}; // it adds to these
    mhi_window_count(&window, &stand);
    ck_assert_uint_eq(stand.done, 100 + done);
    ck_assert_uint_eq(stand.running, 10 + running);
    ck_assert_uint_eq(stand.waiting, 1 + left);
}

START_TEST(what_is_in_it_is_counted)
{
    assert_counts(0, 0, 0);
    set_course(0, 5, 3, MHI_EMPTY); // of an earlier round
    assert_counts(0, 0, 0);
    set_course(1, 5, 0, MHI_READY);
    assert_counts(0, 0, 5);
    set_course(2, 7, 5, MHI_TAKEN); // two are whole, one runs
    assert_counts(2, 1, 9);
    set_course(3, 4, 4, MHI_READY); // given back after a death
    assert_counts(4, 1, 11);
    set_course(4, 3, 6, MHI_ENDED);
    assert_counts(7, 1, 11);
    set_course(5, 2, 4000, MHI_TAKEN); // a worker that runs wild
    assert_counts(9, 1, 11);
}
END_TEST

START_TEST(a_new_round_of_use_begins_afresh)
{
    mhi_window_brake(&window, MHI_STOP);
    atomic_store(&window.ring->awaited, 5);
    set_hint(SLOTS - 1);
    mhi_window_begin(&window, 4, true, false);
    ck_assert_int_eq(mhi_window_braked(&window), MHI_GO);
    ck_assert_uint_eq(atomic_load(&window.ring->awaited), MHI_ANY_SLOT);
    ck_assert_uint_ne(window.ring->stop_on_error, 0);
    set_state(3, MHI_READY); // in a smaller ring, all of it is found
    ck_assert_ptr_eq(mhi_window_take(&window, OWNER, UINT32_MAX), &window.ring->slot[3]);
    ck_assert_ptr_null(mhi_window_take(&window, OWNER, UINT32_MAX));
    mhi_window_begin(&window, SLOTS, false, false);
    ck_assert_uint_eq(window.ring->stop_on_error, 0);
}
END_TEST

START_TEST(every_slot_has_two_areas_of_its_own)
{
    bool is_used[2 * SLOTS + 10] = {false};
    for (uint32_t at = 0; at < SLOTS; at++) {
        uint32_t areas[] = {mhi_window_input(&window, &window.ring->slot[at]),
                            mhi_window_output(&window, &window.ring->slot[at])};
        for (int i = 0; i < 2; i++) {
            ck_assert_uint_ge(areas[i], 10);
            ck_assert_uint_lt(areas[i], 2 * SLOTS + 10);
            ck_assert(!is_used[areas[i]]);
            is_used[areas[i]] = true;
        }
    }
}
END_TEST

int main(void)
{
    TCase *slots = tcase_create("slots");
    tcase_add_checked_fixture(slots, open_window, close_window);
    tcase_add_loop_test(slots, all_that_is_ready_is_taken_once_and_nothing_else, 0, SLOTS);
    tcase_add_test(slots, one_ready_slot_is_found_wherever_the_hint_is);
    tcase_add_test(slots, no_more_is_looked_at_than_the_reach);
    tcase_add_test(slots, slots_are_taken_round_the_ring);
    tcase_add_test(slots, what_a_dead_worker_held_is_next);
    tcase_add_test(slots, only_who_sleeps_for_this_slot_is_woken);
    tcase_add_test(slots, the_brake_only_goes_up);
    tcase_add_test(slots, once_taken_off_the_brake_is_as_new);
    tcase_add_test(slots, what_is_in_it_is_counted);
    tcase_add_test(slots, a_new_round_of_use_begins_afresh);
    tcase_add_test(slots, every_slot_has_two_areas_of_its_own);
    Suite *suite = suite_create("window");
    suite_add_tcase(suite, slots);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
