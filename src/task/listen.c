// Listen: what tasks have said is heard before anybody learns that they have ended.
//
// Ends are found under the desk's lock, where no user's code may run, and so no log sink. There it is only
// noted that something is unheard; whoever is about to tell the user of an end hears it then.

#include "../worker/hear.h"
#include "desk.h"

#include <limits.h>

void mhi_desk_note_unheard(mhi_desk *desk)
{
    if (desk->crew != NULL && mhi_crew_is_unheard(desk->crew))
        atomic_store_explicit(&desk->is_unheard, 1, memory_order_relaxed); // before is_ended
}

// While the desk is being closed there is nothing to hear any more: that was done after the last end. Until
// then we are visitors, for whom it waits.
static bool enter(mhi_desk *desk)
{
    mhi_mutex_lock(&desk->lock);
    bool may = desk->crew != NULL && !desk->is_over;
    desk->visitors += may;
    mhi_mutex_unlock(&desk->lock);
    return may;
}

// The note is taken away under the lock, where it is made, and only when nothing new was said.
static void leave(mhi_desk *desk)
{
    mhi_mutex_lock(&desk->lock);
    if (!mhi_crew_is_unheard(desk->crew))
        atomic_store_explicit(&desk->is_unheard, 0, memory_order_relaxed);
    desk->visitors--;
    if (desk->is_over && desk->visitors == 0)
        mhi_event_signal(&desk->opened, INT_MAX);
    mhi_mutex_unlock(&desk->lock);
}

void mhi_desk_hear(mhi_desk *desk)
{
    if (!enter(desk))
        return;
    mhi_crew_listen(desk->crew);
    leave(desk);
}
