// Environment: what a worker process finds in its environment, before any of the user's code runs there.
#ifndef MHI_ENVIRONMENT_H
#define MHI_ENVIRONMENT_H

#include "shop.h"

// In the worker's process: sets the variables of its seat, and bounds the threads that OpenMP and the usual
// BLAS libraries would start, unless the user has said otherwise.
void mhi_environment_furnish(const mhi_shop *shop, uint32_t number);

#endif
