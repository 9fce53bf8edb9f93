// Completions: going through tasks as they end.
//
//     mh_completions *ended;
//     mh_completions_open(&ended, tasks, count);
//     for (mh_task *task; mh_completions_next(ended, &task, mh_in_ms(60000)) == MH_OK;)
//         ...
//     mh_completions_close(ended);
//
// Each task comes once, soon after it has ended, in the order of ending; those that had ended
// before they were added, in the order of adding. The tasks may be of different pools, and more
// can be added at any time. A step costs the same however many tasks there are, and nothing is
// polled.
#ifndef MANYHANDS_COMPLETIONS_H
#define MANYHANDS_COMPLETIONS_H

#include <stddef.h>

#include <manyhands/deadline.h>
#include <manyhands/status.h>
#include <manyhands/task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_completions mh_completions;

// Opens it over `count` tasks, which may be 0. It holds each task until that has been handed out
// and the next one is asked for; so the caller's own handles may be dropped meanwhile. A task
// that stands there twice comes twice.
// MH_INVALID, MH_NO_MEMORY, MH_FORKED. Any thread.
mh_status mh_completions_open(mh_completions **completions, mh_task *const *tasks,
                              size_t count);
mh_status mh_completions_add(mh_completions *completions, mh_task *task);

// Hands out the next task that has ended, and blocks until there is one or the deadline passes.
// `*task` is valid until the next call; whoever wants it longer holds it.
// MH_OK; MH_END: all were handed out; MH_TIMEOUT; MH_DEADLOCK (as mh_task_wait); MH_INVALID,
// MH_FORKED. One thread at a time; others may add meanwhile.
mh_status mh_completions_next(mh_completions *completions, mh_task **task,
                              mh_deadline deadline);

// How many have not been handed out yet.
size_t mh_completions_left(const mh_completions *completions);

// Frees it. The tasks go on. NULL does nothing.
void mh_completions_close(mh_completions *completions);

#ifdef __cplusplus
}
#endif
#endif
