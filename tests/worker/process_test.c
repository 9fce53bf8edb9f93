// Process: births, deaths and forks of worker processes, at the moments that are easy to get
// wrong.

#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <manyhands.h>

#include "task/pool.h"
#include "worker/worker.h"

static long next_number(long number)
{
    return number + 1;
}
MH_ROUTINE(add_one, next_number, long, long);

static const mh_pool_options forked = {
    .kind = MH_PROCESSES, .workers = 2, .start = MH_START_FORK};

static void be_quiet(void)
{
    mh_log_limit(MH_LOG_OFF);
}

// How many of the numbers 0 ... count - 1 come back as they should.
static int count_right(mh_pool *pool, int count, const mh_map_options *options)
{
    mh_map *map;
    mh_source source = mh_source_range(0, count, 1);
    int right = 0;
    if (mh_map_open(&map, pool, &add_one, &source, options) != MH_OK)
        return -1;
    for (mh_result result; mh_map_next(map, &result, MH_FOREVER) == MH_OK;)
        right += mh_result_as(long, result) == (long)result.index + 1;
    mh_map_close(map);
    return right;
}

// ---- a death in the middle of ending a slot -----------------------------------------------------

// In the worker: ends its slot, as mhi_window_end does, and dies before it can wake the
// consumer, who sleeps for it.
static void die_before_the_wake(mhi_step step)
{
    if (step != MHI_STEP_ENDING)
        return;
    mhi_ring *ring = mhi_worker_here->shop->windows[0].ring;
    while (!mhi_event_is_awaited(&ring->ended))
        sched_yield();
    for (uint32_t i = 0; i < ring->slots; i++)
        if (mhi_claim_look(&ring->slot[i].claim) == MHI_TAKEN)
            mhi_claim_leave(&ring->slot[i].claim, MHI_ENDED);
    kill(getpid(), SIGKILL);
}

START_TEST(a_death_between_ending_a_slot_and_the_wake_holds_up_nobody)
{
    mh_pool *pool;
    mh_pool_options one_worker = forked;
    one_worker.workers = 1;
    mhi_step_trap = die_before_the_wake; // workers are born with it
    ck_assert_int_eq(mh_pool_open(&pool, &one_worker), MH_OK);
    mhi_step_trap = NULL;
    mh_map_options options = {.chunk = 1, .window = 1, .unordered = _i == 1};
    ck_assert_int_eq(count_right(pool, 3, &options), 3);
    mh_pool_close(pool);
}
END_TEST

// ---- what was written and not yet flushed -------------------------------------------------------

static int print_around_a_pool(void)
{
    printf("before\n");
    fprintf(stdout, "half a line, ");
    mh_pool *pool;
    if (mh_pool_open(&pool, &forked) != MH_OK || count_right(pool, 10, NULL) != 10)
        return 1;
    printf("and the other half\n");
    mh_pool_close(pool);
    fflush(stdout);
    return 0;
}

START_TEST(pending_text_is_written_once)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fileno(file), 1);
        _exit(print_around_a_pool());
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    char text[1000];
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    ck_assert_str_eq(text, "before\nhalf a line, and the other half\n");
    fclose(file);
}
END_TEST

// ---- forked children of the program -------------------------------------------------------------

// The thread sanitizer has no threads in a child of a program that had some.
#if defined(__SANITIZE_THREAD__)
enum { CHILD_HAS_THREADS = 0 };
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
enum { CHILD_HAS_THREADS = 0 };
#else
enum { CHILD_HAS_THREADS = 1 };
#endif
#else
enum { CHILD_HAS_THREADS = 1 };
#endif

static mh_status leave_at_once(mh_call *call, mh_bytes item)
{
    (void)call, (void)item;
    _exit(3);
}

