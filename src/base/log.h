// Log, inside: one line for whoever wants to know why.
//
// Every refusal goes through mhi_refuse, so that a status never comes without its reason.
#ifndef MHI_LOG_H
#define MHI_LOG_H

#include <manyhands/log.h>
#include <manyhands/status.h>

void mhi_log(mh_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Logs the reason as a warning and returns `status`.
mh_status mhi_refuse(mh_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The same for a refusal of the operating system: `error` is its errno value. MH_NO_MEMORY for ENOMEM and
// ENOSPC, else MH_SYSTEM.
mh_status mhi_refuse_errno(int error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Holds back all lines while this process forks, so that no sink runs at that moment. The parent resumes.
void mhi_log_pause(void);
void mhi_log_resume(void);

// In a forked child: whoever was writing a line in the parent is not here.
void mhi_log_begin_child(void);

#endif
