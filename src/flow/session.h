// Session, inside: its members, and who looks for those that have ended.
//
// A member is a task with its number and name. Members stand in the order of their numbers; those
// that have ended and were not handed out also stand in the order of ending. Ends are noticed by
// whoever waits: one thread at a time asks the completions (task/), and tells the others.
#ifndef MHI_SESSION_H
#define MHI_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/completions.h>
#include <manyhands/session.h>

#include "../platform/platform.h"
#include "../task/pool.h"
#include "names.h"

typedef struct mhi_member {
    mhi_named named; // its name, or NULL; first
    // fixed once it is a member
    uint64_t number;
    mh_task *task;
    mh_context context; // what the task was given
    mh_context own;     // of that, what belongs to it alone
    bool shares_global; // its event is the pool's
    // under the session's lock
    bool is_ended, is_done, is_handed;
    struct mhi_member *later; // ended after it, and not handed out
} mhi_member;

struct mh_session {
    // fixed after open
    mh_pool *pool;
    uint32_t generation;
    mhi_context_shape shape; // of its context, and of those of its tasks
    mh_context context;
    mh_completions *completions;
    mhi_mutex running; // one run at a time; before `lock`
    mhi_mutex lock;
    // under lock
    mhi_member **member; // by number
    size_t count, room;
    uint64_t numbers; // of the next member; changes under `running` too
    mhi_names names;
    size_t ended, failed, handed;
    size_t lowest; // all members before this one were handed out
    mhi_member *first_ended, **last_ended;
    bool is_pulling;                     // a thread asks the completions
    mh_status (*telling)(mh_task *task); // it is being terminated: so are those that come now
    mh_status refused;
    // atomic
    mhi_event told; // something has ended, or nobody pulls
};

// MH_INVALID, MH_FORKED.
mh_status mhi_session_check(const mh_session *session, const char *call);

// The member with this number, or NULL. Under the lock.
mhi_member *mhi_session_find(const mh_session *session, uint64_t number);

// What is waited for. Under the lock.
typedef bool mhi_condition(const mh_session *session, const void *argument);

// Waits until it is so; takes the lock, and has it when it returns. MH_OK, MH_TIMEOUT, MH_DEADLOCK.
mh_status mhi_session_await(mh_session *session, mhi_condition *condition, const void *argument,
                            mh_deadline deadline);

// One with this name (NULL: none) and what these options say. Under `running`.
// MH_BUSY: the name is taken. MH_NOT_FOUND: there is no such scope. MH_NO_MEMORY and others.
mh_status mhi_member_make(mh_session *session, const char *name, const mh_run_options *options,
                          const char *call, mhi_member **made);

// Frees a member, its task and its channels; it has ended, or was never run.
void mhi_member_free(mhi_member *member);

#endif
