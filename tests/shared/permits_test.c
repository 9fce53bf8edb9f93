// Permits: there are never more than there are, each comes back from who has it, and those of a
// dead process come back, too. (P14)

#include <check.h>
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "shared/permits.h"

enum { COUNT = 5, OURS = 7, THEIRS = 8 };

static mhi_permits *permits;

static void open_permits(void)
{
    ck_assert_int_eq(mhi_permits_open(&permits, COUNT), MH_OK);
}

static void close_permits(void)
{
    mhi_permits_close(permits);
}

static void take_all(uint32_t owner)
{
    while (mhi_permits_take(permits, owner))
        continue;
}

static void give_all(uint32_t owner)
{
    while (mhi_permits_give(permits, owner))
        continue;
}

static bool is_held(uint32_t at, uint32_t owner)
{
    return mhi_claim_held_by(&permits->permit[at], owner);
}

// ---- taking and giving back ---------------------------------------------------------------------

static const uint32_t counts[] = {1, 2, 7, 64, 1000, 100000};

START_TEST(they_are_taken_until_there_are_none)
{
    mhi_permits *many;
    const uint32_t count = counts[_i];
    ck_assert_int_eq(mhi_permits_open(&many, count), MH_OK);
    ck_assert_uint_eq(mhi_permits_free(many), count);
    uint32_t taken = 0, given = 0;
    while (taken <= count && mhi_permits_take(many, OURS))
        taken++;
    ck_assert_uint_eq(taken, count);
    ck_assert_uint_eq(mhi_permits_free(many), 0);
    while (given <= count && mhi_permits_give(many, OURS))
        given++;
    ck_assert_uint_eq(given, count);
    ck_assert_uint_eq(mhi_permits_free(many), count);
    mhi_permits_close(many);
}
END_TEST

START_TEST(each_that_is_taken_or_given_back_is_counted)
{
    for (uint32_t i = 1; i <= COUNT; i++) {
        ck_assert(mhi_permits_take(permits, OURS));
        ck_assert_uint_eq(mhi_permits_free(permits), COUNT - i);
    }
    ck_assert(!mhi_permits_take(permits, OURS));
    for (uint32_t i = 1; i <= COUNT; i++) {
        ck_assert(mhi_permits_give(permits, OURS));
        ck_assert_uint_eq(mhi_permits_free(permits), i);
    }
    ck_assert(!mhi_permits_give(permits, OURS));
    ck_assert_uint_eq(mhi_permits_free(permits), COUNT);
}
END_TEST

// 0 is what a free permit has in place of an owner.
static const uint32_t owners[] = {0, 1, 255, 256, 4194304, 0xfffffe, 0xffffff};
enum { OWNERS = sizeof owners / sizeof *owners };

START_TEST(nobody_gives_back_what_another_has)
{
    const uint32_t owner = owners[_i];
    ck_assert(!mhi_permits_give(permits, owner));
    ck_assert(mhi_permits_take(permits, owner));
    ck_assert(mhi_permits_take(permits, owner));
    for (int i = 0; i < OWNERS; i++)
        if (i != _i)
            ck_assert(!mhi_permits_give(permits, owners[i]));
    ck_assert_uint_eq(mhi_permits_free(permits), COUNT - 2);
    ck_assert(mhi_permits_give(permits, owner));
    ck_assert(mhi_permits_give(permits, owner));
    ck_assert(!mhi_permits_give(permits, owner));
    ck_assert_uint_eq(mhi_permits_free(permits), COUNT);
}
END_TEST

START_TEST(each_has_its_own_among_those_of_others)
{
    for (int i = 0; i < COUNT; i++)
        ck_assert(mhi_permits_take(permits, i % 2 == 0 ? OURS : THEIRS));
    give_all(THEIRS);
    ck_assert_uint_eq(mhi_permits_free(permits), 2);
    take_all(OURS);
    ck_assert(!mhi_permits_give(permits, THEIRS));
    give_all(OURS);
    ck_assert_uint_eq(mhi_permits_free(permits), COUNT);
}
END_TEST

// ---- where the next one is looked for -----------------------------------------------------------

START_TEST(they_are_taken_round_the_row)
{
    atomic_store(&permits->hint, (uint32_t)_i);
    for (uint32_t i = 0; i < COUNT; i++) {
        ck_assert(mhi_permits_take(permits, i + 1));
        ck_assert(is_held(((uint32_t)_i + i) % COUNT, i + 1));
        ck_assert_uint_eq(atomic_load(&permits->hint), ((uint32_t)_i + i + 1) % COUNT);
    }
    ck_assert(!mhi_permits_take(permits, OURS));
}
END_TEST

START_TEST(the_only_free_one_is_found_wherever_the_hint_is)
{
    for (uint32_t at = 0; at < COUNT; at++) {
        take_all(OURS);
        atomic_store(&permits->hint, (at + 1) % COUNT);
        ck_assert(mhi_permits_give(permits, OURS));
        atomic_store(&permits->hint, (uint32_t)_i);
        ck_assert(mhi_permits_take(permits, THEIRS));
        ck_assert(is_held(at, THEIRS));
        atomic_store(&permits->hint, (uint32_t)_i);
        ck_assert(mhi_permits_give(permits, THEIRS));
        ck_assert(!is_held(at, THEIRS));
    }
}
END_TEST

