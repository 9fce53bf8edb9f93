// Gate: two semaphores, one for each direction.

#include "gate.h"

#include <errno.h>
#include <semaphore.h>
#include <sys/mman.h>

#include "measure.h"

struct bench_gate {
    sem_t stopped; // how many workers have come
    sem_t opened;  // how many may go on
};

bench_gate *bench_gate_make(void)
{
    const int shared = MAP_SHARED | MAP_ANONYMOUS;
    bench_gate *gate = mmap(NULL, sizeof *gate, PROT_READ | PROT_WRITE, shared, -1, 0);
    bench_check(gate != MAP_FAILED, "no memory");
    bench_check(sem_init(&gate->stopped, 1, 0) == 0 && sem_init(&gate->opened, 1, 0) == 0,
                "no semaphore");
    return gate;
}

static void take(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        bench_check(errno == EINTR, "a semaphore is broken");
}

void bench_gate_stop(bench_gate *gate)
{
    sem_post(&gate->stopped);
    take(&gate->opened);
}

static mh_status stop_there(mh_call *call, mh_bytes item)
{
    (void)call;
    bench_gate *gate;
    memcpy(&gate, item.data, sizeof gate);
    bench_gate_stop(gate);
    return MH_OK;
}
const mh_routine bench_gate_routine = {.name = "stop at a gate", .run = stop_there};

void bench_gate_await(bench_gate *gate)
{
    take(&gate->stopped);
}

void bench_gate_open(bench_gate *gate)
{
    sem_post(&gate->opened);
}
