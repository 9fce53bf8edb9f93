// Hoard: all of a source, in memory.
//
// For maps without a window. It is a source itself, so the rest of the flow does not know of it, but for
// one thing: once it is read, the number of items is known.

#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../task/winding.h"
#include "source.h"

static size_t span(size_t size)
{
    return 16 + ((size + 15) & ~(size_t)15);
}

static mh_status append(mhi_hoard *hoard, mh_bytes item)
{
    size_t needed = hoard->used + span(item.size);
    if (needed > hoard->room) {
        size_t wanted = needed > 2 * hoard->room ? needed : 2 * hoard->room;
        char *bytes = mhi_resize(hoard->bytes, wanted);
        if (bytes == NULL)
            return mhi_refuse(MH_NO_MEMORY, "an unbounded map has read %zu bytes of input",
                              hoard->used);
        hoard->bytes = bytes;
        hoard->room = wanted;
    }
    memcpy(hoard->bytes + hoard->used, &item.size, sizeof item.size);
    if (item.size > 0)
        memcpy(hoard->bytes + hoard->used + 16, item.data, item.size);
    hoard->used = needed;
    return MH_OK;
}

uint64_t mhi_hoard_read(mhi_hoard *hoard, mh_source *outer)
{
    if (hoard->is_read)
        return outer->length;
    hoard->is_read = true;
    uint64_t count = 0;
    mh_bytes item;
    mh_status status = MH_END; // also where the program is interrupted: the map itself says so
    while (mhi_winding() == MHI_GO &&
           (status = mhi_source_ask(&hoard->inner, &item)) == MH_OK &&
           (status = append(hoard, item)) == MH_OK)
        count++;
    hoard->failed = status;
    outer->sized = true;
    outer->length = count;
    return count;
}

static mh_status next_of_hoard(void *context, mh_bytes *item)
{
    mhi_hoard *self = context;
    if (self->at == self->used)
        return self->failed;
    memcpy(&item->size, self->bytes + self->at, sizeof item->size);
    item->data = self->bytes + self->at + 16;
    self->at += span(item->size);
    return MH_OK;
}

void mhi_hoard_init(mhi_hoard *hoard, const mh_source *inner, mh_source *outer)
{
    *hoard = (mhi_hoard){.inner = *inner};
    *outer = mh_source_of(next_of_hoard, hoard);
    outer->sized = inner->sized; // a forecast, until it is read
    outer->length = inner->length;
}

void mhi_hoard_fini(mhi_hoard *hoard)
{
    mhi_source_fini(&hoard->inner);
    mhi_free(hoard->bytes);
    hoard->bytes = NULL;
}
