// CPU count: how many workers can really run at once.
//
// Neither the number of processors of the machine nor that of the affinity mask is the truth inside a
// container: a quota of its control group, or of any group above it, may allow less. The least of
// them all counts, rounded up, never below 1. The environment variable MH_CPUS overrides them.
//
//     mh_cpu_facts facts;
//     printf("%d workers (%s)\n", mh_cpu_count(&facts), facts.decided_by);
#ifndef MANYHANDS_CPU_H
#define MANYHANDS_CPU_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_cpu_facts {
    int count;          // the decision
    int online;         // processors of the machine that are on; 0 when not known
    int affinity;       // processors this process may run on; 0 when not known
    double quota;       // processors' worth of time the control groups allow; 0 when no limit
    int override_count; // what MH_CPUS says; 0 when it is not set, or makes no sense
    const char
        *decided_by; // "MH_CPUS", "cgroup quota", "affinity", "online" or "nothing known";
                     // static text
} mh_cpu_facts;

// How many CPUs this process can use now. `facts`, when not NULL, is told how that was decided. Reads a
// few small files each time. Any thread.
int mh_cpu_count(mh_cpu_facts *facts);

#ifdef __cplusplus
}
#endif
#endif
