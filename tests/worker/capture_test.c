// Capture, from inside: who looks when, what is given back, and what a worker that runs wild can do.
#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "support/printed.h"
#include "support/refused.h"
#include "support/submitted.h"
#include "support/traces.h"
#include "task/pool.h"
#include "worker/output.h"
#include "worker/say.h"

static mh_status print_and_wait(mh_call *call, mh_bytes item)
{
    printf("waiting\n");
    pass_gate(0);
    return mh_return(call, item.data, item.size);
}
static const mh_routine lingering = {.name = "print and wait", .run = print_and_wait};

// ---- who looks ----------------------------------------------------------------------------------

static void await_watch(mh_pool *pool, uint32_t wanted)
{
    while (atomic_load(&pool->crew.shop.common->is_watched) != wanted)
        sched_yield();
}

// Once nobody watches the supervisor sleeps until somebody rings.
START_TEST(C8_the_supervisor_looks_only_while_somebody_works)
{
    set_stage();
    mh_pool *pool = open_captured(_i, 3);
    await_watch(pool, 0);
    for (int round = 0; round < 3; round++) {
        mh_task *tasks[2] = {submit(pool, &lingering, 1), submit(pool, &lingering, 2)};
        await_watch(pool, 1);
        open_gate(0, 2);
        for (int i = 0; i < 2; i++)
            number_of(tasks[i]);
        await_watch(pool, 0);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(C8_a_worker_that_dies_at_work_is_not_watched_for_ever)
{
    mh_log_limit(MH_LOG_OFF);
    set_stage();
    mh_pool *pool = open_captured(_i, 1);
    mh_task *task = submit(pool, &lingering, 1);
    await_printed("waiting");
    mh_task_kill(task);
    assert_outcome(task, MH_CANCELLED);
    await_watch(pool, 0);
    mh_pool_close(pool);
}
END_TEST

START_TEST(C8_left_alone_nothing_is_taken_and_nobody_looks)
{
    int before = count_traces().fds;
    mh_pool *raw = open_kind(_i, 2);
    int raw_fds = count_traces().fds - before;
    for (int64_t i = 0; i < 100; i++)
        ck_assert_int_eq(number_of(submit(raw, &echo, i)), i);
    ck_assert_uint_eq(raw->crew.shop.common->captures, 0);
    ck_assert_uint_eq(atomic_load(&raw->crew.shop.common->is_watched), 0);
    ck_assert_uint_eq(atomic_load(&raw->crew.shop.common->said), 0);
    ck_assert_ptr_null(raw->crew.capture);
    mh_pool_close(raw);
    mh_pool *captured = open_captured(_i, 2);
    ck_assert_int_eq(count_traces().fds - before, raw_fds + 2 * 2);
    mh_pool_close(captured);
    ck_assert_int_eq(count_traces().fds, before);
}
END_TEST

// ---- memory -------------------------------------------------------------------------------------

// Of all files that workers print to.
static uint64_t bytes_held(void)
{
    uint64_t bytes = 0;
    DIR *all = opendir("/proc/self/fd");
    for (struct dirent *entry; (entry = readdir(all)) != NULL;) {
        char path[300], target[64] = "";
        struct stat facts;
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        if (readlink(path, target, sizeof target - 1) > 0 &&
            strstr(target, "manyhands output") != NULL && stat(path, &facts) == 0)
            bytes += (uint64_t)facts.st_blocks * 512;
    }
    closedir(all);
    return bytes;
}

enum { LARGE = 3 << 20 };

static mh_status print_large(mh_call *call, mh_bytes item)
{
    static char bytes[LARGE];
    if (write(1, bytes, LARGE) != LARGE)
        abort();
    return mh_return(call, item.data, item.size);
}
static const mh_routine large_printing = {.name = "print large", .run = print_large};

START_TEST(C8_what_was_read_is_given_back)
{
    mh_pool *pool = open_captured(_i, 1);
    for (int64_t i = 0; i < 8; i++)
        ck_assert_int_eq(number_of(submit(pool, &large_printing, i)), i);
    ck_assert_uint_eq(prints.bytes, UINT64_C(8) * LARGE);
    ck_assert_uint_le(bytes_held(), 2 << 16);
    mh_pool_close(pool);
}
END_TEST

// ---- a worker that runs wild --------------------------------------------------------------------

static mh_status lie(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    mhi_output_mark mark = {.subject = {.source = 77, .map = 9, .index = 12, .worker = -5}};
    printf("truth\n");
    fflush(stdout);
    mark.at[0] = number % 2 == 0 ? UINT64_MAX : 0;
    mark.at[1] = UINT64_MAX / 2;
    mark.has_ended = (uint32_t)number;
    mhi_say_quietly(MHI_LINE_MARK, &mark, sizeof mark);
    mhi_say_quietly(MHI_LINE_MARK, "x", 1);
    mhi_say_quietly(MHI_LINE_MARK, "", 0);
    return mh_return(call, &number, sizeof number);
}
static const mh_routine lying = {.name = "lie", .run = lie};

START_TEST(C8_marks_that_cannot_be_lose_no_byte)
{
    enum { COUNT = 20 };
    mh_pool *pool = open_captured(_i, 1);
    for (int64_t i = 0; i < COUNT; i++)
        ck_assert_int_eq(number_of(submit(pool, &lying, i)), i);
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.bytes, COUNT * strlen("truth\n"));
}
END_TEST

// ---- no descriptors -----------------------------------------------------------------------------

static void bound_fds(int more)
{
    struct rlimit limit;
    int next = dup(0);
    close(next);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = (rlim_t)(next + more);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

// Each worker takes two. An open that has not enough of them says so; what comes later does without.
START_TEST(C8_too_few_descriptors_are_told_at_the_open)
{
    mh_pool *pool = NULL;
    hear_everything();
    mh_pool_options options = captured_options(_i, 30);
    traces before = count_traces();
    bound_fds(40);
    ck_assert_int_eq(mh_pool_open(&pool, &options), MH_SYSTEM);
    ck_assert_ptr_null(pool);
    ck_assert(was_heard("files for the output"));
    assert_no_traces(&before);
}
END_TEST

START_TEST(C8_too_few_descriptors_for_more_workers_are_told_at_the_resize)
{
    hear_everything();
    mh_pool_options options = captured_options(_i, 2);
    mh_pool *pool = open_with(&options);
    bound_fds(9);
    ck_assert_int_eq(mh_pool_resize(pool, 30), MH_SYSTEM);
    ck_assert(was_heard("files for the output"));
    for (int64_t i = 0; i < 20; i++)
        ck_assert_int_eq(number_of(submit(pool, &lying, 0)), 0);
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.bytes, 20 * strlen("truth\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capture");
    TCase *tests = add_case(suite, "capture", 30);
    int first = WITH_PROCESSES;
    tcase_add_loop_test(tests, C8_the_supervisor_looks_only_while_somebody_works, first, KINDS);
    tcase_add_loop_test(tests, C8_a_worker_that_dies_at_work_is_not_watched_for_ever, first,
                        KINDS);
    tcase_add_loop_test(tests, C8_left_alone_nothing_is_taken_and_nobody_looks, first, KINDS);
    tcase_add_loop_test(tests, C8_what_was_read_is_given_back, first, KINDS);
    tcase_add_loop_test(tests, C8_marks_that_cannot_be_lose_no_byte, first, KINDS);
    tcase_add_loop_test(tests, C8_too_few_descriptors_are_told_at_the_open, first, KINDS);
    tcase_add_loop_test(tests, C8_too_few_descriptors_for_more_workers_are_told_at_the_resize,
                        first, KINDS);
    return run_suite(suite);
}
