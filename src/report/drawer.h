// Drawer: a thread of the program that looks at all bars ten times a second, and lives only while
// there are any.
//
// Whoever opens the first bar, or ends any, looks as well, at once (a visit), and starts the thread with
// the first bar or ends it with the last. So when a bar is closed its last word is on the screen, and when the last
// one is, nothing of this is left. In a worker process, where the bars of inner pools are to reach the
// program's screen, a look mirrors them onto the board the worker shares with its opener (mirror.h).
#ifndef MHI_DRAWER_H
#define MHI_DRAWER_H

#include <manyhands/deadline.h>
#include <manyhands/status.h>

// Prepares the screen for bars to come, in a thread of the program. MH_NO_MEMORY, MH_SYSTEM.
mh_status mhi_drawer_prepare(void);

// Looks, and sees to the thread. MH_SYSTEM: there are bars, and no thread can be started: they are drawn
// at the next visit. Any thread that holds none of the locks of worker/.
mh_status mhi_drawer_visit(void);

// A bar was opened: the same, unless the thread runs anyway, and will look soon.
mh_status mhi_drawer_open(void);

// As prepare, and as visit, for those who can do nothing about a failure.
void mhi_drawer_begin(void);
void mhi_drawer_call(void);

// Draws, and waits until no bar is open anywhere this process looks. MH_TIMEOUT.
mh_status mhi_drawer_wait(mh_deadline deadline);

#endif
