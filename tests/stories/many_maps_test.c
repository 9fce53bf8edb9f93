// Many maps on one pool: one after the other, taking turns, and from several threads.
#include <pthread.h>

#include "support/heard.h"
#include "support/stage.h"
#include "support/story.h"

static int64_t square(int64_t number)
{
    return number * number;
}
MH_ROUTINE(square_each, square, int64_t, int64_t);

static int64_t negate(int64_t number)
{
    return -number;
}
MH_ROUTINE(negate_each, negate, int64_t, int64_t);

static int64_t itself(int64_t number)
{
    return number;
}
MH_ROUTINE(echo, itself, int64_t, int64_t);

START_TEST(M11_a_pool_serves_one_map_after_the_other)
{
    mh_pool *pool = open_kind(_i, 2);
    for (int64_t round = 0; round < 200; round++) {
        bool squares = round % 2 == 0;
        mh_map *map = open_map(pool, squares ? &square_each : &negate_each,
                               mh_source_range(round, round + round % 13, 1),
                               (mh_map_options){.window = (size_t)(round % 5)});
        for (int64_t i = round; i < round + round % 13; i++) {
            mh_result result = take(map);
            assert_done(&result, (uint64_t)(i - round));
            ck_assert_int_eq(mh_result_as(int64_t, result), squares ? i * i : -i);
        }
        assert_ends(map, MH_END);
        mh_map_close(map);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(M11_maps_take_turns_on_one_pool)
{
    const mh_routine *const routines[] = {&square_each, &negate_each, &echo};
    mh_pool *pool = open_kind(_i, 2);
    mh_map *maps[3];
    for (int m = 0; m < 3; m++)
        maps[m] = open_map(pool, routines[m], mh_source_range(0, 500, 1),
                           (mh_map_options){.window = m == 2 ? 0 : 8});
    for (int64_t i = 0; i < 500; i++) {
        const int64_t wanted[] = {i * i, -i, i};
        for (int m = 0; m < 3; m++) {
            mh_result result = take(maps[m]);
            assert_done(&result, (uint64_t)i);
            ck_assert_int_eq(mh_result_as(int64_t, result), wanted[m]);
        }
    }
    for (int m = 0; m < 3; m++) {
        assert_ends(maps[m], MH_END);
        mh_map_close(maps[m]);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(M11_results_of_one_map_stay_while_others_are_read)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *kept = open_map(pool, &square_each, mh_source_range(7, 9, 1), (mh_map_options){0});
    mh_map *other = open_map(pool, &negate_each, mh_source_range(0, 300, 1),
                             (mh_map_options){0});
    mh_result result = take(kept);
    for (int i = 0; i < 300; i++)
        take(other);
    mh_map_close(other);
    ck_assert_int_eq(mh_result_as(int64_t, result), 49);
    mh_map_close(kept);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M11_a_map_that_nobody_reads_holds_up_no_other)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *stalled = open_map(pool, &echo, mh_source_range(0, INT64_MAX, 1),
                               (mh_map_options){0});
    take(stalled); // and then nobody comes any more
    mh_map *map = open_map(pool, &square_each, mh_source_range(0, 2000, 1),
                           (mh_map_options){0});
    for (int64_t i = 0; i < 2000; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(mh_result_as(int64_t, result), i * i);
    }
    mh_map_close(map);
    mh_map_close(stalled);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M11_sixty_three_maps_may_be_open_and_not_one_more)
{
    enum { MOST = 63 };
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 2);
    mh_map *maps[MOST], *more = NULL;
    mh_source source = mh_source_range(3, 5, 1);
    for (int m = 0; m < MOST; m++)
        maps[m] = open_map(pool, &square_each, source, (mh_map_options){0});
    ck_assert_int_eq(mh_map_open(&more, pool, &square_each, &source, NULL), MH_FULL);
    ck_assert_ptr_null(more);
    ck_assert_msg(was_heard("63 maps are open"), "%s", heard.text);
    mh_map_close(maps[40]);
    maps[40] = open_map(pool, &square_each, source, (mh_map_options){0});
    for (int m = MOST - 1; m >= 0; m--) {
        mh_result result = take(maps[m]);
        ck_assert_int_eq(mh_result_as(int64_t, result), 9);
        result = take(maps[m]);
        ck_assert_int_eq(mh_result_as(int64_t, result), 16);
        assert_ends(maps[m], MH_END);
        mh_map_close(maps[m]);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- several threads ----------------------------------------------------------------------------

enum { USERS = 4, ROUNDS = 30 };

typedef struct user {
    mh_pool *pool;
    int64_t number;
    int wrong;
} user;

static void *use(void *argument)
{
    user *self = argument;
    for (int round = 0; round < ROUNDS; round++) {
        mh_map *map;
        mh_source source = mh_source_range(self->number, self->number + 100, 1);
        if (mh_map_open(&map, self->pool, round % 2 ? &square_each : &negate_each, &source,
                        &(mh_map_options){.window = (size_t)round}) != MH_OK) {
            self->wrong++;
            continue;
        }
        mh_result result;
        int64_t i = self->number;
        for (; mh_map_next(map, &result, MH_FOREVER) == MH_OK; i++)
            self->wrong += mh_result_as(int64_t, result) != (round % 2 ? i * i : -i);
        self->wrong += i != self->number + 100;
        mh_map_close(map);
    }
    return NULL;
}

START_TEST(M11_several_threads_use_one_pool)
{
    mh_pool *pool = open_kind(_i, 2);
    user users[USERS];
    pthread_t threads[USERS];
    for (int u = 0; u < USERS; u++) {
        users[u] = (user){.pool = pool, .number = 1000 * u};
        ck_assert_int_eq(pthread_create(&threads[u], NULL, use, &users[u]), 0);
    }
    for (int u = 0; u < USERS; u++) {
        pthread_join(threads[u], NULL);
        ck_assert_int_eq(users[u].wrong, 0);
    }
    mh_pool_close(pool);
}
END_TEST

static void *use_own_pool(void *argument)
{
    user *self = argument;
    mh_pool_options options = options_of((int)self->number, 2);
    for (int round = 0; round < 5; round++) {
        user with_pool = {.number = round};
        if (mh_pool_open(&with_pool.pool, &options) == MH_OK)
            use(&with_pool);
        else
            self->wrong++;
        self->wrong += with_pool.wrong;
        mh_pool_close(with_pool.pool);
    }
    return NULL;
}

START_TEST(M11_several_threads_open_pools_of_their_own)
{
    user users[USERS];
    pthread_t threads[USERS];
    if (_i == FORKED && has_address_sanitizer)
        return;
    for (int u = 0; u < USERS; u++) {
        users[u] = (user){.number = _i};
        ck_assert_int_eq(pthread_create(&threads[u], NULL, use_own_pool, &users[u]), 0);
    }
    for (int u = 0; u < USERS; u++) {
        pthread_join(threads[u], NULL);
        ck_assert_int_eq(users[u].wrong, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("many maps");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M11_a_pool_serves_one_map_after_the_other, 0, KINDS);
    tcase_add_loop_test(tests, M11_maps_take_turns_on_one_pool, 0, KINDS);
    tcase_add_loop_test(tests, M11_results_of_one_map_stay_while_others_are_read, 0, KINDS);
    tcase_add_loop_test(tests, M11_a_map_that_nobody_reads_holds_up_no_other, 0, KINDS);
    tcase_add_loop_test(tests, M11_sixty_three_maps_may_be_open_and_not_one_more, 0, KINDS);
    tcase_add_loop_test(tests, M11_several_threads_use_one_pool, 0, KINDS);
    tcase_add_loop_test(tests, M11_several_threads_open_pools_of_their_own, 0, KINDS);
    return run_suite(suite);
}
