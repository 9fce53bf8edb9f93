// Story: what all stories share: the kinds of worker, opening a pool of one, and running a suite.
//
// A story runs as a loop test over the kinds; `_i` is then one of the numbers below. The serial kind is
// the reference: where kinds are compared, they are compared with it.
#ifndef TESTS_STORY_H
#define TESTS_STORY_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

enum { SERIAL, THREADS, FORKED, SPAWNED, KINDS };
enum { WITH_WORKERS = THREADS, WITH_PROCESSES = FORKED }; // where loops over fewer kinds begin

static const struct story_kind {
    const char *name;
    mh_kind kind;
    mh_start start;
} story_kinds[KINDS] = {
    {"serial", MH_SERIAL, MH_START_AUTO},
    {"threads", MH_THREADS, MH_START_AUTO},
    {"processes by fork", MH_PROCESSES, MH_START_FORK},
    {"processes by exec", MH_PROCESSES, MH_START_EXEC},
};

// The thread sanitizer brings a thread of its own, and cannot follow threads that a forked child of a
// program with threads starts.
#ifdef __SANITIZE_THREAD__
static const bool has_thread_sanitizer = true;
enum { SHORTER = 1 }; // what is repeated only to be repeated may be so less often
#else
static const bool has_thread_sanitizer = false;
enum { SHORTER = 0 };
#endif

// From one demand on the system that fails to the next. All builds let each fail but that of the thread sanitizer,
// which makes pools of processes very slow, and looks for something else.
static inline uint64_t demand_stride(int kind)
{
    return !has_thread_sanitizer ? 1 : kind >= WITH_PROCESSES ? 9 : 2;
}

// In a child that was forked while other threads were allocating, the address sanitizer's own allocator may wait
// for one of them for ever; the C library's does not.
#ifdef __SANITIZE_ADDRESS__
static const bool has_address_sanitizer = true;
#else
static const bool has_address_sanitizer = false;
#endif

// The options of a kind, for stories that add their own.
static inline mh_pool_options options_of(int kind, int workers)
{
    return (mh_pool_options){
        .kind = story_kinds[kind].kind, .start = story_kinds[kind].start, .workers = workers};
}

static inline mh_pool *open_with(const mh_pool_options *options)
{
    mh_pool *pool = NULL;
    mh_status status = mh_pool_open(&pool, options);
    ck_assert_msg(status == MH_OK, "opening a pool: %s", mh_status_text(status));
    return pool;
}

static inline mh_pool *open_kind(int kind, int workers)
{
    mh_pool_options options = options_of(kind, workers);
    return open_with(&options);
}

static inline mh_map *open_map(mh_pool *pool, const mh_routine *routine, mh_source source,
                               mh_map_options options)
{
    mh_map *map = NULL;
    mh_status status = mh_map_open(&map, pool, routine, &source, &options);
    ck_assert_msg(status == MH_OK, "opening a map: %s", mh_status_text(status));
    return map;
}

// The next result, which must be there.
static inline mh_result take(mh_map *map)
{
    mh_result result = {.index = UINT64_MAX};
    mh_status status = mh_map_next(map, &result, MH_FOREVER);
    ck_assert_msg(status == MH_OK, "the next result: %s", mh_status_text(status));
    return result;
}

static inline void assert_ends(mh_map *map, mh_status wanted)
{
    mh_result result;
    for (int again = 0; again < 2; again++) { // what was said once stays true
        mh_status status = mh_map_next(map, &result, MH_FOREVER);
        ck_assert_msg(status == wanted, "the map ended with \"%s\", not \"%s\"",
                      mh_status_text(status), mh_status_text(wanted));
    }
}

static inline void assert_done(const mh_result *result, uint64_t index)
{
    ck_assert_uint_eq(result->index, index);
    ck_assert_msg(result->outcome == MH_DONE, "item %llu %s: %s", (unsigned long long)index,
                  mh_outcome_text(result->outcome), result->message);
    ck_assert_str_eq(result->message, "");
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// A case of its own for tests that need this many seconds at most.
static inline TCase *add_case(Suite *suite, const char *name, double seconds)
{
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, seconds);
    suite_add_tcase(suite, tests);
    return tests;
}

#endif
