// Run: how a task becomes a member of a session.
//
// One run at a time goes through here, so a name that was free stays free, and numbers have no
// gaps. Everything that may fail is done before the task is submitted.

#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "session.h"

// ---- room ---------------------------------------------------------------------------------------

// Room for so many more members, and their names.
static mh_status ensure_room(mh_session *session, size_t more, const char *call)
{
    mhi_mutex_lock(&session->lock);
    mh_status status = mhi_names_ensure(&session->names, more);
    size_t room = session->room > 0 ? session->room : 16;
    while (room < session->count + more)
        room *= 2;
    if (status == MH_OK && room > session->room) {
        mhi_member **grown = mhi_resize(session->member, room * sizeof(mhi_member *));
        if (grown != NULL) {
            session->member = grown;
            session->room = room;
        }
        status = grown != NULL ? MH_OK : MH_NO_MEMORY;
    }
    mhi_mutex_unlock(&session->lock);
    return status == MH_OK ? status : mhi_refuse(status, "%s: no memory", call);
}

// It has a task now. Cannot fail. While the session is terminated a task of it may still run others.
static void enter(mh_session *session, mhi_member *member, mhi_watch *watch)
{
    mhi_mutex_lock(&session->lock);
    member->number = session->numbers++;
    session->member[session->count++] = member;
    if (member->named.name != NULL)
        mhi_names_put(&session->names, &member->named);
    mh_status (*tell)(mh_task *) = session->telling;
    mh_task *told = tell != NULL ? mh_task_hold(member->task) : NULL;
    mhi_mutex_unlock(&session->lock);
    mhi_completions_add(session->completions, member->task, watch);
    if (told != NULL)
        tell(told);
    mh_task_drop(told);
}

// ---- many ---------------------------------------------------------------------------------------

// What is needed for some members, before they are run.
typedef struct batch {
    mhi_member **member;
    mhi_watch **watch;
    mh_task **task;
    size_t count;
} batch;

static void drop_batch(batch *batch)
{
    bool is_empty = batch->member == NULL && batch->watch == NULL;
    for (size_t i = 0; i < batch->count && !is_empty; i++) {
        if (batch->member != NULL && batch->member[i] != NULL)
            mhi_member_free(batch->member[i]);
        if (batch->watch != NULL)
            mhi_free(batch->watch[i]);
    }
    mhi_free(batch->member);
    mhi_free(batch->watch);
    mhi_free(batch->task);
}

static bool allocate(batch *batch, size_t count)
{
    *batch = (struct batch){.count = count,
                            .member = mhi_allocate(count, sizeof(mhi_member *)),
                            .watch = mhi_allocate(count, sizeof(mhi_watch *)),
                            .task = mhi_allocate(count, sizeof(mh_task *))};
    bool is_whole = batch->member != NULL && batch->watch != NULL && batch->task != NULL;
    for (size_t i = 0; is_whole && i < count; i++)
        is_whole = (batch->watch[i] = mhi_allocate(1, sizeof **batch->watch)) != NULL;
    return is_whole;
}

typedef struct order {
    const char *call;
    const char *name; // of the one, or the prefix of many; NULL: none
    bool is_numbered; // the name is a prefix
    const mh_routine *routine;
    const void *inputs;
    size_t count, size;
    const mh_run_options *options;
} order;

static mh_status make_members(mh_session *session, const order *order, batch *batch)
{
    size_t room = order->name != NULL ? strlen(order->name) + 24 : 1;
    char *name = mhi_allocate(1, room);
    mh_status status = name != NULL ? MH_OK
                                    : mhi_refuse(MH_NO_MEMORY, "%s: no memory", order->call);
    for (size_t i = 0; i < order->count && status == MH_OK; i++) {
        if (order->name != NULL && order->is_numbered)
            snprintf(name, room, "%s%zu", order->name, i);
        else if (order->name != NULL)
            snprintf(name, room, "%s", order->name);
        status = mhi_member_make(session, order->name != NULL ? name : NULL, order->options,
                                 order->call, &batch->member[i]);
    }
    mhi_free(name);
    return status;
}

static mh_status prepare(mh_session *session, const order *order, batch *batch)
{
    if (!allocate(batch, order->count))
        return mhi_refuse(MH_NO_MEMORY, "%s: no memory for %zu tasks", order->call,
                          order->count);
    mh_status status = ensure_room(session, order->count, order->call);
    return status == MH_OK ? make_members(session, order, batch) : status;
}

static mh_task_options options_for(const order *order, mhi_member *member)
{
    return (mh_task_options){.priority = order->options->priority,
                             .limiter = order->options->limiter,
                             .channels = member->context,
                             .context = member};
}

