// Log: where the library says, in words, why a call did not work and what happened to its workers.
//
// Every status other than MH_OK that a caller could not foresee comes with one line here. By default,
// warnings and errors go to standard error; a program can send the lines elsewhere, or change how
// much is said. The environment variable MH_LOG (off, error, warning, info, debug) sets the level a
// program starts with.
//
//     static void to_syslog(void *context, mh_log_level level, const char *line) { ... }
//     mh_log_to(to_syslog, NULL);
#ifndef MANYHANDS_LOG_H
#define MANYHANDS_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mh_log_level {
    MH_LOG_OFF,     // only as a limit: say nothing
    MH_LOG_ERROR,   // something was lost or will not work any more
    MH_LOG_WARNING, // a call was refused, a worker died
    MH_LOG_INFO,    // what was chosen: kinds, counts, start modes
    MH_LOG_DEBUG,   // births, deaths, hand-overs
} mh_log_level;

// Receives one line, without a newline. It may be called from any thread of the program, also from
// the library's own, one call at a time; it must not call the library.
typedef void mh_log_sink(void *context, mh_log_level level, const char *line);

// Sends all further lines to `sink`; NULL goes back to standard error. When the call returns, the
// sink before it is not running and will not be called again. Any thread, but not from a sink.
void mh_log_to(mh_log_sink *sink, void *context);

// Says nothing less urgent than `limit` from now on. Any thread.
void mh_log_limit(mh_log_level limit);

#ifdef __cplusplus
}
#endif
#endif
