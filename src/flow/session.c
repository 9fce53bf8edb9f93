// Session: its life, its members, and waiting for them.

#include "session.h"

#include <limits.h>
#include <string.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"

// ---- opening ------------------------------------------------------------------------------------

static mhi_context_shape shape_of(const mh_session_options *options)
{
    return (mhi_context_shape){
        .input = options->input == 0 ? MHI_CHANNEL_CAPACITY : options->input,
        .output = options->output == 0 ? MHI_CHANNEL_CAPACITY : options->output,
        .has_cancel = !options->no_cancel};
}

static mh_status check_options(mh_session *const *session, const mh_session_options *options)
{
    if (session == NULL)
        return mhi_refuse(MH_INVALID, "mh_session_open: nowhere to put the session");
    if (options->input < MH_NO_CHANNEL || options->output < MH_NO_CHANNEL)
        return mhi_refuse(MH_INVALID, "mh_session_open: channels of %d and %d messages",
                          options->input, options->output);
    return MH_OK;
}

// It holds the pool: all of this needs no locks of it any more.
static void free_session(mh_session *session)
{
    for (size_t i = 0; i < session->count; i++)
        mhi_member_free(session->member[i]);
    mh_completions_close(session->completions);
    mhi_context_close(&session->context);
    mhi_names_fini(&session->names);
    mhi_mutex_fini(&session->lock);
    mhi_mutex_fini(&session->running);
    mhi_pool_drop(session->pool);
    mhi_free(session->member);
    mhi_free(session);
}

mh_status mh_session_open(mh_session **session, mh_pool *pool,
                          const mh_session_options *options)
{
    static const mh_session_options defaults;
    if (options == NULL)
        options = &defaults;
    mh_status status = mhi_pool_check_open(pool, "mh_session_open");
    if (status == MH_OK)
        status = check_options(session, options);
    if (status != MH_OK)
        return status;
    mh_session *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "mh_session_open: no memory");
    status = mhi_pool_hold(pool, "mh_session_open");
    if (status != MH_OK) {
        mhi_free(made);
        return status;
    }
    made->pool = pool;
    made->generation = mhi_fork_generation();
    made->shape = shape_of(options);
    made->last_ended = &made->first_ended;
    mhi_mutex_init(&made->running);
    mhi_mutex_init(&made->lock);
    status = mh_completions_open(&made->completions, NULL, 0);
    if (status == MH_OK)
        status = mhi_context_open(&made->context, pool, &made->shape, "mh_session_open");
    if (status == MH_OK)
        *session = made;
    else
        free_session(made);
    return status;
}

// ---- members ------------------------------------------------------------------------------------

mh_status mhi_session_check(const mh_session *session, const char *call)
{
    if (session == NULL)
        return mhi_refuse(MH_INVALID, "%s: the session is NULL", call);
    if (session->generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: the session was opened by the parent of this process",
                          call);
    return MH_OK;
}

mhi_member *mhi_session_find(const mh_session *session, uint64_t number)
{
    size_t from = 0, to = session->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (session->member[middle]->number < number)
            from = middle + 1;
        else
            to = middle;
    }
    bool is_there = from < session->count && session->member[from]->number == number;
    return is_there ? session->member[from] : NULL;
}

// ---- waiting ------------------------------------------------------------------------------------

static void note_end(mh_session *session, mh_task *task)
{
    mhi_member *member = mh_task_context(task);
    mh_result result;
    member->is_ended = true;
    member->is_done = mhi_task_result(task, &result) == MH_OK && result.outcome == MH_DONE;
    session->ended++;
    session->failed += !member->is_done;
    member->later = NULL;
    *session->last_ended = member;
    session->last_ended = &member->later;
}

// The lock is let go meanwhile.
static mh_status pull(mh_session *session, mh_deadline deadline)
{
    mh_task *task = NULL;
    session->is_pulling = true;
    mhi_mutex_unlock(&session->lock);
    mh_status status = mh_completions_next(session->completions, &task, deadline);
    mhi_mutex_lock(&session->lock);
    session->is_pulling = false;
    if (status == MH_OK)
        note_end(session, task);
    mhi_event_signal(&session->told, INT_MAX);
    return status;
}

// Another thread pulls, and tells us. A worker of the pool must not wait for that: it may be the
// one that is needed.
static mh_status follow(mh_session *session, mh_deadline deadline)
{
    if (mhi_worker_of(&session->pool->crew.shop) != NULL)
        return mhi_refuse(
            MH_DEADLOCK,
            "another thread waits for the session, and this is a task of its pool");
    uint32_t seen = mhi_event_prepare(&session->told);
    mhi_mutex_unlock(&session->lock);
    bool in_time = mhi_event_sleep(&session->told, seen, deadline);
    mhi_mutex_lock(&session->lock);
    return in_time ? MH_OK : MH_TIMEOUT;
}

