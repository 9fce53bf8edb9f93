// CPU count, inside: the decision apart from where its facts come from, so that tests can give them.
#ifndef MHI_CPU_H
#define MHI_CPU_H

#include <manyhands/cpu.h>

#include "../platform/platform.h"

// Decides from the limits and from `wanted`, the text of MH_CPUS, which may be NULL. Says in the log when
// that text makes no sense. `facts` may be NULL.
int mhi_cpu_decide(const mhi_cpu_limits *limits, const char *wanted, mh_cpu_facts *facts);

#endif
