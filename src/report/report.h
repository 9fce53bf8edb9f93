// Report: what the rest of the library uses of this room: the bar of a map.
//
// It is a bar like those that users open (worker/bars.h), but the map tells its numbers from time to
// time. A bar is told by one thread at a time; different bars by any threads at once.
#ifndef MHI_REPORT_H
#define MHI_REPORT_H

#include <manyhands/progress.h>
#include <manyhands/status.h>

// Opens a bar; it is seen once it is told something. The title is copied.
// MH_NO_MEMORY, MH_FULL, MH_SYSTEM.
mh_status mhi_map_bar_open(mh_progress **bar, const char *title);

// Takes the numbers. With `facts->ended` the bar has ended: as closed if all is done, else as cancelled.
// `facts->title` and the time are ignored. An mh_progress_sink, with the bar as its context.
void mhi_map_bar_tell(void *context, const mh_progress_facts *facts);

// The same for a map that the first error ends: then that is how its bar ended.
void mhi_map_bar_tell_strict(void *context, const mh_progress_facts *facts);

// Removes a bar that was told nothing.
void mhi_map_bar_drop(mh_progress *bar);

#endif
