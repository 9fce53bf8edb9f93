// Fork: each generation knows itself from its parent, and a number costs nothing to compare.

#include <check.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fork.h"

// Runs `check` in a forked child, and gives back what it returned.
static int in_a_child(int (*check)(void))
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(check());
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static uint32_t parents_generation;

static int distance_to_parent(void)
{
    return (int)(mhi_fork_generation_now() - parents_generation);
}

static int distance_to_grandparent(void)
{
    return in_a_child(distance_to_parent);
}

START_TEST(a_process_keeps_its_generation)
{
    uint32_t first = mhi_fork_generation();
    ck_assert_uint_eq(mhi_fork_generation(), first);
    ck_assert_uint_eq(mhi_fork_generation_now(), first);
}
END_TEST

START_TEST(a_child_is_one_generation_on)
{
    parents_generation = mhi_fork_generation();
    ck_assert_int_eq(in_a_child(distance_to_parent), 1);
    ck_assert_int_eq(in_a_child(distance_to_grandparent), 2);
    ck_assert_uint_eq(mhi_fork_generation(), parents_generation);
}
END_TEST

START_TEST(asking_often_counts_a_fork_once)
{
    for (int i = 0; i < 1000; i++)
        parents_generation = mhi_fork_generation();
    ck_assert_int_eq(in_a_child(distance_to_parent), 1);
}
END_TEST

int main(void)
{
    TCase *generations = tcase_create("generations");
    tcase_add_test(generations, a_process_keeps_its_generation);
    tcase_add_test(generations, a_child_is_one_generation_on);
    tcase_add_test(generations, asking_often_counts_a_fork_once);
    Suite *suite = suite_create("fork");
    suite_add_tcase(suite, generations);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
