// Family: this process and all that descend from it, as one thing whose cost can be asked.
//
// Worker processes are not always children of the program: something may stand between. So they
// are found as the system sees them, in /proc, whoever gave birth to them.
#ifndef BENCH_FAMILY_H
#define BENCH_FAMILY_H

#include <sys/types.h>

enum { BENCH_FAMILY_LIMIT = 1024 };

typedef struct bench_family {
    pid_t ids[BENCH_FAMILY_LIMIT]; // in the order of /proc
    int count;
} bench_family;

// Who belongs to the family now. Costs some processor time, the others below hardly any.
void bench_family_find(bench_family *family);

// The memory that is resident, in KiB. Pages that several of them share count once.
double bench_family_memory(const bench_family *family);

// The processor time that they have used since they were born, in seconds.
double bench_family_seconds(const bench_family *family);

#endif
