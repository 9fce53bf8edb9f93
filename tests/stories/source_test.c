// Sources: arrays, ranges, and callbacks, sized or not; and when they are asked.
#include <pthread.h>
#include <stdint.h>

#include "support/story.h"

static mh_status give_back(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size);
}
static const mh_routine echo = {.name = "echo", .run = give_back};

// ---- arrays -------------------------------------------------------------------------------------

START_TEST(M2_an_array_of_odd_sized_elements)
{
    static const char words[][5] = {"zero", "one", "two", "tre\xff", "for"};
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_array(words, 5, 5), (mh_map_options){0});
    ck_assert_uint_eq(mh_map_length(map), 5);
    for (uint64_t i = 0; i < 5; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
        ck_assert_uint_eq(result.size, 5);
        ck_assert_mem_eq(result.data, words[i], 5);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M2_elements_of_no_size_are_items_all_the_same)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_array(NULL, 3, 0), (mh_map_options){0});
    for (uint64_t i = 0; i < 3; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
        ck_assert_uint_eq(result.size, 0);
        ck_assert_ptr_null(result.data);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

static mh_status give_none(void *context, mh_bytes *item)
{
    (void)item;
    ++*(int *)context;
    return MH_END;
}

START_TEST(M2_empty_sources_end_at_once)
{
    int asked = 0;
    const mh_source empty[] = {
        mh_source_array("", 0, 8), mh_source_array(NULL, 0, 8),
        mh_source_range(5, 5, 1),  mh_source_of(give_none, &asked),
        mh_source_range(0, 9, -1), mh_source_sized(give_none, &asked, 0)};
    mh_pool *pool = open_kind(_i, 2);
    for (int unbounded = 0; unbounded < 2; unbounded++)
        for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
            mh_map *map = open_map(pool, &echo, empty[i],
                                   (mh_map_options){.unbounded = unbounded == 1});
            assert_ends(map, MH_END);
            ck_assert_uint_eq(mh_map_length(map), 0);
            ck_assert_uint_eq(mh_map_count(map), 0);
            mh_map_close(map);
        }
    ck_assert_int_eq(asked, 4); // each callback once, and never again
    mh_pool_close(pool);
}
END_TEST

// ---- ranges -------------------------------------------------------------------------------------

static const struct range {
    int64_t first, end, step;
    uint64_t length;
    int64_t numbers[4];
} ranges[] = {
    {0, 10, 3, 4, {0, 3, 6, 9}},
    {0, 9, 3, 3, {0, 3, 6}},
    {10, 0, -3, 4, {10, 7, 4, 1}},
    {9, 0, -3, 3, {9, 6, 3}},
    {-2, 2, 1, 4, {-2, -1, 0, 1}},
    {5, 5, 1, 0, {0}},
    {5, 5, -1, 0, {0}},
    {5, 4, 1, 0, {0}},
    {4, 5, -1, 0, {0}},
    {5, 6, INT64_MAX, 1, {5}},
    {6, 5, INT64_MIN, 1, {6}},
    {INT64_MAX - 2, INT64_MAX, 1, 2, {INT64_MAX - 2, INT64_MAX - 1}},
    {INT64_MIN + 2, INT64_MIN, -1, 2, {INT64_MIN + 2, INT64_MIN + 1}},
    {INT64_MAX - 1, INT64_MAX, 2, 1, {INT64_MAX - 1}},
    {INT64_MIN, INT64_MAX, INT64_MAX, 3, {INT64_MIN, -1, INT64_MAX - 1}},
    {INT64_MAX, INT64_MIN, INT64_MIN, 2, {INT64_MAX, -1}},
    {INT64_MIN, INT64_MIN, 1, 0, {0}},
    {INT64_MAX, INT64_MIN, 1, 0, {0}},
    {INT64_MIN, INT64_MAX, -1, 0, {0}},
};