// A supervisor that has told of a death has begun, and is not in the middle of anything that a
// fork could tear: a thread that begins allocates, and the allocator of the address sanitizer
// is not made for that.
static void wait_for_supervisor(mh_pool *pool)
{
    static const mh_routine routine = {.run = leave_at_once};
    mh_map *map;
    mh_result result;
    mh_source source = mh_source_range(0, 1, 1);
    ck_assert_int_eq(mh_map_open(&map, pool, &routine, &source, NULL), MH_OK);
    ck_assert_int_eq(mh_map_next(map, &result, MH_FOREVER), MH_OK);
    ck_assert_int_eq(result.outcome, MH_CRASHED);
    ck_assert_int_eq(result.exit_code, 3);
    mh_map_close(map);
}

static int use_own_pool_instead(mh_pool *inherited, bool closes)
{
    mh_pool *own;
    if (closes)
        mh_pool_close(inherited);
    if (mh_pool_open(&own, &forked) != MH_OK || count_right(own, 10, NULL) != 10)
        return 1;
    mh_pool_close(own);
    return 0;
}

START_TEST(a_child_of_the_program_has_pools_of_its_own)
{
    mh_pool *pool;
    ck_assert_int_eq(mh_pool_open(&pool, &forked), MH_OK);
    wait_for_supervisor(pool);
    pid_t pid = fork();
    if (pid == 0)
        _exit(use_own_pool_instead(pool, _i == 1));
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(count_right(pool, 10, NULL), 10); // the child's close took nothing away
    mh_pool_close(pool);
}
END_TEST

// ---- the nursery --------------------------------------------------------------------------------

static mh_status stay_until_killed(mh_call *call, mh_bytes item)
{
    (void)item;
    if (mh_index(call) == 0)      // whoever comes later may have another parent
        kill(getppid(), SIGKILL); // the nursery, and with it all of them
    for (;;)
        pause();
    return mh_fail(call, 1, "nobody was killed");
}

enum { ITEMS = 20 };

static mh_status next_item(void *context, mh_bytes *item)
{
    int *asked = context;
    *item = (mh_bytes){.data = NULL};
    return ++*asked <= ITEMS ? MH_OK : MH_END;
}

// The nursery may be gone before the source was asked for all.
START_TEST(without_its_nursery_a_map_ends_and_leaves_no_item_untold)
{
    static const mh_routine routine = {.run = stay_until_killed};
    mh_pool *pool;
    mh_map *map;
    mh_result result;
    mh_status status;
    int told = 0, asked = 0;
    ck_assert_int_eq(mh_pool_open(&pool, &forked), MH_OK);
    mh_source source = mh_source_of(next_item, &asked);
    mh_map_options options = {.chunk = 1, .window = ITEMS};
    ck_assert_int_eq(mh_map_open(&map, pool, &routine, &source, &options), MH_OK);
    while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK) {
        ck_assert_uint_eq(result.index, told++);
        ck_assert(result.outcome == MH_CRASHED || result.outcome == MH_CANCELLED);
        ck_assert_uint_gt(strlen(result.message), 0);
    }
    ck_assert_int_eq(status, MH_BROKEN);
    ck_assert_int_eq(told, asked <= ITEMS ? asked : ITEMS);
    mh_map_close(map);
    ck_assert_int_eq(mh_map_open(&map, pool, &routine, &source, NULL), MH_BROKEN);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    TCase *processes = tcase_create("processes");
    tcase_add_checked_fixture(processes, be_quiet, NULL);
    tcase_add_loop_test(processes, a_death_between_ending_a_slot_and_the_wake_holds_up_nobody,
                        0, 2);
    tcase_add_test(processes, pending_text_is_written_once);
    if (CHILD_HAS_THREADS)
        tcase_add_loop_test(processes, a_child_of_the_program_has_pools_of_its_own, 0, 2);
    tcase_add_test(processes, without_its_nursery_a_map_ends_and_leaves_no_item_untold);
    Suite *suite = suite_create("process");
    suite_add_tcase(suite, processes);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
