// Family: the worker processes of one pool, with their nursery, as the opening process knows them.
#ifndef MHI_FAMILY_H
#define MHI_FAMILY_H

#include <stdint.h>

#include "../platform/platform.h"
#include "crew.h"
#include "nursery.h"

typedef struct mhi_family {
    // fixed after open
    mhi_crew *crew;
    int fd; // our end of the line to the nursery
    pid_t nursery;
    int watch; // readable once the nursery is dead; -1: only the end of the line tells
    mhi_thread supervisor;
    struct mhi_family *next; // under the lock of all families
    mhi_mutex writing;       // one letter at a time
    // the supervisor's
    uint64_t oom_kills; // when it looked last
    struct {
        pid_t pid;     // of its worker; 0: none that we know of
        int tries;     // setups that failed running
    } seat[MHI_SEATS]; // ours, because a worker that runs wild may damage what is shared
} mhi_family;

// The life of the supervisor's thread. Ends when nobody of the family is left.
void *mhi_family_supervise(void *family);

// Sends a letter to the nursery. If that fails, so does the supervisor's next receive. Any thread.
void mhi_family_write(const mhi_family *family, const mhi_letter *letter);

// Asks the nursery for a worker, with the files it is to print to. Returns 0, or an errno value:
// they could not be made, and nothing was asked for. One thread at a time for each seat.
int mhi_family_bear(const mhi_family *family, uint32_t number);

// Ends the nursery when all workers have left and the crew is ending.
void mhi_family_end_if_over(mhi_family *family);

#endif
