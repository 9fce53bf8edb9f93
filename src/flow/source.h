// Source, inside: asking, and the one source that decorates another.
#ifndef MHI_SOURCE_H
#define MHI_SOURCE_H

#include <manyhands/source.h>

#include "../base/log.h"

// Asks a source. An item that cannot be is a failure of the source.
static inline mh_status mhi_source_ask(mh_source *source, mh_bytes *item)
{
    *item = (mh_bytes){.data = NULL};
    mh_status status = source->next(source->context != NULL ? source->context : source, item);
    if (status == MH_OK && item->data == NULL && item->size > 0)
        return mhi_refuse(MH_INVALID, "the source gave %zu bytes at NULL", item->size);
    return status;
}

// Frees what a source made of our own kinds keeps.
void mhi_source_fini(mh_source *source);

// A hoard reads all of another source when it is first asked, and then gives from memory: for maps
// without a window. It is sized from then on.
typedef struct mhi_hoard {
    mh_source inner;
    char *bytes; // records: the size, then the item, padded to 16
    size_t used;
    size_t room;
    size_t at;
    bool is_read;
    mh_status failed; // how the inner source ended; told after the items it gave
} mhi_hoard;

void mhi_hoard_init(mhi_hoard *hoard, const mh_source *inner, mh_source *outer);
void mhi_hoard_fini(mhi_hoard *hoard);

// Reads the inner source to its end, unless that was done. Returns how many items there are.
uint64_t mhi_hoard_read(mhi_hoard *hoard, mh_source *outer);

#endif
