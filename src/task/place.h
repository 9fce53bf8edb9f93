// Place: what lies in which slot of the desk's window. Under the desk's lock.
#ifndef MHI_PLACE_H
#define MHI_PLACE_H

#include "desk.h"

static inline mhi_slot *mhi_place_slot(const mhi_desk *desk, uint32_t index)
{
    return &desk->window->ring->slot[index];
}

// A slot comes into use, behind all others; and is given back to the window, emptied.
void mhi_place_use(mhi_desk *desk, uint32_t index);
void mhi_place_vacate(mhi_desk *desk, uint32_t index);

// A task is put into a slot, as its last, from item `item` on; and taken out of the one it is in.
void mhi_place_attach(mhi_desk *desk, uint32_t index, mh_task *task, uint32_t item);
void mhi_place_detach(mhi_desk *desk, mh_task *task);

// Tasks in slots that have not begun, as far as the last look knows.
uint64_t mhi_place_ahead(const mhi_desk *desk);

#endif
