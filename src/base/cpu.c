// CPU count: the strictest of what is known decides, unless MH_CPUS overrides it.
//
// Promises: never below 1, whatever the system or the environment says. Reading the limits is left to
// the platform.

#include "cpu.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

// Part of a processor is a processor: a worker that has to pause is better than none.
static int rounded_up(double quota)
{
    if (quota >= INT_MAX)
        return INT_MAX;
    int whole = (int)quota;
    return whole < quota ? whole + 1 : whole;
}

// 0 when `text` is not a whole number from 1 up.
static int number_in(const char *text)
{
    if (text == NULL || text[0] == '\0')
        return 0;
    errno = 0;
    char *end;
    long number = strtol(text, &end, 10);
    if (*end == '\0' && errno == 0 && number >= 1 && number <= INT_MAX)
        return (int)number;
    mhi_log(MH_LOG_WARNING, "MH_CPUS is \"%s\", not a number from 1 up: it is left out", text);
    return 0;
}

static void lower(mh_cpu_facts *facts, int count, const char *name)
{
    if (count > 0 && (facts->count == 0 || count < facts->count)) {
        facts->count = count;
        facts->decided_by = name;
    }
}

int mhi_cpu_decide(const mhi_cpu_limits *limits, const char *wanted, mh_cpu_facts *facts)
{
    mh_cpu_facts decided = {.online = limits->online,
                            .affinity = limits->affinity,
                            .quota = limits->quota,
                            .override_count = number_in(wanted),
                            .decided_by = "nothing known"};
    lower(&decided, decided.online, "online");
    lower(&decided, decided.affinity, "affinity");
    lower(&decided, rounded_up(decided.quota), "cgroup quota");
    if (decided.override_count > 0) {
        decided.count = decided.override_count;
        decided.decided_by = "MH_CPUS";
    }
    if (decided.count < 1)
        decided.count = 1;
    if (facts != NULL)
        *facts = decided;
    return decided.count;
}

int mh_cpu_count(mh_cpu_facts *facts)
{
    mhi_cpu_limits limits;
    mhi_cpu_limits_read("", &limits);
    return mhi_cpu_decide(&limits, getenv("MH_CPUS"), facts);
}