// Tasks with channels of their own differ in what they are given, and are submitted one by one.
static mh_status submit_each(mh_session *session, const order *order, batch *batch,
                             size_t *made)
{
    mh_status status = MH_OK;
    for (; *made < order->count && status == MH_OK; *made += status == MH_OK) {
        const mh_task_options options = options_for(order, batch->member[*made]);
        const char *input = order->inputs == NULL
                                ? NULL
                                : (const char *)order->inputs + *made * order->size;
        status = mh_submit(session->pool, order->routine,
                           (mh_bytes){.data = input, .size = order->size}, &options,
                           &batch->task[*made]);
    }
    return status;
}

static bool has_own(const mh_scopes *scopes)
{
    return scopes->input == MH_SCOPE_TASK || scopes->output == MH_SCOPE_TASK ||
           scopes->cancel == MH_SCOPE_TASK;
}

static mh_status submit(mh_session *session, const order *order, batch *batch)
{
    size_t made = 0;
    if (order->count == 1 || has_own(&order->options->scopes)) {
        mh_status status = submit_each(session, order, batch, &made);
        for (size_t i = 0; status != MH_OK && i < made; i++) {
            mh_task_stop(batch->task[i]);
            mh_task_wait(batch->task[i], MH_FOREVER);
            mh_task_drop(batch->task[i]);
        }
        return status;
    }
    const mh_task_options options = options_for(order, batch->member[0]);
    return mh_submit_each(session->pool, order->routine, order->inputs, order->count,
                          order->size, 1, &options, batch->task, &made);
}

static void enter_all(mh_session *session, batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        mhi_member *member = batch->member[i];
        member->task = batch->task[i];
        member->task->context = member;
        enter(session, member, batch->watch[i]);
        batch->member[i] = NULL;
        batch->watch[i] = NULL;
    }
}

// What would make no sense is refused before anything is made.
static mh_status check(const mh_session *session, const order *order)
{
    mh_status status = mhi_pool_check_open(session->pool, order->call);
    if (status == MH_OK)
        status = mhi_pool_check_routine(session->pool, order->routine, order->call);
    if (status != MH_OK)
        return status;
    bool is_too_much = order->count > UINT32_MAX ||
                       (order->size > 0 && order->count > SIZE_MAX / order->size);
    if (is_too_much)
        return mhi_refuse(MH_INVALID, "%s: %zu inputs of %zu bytes", order->call, order->count,
                          order->size);
    if (order->inputs == NULL && order->count > 0 && order->size > 0)
        return mhi_refuse(MH_INVALID, "%s: %zu bytes at NULL", order->call, order->size);
    return MH_OK;
}

// Under `running`.
static mh_status run(mh_session *session, const order *order)
{
    mh_status status = check(session, order);
    if (status != MH_OK || order->count == 0)
        return status;
    batch batch;
    status = prepare(session, order, &batch);
    if (status == MH_OK)
        status = submit(session, order, &batch);
    if (status == MH_OK)
        enter_all(session, &batch);
    drop_batch(&batch);
    return status;
}

static mh_status run_alone(mh_session *session, const order *order, uint64_t *number)
{
    mhi_mutex_lock(&session->running);
    uint64_t next = session->numbers;
    mh_status status = run(session, order);
    mhi_mutex_lock(&session->lock);
    if (session->refused == MH_OK)
        session->refused = status;
    mhi_mutex_unlock(&session->lock);
    mhi_mutex_unlock(&session->running);
    if (status == MH_OK && number != NULL)
        *number = next;
    return status;
}

// ---- the face -----------------------------------------------------------------------------------

static const mh_run_options run_defaults;

mh_status mh_session_run(mh_session *session, const char *name, const mh_routine *routine,
                         mh_bytes input, const mh_run_options *options, uint64_t *number)
{
    mh_status status = mhi_session_check(session, "mh_session_run");
    if (status != MH_OK)
        return status;
    const order order = {.call = "mh_session_run",
                         .name = name,
                         .routine = routine,
                         .inputs = input.data,
                         .size = input.size,
                         .count = 1,
                         .options = options != NULL ? options : &run_defaults};
    return run_alone(session, &order, number);
}

mh_status mh_session_map(mh_session *session, const char *prefix, const mh_routine *routine,
                         const void *inputs, size_t count, size_t size,
                         const mh_run_options *options, uint64_t *first)
{
    mh_status status = mhi_session_check(session, "mh_session_map");
    if (status != MH_OK)
        return status;
    const order order = {.call = "mh_session_map",
                         .name = prefix,
                         .is_numbered = true,
                         .routine = routine,
                         .inputs = inputs,
                         .count = count,
                         .size = size,
                         .options = options != NULL ? options : &run_defaults};
    return run_alone(session, &order, first);
}

mh_status mh_session_refused(const mh_session *session)
{
    mh_status status = mhi_session_check(session, "mh_session_refused");
    if (status != MH_OK)
        return status;
    mh_session *self = (mh_session *)(uintptr_t)session;
    mhi_mutex_lock(&self->lock);
    status = self->refused;
    mhi_mutex_unlock(&self->lock);
    return status;
}
