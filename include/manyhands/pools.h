// Pools: all pools of this program, by name and together.
//
//     mh_pool_open(&pool, &(mh_pool_options){.name = "downloads"});
//     ...                                                        // anywhere else in the program:
//     mh_pool *downloads = mh_pool_find("downloads");
//     ...
//     mh_pools_close(mh_in_ms(60000), NULL, 0);                  // before the program ends
//
// Every pool is in the list from its opening to its closing, named or not. A name belongs to one pool at a
// time; opening another one of that name is MH_BUSY.
#ifndef MANYHANDS_POOLS_H
#define MANYHANDS_POOLS_H

#include <stddef.h>

#include <manyhands/deadline.h>
#include <manyhands/pool.h>
#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

// The pool of that name, or NULL. It is not held: whoever uses it must know that nobody closes it
// meanwhile. Any thread.
mh_pool *mh_pool_find(const char *name);

// The pool of that name, opened with these options (and that name) if there is none yet; two threads that
// ask at once get the same. Statuses as mh_pool_open. Any thread.
mh_status mh_pool_find_or_open(mh_pool **pool, const char *name,
                               const mh_pool_options *options);

// The name of a pool; "" when it has none. It lives as long as the pool.
const char *mh_pool_name(const mh_pool *pool);

// Up to `room` of the pools that are open, in the order of opening. Returns how many there are.
size_t mh_pools(mh_pool **pools, size_t room);

// Lets each pool finish its work, and closes it. Pools that have not finished when the deadline passes stay
// open; up to `room` of them go to `left`, which may be NULL. Returns how many are left. Not from inside a
// task or callback: their own pools are left.
size_t mh_pools_close(mh_deadline deadline, mh_pool **left, size_t room);

#ifdef __cplusplus
}
#endif
#endif
