// CPU count: recorded file systems, real affinity masks, and the decision between what is known.
//
// Each case below tests/data/cpu is a tree as a machine or a container shows it: /proc/self/cgroup,
// /proc/self/mountinfo, and the control groups where those say they are.

#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands/log.h>

#include "base/cpu.h"

// ---- quotas -------------------------------------------------------------------------------------

static const struct recording {
    const char *name;
    double quota;
} recordings[] = {
    {"no-such-tree", 0},
    {"bare-machine", 0},
    {"v2-unlimited", 0},
    {"v2-quota-at-parent", 2.5},
    {"v2-quota-own-is-least", 3},
    {"v2-below-one", 0.25},
    {"v2-removed-group", 2},
    {"v2-garbage", 0},
    {"v2-quota-with-words", 3},
    {"v2-private-namespace", 2},
    {"v2-host-namespace", 3.5},
    {"v2-path-above-mount", 1.5},
    {"v2-mount-above-namespace", 5},
    {"v2-path-climbs", 4.5},
    {"v2-foreign-mount", 0},
    {"v2-odd-names", 7},
    {"v1-co-mounted", 1.5},
    {"v1-quota-at-parent", 3.5},
    {"v1-unlimited", 0},
    {"v1-garbage", 0},
    {"hybrid", 3},
};
enum { RECORDINGS = sizeof recordings / sizeof *recordings };

START_TEST(a_recorded_quota_is_found)
{
    const struct recording *recording = &recordings[_i];
    char root[1000];
    snprintf(root, sizeof root, "%s/cpu/%s", MH_TEST_DATA, recording->name);
    mhi_cpu_limits limits;
    mhi_cpu_limits_read(root, &limits);
    ck_assert_msg(limits.quota == recording->quota, "%s: %g, not %g", recording->name,
                  limits.quota, recording->quota);
}
END_TEST

START_TEST(a_root_that_is_too_long_gives_no_limit)
{
    char root[10000];
    memset(root, '/', sizeof root - 1);
    root[sizeof root - 1] = '\0';
    mhi_cpu_limits limits;
    mhi_cpu_limits_read(root, &limits);
    ck_assert_msg(limits.quota == 0, "%g", limits.quota);
}
END_TEST

// ---- affinity -----------------------------------------------------------------------------------

START_TEST(the_affinity_mask_is_counted)
{
    cpu_set_t all;
    ck_assert_int_eq(sched_getaffinity(0, sizeof all, &all), 0);
    cpu_set_t some;
    CPU_ZERO(&some);
    int wanted = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all))
            continue;
        CPU_SET(cpu, &some);
        wanted++;
        ck_assert_int_eq(sched_setaffinity(0, sizeof some, &some), 0);
        mhi_cpu_limits limits;
        mhi_cpu_limits_read("no-such-tree", &limits);
        ck_assert_int_eq(limits.affinity, wanted);
        ck_assert_int_ge(limits.online, 1);
    }
    ck_assert_int_ge(wanted, 1);
}
END_TEST

START_TEST(one_allowed_processor_is_one_worker)
{
    unsetenv("MH_CPUS");
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
    mh_cpu_facts facts;
    ck_assert_int_eq(mh_cpu_count(&facts), 1);
    ck_assert_int_eq(facts.count, 1);
    ck_assert_int_eq(facts.affinity, 1);
    ck_assert_str_eq(facts.decided_by, facts.online == 1 ? "online" : "affinity");
}
END_TEST

// ---- the decision -------------------------------------------------------------------------------

