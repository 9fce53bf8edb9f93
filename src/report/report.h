// Report: what the rest of the library uses of this room.
//
// A bar is opened, told numbers, and ends with its last word. How it looks, where it is written
// and how often is decided here. A bar is told by one thread at a time; different bars by any
// threads at once.
#ifndef MHI_REPORT_H
#define MHI_REPORT_H

#include <manyhands/progress.h>
#include <manyhands/status.h>

typedef struct mhi_bar mhi_bar;

// Registers a bar; it is seen once it is told something. The title is copied.
// MH_NO_MEMORY.
mh_status mhi_bar_open(mhi_bar **bar, const char *title);

// Takes the numbers, and draws if it is time. With `facts->ended` it draws the last word and
// frees the bar. `facts->title` is ignored. An mh_progress_sink, with the bar as its context.
void mhi_bar_tell(void *context, const mh_progress_facts *facts);

// Removes the bar and frees it, without a word.
void mhi_bar_drop(mhi_bar *bar);

#endif
