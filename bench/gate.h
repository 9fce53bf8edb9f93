// Gate: holds a worker back until everything is queued that it is to do.
//
// The gate lies in memory that is shared with worker processes born after it, so it can hold
// workers of any kind, and threads of peers as well. It serves one worker at a time, any number
// of times.
#ifndef BENCH_GATE_H
#define BENCH_GATE_H

#include <manyhands/routine.h>

typedef struct bench_gate bench_gate;

// A gate, closed. It stays until the program ends.
bench_gate *bench_gate_make(void);

// Inside a worker: stops until the gate is opened. The routine does it, its item being the
// address of a gate.
void bench_gate_stop(bench_gate *gate);
extern const mh_routine bench_gate_routine;

// Waits until a worker has stopped there.
void bench_gate_await(bench_gate *gate);

// Lets it go, and closes the gate behind it.
void bench_gate_open(bench_gate *gate);

#endif
