// CPUs: how many workers can really run at once, and how that was found out.
//
// Shows (FEATURES): N7 the count respects affinity, the quotas of control groups, and MH_CPUS.
//
//     ./cpus             what this machine allows
//     MH_CPUS=3 ./cpus   what the user says
//     ./cpus 3           the same, as the program might set it for itself
//
// prints, for instance:
//
//     2 workers, decided by cgroup quota
//       online: 8
//       affinity: 8
//       quota: 1.50
//
// and with 3 as its argument, on every machine, only:
//
//     3 workers, decided by MH_CPUS

#include <stdio.h>
#include <stdlib.h>

#include <manyhands.h>

static void print_facts(const mh_cpu_facts *facts)
{
    printf("  online: %d\n", facts->online);
    printf("  affinity: %d\n", facts->affinity);
    if (facts->quota > 0)
        printf("  quota: %.2f\n", facts->quota);
    else
        printf("  quota: none\n");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        setenv("MH_CPUS", argv[1], 1);
    mh_cpu_facts facts;
    int count = mh_cpu_count(&facts);
    printf("%d workers, decided by %s\n", count, facts.decided_by);
    if (argc == 1)
        print_facts(&facts);
    return 0;
}
