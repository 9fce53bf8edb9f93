// Errors: results that were not done, kept for whoever asks later.
//
// Each is copied with its words, because the slot it came in is used again.

#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "map.h"

static bool make_room(mhi_errors *errors)
{
    if (errors->count < errors->room)
        return true;
    uint64_t wanted = errors->room > 0 ? 2 * errors->room : 16;
    mh_result *kept = mhi_resize(errors->kept, wanted * sizeof *kept);
    if (kept == NULL)
        return false;
    errors->kept = kept;
    errors->room = wanted;
    return true;
}

static char *copy_of(const char *message)
{
    size_t size = strlen(message) + 1;
    char *copy = mhi_allocate(1, size);
    if (copy != NULL)
        memcpy(copy, message, size);
    return copy;
}

void mhi_errors_keep(mhi_errors *errors, const mh_result *error)
{
    char *message = make_room(errors) ? copy_of(error->message) : NULL;
    if (message == NULL) { // it is still counted, and told here
        errors->lost++;
        mhi_log(MH_LOG_ERROR, "item %llu %s: %s (no memory to keep this)",
                (unsigned long long)error->index, mh_outcome_text(error->outcome),
                error->message);
        return;
    }
    errors->kept[errors->count] = *error;
    errors->kept[errors->count].message = message;
    errors->count++;
}

void mhi_errors_fini(mhi_errors *errors)
{
    for (uint64_t i = 0; i < errors->count; i++)
        mhi_free((char *)(uintptr_t)errors->kept[i].message); // allocated above, const to users
    mhi_free(errors->kept);
}
