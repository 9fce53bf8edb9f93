// A map that is interrupted: it reads and begins no more, hands out what runs, and says that it was
// stopped; and what is told of it adds up.
#include "support/interrupted.h"

enum { WORKERS = 2, WINDOW = 8, MANY = 100000 };

static mh_map *open_counted(mh_pool *pool, const mh_routine *routine, counter *count,
                            bool unordered, size_t window)
{
    mh_map_options options = {
        .unordered = unordered, .window = window, .chunk = window / WINDOW};
    return open_map(pool, routine, mh_source_of(next_count, count), options);
}

// All that still comes, each once, and in order where there is one; with gaps where some were not begun.
static uint64_t take_rest(mh_map *map, bool unordered, mh_status wanted)
{
    static bool seen[MANY];
    mh_result result;
    mh_status status;
    uint64_t count = 0, next = mh_map_count(map);
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK) {
        assert_done(&result, result.index);
        ck_assert(unordered || result.index >= next);
        ck_assert(!seen[result.index]);
        seen[result.index] = true;
        next = result.index + 1;
        count++;
    }
    ck_assert_msg(status == wanted, "it ended with \"%s\"", mh_status_text(status));
    assert_ends(map, wanted);
    return count;
}

START_TEST(N11_what_runs_is_handed_out_and_then_the_map_is_stopped)
{
    int kind = WITH_WORKERS + _i / 2;
    bool unordered = _i % 2 == 1;
    set_stage();
    open_interrupt(false);
    mh_pool *pool = open_kind(kind, WORKERS);
    counter count = {.limit = MANY, .held_at = -1};
    mh_map *map = open_counted(pool, &waiting, &count, unordered, WINDOW);
    mh_result result;
    ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT);
    for (int i = 0; i < WORKERS; i++)
        pass_gate(RUNNING);
    stand found = press();
    ck_assert_uint_eq(found.done, 0);
    ck_assert_uint_eq(found.running, WORKERS);
    ck_assert_uint_eq(found.waiting, WINDOW - WORKERS);
    ck_assert_int_eq(mh_map_next(map, &result, MH_NOW), MH_TIMEOUT); // they run
    open_gate(GO_ON, WORKERS);
    ck_assert_uint_eq(take_rest(map, unordered, MH_STOPPED), WORKERS);
    ck_assert_int_eq(count.asked, WINDOW);
    mh_map_close(map);
    close_interrupt();
    mh_pool_close(pool);
}
END_TEST

// What was told of where the map stood, and what came of it. A worker that has just seen no brake begins one
// more item, which did not run when that was told.
static void assert_agrees(const stand *found, uint64_t handed, int64_t asked)
{
    uint64_t begun = found->done + found->running;
    ck_assert_uint_eq(begun + found->waiting, asked);
    ck_assert_uint_ge(handed, begun);
    ck_assert_uint_le(handed, begun + WORKERS);
}

