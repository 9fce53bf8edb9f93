// Map, inside: the stations between the source and the caller.
//
//     source --> intake --> slots of a window --> workers --> outlet --> mh_map_next
//
// One thread at a time uses a map, so nothing here is locked; what workers see is in the window.
#ifndef MHI_MAP_H
#define MHI_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include <manyhands/map.h>

#include "../task/pool.h"
#include "../task/winding.h"
#include "pace.h"
#include "source.h"

// What was put into a slot, in memory of our own: a worker that runs wild before it crashes may damage what
// stands in the slot itself.
typedef struct mhi_filling {
    uint64_t first;
    uint64_t used; // bytes of records
    uint32_t count;
} mhi_filling;

// Asks the source and fills slots.
typedef struct mhi_intake {
    mh_source source;
    mhi_hoard hoard; // in front of the source, for an unbounded map
    bool is_unbounded;
    bool is_over;    // the source will not be asked again
    mh_status ended; // why: MH_END, or how it failed
    uint64_t asked;  // items it gave
    uint64_t tail;   // slots filled so far
    bool is_slow;    // the last chunk took its time: do not ask on while a result waits
} mhi_intake;

// Empties slots, record by record.
typedef struct mhi_outlet {
    mhi_slot *slot; // being emptied, or NULL
    mhi_reader reader;
    uint64_t left;    // items of it not handed out
    uint64_t index;   // of the next item
    uint64_t mean_ns; // how long one of them ran
    uint64_t head;    // slots emptied so far
    uint64_t handed;  // items that came out, whatever became of them
} mhi_outlet;

// Errors that are kept to be asked for.
typedef struct mhi_errors {
    mh_result *kept;
    uint64_t count;
    uint64_t room;
    uint64_t lost; // for want of memory
} mhi_errors;

struct mh_map {
    // fixed after open
    mh_pool *pool;
    uint32_t generation;
    uint32_t number; // of the window
    mhi_window *window;
    uint32_t slots; // of its ring
    uint32_t routine;
    mh_map_options options;
    char *title;
    uint64_t opened_ns;
    // the using thread's
    mhi_filling *fillings; // of each slot
    mhi_pace pace;
    mhi_intake intake;
    mhi_outlet outlet;
    mhi_errors errors;
    uint64_t withheld; // items that came out and were not handed to the caller
    uint64_t undone;   // items that were cancelled
    uint64_t bad;      // items that came out and were not done
    uint64_t told_ns;  // when the progress was told last
    uint64_t told;     // items handed out by then
    mhi_brake brake;   // as it was when we looked last
    bool is_lost;      // likewise, whether there was no worker left
    bool is_broken;    // and that was not by our own doing
    bool is_ended;     // the end was told
};

// mh_map_open, but `options->progress` is only a title: telling it is the caller's business.
mh_status mhi_map_open(mh_map **map, mh_pool *pool, const mh_routine *routine,
                       const mh_source *source, const mh_map_options *options);

// How far the map is braked. Where the program winds down its own thread puts the brake on, if it comes by
// before who sees to all maps.
static inline mhi_brake mhi_map_braked(const mh_map *map)
{
    if (mhi_winding() != MHI_GO)
        mhi_window_brake(map->window, mhi_winding());
    return mhi_window_braked(map->window);
}

// Intake: fills slots while there is room, and nothing better to do. `is_idle`: the caller would sleep next.
void mhi_intake_init(mhi_intake *intake, const mh_source *source, bool is_unbounded);
void mhi_intake_fini(mhi_intake *intake);
void mhi_intake_fill(mh_map *map, bool is_idle);

// Outlet: whether the next slot is there to be emptied; begins with it; is done with it.
mhi_slot *mhi_outlet_find(mh_map *map);
void mhi_outlet_begin(mh_map *map, mhi_slot *slot);
void mhi_outlet_release(mh_map *map);
// The record of the next item of the slot being emptied, whose index is `outlet->index`; NULL when there
// is none. Then it is counted as having come out.
static inline const mhi_record *mhi_outlet_next(mhi_outlet *outlet)
{
    outlet->left--;
    outlet->handed++;
    return mhi_reader_next(&outlet->reader);
}
// Helps, or looks again for a moment. False: the next slot is not there, and only sleeping is left to do.
bool mhi_outlet_linger(mh_map *map, mh_deadline deadline);
// Sleeps until the next slot may be there. False: the deadline has passed.
bool mhi_outlet_sleep(mh_map *map, mh_deadline deadline);

void mhi_errors_keep(mhi_errors *errors, const mh_result *error);
void mhi_errors_fini(mhi_errors *errors);

// Tells the progress, if it is time; the last word comes once.
void mhi_tell(mh_map *map, bool is_last);

// When it is time again, while this thread waits; UINT64_MAX: never.
uint64_t mhi_tell_due(const mh_map *map);

#endif
