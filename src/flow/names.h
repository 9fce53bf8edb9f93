// Names: finding a member of a session by its name.
//
// A table of chains (separate chaining), which doubles when there are more names than chains. The
// members belong to somebody else, and a name stays as it is while its member is in the table.
#ifndef MHI_NAMES_H
#define MHI_NAMES_H

#include <stddef.h>

#include <manyhands/status.h>

// What a named thing begins with.
typedef struct mhi_named {
    char *name;
    struct mhi_named *next; // in the same chain
} mhi_named;

typedef struct mhi_names {
    mhi_named **chain;
    size_t chains; // 0, or a power of two
    size_t count;
} mhi_names;

mhi_named *mhi_names_find(const mhi_names *names, const char *name);

// Room for so many more. MH_NO_MEMORY: nothing has changed.
mh_status mhi_names_ensure(mhi_names *names, size_t more);

// There must be room, and the name must be free.
void mhi_names_put(mhi_names *names, mhi_named *named);
void mhi_names_remove(mhi_names *names, mhi_named *named);

void mhi_names_fini(mhi_names *names);

#endif