// In the middle of a long map, with chunks of any size.
START_TEST(N11_every_item_that_was_read_is_done_or_was_never_begun)
{
    int kind = _i / 2;
    bool unordered = _i % 2 == 1;
    open_interrupt(false);
    mh_pool *pool = open_kind(kind, WORKERS);
    counter count = {.limit = MANY, .held_at = -1};
    mh_map *map = open_counted(pool, &echo, &count, unordered, 0);
    for (int i = 0; i < 1000; i++)
        take(map);
    int64_t asked = count.asked;
    stand found = press();
    uint64_t handed = 1000 + take_rest(map, true, MH_STOPPED);
    assert_agrees(&found, handed, asked);
    ck_assert_uint_eq(handed, mh_map_count(map));
    ck_assert_int_eq(count.asked, asked);
    mh_map_close(map);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// Whoever comes first, the map's own thread or the one that sweeps.
START_TEST(N11_after_the_signal_not_one_more_item_is_read)
{
    open_interrupt(_i % 2 == 1);
    mh_pool *pool = open_kind(_i / 2, WORKERS);
    counter count = {.limit = MANY, .held_at = -1};
    mh_map *map = open_counted(pool, &echo, &count, false, 0);
    for (int i = 0; i < 100; i++)
        take(map);
    int64_t asked = count.asked;
    raise(SIGINT);
    uint64_t handed = 100 + take_rest(map, false, MH_STOPPED);
    ck_assert_int_eq(count.asked, asked);
    ck_assert_uint_le(handed, asked);
    mh_map_close(map); // at once, and still it is told where it stood
    mh_pool_close(pool);
    stand found = await_stand();
    assert_agrees(&found, handed, asked);
    close_interrupt();
}
END_TEST

START_TEST(N11_with_window_one_nothing_is_left_undone)
{
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, WORKERS);
    counter count = {.limit = MANY, .held_at = -1};
    mh_map *map = open_map(pool, &echo, mh_source_of(next_count, &count),
                           (mh_map_options){.window = 1});
    for (int i = 0; i < 3; i++)
        take(map);
    raise(SIGINT);
    assert_ends(map, MH_STOPPED);
    ck_assert_int_eq(count.asked, 3);
    stand found = await_stand();
    ck_assert_uint_eq(found.done, 3);
    ck_assert_uint_eq(found.running + found.waiting, 0);
    mh_map_close(map);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// ---- whoever sleeps -----------------------------------------------------------------------------

// On a serial pool it is the item itself that waits.
START_TEST(N11_a_consumer_that_waits_hears_of_it)
{
    set_stage();
    open_interrupt(false);
    mh_pool *pool = open_kind(_i / 2, 1);
    counter count = {.limit = MANY, .held_at = -1};
    mh_map *map = open_counted(pool, &waiting, &count, _i % 2 == 1, WINDOW);
    pthread_t presser;
    ck_assert_int_eq(pthread_create(&presser, NULL, press_when_it_runs, &count), 0);
    ck_assert_uint_eq(take_rest(map, _i % 2 == 1, MH_STOPPED), 1);
    pthread_join(presser, NULL);
    ck_assert_int_le(count.asked, WINDOW);
    mh_map_close(map);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// The item it brings in the end was read, so it comes to something: it is cancelled.
START_TEST(N11_a_source_that_takes_its_time_is_not_asked_again)
{
    bool unbounded = _i % 2 == 1;
    set_stage();
    open_interrupt(false);
    mh_pool *pool = open_kind(_i / 2, WORKERS);
    counter count = {.limit = MANY, .held_at = 5};
    mh_map *map = open_map(pool, &echo, mh_source_of(next_count, &count),
                           (mh_map_options){.unbounded = unbounded});
    pthread_t presser;
    ck_assert_int_eq(pthread_create(&presser, NULL, press_when_it_runs, &count), 0);
    uint64_t handed = take_rest(map, false, MH_STOPPED);
    pthread_join(presser, NULL);
    ck_assert_int_eq(count.asked, 6);
    ck_assert_uint_le(handed, 5);
    mh_map_close(map);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

static mh_status wait_until_asked(mh_call *call, mh_bytes item)
{
    open_gate(RUNNING, 1);
    mh_status status = mh_wait_cancelled(call, MH_FOREVER);
    return status == MH_OK ? mh_return(call, item.data, item.size) : status;
}
static const mh_routine obedient = {.name = "wait to be asked", .run = wait_until_asked};

START_TEST(N11_with_cancel_what_runs_is_asked_to_stop)
{
    set_stage();
    open_interrupt(true);
    mh_pool *pool = open_kind(_i / 2, 1);
    counter count = {.limit = MANY, .held_at = -1};
    mh_map *map = open_counted(pool, &obedient, &count, _i % 2 == 1, WINDOW);
    pthread_t presser;
    ck_assert_int_eq(pthread_create(&presser, NULL, press_when_it_runs, NULL), 0);
    ck_assert_uint_eq(take_rest(map, _i % 2 == 1, MH_STOPPED), 1);
    pthread_join(presser, NULL);
    mh_map_close(map);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

static mh_status tell_whether_asked(mh_call *call, mh_bytes item)
{
    (void)item;
    open_gate(RUNNING, 1);
    pass_gate(GO_ON);
    bool is_asked = mh_is_cancelled(call);
    return mh_return(call, &is_asked, sizeof is_asked);
}
static const mh_routine curious = {.name = "tell whether asked", .run = tell_whether_asked};

START_TEST(N11_without_cancel_what_runs_is_left_alone)
{
    set_stage();
    bool cancel = _i % 2 == 1;
    open_interrupt(cancel);
    mh_pool *pool = open_kind(_i / 2, 1);
    mh_map *map = open_map(pool, &curious, mh_source_range(0, MANY, 1), (mh_map_options){0});
    pthread_t presser;
    ck_assert_int_eq(pthread_create(&presser, NULL, press_when_it_runs, &cancel), 0);
    mh_result result = take(map);
    ck_assert(mh_result_as(bool, result) == cancel);
    assert_ends(map, MH_STOPPED);
    pthread_join(presser, NULL);
    mh_map_close(map);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

// ---- with errors --------------------------------------------------------------------------------

static mh_status fail_on_third(mh_call *call, mh_bytes item)
{
    return mh_index(call) == 2 ? mh_fail(call, 7, "the third")
                               : mh_return(call, item.data, item.size);
}
static const mh_routine failing = {.name = "fail on the third", .run = fail_on_third};

START_TEST(N11_an_error_that_was_kept_is_told_rather_than_the_stop)
{
    open_interrupt(false);
    mh_pool *pool = open_kind(_i, WORKERS);
    mh_map *map = open_map(pool, &failing, mh_source_range(0, MANY, 1),
                           (mh_map_options){.window = 1, .on_error = MH_ON_ERROR_DEFER});
    for (int i = 0; i < 4; i++)
        take(map);
    raise(SIGINT);
    assert_ends(map, MH_ERRORS);
    mh_result error;
    ck_assert_uint_eq(mh_map_errors(map), 1);
    ck_assert_int_eq(mh_map_error(map, 0, &error), MH_OK);
    ck_assert_int_eq(error.code, 7);
    mh_map_close(map);
    mh_pool_close(pool);
    close_interrupt();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("maps that are interrupted");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, N11_what_runs_is_handed_out_and_then_the_map_is_stopped, 0,
                        2 * (KINDS - WITH_WORKERS));
    tcase_add_loop_test(tests, N11_every_item_that_was_read_is_done_or_was_never_begun, 0,
                        2 * KINDS);
    tcase_add_loop_test(tests, N11_after_the_signal_not_one_more_item_is_read, 0, 2 * KINDS);
    tcase_add_loop_test(tests, N11_with_window_one_nothing_is_left_undone, 0, KINDS);
    tcase_add_loop_test(tests, N11_a_consumer_that_waits_hears_of_it, 0, 2 * KINDS);
    tcase_add_loop_test(tests, N11_a_source_that_takes_its_time_is_not_asked_again, 0,
                        2 * KINDS);
    tcase_add_loop_test(tests, N11_with_cancel_what_runs_is_asked_to_stop, 0, 2 * KINDS);
    tcase_add_loop_test(tests, N11_without_cancel_what_runs_is_left_alone, 0, 2 * KINDS);
    tcase_add_loop_test(tests, N11_an_error_that_was_kept_is_told_rather_than_the_stop, 0,
                        KINDS);
    return run_suite(suite);
}
