// Home: where what a thread says (lines of the log, bars) belongs.
//
// In a worker process that is the shop of the pool it works for, whose opener passes it on. In
// any other process it is the process itself. A child that a task forks is at home nowhere but
// in itself.
#ifndef MHI_HOME_H
#define MHI_HOME_H

#include <stdint.h>

#include "shop.h"

// This process is the worker of seat `number`, from now on. `fd` is its end of the nursery's line.
void mhi_home_settle(mhi_shop *shop, uint32_t number, int fd);

// NULL: this process is no worker.
mhi_shop *mhi_home_shop(void);

// Of a worker process: its seat.
uint32_t mhi_home_number(void);

// There is something to hear from this worker process. What it is must lie in the shop before.
// Wakes the supervisor, unless it was told and has not looked yet.
void mhi_home_ring(void);

#endif
