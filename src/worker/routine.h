// Routine, inside: functions by file and place, so that another process can find them.
//
// A worker process may be a fresh start of the program, mapped elsewhere, or may have been forked before
// a library was loaded. So no function pointer goes through shared memory: each function is written down
// as the file it lies in and its offset there, once per distinct routine, in a table that only grows.
#ifndef MHI_ROUTINE_H
#define MHI_ROUTINE_H

#include <stdint.h>

#include <manyhands/routine.h>
#include <manyhands/status.h>

enum { MHI_ROUTINES = 256, MHI_FILES = 64, MHI_PATH = 4096, MHI_NAME = 48 };

typedef struct mhi_code {
    uint32_t file; // number of the file, from 1; 0: no function
    uint64_t offset;
} mhi_code;

typedef struct mhi_routine_entry {
    char name[MHI_NAME];
    mhi_code setup;
    mhi_code run;
    mhi_code teardown;
} mhi_routine_entry;

// Lies in shared memory. Written by the opening process, under the pool's lock. An entry is read only
// by those who learnt its number from something handed over later, so it needs no order of its own.
typedef struct mhi_routines {
    uint32_t files;
    uint32_t routines;
    mhi_routine_entry routine[MHI_ROUTINES];
    char file[MHI_FILES][MHI_PATH];
} mhi_routines;

// Writes a routine down, or finds that it is there. MH_INVALID (it cannot be run), MH_NOT_FOUND (a
// function lies in no loaded file), MH_FULL.
mh_status mhi_routines_add(mhi_routines *table, const mh_routine *routine, uint32_t *number);

// The routine with this number, for this process. Its name points into the table. MH_NOT_FOUND.
mh_status mhi_routines_find(const mhi_routines *table, uint32_t number, mh_routine *routine);

#endif
