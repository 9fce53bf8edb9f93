// Status: what every call that may not work returns.
//
// There are three kinds of error, and they never mix. A call that did not work returns a status other
// than MH_OK and leaves its results untouched; the reason, in words, goes to the log (log.h). Work
// that ended badly is an outcome in a result (result.h), and is no error of the call that hands it
// out. A broken promise inside the library stops the program with a message.
//
//     mh_status status = mh_pool_open(&pool, NULL);
//     if (status != MH_OK)
//         fprintf(stderr, "no pool: %s\n", mh_status_text(status));
#ifndef MANYHANDS_STATUS_H
#define MANYHANDS_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

// One meaning each. New words may be added at the end; none is ever renumbered.
typedef enum mh_status {
    MH_OK = 0,        // it worked
    MH_END,           // there is nothing more to come, now or later
    MH_TIMEOUT,       // the deadline passed first
    MH_INVALID,       // an argument makes no sense, or two of them contradict each other
    MH_NO_MEMORY,     // memory, or address space, ran out
    MH_TOO_LARGE,     // an item or a result is larger than the pool allows
    MH_FULL,          // a table of fixed size has no place left
    MH_BUSY,          // not while something else is still open or running
    MH_CLOSED,        // it takes nothing more: a pool, a channel
    MH_STOPPED,       // it was cancelled before its end
    MH_ERRORS,        // the work ended, and some of it ended badly
    MH_SOURCE_FAILED, // the source of the input reported an error
    MH_BROKEN,        // no worker is left to do the work
    MH_FORKED,        // used in a child of the process that opened it
    MH_DEADLOCK,      // waiting here could wait for itself
    MH_NOT_FOUND,     // what was asked for does not exist: a routine, a name, a channel
    MH_SYSTEM,        // the operating system refused
} mh_status;

// The status in words, without a full stop ("the deadline passed first"). Any value is accepted.
// The text is static. Any thread.
const char *mh_status_text(mh_status status);

#ifdef __cplusplus
}
#endif
#endif
