// Nursery: the small process that worker processes are forked from.
//
// It is a quiet copy of the program with a single thread, so that forking it is always safe, whatever
// threads the program has started since. It forks a worker for each seat, and another when it is told
// to; it tells of each death, after the dead has been reaped and its process group killed; and when the
// program is gone, however that happened, it ends all of them.
//
// Both directions carry mhi_letter over one line. A worker tells of its birth itself, before it does anything
// else: so whoever has taken something is known, even if the nursery is killed at that moment. When all
// workers are forked, or one could not be, the nursery says so; after that it writes of deaths. Workers ring
// there as well (home.h). Where output is captured, MHI_LETTER_BEAR comes for each of the first workers too.
#ifndef MHI_NURSERY_H
#define MHI_NURSERY_H

#include <stdint.h>

#include "../platform/platform.h"
#include "shop.h"

typedef enum mhi_letter_kind {
    MHI_LETTER_OPENED,    // nursery: all are born; or not: `error`
    MHI_LETTER_BORN,      // a worker: that of seat `number` is process `death.pid`
    MHI_LETTER_DIED,      // nursery: worker `number` died: `death`
    MHI_LETTER_STILLBORN, // nursery: worker `number` could not be born: `error`
    MHI_LETTER_SAID,      // a worker: there is something to hear (hear.h)
    MHI_LETTER_BEAR, // opener: fork another worker for seat `number`; where output is captured
                     // its stdout and stderr come along
    MHI_LETTER_KILL, // opener: kill worker `number`, if it is process `death.pid`
} mhi_letter_kind;

typedef struct mhi_letter {
    int32_t kind;
    uint32_t number;
    int32_t error; // an errno value
    mhi_death death;
} mhi_letter;

// The life of a nursery, in a child of `opener`. `fd` is its end of the line.
_Noreturn void mhi_nursery_live(mhi_shop *shop, int fd, pid_t opener);

// Starts this program afresh, as a nursery. `fd` is the nursery's end of the line.
int mhi_nursery_exec(pid_t *pid, const mhi_shop *shop, int fd);

#endif
