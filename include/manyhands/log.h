// Log: lines from anywhere, in one place.
//
// What a program and its tasks have to say goes the same way as what the library has to say: why a
// call did not work, what happened to workers. By default warnings and errors go to standard error;
// a program can send the lines elsewhere, or change how much is said. The environment variable
// MH_LOG (off, error, warning, info, debug) sets the level a program starts with.
//
//     static void to_file(void *file, mh_log_level level, const char *line) { fprintf(file, "%s\n", line); }
//     mh_log_to(to_file, file);
//     mh_log(MH_LOG_WARNING, "%s: no such file", path);    // in main, a thread, a task, a setup ...
//
// What is said in a worker process appears in the program that opened the pool: each line once, in
// the order in which the worker said them, and before the result of the task that said them is
// handed out. What was said before a crash is not lost.
#ifndef MANYHANDS_LOG_H
#define MANYHANDS_LOG_H

#include <stdarg.h>

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

// Says something, in words as for printf; a newline at the end is left out. One call is one line, however
// many newlines it has within; of more than 8192 bytes the end is cut, which it then says. When the
// level is not wanted, nothing is formatted, and the call costs a few nanoseconds. It leaves errno as it was.
//
// May block: while another line is with the sink; and in a worker process while 64 KiB of lines wait to
// be heard, unless the pool was opened with drop_logs. Any thread of the program and of worker
// processes, wherever the user's code runs, but not a signal handler. A process that a task forks is no
// worker: its lines go to its own copy of the sink.
void mh_log(mh_log_level level, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
void mh_log_v(mh_log_level level, const char *format, va_list arguments)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 0)))
#endif
    ;

// Receives one line, without a newline at its end. It may be called from any thread of the program,
// also from the library's own, one call at a time. It must not call the library, nor wait for a thread
// that does: until it returns, workers that have more to say may wait, and so may deaths of workers,
// and results. What it says with mh_log all the same goes to standard error.
typedef void mh_log_sink(void *context, mh_log_level level, const char *line);

// Sends all further lines to `sink`; NULL goes back to standard error: there a line reads
// "warning: the words", one of the library's own "manyhands: warning: the words", and what follows a
// newline is indented. When the call returns, the sink before it is not running and will not be called
// again. Any thread, but not from a sink; in a worker process it changes nothing.
void mh_log_to(mh_log_sink *sink, void *context);

// Says nothing less urgent than `limit` from now on, here and in all worker processes; what was said
// before still comes. (Workers of a pool that was opened in a worker see it when that one next takes a result.)
// In a worker process: in that process only, whatever the program sets. Any thread.
void mh_log_limit(mh_log_level limit);

#ifdef __cplusplus
}
#endif
#endif
