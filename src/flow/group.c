// Group: what can be asked of a session and its members: waiting, names, cancelling.

#include "../base/fork.h"
#include "../base/log.h"
#include "session.h"

// Questions do not change a session, but they have to lock it.
static mh_session *lock(const mh_session *session)
{
    mh_session *self = (mh_session *)(uintptr_t)session;
    mhi_mutex_lock(&self->lock);
    return self;
}

static bool is_here(const mh_session *session)
{
    return session != NULL && session->generation == mhi_fork_generation_now();
}

// ---- waiting and asking -------------------------------------------------------------------------

static bool is_until(const mh_session *session, const void *until)
{
    switch (*(const mh_until *)until) {
    case MH_FIRST_ENDED:
        return session->ended > 0 || session->count == 0;
    case MH_FIRST_FAILED:
        return session->failed > 0 || session->ended == session->count;
    case MH_ALL_ENDED:
        break;
    }
    return session->ended == session->count;
}

mh_status mh_session_wait(mh_session *session, mh_until until, mh_deadline deadline)
{
    mh_status status = mhi_session_check(session, "mh_session_wait");
    if (status != MH_OK)
        return status;
    if (until < MH_ALL_ENDED || until > MH_FIRST_FAILED)
        return mhi_refuse(MH_INVALID, "mh_session_wait: until %d", (int)until);
    status = mhi_session_await(session, is_until, &until, deadline);
    mhi_mutex_unlock(&session->lock);
    return status;
}

size_t mh_session_count(const mh_session *session)
{
    if (!is_here(session))
        return 0;
    mh_session *self = lock(session);
    size_t count = self->count;
    mhi_mutex_unlock(&self->lock);
    return count;
}

// The tasks themselves are asked: nobody may have noticed an end yet.
static bool has_ended(const mhi_member *member)
{
    return member->is_ended || mhi_task_state(member->task) == MH_TASK_ENDED;
}

// One that has ended, so that what all of them have said can be heard without the lock.
static void keep_ended(const mhi_member *member, mh_task **one)
{
    if (*one == NULL && has_ended(member))
        *one = mh_task_hold(member->task);
}

static void hear(mh_task *one)
{
    if (one != NULL)
        mhi_desk_listen(one->desk);
    mh_task_drop(one);
}

size_t mh_session_list(const mh_session *session, bool ended, uint64_t *numbers, size_t room)
{
    if (!is_here(session))
        return 0;
    mh_session *self = lock(session);
    size_t count = 0;
    mh_task *one = NULL;
    for (size_t i = 0; i < self->count; i++) {
        keep_ended(self->member[i], &one);
        if (has_ended(self->member[i]) != ended)
            continue;
        if (count < room && numbers != NULL)
            numbers[count] = self->member[i]->number;
        count++;
    }
    mhi_mutex_unlock(&self->lock);
    hear(one);
    return count;
}

size_t mh_session_count_ended(const mh_session *session)
{
    return mh_session_list(session, true, NULL, 0);
}

// Whether there is a task that has ended, or, that has not.
static bool is_any(const mh_session *session, bool ended)
{
    mh_session *self = lock(session);
    mh_task *one = NULL;
    bool is_there = false;
    for (size_t i = 0; i < self->count && !is_there; i++) {
        keep_ended(self->member[i], &one);
        is_there = has_ended(self->member[i]) == ended;
    }
    mhi_mutex_unlock(&self->lock);
    hear(one);
    return is_there;
}

bool mh_session_any_ended(const mh_session *session)
{
    return is_here(session) && is_any(session, true);
}

bool mh_session_all_ended(const mh_session *session)
{
    return !is_here(session) || !is_any(session, false);
}

mh_status mh_session_find(const mh_session *session, const char *name, uint64_t *number)
{
    mh_status status = mhi_session_check(session, "mh_session_find");
    if (status != MH_OK)
        return status;
    if (name == NULL)
        return mhi_refuse(MH_INVALID, "mh_session_find: the name is NULL");
    mh_session *self = lock(session);
    const mhi_member *member = (const mhi_member *)mhi_names_find(&self->names, name);
    if (member != NULL && number != NULL)
        *number = member->number;
    mhi_mutex_unlock(&self->lock);
    return member != NULL ? MH_OK : MH_NOT_FOUND;
}

bool mh_session_is_free(const mh_session *session, const char *name)
{
    return mh_session_find(session, name, NULL) == MH_NOT_FOUND;
}

static mhi_member *find(const mh_session *session, uint64_t number)
{
    if (!is_here(session))
        return NULL;
    mh_session *self = lock(session);
    mhi_member *member = mhi_session_find(self, number);
    mhi_mutex_unlock(&self->lock);
    return member;
}

const char *mh_session_name(const mh_session *session, uint64_t number)
{
    const mhi_member *member = find(session, number);
    if (member == NULL)
        return NULL;
    return member->named.name != NULL ? member->named.name : "";
}

mh_task *mh_session_task(const mh_session *session, uint64_t number)
{
    const mhi_member *member = find(session, number);
    return member == NULL ? NULL : member->task;
}

mh_context mh_session_context(const mh_session *session)
{
    const mh_context none = {.input = NULL};
    return is_here(session) ? session->context : none;
}

mh_context mh_session_task_context(const mh_session *session, uint64_t number)
{
    const mhi_member *member = find(session, number);
    const mh_context none = {.input = NULL};
    return member == NULL ? none : member->context;
}

// ---- changing one's mind ------------------------------------------------------------------------

static void set_events_of(const mh_session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        const mhi_member *member = session->member[i];
        if (member->context.cancel != NULL && !member->shares_global)
            mh_event_set(member->context.cancel);
    }
}

// The last first, so that none begins in the place of one that was just cancelled.
mh_status mh_session_cancel(mh_session *session, bool set_events)
{
    mh_status status = mhi_session_check(session, "mh_session_cancel");
    if (status != MH_OK)
        return status;
    mhi_mutex_lock(&session->lock);
    for (size_t i = session->count; i > 0; i--)
        if (!session->member[i - 1]->is_ended)
            mh_task_cancel(session->member[i - 1]->task);
    if (set_events)
        set_events_of(session);
    mhi_mutex_unlock(&session->lock);
    return MH_OK;
}

mh_status mh_session_cancel_task(mh_session *session, uint64_t number, bool set_event)
{
    mh_status status = mhi_session_check(session, "mh_session_cancel_task");
    if (status != MH_OK)
        return status;
    mhi_mutex_lock(&session->lock);
    mhi_member *member = mhi_session_find(session, number);
    status = member == NULL ? MH_NOT_FOUND : mh_task_cancel(member->task);
    if (status == MH_BUSY && set_event && member->context.cancel != NULL &&
        !member->shares_global)
        status = mh_event_set(member->context.cancel);
    mhi_mutex_unlock(&session->lock);
    if (member == NULL)
        return mhi_refuse(status, "mh_session_cancel_task: there is no task %llu",
                          (unsigned long long)number);
    return status;
}