static const struct decision {
    mhi_cpu_limits limits;
    const char *wanted;
    int count;
    const char *decided_by;
} decisions[] = {
    {{0, 0, 0}, NULL, 1, "nothing known"},
    {{8, 0, 0}, NULL, 8, "online"},
    {{8, 8, 0}, NULL, 8, "online"},
    {{8, 4, 0}, NULL, 4, "affinity"},
    {{0, 4, 0}, NULL, 4, "affinity"},
    {{8, 4, 2}, NULL, 2, "cgroup quota"},
    {{8, 4, 2.5}, NULL, 3, "cgroup quota"},
    {{8, 4, 0.01}, NULL, 1, "cgroup quota"},
    {{8, 4, 3.5}, NULL, 4, "affinity"},
    {{8, 4, 1e300}, NULL, 4, "affinity"},
    {{0, 0, 1e300}, NULL, 2147483647, "cgroup quota"},
    {{0, 0, 1.5}, NULL, 2, "cgroup quota"},
    {{8, 4, 2}, "16", 16, "MH_CPUS"},
    {{8, 4, 2}, "1", 1, "MH_CPUS"},
    {{0, 0, 0}, "3", 3, "MH_CPUS"},
    {{8, 4, 2}, "", 2, "cgroup quota"},
    {{8, 4, 2}, "0", 2, "cgroup quota"},
    {{8, 4, 2}, "-4", 2, "cgroup quota"},
    {{8, 4, 2}, "many", 2, "cgroup quota"},
    {{8, 4, 2}, "4 or so", 2, "cgroup quota"},
    {{8, 4, 2}, "99999999999999999999", 2, "cgroup quota"},
};
enum { DECISIONS = sizeof decisions / sizeof *decisions };

START_TEST(the_strictest_limit_decides_unless_overridden)
{
    const struct decision *expected = &decisions[_i];
    mh_cpu_facts facts;
    ck_assert_int_eq(mhi_cpu_decide(&expected->limits, expected->wanted, &facts),
                     expected->count);
    ck_assert_int_eq(facts.count, expected->count);
    ck_assert_str_eq(facts.decided_by, expected->decided_by);
    ck_assert_int_eq(facts.online, expected->limits.online);
    ck_assert_int_eq(facts.affinity, expected->limits.affinity);
    ck_assert(facts.quota == expected->limits.quota);
    int override_count = strcmp(facts.decided_by, "MH_CPUS") == 0 ? expected->count : 0;
    ck_assert_int_eq(facts.override_count, override_count);
}
END_TEST

START_TEST(facts_need_not_be_asked)
{
    ck_assert_int_eq(mhi_cpu_decide(&(mhi_cpu_limits){.online = 6}, NULL, NULL), 6);
    ck_assert_int_ge(mh_cpu_count(NULL), 1);
}
END_TEST

START_TEST(the_environment_overrides)
{
    setenv("MH_CPUS", "123", 1);
    mh_cpu_facts facts;
    ck_assert_int_eq(mh_cpu_count(&facts), 123);
    ck_assert_int_eq(facts.override_count, 123);
    ck_assert_str_eq(facts.decided_by, "MH_CPUS");
}
END_TEST

static void count_line(void *context, mh_log_level level, const char *line)
{
    ck_assert_int_eq(level, MH_LOG_WARNING);
    ck_assert_ptr_nonnull(strstr(line, "MH_CPUS"));
    ++*(int *)context;
}

START_TEST(an_override_that_makes_no_sense_is_told)
{
    int lines = 0;
    mh_log_to(count_line, &lines);
    mhi_cpu_limits limits = {.online = 2};
    ck_assert_int_eq(mhi_cpu_decide(&limits, "two", NULL), 2);
    ck_assert_int_eq(lines, 1);
    ck_assert_int_eq(mhi_cpu_decide(&limits, "2", NULL), 2);
    ck_assert_int_eq(mhi_cpu_decide(&limits, NULL, NULL), 2);
    ck_assert_int_eq(lines, 1);
    mh_log_to(NULL, NULL);
}
END_TEST

int main(void)
{
    TCase *quotas = tcase_create("quotas");
    tcase_add_loop_test(quotas, a_recorded_quota_is_found, 0, RECORDINGS);
    tcase_add_test(quotas, a_root_that_is_too_long_gives_no_limit);
    TCase *affinity = tcase_create("affinity");
    tcase_add_test(affinity, the_affinity_mask_is_counted);
    tcase_add_test(affinity, one_allowed_processor_is_one_worker);
    TCase *decision = tcase_create("decision");
    tcase_add_loop_test(decision, the_strictest_limit_decides_unless_overridden, 0, DECISIONS);
    tcase_add_test(decision, facts_need_not_be_asked);
    tcase_add_test(decision, the_environment_overrides);
    tcase_add_test(decision, an_override_that_makes_no_sense_is_told);
    Suite *suite = suite_create("cpu");
    suite_add_tcase(suite, quotas);
    suite_add_tcase(suite, affinity);
    suite_add_tcase(suite, decision);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