START_TEST(what_came_back_is_taken_next)
{
    for (uint32_t i = 0; i < COUNT; i++)
        ck_assert(mhi_permits_take(permits, i + 1));
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t at = i * 3 % COUNT; // in some other order
        ck_assert(mhi_permits_give(permits, at + 1));
        ck_assert_uint_eq(atomic_load(&permits->hint), at);
        ck_assert(mhi_permits_take(permits, OURS));
        ck_assert(is_held(at, OURS));
    }
}
END_TEST

// ---- who waits for one --------------------------------------------------------------------------

static bool was_signalled(uint32_t giver, bool expected)
{
    uint32_t before = mhi_event_prepare(&permits->freed);
    ck_assert_int_eq(mhi_permits_give(permits, giver), expected);
    mhi_event_leave(&permits->freed);
    return atomic_load(&permits->freed.count) != before;
}

START_TEST(who_waits_is_told_of_each_that_came_back)
{
    take_all(OURS);
    ck_assert(!was_signalled(THEIRS, false));
    ck_assert(was_signalled(OURS, true));
    ck_assert(was_signalled(OURS, true));
}
END_TEST

// ---- other processes ----------------------------------------------------------------------------

// A child that takes `count` and is killed with them; its process id.
static pid_t killed_child(int count)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        for (int i = 0; i < count; i++)
            if (!mhi_permits_take(permits, (uint32_t)getpid()))
                _exit(1);
        raise(SIGKILL);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    return pid;
}

START_TEST(what_a_dead_child_had_can_be_given_back_for_it)
{
    ck_assert(mhi_permits_take(permits, (uint32_t)getpid()));
    pid_t first = killed_child(2), second = killed_child(COUNT - 3);
    ck_assert_uint_eq(mhi_permits_free(permits), 0);
    for (int i = 0; i < 2; i++)
        ck_assert(mhi_permits_give(permits, (uint32_t)first));
    ck_assert(!mhi_permits_give(permits, (uint32_t)first));
    ck_assert_uint_eq(mhi_permits_free(permits), 2);
    give_all((uint32_t)second);
    ck_assert_uint_eq(mhi_permits_free(permits), COUNT - 1);
    ck_assert(mhi_permits_give(permits, (uint32_t)getpid())); // ours was not touched
}
END_TEST

static int give_back_and_wait_in_the_child(void)
{
    if (mhi_permits_free(permits) != 0 || mhi_permits_take(permits, THEIRS))
        return 1;
    if (!mhi_permits_give(permits, OURS))
        return 2;
    uint32_t seen = mhi_event_prepare(&permits->freed);
    while (mhi_permits_free(permits) != COUNT) { // the parent gives back the rest
        mhi_event_sleep(&permits->freed, seen, UINT64_MAX);
        seen = mhi_event_prepare(&permits->freed);
    }
    mhi_event_leave(&permits->freed);
    return 0;
}

START_TEST(parent_and_child_share_them)
{
    take_all(OURS);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(give_back_and_wait_in_the_child());
    while (!mhi_event_is_awaited(&permits->freed) && waitpid(pid, NULL, WNOHANG) == 0)
        sched_yield();
    give_all(OURS);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(mhi_permits_free(permits), COUNT);
}
END_TEST

// ---- when they cannot be had --------------------------------------------------------------------

static int open_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

START_TEST(an_open_that_fails_leaves_nothing)
{
    int before = open_descriptors();
    mh_status status = MH_NO_MEMORY;
    for (uint64_t nth = 1; status != MH_OK; nth++) {
        ck_assert_uint_lt(nth, 10);
        mhi_permits *other = permits;
        mhi_fail_after(nth);
        status = mhi_permits_open(&other, COUNT);
        if (status == MH_OK) {
            mhi_permits_close(other);
        } else {
            ck_assert_int_eq(status, MH_NO_MEMORY);
            ck_assert_ptr_eq(other, permits);
        }
        ck_assert_int_eq(open_descriptors(), before);
    }
    ck_assert_uint_ge(mhi_demands(), 1);
}
END_TEST

START_TEST(no_descriptor_left_is_an_error_of_the_system)
{
    struct rlimit before, none;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    mhi_permits *other = permits;
    mh_status status = mhi_permits_open(&other, COUNT);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(status, MH_SYSTEM);
    ck_assert_ptr_eq(other, permits);
    ck_assert_int_eq(mhi_permits_open(&other, COUNT), MH_OK);
    mhi_permits_close(other);
}
END_TEST

int main(void)
{
    TCase *row = tcase_create("permits");
    tcase_add_checked_fixture(row, open_permits, close_permits);
    tcase_set_timeout(row, 20);
    tcase_add_loop_test(row, they_are_taken_until_there_are_none, 0,
                        sizeof counts / sizeof *counts);
    tcase_add_test(row, each_that_is_taken_or_given_back_is_counted);
    tcase_add_loop_test(row, nobody_gives_back_what_another_has, 0, OWNERS);
    tcase_add_test(row, each_has_its_own_among_those_of_others);
    tcase_add_loop_test(row, they_are_taken_round_the_row, 0, COUNT);
    tcase_add_loop_test(row, the_only_free_one_is_found_wherever_the_hint_is, 0, COUNT);
    tcase_add_test(row, what_came_back_is_taken_next);
    tcase_add_test(row, who_waits_is_told_of_each_that_came_back);
    tcase_add_test(row, what_a_dead_child_had_can_be_given_back_for_it);
    tcase_add_test(row, parent_and_child_share_them);
    tcase_add_test(row, an_open_that_fails_leaves_nothing);
    tcase_add_test(row, no_descriptor_left_is_an_error_of_the_system);
    Suite *suite = suite_create("permits");
    suite_add_tcase(suite, row);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
