// Interrupt: a Ctrl-C that ends a program in order, and a second one that kills it.
//
// The library leaves signals alone, unless the program asks for this:
//
//     mh_interrupt_open(NULL);                                   // at the beginning of main
//     ...
//     while ((status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK)
//         show(&result);
//     if (status == MH_STOPPED)
//         save_what_there_is();                                  // Ctrl-C was pressed
//     ...
//     mh_interrupt_close();
//
// At the first SIGINT or SIGTERM all open pools of the process begin nothing more:
//   - maps read no more of their sources and begin no more items. What runs finishes, mh_map_next hands
//     out what is there, and then says MH_STOPPED. Items that never began are not handed out.
//   - single tasks, also those of sessions, that have not begun end as cancelled, with all who wait for them
//     told; of a task with many parts, those parts.
//   - new work is refused with MH_STOPPED: mh_submit and mh_submit_each, mh_session_run and mh_session_map,
//     mh_map_open, mh_function_call, mh_pool_open.
//   - with `cancel`, what runs is asked to stop too: mh_is_cancelled is true in every routine, and whoever waits
//     there in mh_wait_cancelled, or for a message, wakes.
// One line in the log (a warning) tells how many items and tasks were done, running and not begun.
//
// At the second signal, whichever of the two it is, all worker processes and what they have started are
// killed, what the program did with that signal before is put back, and the signal is raised again: so the
// program dies by it, and a shell sees status 130. That needs nothing of the library to work still.
//
// A signal that the program ignores when this is opened (nohup, a job in the background of a script) stays
// ignored. Calls of the system that are interrupted go on (SA_RESTART): a source that waits for input goes on
// waiting, and no map can end before its source has returned; one that can should look at
// mh_is_interrupted. Worker processes ignore SIGINT. A forked child of the program has what was there
// before, and may open its own.
#ifndef MANYHANDS_INTERRUPT_H
#define MANYHANDS_INTERRUPT_H

#include <stdbool.h>

#include <manyhands/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mh_interrupt_signals {
    MH_ON_SIGINT_AND_SIGTERM = 0,
    MH_ON_SIGINT,
    MH_ON_SIGTERM,
} mh_interrupt_signals;

// Zero is the default of every field. Everything is copied.
typedef struct mh_interrupt_options {
    mh_interrupt_signals signals; // which ones to hear
    bool cancel;                  // what runs is asked to stop
} mh_interrupt_options;

// Installs the handlers, and remembers those before them. Pools may be opened before or after. `options` may be
// NULL.
// MH_BUSY: it is open, and there is one for each process. MH_INVALID, MH_NO_MEMORY, MH_SYSTEM. Any thread.
mh_status mh_interrupt_open(const mh_interrupt_options *options);

// Puts the handlers back that were there before, except where the program has installed others since. Pools
// take work again; what was cancelled stays so, and a map that was stopped stays stopped. So a program that
// is asked for one thing after the other may close it, open it again, and go on with the same pools.
// MH_NOT_FOUND: it is not open in this process. Any thread, but not from a signal handler.
mh_status mh_interrupt_close(void);

// Whether a signal has come since the open. Any thread, and signal handlers.
bool mh_is_interrupted(void);

#ifdef __cplusplus
}
#endif
#endif