// Woken by: the end of a task of the session, whoever saw it; and the deadline.
mh_status mhi_session_await(mh_session *session, mhi_condition *condition, const void *argument,
                            mh_deadline deadline)
{
    mh_status status = MH_OK;
    mhi_mutex_lock(&session->lock);
    while (!condition(session, argument)) {
        if (status != MH_OK && status != MH_END)
            return status;
        status = session->is_pulling ? follow(session, deadline) : pull(session, deadline);
        if (status == MH_END) { // another thread is just running one
            mhi_mutex_unlock(&session->lock);
            mhi_thread_yield();
            mhi_mutex_lock(&session->lock);
        }
    }
    return MH_OK;
}

// ---- the end ------------------------------------------------------------------------------------

static bool have_all_ended(const mh_session *session, const void *nothing)
{
    (void)nothing;
    return session->ended == session->count;
}

// The task at this place, held, if it has not ended.
static mh_task *hold_at(mh_session *session, size_t place)
{
    mhi_mutex_lock(&session->lock);
    bool is_there = place < session->count && !session->member[place]->is_ended;
    mh_task *task = is_there ? mh_task_hold(session->member[place]->task) : NULL;
    mhi_mutex_unlock(&session->lock);
    return task;
}

static void set_telling(mh_session *session, mh_status (*tell)(mh_task *task))
{
    mhi_mutex_lock(&session->lock);
    session->telling = tell;
    mhi_mutex_unlock(&session->lock);
}

// The last first, so that none begins in the place of one that was just cancelled. A clear
// meanwhile moves members to places that are still to come.
static void tell_all(mh_session *session, mh_status (*tell)(mh_task *task))
{
    set_telling(session, tell);
    for (size_t place = mh_session_count(session); place > 0; place--) {
        mh_task *task = hold_at(session, place - 1);
        if (task != NULL)
            tell(task);
        mh_task_drop(task);
    }
}

static mh_status await_all(mh_session *session, mh_deadline deadline)
{
    mh_status status = mhi_session_await(session, have_all_ended, NULL, deadline);
    mhi_mutex_unlock(&session->lock);
    return status;
}

static mh_status end_all(mh_session *session, mh_deadline deadline)
{
    tell_all(session, mh_task_stop);
    mh_status status = await_all(session, deadline);
    if (status != MH_TIMEOUT)
        return status;
    if (mh_pool_kind(session->pool) == MH_PROCESSES)
        tell_all(session, mh_task_kill);
    return await_all(session, MH_FOREVER);
}

static mh_status terminate(mh_session *session, mh_deadline deadline)
{
    mh_status status = end_all(session, deadline);
    if (status != MH_DEADLOCK) // else one of its own tasks has called it, and who waits goes on
        set_telling(session, NULL);
    return status;
}

mh_status mh_session_terminate(mh_session *session, mh_deadline deadline)
{
    mh_status status = mhi_session_check(session, "mh_session_terminate");
    return status == MH_OK ? terminate(session, deadline) : status;
}

mh_status mh_session_close(mh_session *session, mh_deadline deadline)
{
    if (session == NULL)
        return MH_OK;
    mh_status status = mhi_session_check(session, "mh_session_close");
    if (status == MH_FORKED) {
        mhi_free(session); // what it consists of is shared with workers of the parent
        return MH_OK;
    }
    status = terminate(session, deadline);
    if (status == MH_OK)
        free_session(session);
    return status;
}

static void forget_handed(mh_session *session)
{
    mhi_member **at = &session->first_ended;
    while (*at != NULL)
        if ((*at)->is_handed)
            *at = (*at)->later;
        else
            at = &(*at)->later;
    session->last_ended = at;
}

// A handed member has ended; so nobody looks at its channels any more.
mh_status mh_session_clear(mh_session *session)
{
    mh_status status = mhi_session_check(session, "mh_session_clear");
    if (status != MH_OK)
        return status;
    mhi_mutex_lock(&session->lock);
    forget_handed(session);
    size_t left = 0;
    for (size_t i = 0; i < session->count; i++) {
        mhi_member *member = session->member[i];
        if (!member->is_handed) {
            session->member[left++] = member;
            continue;
        }
        session->failed -= !member->is_done;
        session->ended--;
        if (member->named.name != NULL)
            mhi_names_remove(&session->names, &member->named);
        mhi_member_free(member);
    }
    session->count = left;
    session->handed = 0;
    session->lowest = 0;
    session->refused = MH_OK;
    mhi_mutex_unlock(&session->lock);
    return MH_OK;
}
