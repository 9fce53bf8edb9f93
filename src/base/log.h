// Log, inside: one line for whoever wants to know why.
//
// Every refusal goes through mhi_refuse, so that a status never comes without its reason. Where
// lines go is not decided here: a worker process sends them home (worker/say.h), and the one
// owner of the terminal may write for us (door/).
#ifndef MHI_LOG_H
#define MHI_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/log.h>
#include <manyhands/status.h>

enum { MHI_LOG_MOST = 8192 }; // bytes of a line; a longer one is cut, and says so

void mhi_log(mh_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Logs the reason as a warning and returns `status`.
mh_status mhi_refuse(mh_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The same for a refusal of the operating system: `error` is its errno value. MH_NO_MEMORY for ENOMEM and
// ENOSPC, else MH_SYSTEM.
mh_status mhi_refuse_errno(int error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// ---- levels -------------------------------------------------------------------------------------

// Nothing less urgent is said in this process now.
int32_t mhi_log_limit_now(void);

// From now on the limit of this process is what stands there, until it sets one itself.
extern _Atomic(const _Atomic int32_t *) mhi_log_limit_at; // NULL: it has its own
void mhi_log_limit_told_to(const _Atomic int32_t *limit);

// Called after each change of this process's limit, without locks. Set once.
void mhi_log_limit_tell_by(void (*tell)(void));

// ---- where lines go (sink.c) --------------------------------------------------------------------

// Gives a line that is wanted to the sink of this process, or sends it on. The level was checked
// where the line was said.
void mhi_log_pass_on(mh_log_level level, bool is_user, const char *line);

// From now on the lines of this process go this way instead of to a sink. False: they do not, for
// this is a child of the process that said so.
typedef bool mhi_log_forward(mh_log_level level, bool is_user, const char *line);
void mhi_log_forward_to(mhi_log_forward *forward);

// What writes standard error where no sink was set; NULL: nobody but us. It is a constant, filled
// in by door/outlook.c; a forked child does not use it. It is called under the log's lock, and
// must not log itself.
extern void (*const mhi_log_write_by)(int fd, const char *text, size_t size);

// Holds back all lines while this process forks, so that no sink runs at that moment. The parent resumes.
void mhi_log_pause(void);
void mhi_log_resume(void);

// In a forked child: whoever was writing a line in the parent is not here.
void mhi_log_begin_child(void);

#endif
