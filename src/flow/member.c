// Member: a task of a session before it has a task: its name, and the channels and event it will
// be given.

#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "session.h"

// ---- its context --------------------------------------------------------------------------------

static mh_status missing(const char *call, const char *what, mh_scope scope)
{
    static const char *const owners[] = {"", "the pool", "the session", "its tasks"};
    if (scope < MH_SCOPE_NONE || scope > MH_SCOPE_TASK)
        return mhi_refuse(MH_INVALID, "%s: %d is no scope", call, (int)scope);
    return mhi_refuse(MH_NOT_FOUND, "%s: %s has no %s", call, owners[scope], what);
}

typedef struct choice {
    mh_scope scope;
    const char *what;
    mh_channel *global, *session;
    int capacity;
} choice;

// `own` is set if it belongs to the task alone.
static mh_status choose_channel(mh_pool *pool, const choice *choice, mh_channel **channel,
                                mh_channel **own, const char *call)
{
    if (choice->scope == MH_SCOPE_NONE)
        return MH_OK;
    if (choice->scope == MH_SCOPE_GLOBAL)
        *channel = choice->global;
    if (choice->scope == MH_SCOPE_SESSION)
        *channel = choice->session;
    if (choice->scope == MH_SCOPE_TASK && choice->capacity > 0) {
        mh_status status = mhi_channel_open(own, pool, choice->capacity, MHI_OF_LIBRARY, call);
        if (status != MH_OK)
            return status;
        *channel = *own;
    }
    return *channel != NULL ? MH_OK : missing(call, choice->what, choice->scope);
}

static mh_status choose_event(const mh_session *session, mh_scope scope, mhi_member *member,
                              const char *call)
{
    mh_event **event = &member->context.cancel;
    if (scope == MH_SCOPE_NONE)
        return MH_OK;
    if (scope == MH_SCOPE_GLOBAL)
        *event = session->pool->context.cancel;
    if (scope == MH_SCOPE_SESSION)
        *event = session->context.cancel;
    if (scope == MH_SCOPE_TASK && session->shape.has_cancel) {
        mh_status status = mhi_event_open(&member->own.cancel, session->pool, MHI_OF_LIBRARY,
                                          call);
        if (status != MH_OK)
            return status;
        *event = member->own.cancel;
    }
    member->shares_global = scope == MH_SCOPE_GLOBAL;
    return *event != NULL ? MH_OK : missing(call, "cancel event", scope);
}

static mh_status choose_context(const mh_session *session, const mh_scopes *scopes,
                                mhi_member *member, const char *call)
{
    mh_pool *pool = session->pool;
    const choice input = {.scope = scopes->input,
                          .what = "input",
                          .global = pool->context.input,
                          .session = session->context.input,
                          .capacity = session->shape.input};
    const choice output = {.scope = scopes->output,
                           .what = "output",
                           .global = pool->context.output,
                           .session = session->context.output,
                           .capacity = session->shape.output};
    mh_status status = choose_channel(pool, &input, &member->context.input, &member->own.input,
                                      call);
    if (status == MH_OK)
        status = choose_channel(pool, &output, &member->context.output, &member->own.output,
                                call);
    return status == MH_OK ? choose_event(session, scopes->cancel, member, call) : status;
}

// ---- one member ---------------------------------------------------------------------------------

// `name` NULL for none. What was made so far is freed with the member.
static mh_status fill_in(mh_session *session, mhi_member *member, const char *name,
                         const mh_run_options *options, const char *call)
{
    if (name != NULL) {
        size_t size = strlen(name) + 1;
        member->named.name = mhi_allocate(1, size);
        if (member->named.name == NULL)
            return mhi_refuse(MH_NO_MEMORY, "%s: no memory", call);
        memcpy(member->named.name, name, size);
    }
    return choose_context(session, &options->scopes, member, call);
}

mh_status mhi_member_make(mh_session *session, const char *name, const mh_run_options *options,
                          const char *call, mhi_member **made)
{
    mhi_mutex_lock(&session->lock);
    bool is_taken = name != NULL && mhi_names_find(&session->names, name) != NULL;
    mhi_mutex_unlock(&session->lock);
    if (is_taken)
        return mhi_refuse(MH_BUSY, "%s: a task of this session is named \"%s\"", call, name);
    mhi_member *member = mhi_allocate(1, sizeof *member);
    if (member == NULL)
        return mhi_refuse(MH_NO_MEMORY, "%s: no memory", call);
    mh_status status = fill_in(session, member, name, options, call);
    if (status == MH_OK)
        *made = member;
    else
        mhi_member_free(member);
    return status;
}

void mhi_member_free(mhi_member *member)
{
    mh_task_drop(member->task);
    mhi_context_close(&member->own);
    mhi_free(member->named.name);
    mhi_free(member);
}
