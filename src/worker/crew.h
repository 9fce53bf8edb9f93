// Crew: the workers of one pool, as the opening process sees them.
//
// A crew is a shop and a carrier. The carrier is all that distinguishes the kinds: how workers
// are born, and how it is learnt that one is gone. Nothing here is on the way of an item.
#ifndef MHI_CREW_H
#define MHI_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/pool.h>

#include "../platform/platform.h"
#include "boards.h"
#include "../shared/piece.h"
#include "worker.h"

typedef struct mhi_crew mhi_crew;
typedef struct mhi_capture mhi_capture;

// What a thread that wanted to do some of the work has done.
typedef enum mhi_help {
    MHI_NOTHING,     // there was nothing to do here
    MHI_HELPED,      // a piece of it
    MHI_TURNED_AWAY, // another thread is doing it; the desk will be told when it is done
} mhi_help;

typedef struct mhi_carrier {
    // Brings the workers that are there from the first into the world. On failure none is left.
    mh_status (*open)(mhi_crew *crew);
    // Brings one more, for a seat that is free. Does not wait for it. NULL where there is none.
    mh_status (*start)(mhi_crew *crew, uint32_t number);
    // Kills worker `number`, if it is process `pid`. NULL where that cannot be done.
    void (*kill)(mhi_crew *crew, uint32_t number, int32_t pid);
    // Called by a thread that waits for something only workers can do: does a piece of it, or,
    // where there are workers, nothing. `waits`: waits until another thread is done that does so
    // just now.
    mhi_help (*help)(mhi_crew *crew, bool waits);
    // The crew is ending. For workers that nobody else would wake; NULL where there are none.
    void (*end)(mhi_crew *crew);
    // Waits until all workers are gone, who have been told to end.
    void (*close)(mhi_crew *crew);
} mhi_carrier;

extern const mhi_carrier mhi_carrier_serial;
extern const mhi_carrier mhi_carrier_threads;
extern const mhi_carrier mhi_carrier_processes;

// A last result of a worker whose seat another one has taken since.
typedef struct mhi_last {
    struct mhi_last *next;
    uint32_t number;
    uint64_t used;
    char record[];
} mhi_last;

struct mhi_crew {
    // fixed after open
    mhi_shop shop;
    const mhi_carrier *carrier;
    mh_start start;
    bool on_demand; // workers are started when they are needed
    // told of each worker process that is dead, before it is settled; may be NULL
    void (*bury)(const struct mhi_crew *crew, uint32_t number, int32_t pid);
    uint32_t listed;   // seats that have what only lists can give them
    void *own;         // what the carrier keeps, allocated; freed with the crew
    mhi_mutex hearing; // held by whoever hears the workers (hear.h), while the program's sink
                       // is called; no other lock is held before it, and the log's after it
    _Atomic uint64_t heard; // what of `common->said` was heard
    mhi_watched bars;       // of its worker processes; no board where there are none
    mhi_capture *capture;   // fixed until the close, then under `hearing`; NULL: there is none
    mhi_mutex lock;
    // under lock, and read without where a moment ago is good enough
    _Atomic uint32_t most;  // workers there may be
    _Atomic uint32_t alive; // seats that have, or will have, a worker
    // under lock
    uint32_t wanted;               // workers there should be, where they do not come on demand
    uint32_t leaving;              // of those alive, how many were told to leave
    uint64_t held[MHI_SEAT_WORDS]; // which
    uint64_t lost[MHI_SEAT_WORDS]; // given up
    uint64_t handed[MHI_SEAT_WORDS]; // last result handed out (task/pool.c)
    mhi_last *lasts;                 // of earlier workers, the newest first
    char
        reason[MHI_REASON + 64]; // why the last one was given up; fixed once the shop is broken
};

typedef struct mhi_crew_options {
    mh_kind kind;
    mh_start start;
    uint32_t workers;
    bool on_demand;
    uint32_t least;
    uint64_t idle_ns;
    uint64_t item_limit;
    bool is_traced;
    bool drops_logs;
    const mh_routine *routine;
    const mh_routine *const *routines;
    const mh_bytes *arguments;
    const char *const *const *environment;
    void (*bury)(const struct mhi_crew *crew, uint32_t number, int32_t pid);
    mhi_output_options output;
} mhi_crew_options;

// A set of seats: whether this one is in it.
static inline bool mhi_seats_have(const uint64_t *seats, uint32_t number)
{
    return (seats[number / 64] >> number % 64 & 1) != 0;
}

mh_status mhi_crew_open(mhi_crew *crew, const mhi_crew_options *options);

// The first workers are born, into a shop that is furnished. MH_SYSTEM, MH_NO_MEMORY: there are
// none.
mh_status mhi_crew_begin(mhi_crew *crew);

// Tells all workers to leave once there is nothing to take. Does not wait.
void mhi_crew_end(mhi_crew *crew);

// Ends the crew, waits for it, and says to all who still wait that nobody is left. The shop stays.
void mhi_crew_close(mhi_crew *crew);

// Frees everything. Nobody may be waiting for work of this crew any more.
void mhi_crew_fini(mhi_crew *crew);

// ---- workers that come and go -------------------------------------------------------------------

// There is work for so many workers: on demand, starts what is missing. Cheap when nothing is.
// Who sleeps next has announced that before: either it sees that a worker has left, or that one
// sees the sleeper (event.h).
void mhi_crew_start_missing(mhi_crew *crew, uint64_t wanted);
static inline void mhi_crew_need(mhi_crew *crew, uint64_t wanted)
{
    uint32_t alive = atomic_load(&crew->alive);
    if (crew->on_demand && alive < wanted &&
        alive < atomic_load_explicit(&crew->most, memory_order_relaxed))
        mhi_crew_start_missing(crew, wanted);
}

// Changes the most workers there may be, 1 to MHI_SEATS.
mh_status mhi_crew_resize(mhi_crew *crew, uint32_t most);

// Asks a worker to leave after what it runs. MH_NOT_FOUND.
mh_status mhi_crew_dismiss(mhi_crew *crew, uint32_t number);

// ---- for carriers -------------------------------------------------------------------------------

enum { MHI_TRIES = 3 }; // setups that may fail running before a seat is given up

// A worker left in order: its seat is free.
void mhi_crew_left(mhi_crew *crew, uint32_t number);

// A seat that cannot be filled: nobody will take it again. The last one breaks the shop.
void mhi_crew_give_up(mhi_crew *crew, uint32_t number, const char *reason);

// Under the crew's lock: there will be no worker any more, for this reason, and none is started. Whoever
// calls it breaks the shop, when the lock is free.
void mhi_crew_lose(mhi_crew *crew, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