static void assert_range(mh_pool *pool, const struct range *range)
{
    mh_map *map = open_map(pool, &echo, mh_source_range(range->first, range->end, range->step),
                           (mh_map_options){0});
    ck_assert_uint_eq(mh_map_length(map), range->length);
    for (uint64_t i = 0; i < range->length; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(mh_result_as(int64_t, result), range->numbers[i]);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
}

START_TEST(M2_a_range_goes_both_ways_and_to_the_ends_of_the_numbers)
{
    mh_pool *pool = open_kind(_i, 2);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        assert_range(pool, &ranges[i]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M2_a_range_of_all_numbers_begins_at_the_first)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_range(INT64_MIN, INT64_MAX, 1),
                           (mh_map_options){0});
    for (int i = 0; i < 1000; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(mh_result_as(int64_t, result), INT64_MIN + i);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- callbacks ----------------------------------------------------------------------------------

typedef struct teller {
    int asked;
    int last; // how many items it gives
    bool ended;
    pthread_t thread;
    char buffer[32]; // used again for each item
} teller;

static mh_status tell(void *context, mh_bytes *item)
{
    teller *self = context;
    ck_assert(pthread_equal(self->thread, pthread_self()));
    ck_assert(!self->ended);
    self->ended = self->asked == self->last;
    if (self->ended)
        return MH_END;
    memset(self->buffer, 'a' + self->asked % 26, sizeof self->buffer);
    *item = (mh_bytes){.data = self->buffer, .size = (size_t)(self->asked++ % 32)};
    return MH_OK;
}

static void assert_told(mh_pool *pool, mh_source source, teller *self, bool unbounded)
{
    mh_map *map = open_map(pool, &echo, source, (mh_map_options){.unbounded = unbounded});
    ck_assert_int_eq(self->asked, 0); // opening asks nothing
    for (int i = 0; i < self->last; i++) {
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        ck_assert_uint_eq(result.size, (size_t)(i % 32));
        for (size_t at = 0; at < result.size; at++)
            ck_assert_int_eq(((const char *)result.data)[at], 'a' + i % 26);
    }
    assert_ends(map, MH_END);
    ck_assert(self->ended);
    ck_assert_uint_eq(mh_map_length(map), (uint64_t)self->last);
    mh_map_close(map);
}

// A length that is wrong is only a forecast.
START_TEST(M2_a_callback_is_asked_by_the_callers_thread_until_it_ends)
{
    static const uint64_t lengths[] = {300, 0, 1, 299, 301, 100000};
    mh_pool *pool = open_kind(_i, 2);
    for (int unbounded = 0; unbounded < 2; unbounded++) {
        teller self = {.last = 300, .thread = pthread_self()};
        assert_told(pool, mh_source_of(tell, &self), &self, unbounded == 1);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            self = (teller){.last = 300, .thread = pthread_self()};
            assert_told(pool, mh_source_sized(tell, &self, lengths[i]), &self, unbounded == 1);
        }
    }
    mh_pool_close(pool);
}
END_TEST

// ---- alignment ----------------------------------------------------------------------------------

static mh_status remainder_of_address(mh_call *call, mh_bytes item)
{
    size_t odd = (uintptr_t)item.data % _Alignof(max_align_t);
    return mh_return(call, &odd, sizeof odd);
}
static const mh_routine alignment = {.name = "alignment", .run = remainder_of_address};

START_TEST(M2_items_and_results_are_aligned_for_any_type)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &alignment, mh_source_array("0123456789", 10, 1),
                           (mh_map_options){.chunk = 5});
    for (int i = 0; i < 10; i++) {
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        ck_assert_uint_eq(mh_result_as(size_t, result), 0);
        ck_assert_uint_eq((uintptr_t)result.data % _Alignof(max_align_t), 0);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sources");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M2_an_array_of_odd_sized_elements, 0, KINDS);
    tcase_add_loop_test(tests, M2_elements_of_no_size_are_items_all_the_same, 0, KINDS);
    tcase_add_loop_test(tests, M2_empty_sources_end_at_once, 0, KINDS);
    tcase_add_loop_test(tests, M2_a_range_goes_both_ways_and_to_the_ends_of_the_numbers, 0,
                        KINDS);
    tcase_add_loop_test(tests, M2_a_range_of_all_numbers_begins_at_the_first, 0, KINDS);
    tcase_add_loop_test(tests, M2_a_callback_is_asked_by_the_callers_thread_until_it_ends, 0,
                        KINDS);
    tcase_add_loop_test(tests, M2_items_and_results_are_aligned_for_any_type, 0, KINDS);
    return run_suite(suite);
}
