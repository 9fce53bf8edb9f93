// The window: never more items between the source and the caller than the user allows, and all of
// those at work while one is slow.
#include "support/stage.h"
#include "support/story.h"

static const size_t windows[] = {1, 2, 3, 7, 64, 1000};
enum { WINDOWS = sizeof windows / sizeof *windows };

// A loop over kinds and windows: the window turns faster.
static int kind_in(int turn)
{
    return turn / WINDOWS;
}
static size_t window_in(int turn)
{
    return windows[turn % WINDOWS];
}

typedef struct endless {
    uint64_t asked;
    uint64_t got;  // by the caller
    uint64_t most; // that lay between
    uint64_t last; // ends after so many; 0: never
} endless;

static mh_status go_on(void *context, mh_bytes *item)
{
    endless *self = context;
    if (self->last != 0 && self->asked == self->last)
        return MH_END;
    self->asked++;
    if (self->asked - self->got > self->most)
        self->most = self->asked - self->got;
    *item = MH_BYTES_OF(self->asked);
    return MH_OK;
}

static uint64_t itself(uint64_t number)
{
    return number;
}
MH_ROUTINE(echo, itself, uint64_t, uint64_t);

static void assert_window(int turn, bool unordered, size_t chunk)
{
    mh_pool *pool = open_kind(kind_in(turn), 2);
    endless numbers = {0};
    mh_map *map = open_map(
        pool, &echo, mh_source_of(go_on, &numbers),
        (mh_map_options){.window = window_in(turn), .unordered = unordered, .chunk = chunk});
    for (int i = 0; i < 4000; i++) {
        mh_result result = take(map);
        numbers.got++;
        ck_assert_uint_eq(mh_result_as(uint64_t, result), result.index + 1);
        if (!unordered)
            ck_assert_uint_eq(result.index, (uint64_t)i);
    }
    ck_assert_uint_ge(numbers.most, 1);
    ck_assert_uint_le(numbers.most, window_in(turn));
    mh_map_close(map);
    mh_pool_close(pool);
}

START_TEST(M4_never_more_than_window_items_lie_between_source_and_caller_in_order)
{
    assert_window(_i, false, 0);
}
END_TEST

START_TEST(M4_never_more_than_window_items_lie_between_source_and_caller_unordered)
{
    assert_window(_i, true, 0);
}
END_TEST

START_TEST(M13_a_chunk_does_not_stretch_the_window)
{
    assert_window(_i, false, window_in(_i));
    assert_window(_i, true, (window_in(_i) + 1) / 2);
}
END_TEST

START_TEST(M4_without_a_window_an_endless_source_is_still_read_with_measure)
{
    mh_pool *pool = open_kind(_i, 2);
    endless numbers = {0};
    mh_map *map = open_map(pool, &echo, mh_source_of(go_on, &numbers), (mh_map_options){0});
    for (int i = 0; i < 20000; i++) {
        take(map);
        numbers.got++;
    }
    ck_assert_uint_lt(numbers.most, 100000);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- no barrier ---------------------------------------------------------------------------------

enum { RAN = 0, SLOW = 0 }; // a place on the stage; a gate

typedef struct step {
    uint64_t number;
    uint64_t needed; // how many others must have run before number 0 may
} step;

static mh_status run_step(mh_call *call, mh_bytes item)
{
    step self;
    memcpy(&self, item.data, sizeof self);
    if (self.number == 0)
        pass_gate(SLOW);
    else if ((uint64_t)count_up(RAN) == self.needed)
        open_gate(SLOW, 1);
    return mh_return(call, &self.number, sizeof self.number);
}
static const mh_routine stepping = {.name = "step", .run = run_step};

static step *steps_of(size_t count, uint64_t needed)
{
    step *steps = calloc(count, sizeof *steps);
    ck_assert_ptr_nonnull(steps);
    for (size_t i = 0; i < count; i++)
        steps[i] = (step){.number = i, .needed = needed};
    return steps;
}

// Most of a large window travels in chunks; those in the same chunk as the slow one wait with it.
static uint64_t others_in(size_t window)
{
    return window <= 64 ? window - 1 : window - window / 32;
}

// If the others waited for the first item, or went less far than the window reaches, this would never
// end.
START_TEST(M4_while_the_head_is_slow_the_whole_window_goes_on)
{
    size_t window = window_in(_i), count = 2 * window + 10;
    set_stage();
    if (window == 1)
        open_gate(SLOW, 1); // nobody else may run
    step *steps = steps_of(count, others_in(window));
    mh_pool *pool = open_kind(kind_in(_i), 3);
    mh_map *map = open_map(pool, &stepping, mh_source_array(steps, count, sizeof *steps),
                           (mh_map_options){.window = window});
    for (uint64_t i = 0; i < count; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
        if (i == 0)
            ck_assert_int_le(counted(RAN), (int)window - 1); // and not one more
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
    free(steps);
}
END_TEST

START_TEST(M4_unordered_a_slow_item_holds_up_nobody)
{
    size_t window = window_in(_i), count = 5 * window + 10;
    if (window == 1)
        return; // then the slow one is all there is
    set_stage();
    step *steps = steps_of(count, UINT64_MAX); // only this thread opens the gate
    mh_pool *pool = open_kind(kind_in(_i), 2);
    mh_map *map = open_map(pool, &stepping, mh_source_array(steps, count, sizeof *steps),
                           (mh_map_options){.window = window, .unordered = true});
    for (uint64_t i = 1; i < count; i++)
        ck_assert_uint_ne(take(map).index, 0);
    open_gate(SLOW, 1);
    ck_assert_uint_eq(take(map).index, 0);
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
    free(steps);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the window");
    TCase *tests = add_case(suite, "kinds and windows", 30);
    int all = KINDS * WINDOWS, first = WITH_WORKERS * WINDOWS;
    tcase_add_loop_test(
        tests, M4_never_more_than_window_items_lie_between_source_and_caller_in_order, 0, all);
    tcase_add_loop_test(
        tests, M4_never_more_than_window_items_lie_between_source_and_caller_unordered, 0, all);
    tcase_add_loop_test(tests, M13_a_chunk_does_not_stretch_the_window, 0, all);
    tcase_add_loop_test(tests, M4_without_a_window_an_endless_source_is_still_read_with_measure,
                        0, KINDS);
    TCase *slow = add_case(suite, "one slow item", 10);
    tcase_add_loop_test(slow, M4_while_the_head_is_slow_the_whole_window_goes_on, first, all);
    tcase_add_loop_test(slow, M4_unordered_a_slow_item_holds_up_nobody, first, all);
    return run_suite(suite);
}
