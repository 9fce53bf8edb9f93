// Sources and setups that fail: half-way, at once, in one worker, in all of them.
#include "support/heard.h"
#include "support/story.h"

typedef struct fragile {
    int asked;
    int good; // how many items it gives before it fails
    mh_status status;
} fragile;

static mh_status give_until_broken(void *context, mh_bytes *item)
{
    fragile *self = context;
    *item = MH_BYTES_OF(self->asked);
    return self->asked++ < self->good ? MH_OK : self->status;
}

static mh_status give_back(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size);
}
static const mh_routine echo = {.name = "echo", .run = give_back};

static const mh_map_options all_options[] = {
    {0},
    {.on_error = MH_ON_ERROR_STOP},
    {.on_error = MH_ON_ERROR_DEFER},
    {.unordered = true},
    {.unbounded = true},
    {.chunk = 30},
};
enum { OPTIONS = sizeof all_options / sizeof *all_options };

static void assert_breaks(mh_pool *pool, fragile source, const mh_map_options *options)
{
    mh_map *map = open_map(pool, &echo, mh_source_sized(give_until_broken, &source, 1000),
                           *options);
    for (int i = 0; i < source.good; i++) {
        mh_result result = take(map);
        assert_done(&result, options->unordered ? result.index : (uint64_t)i);
    }
    assert_ends(map, MH_SOURCE_FAILED);
    ck_assert_int_eq(source.asked, source.good + 1); // and was not asked again
    ck_assert_uint_eq(mh_map_count(map), (uint64_t)source.good);
    ck_assert_uint_eq(mh_map_length(map), (uint64_t)source.good);
    mh_map_close(map);
}

START_TEST(M9_what_a_source_gave_before_it_failed_is_handed_out)
{
    static const mh_status statuses[] = {MH_NOT_FOUND, MH_SYSTEM, MH_TIMEOUT, (mh_status)-7};
    mh_pool *pool = open_kind(_i, 2);
    listen_to_log(MH_LOG_WARNING);
    for (int o = 0; o < OPTIONS; o++)
        for (int good = 0; good <= 50; good += 25)
            assert_breaks(pool, (fragile){.good = good, .status = statuses[o % 4]},
                          &all_options[o]);
    ck_assert_msg(was_heard("the source failed after 25 items"), "%s", heard.text);
    mh_pool_close(pool);
}
END_TEST

static mh_status give_nowhere(void *context, mh_bytes *item)
{
    *item = (mh_bytes){.data = NULL, .size = *(int *)context == 3 ? 5 : 0};
    ++*(int *)context;
    return MH_OK;
}

START_TEST(M9_a_source_that_gives_bytes_at_null_has_failed)
{
    int asked = 0;
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &echo, mh_source_of(give_nowhere, &asked),
                           (mh_map_options){0});
    for (uint64_t i = 0; i < 3; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
    }
    assert_ends(map, MH_SOURCE_FAILED);
    ck_assert_msg(was_heard("5 bytes at NULL"), "%s", heard.text);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- setups -------------------------------------------------------------------------------------

static mh_status set_up_if_told(mh_call *call, mh_bytes argument, void **state)
{
    (void)state;
    if (argument.size > 0 && strcmp(argument.data, "no model") == 0)
        return mh_fail(call, 9, "no model for %d", mh_worker(call));
    if (argument.size > 0 && strcmp(argument.data, "crash") == 0)
        abort();
    return argument.size > 0 && strcmp(argument.data, "no words") == 0 ? MH_NOT_FOUND : MH_OK;
}
static const mh_routine choosy = {.name = "choosy", .setup = set_up_if_told, .run = give_back};

static mh_pool *open_choosy(int kind, const char *first, const char *second, const char *third)
{
    const mh_bytes arguments[] = {mh_bytes_of_text(first), mh_bytes_of_text(second),
                                  mh_bytes_of_text(third)};
    mh_pool_options options = options_of(kind, 3);
    options.routine = &choosy;
    options.arguments = arguments;
    return open_with(&options);
}

static void assert_all_cancelled(mh_pool *pool, const char *reason)
{
    mh_map *map = NULL;
    mh_result result;
    mh_source source = mh_source_range(0, 10, 1);
    mh_status status = mh_map_open(&map, pool, NULL, &source, NULL);
    if (status == MH_OK) { // before the last worker was given up
        while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK) {
            ck_assert_int_eq(result.outcome, MH_CANCELLED);
            ck_assert_int_eq(result.worker, -1);
            ck_assert_msg(strstr(result.message, reason) != NULL, "%s", result.message);
        }
        assert_ends(map, MH_BROKEN);
        mh_map_close(map);
        status = mh_map_open(&map, pool, NULL, &source, NULL);
    }
    ck_assert_int_eq(status, MH_BROKEN);
    ck_assert_msg(was_heard(reason), "%s", heard.text);
}

START_TEST(M9_when_all_setups_fail_the_map_is_broken_and_says_why)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_choosy(_i, "no model", "no model", "no model");
    assert_all_cancelled(pool, "setup failed: no model for ");
    mh_result last;
    ck_assert_int_eq(mh_pool_next(pool, &last, MH_FOREVER), MH_END);
    mh_pool_close(pool);
    pool = open_choosy(_i, "no words", "no words", "no words");
    assert_all_cancelled(pool, mh_status_text(MH_NOT_FOUND));
    mh_pool_close(pool);
}
END_TEST

START_TEST(N1_when_all_setups_crash_the_map_is_broken_and_says_why)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_choosy(_i, "crash", "crash", "crash");
    assert_all_cancelled(pool, "in its setup, the worker was killed by SIGABRT");
    mh_pool_close(pool);
}
END_TEST

START_TEST(M9_where_one_setup_fails_the_others_do_the_work)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_choosy(_i, "no model", _i < WITH_PROCESSES ? "no words" : "crash", "");
    mh_map *map = open_map(pool, NULL, mh_source_range(0, 100, 1), (mh_map_options){0});
    for (uint64_t i = 0; i < 100; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
        ck_assert_int_eq(result.worker, 2);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M9_a_pool_whose_setups_all_fail_can_be_closed_at_once)
{
    listen_to_log(MH_LOG_OFF);
    mh_pool_close(open_choosy(_i, "no model", "no words", "no model"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("broken sources and setups");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M9_what_a_source_gave_before_it_failed_is_handed_out, 0, KINDS);
    tcase_add_loop_test(tests, M9_a_source_that_gives_bytes_at_null_has_failed, 0, KINDS);
    tcase_add_loop_test(tests, M9_when_all_setups_fail_the_map_is_broken_and_says_why, 0,
                        KINDS);
    tcase_add_loop_test(tests, N1_when_all_setups_crash_the_map_is_broken_and_says_why,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, M9_where_one_setup_fails_the_others_do_the_work, WITH_WORKERS,
                        KINDS);
    tcase_add_loop_test(tests, M9_a_pool_whose_setups_all_fail_can_be_closed_at_once, 0, KINDS);
    return run_suite(suite);
}
