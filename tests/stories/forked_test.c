// Forked: a program that forks children of its own. In them, everything that belongs to the parent is
// refused; closing it there is harmless to the parent; and they can have pools of their own.
#include <sys/wait.h>

#include "support/story.h"

static int64_t square(int64_t number)
{
    return number * number;
}
MH_ROUTINE(square_each, square, int64_t, int64_t);

// What the child found wrong first, as its exit code; 0: nothing.
static int in_child(int (*check)(mh_pool *pool, mh_map *map), mh_pool *pool, mh_map *map)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        mh_log_limit(MH_LOG_OFF);
        alarm(15); // a child that hangs should not outlive the test
        _exit(check(pool, map));
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int check_refusals(mh_pool *pool, mh_map *map)
{
    mh_map *another;
    mh_result result;
    mh_source source = mh_source_range(0, 3, 1);
    int64_t numbers[1] = {0};
    if (mh_map_open(&another, pool, &square_each, &source, NULL) != MH_FORKED)
        return 1;
    if (mh_map_next(map, &result, MH_FOREVER) != MH_FORKED)
        return 2;
    if (mh_map_cancel(map) != MH_FORKED)
        return 3;
    if (mh_pool_end(pool) != MH_FORKED)
        return 4;
    if (mh_pool_next(pool, &result, MH_FOREVER) != MH_FORKED)
        return 5;
    if (mh_map_array(pool, &square_each, numbers, 1, 8, numbers, 8, NULL) != MH_FORKED)
        return 6;
    return mh_pool_workers(pool) == 0;
}

static int close_map_first(mh_pool *pool, mh_map *map)
{
    mh_map_close(map);
    mh_pool_close(pool);
    return 0;
}

static int close_pool_first(mh_pool *pool, mh_map *map)
{
    mh_pool_close(pool);
    mh_map_close(map);
    return 0;
}

static int squares_of(int kind)
{
    mh_pool_options options = options_of(kind, 2);
    mh_pool *pool;
    int64_t numbers[50];
    for (int i = 0; i < 50; i++)
        numbers[i] = i;
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    if (mh_map_array(pool, &square_each, numbers, 50, 8, numbers, 8, NULL) != MH_OK)
        return 2;
    mh_pool_close(pool);
    for (int i = 0; i < 50; i++)
        if (numbers[i] != i * i)
            return 3;
    return 0;
}

static int own_kind;

static int use_own_pool(mh_pool *pool, mh_map *map)
{
    (void)pool;
    (void)map;
    return squares_of(own_kind);
}

static int close_and_use_own_pool(mh_pool *pool, mh_map *map)
{
    close_pool_first(pool, map);
    return squares_of(own_kind);
}

// The parent goes on in the middle of its map as if nothing had happened.
static void assert_unharmed(int kind, int (*check)(mh_pool *pool, mh_map *map))
{
    mh_pool *pool = open_kind(kind, 2);
    mh_map *map = open_map(pool, &square_each, mh_source_range(0, 200, 1),
                           (mh_map_options){.window = 20});
    for (int64_t i = 0; i < 200; i++) {
        mh_result result = take(map);
        ck_assert_int_eq(mh_result_as(int64_t, result), i * i);
        if (i % 90 == 30)
            ck_assert_int_eq(in_child(check, pool, map), 0);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}

START_TEST(N6_in_a_forked_child_every_call_is_refused)
{
    assert_unharmed(_i, check_refusals);
}
END_TEST

START_TEST(N6_closing_in_a_forked_child_is_harmless_to_the_parent)
{
    assert_unharmed(_i, close_map_first);
    assert_unharmed(_i, close_pool_first);
}
END_TEST

START_TEST(N6_a_forked_child_may_have_a_pool_of_its_own)
{
    own_kind = _i % KINDS;
    if (!has_thread_sanitizer && !has_address_sanitizer)
        assert_unharmed(_i / KINDS, use_own_pool);
}
END_TEST

START_TEST(N6_a_forked_child_may_close_its_copy_and_have_a_pool_of_its_own)
{
    own_kind = _i % KINDS;
    if (!has_thread_sanitizer && !has_address_sanitizer)
        assert_unharmed(_i / KINDS, close_and_use_own_pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forked");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, N6_in_a_forked_child_every_call_is_refused, 0, KINDS);
    tcase_add_loop_test(tests, N6_closing_in_a_forked_child_is_harmless_to_the_parent, 0,
                        KINDS);
    tcase_add_loop_test(tests, N6_a_forked_child_may_have_a_pool_of_its_own, 0, KINDS * KINDS);
    tcase_add_loop_test(tests, N6_a_forked_child_may_close_its_copy_and_have_a_pool_of_its_own,
                        0, KINDS * KINDS);
    return run_suite(suite);
}
