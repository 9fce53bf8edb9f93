// Task: what can be asked of a handle, and what it keeps.

#include "task.h"

#include <string.h>

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "desk.h"

// ---- what it keeps ------------------------------------------------------------------------------

void mhi_task_keep_nothing(mh_task *task)
{
    if (task->data != task->room)
        mhi_free(task->data);
    task->data = task->room;
    task->size = 0;
}

mh_status mhi_task_keep(mh_task *task, const void *bytes, uint64_t size)
{
    void *data = size <= sizeof task->room ? task->room : mhi_allocate(1, size);
    if (data == NULL)
        return MH_NO_MEMORY;
    mhi_task_keep_nothing(task);
    mhi_copy(data, bytes, size);
    task->data = data;
    task->size = size;
    return MH_OK;
}

void mhi_task_strip(mh_task *task)
{
    mh_result result;
    if (task->end.never_ran)
        return; // what it has is its input
    mhi_task_sum_up(task, &result);
    mhi_failure failure = {.code = result.code,
                           .signal = result.signal,
                           .exit_code = result.exit_code,
                           .likely_oom = result.likely_oom};
    mhi_record record = {
        .size = sizeof failure,
        .note = mhi_result_note(result.outcome, (uint32_t)result.worker, result.pid)};
    if (task->size == 0 || task->parts > 1)
        return; // it has no more than the library's own words; or each part has its numbers
    mhi_task_keep_nothing(task);
    memcpy(task->room, &record, sizeof record);
    memcpy(task->room + sizeof record, &failure, sizeof failure);
    task->size = sizeof record + sizeof failure;
}

static mh_result read_end(const mh_task *task)
{
    return (mh_result){.outcome = (mh_outcome)task->end.outcome,
                       .code = task->end.code,
                       .message = task->end.reason,
                       .worker = -1,
                       .attempt = 1};
}

bool mhi_task_read(const mh_task *task, uint64_t number, mh_result *result)
{
    if (number >= task->parts)
        return false;
    mhi_reader reader = {.base = task->data, .end = task->size};
    const mhi_record *record = NULL;
    for (uint64_t i = 0; !task->end.never_ran && i <= number; i++)
        record = mhi_reader_next(&reader);
    if (record != NULL)
        mhi_result_read(record, result);
    else
        *result = read_end(task);
    result->index = task->id + number;
    result->duration_ns = task->duration_ns / task->parts;
    return true;
}

void mhi_task_sum_up(const mh_task *task, mh_result *result)
{
    mh_result part;
    mhi_task_read(task, 0, result);
    for (uint64_t i = 1; result->outcome == MH_DONE && i < task->parts; i++)
        if (mhi_task_read(task, i, &part) && part.outcome != MH_DONE)
            *result = part;
    result->duration_ns = task->duration_ns;
}

// ---- handles ------------------------------------------------------------------------------------

mh_status mhi_task_check(const mh_task *task, const char *call)
{
    if (task == NULL)
        return mhi_refuse(MH_INVALID, "%s: the task is NULL", call);
    if (atomic_load_explicit(&task->holders, memory_order_relaxed) < MHI_HANDLE)
        return mhi_refuse(MH_INVALID, "%s: the task was dropped", call);
    if (task->desk->generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: the task was submitted by the parent of this process",
                          call);
    return MH_OK;
}

mh_task *mh_task_hold(mh_task *task)
{
    if (task != NULL && mhi_task_check(task, "mh_task_hold") == MH_OK)
        atomic_fetch_add_explicit(&task->holders, MHI_HANDLE, memory_order_relaxed);
    return task;
}

void mh_task_drop(mh_task *task)
{
    if (task != NULL && mhi_task_check(task, "mh_task_drop") == MH_OK)
        mhi_task_release(task, MHI_HANDLE);
}

// ---- questions ----------------------------------------------------------------------------------

static bool is_usable(const mh_task *task)
{
    return task != NULL &&
           atomic_load_explicit(&task->holders, memory_order_relaxed) >= MHI_HANDLE &&
           task->desk->generation == mhi_fork_generation_now();
}

mh_task_state mhi_task_state(const mh_task *task)
{
    if (!is_usable(task) || mhi_task_is_ended(task))
        return MH_TASK_ENDED;
    mhi_desk *desk = task->desk;
    mhi_mutex_lock(&desk->lock);
    if (!mhi_task_is_ended(task))
        mhi_desk_turn(desk); // perhaps it has ended
    mh_task_state state = mhi_task_is_ended(task)    ? MH_TASK_ENDED
                          : mhi_task_has_begun(task) ? MH_TASK_RUNNING
                                                     : MH_TASK_QUEUED;
    mhi_mutex_unlock(&desk->lock);
    return state;
}

mh_task_state mh_task_state_of(const mh_task *task)
{
    mh_task_state state = mhi_task_state(task);
    if (state == MH_TASK_ENDED && is_usable(task))
        mhi_desk_listen(task->desk);
    return state;
}

static mh_status check_ended(const mh_task *task, const void *result, const char *call)
{
    mh_status status = mhi_task_check(task, call);
    if (status != MH_OK)
        return status;
    if (result == NULL)
        return mhi_refuse(MH_INVALID, "%s: nowhere to put the result", call);
    return mhi_task_state(task) == MH_TASK_ENDED ? MH_OK : MH_BUSY;
}

// Of part `number`, or of the whole task. What keeps nothing may lose its words while they are read, but for
// the lock; and nobody sees them anyway.
#define WHOLE UINT64_MAX
static void read_numbers(const mh_task *task, uint64_t number, mh_result *result)
{
    mhi_mutex_lock(&task->desk->lock);
    if (!mhi_task_read(task, number, result))
        mhi_task_sum_up(task, result);
    mhi_mutex_unlock(&task->desk->lock);
    result->data = NULL;
    result->size = 0;
    result->message = "";
}

mh_status mhi_task_result(const mh_task *task, mh_result *result)
{
    mh_status status = check_ended(task, result, "mh_task_result");
    if (status != MH_OK)
        return status;
    if (task->keeps_nothing)
        read_numbers(task, WHOLE, result);
    else
        mhi_task_sum_up(task, result);
    return MH_OK;
}

mh_status mh_task_result(const mh_task *task, mh_result *result)
{
    mh_status status = mhi_task_result(task, result);
    if (status == MH_OK)
        mhi_desk_listen(task->desk);
    return status;
}

size_t mh_task_parts(const mh_task *task)
{
    return is_usable(task) ? task->parts : 0;
}

mh_status mh_task_part(const mh_task *task, size_t number, mh_result *result)
{
    mh_status status = check_ended(task, result, "mh_task_part");
    if (status != MH_OK)
        return status;
    mhi_desk_listen(task->desk);
    if (number >= task->parts)
        return MH_END;
    if (task->keeps_nothing)
        read_numbers(task, number, result);
    else
        mhi_task_read(task, number, result);
    return MH_OK;
}

uint64_t mh_task_id(const mh_task *task)
{
    return is_usable(task) ? task->id : 0;
}

mh_bytes mh_task_input(const mh_task *task)
{
    mh_bytes input = {.data = NULL};
    if (!is_usable(task))
        return input;
    mhi_mutex_lock(&task->desk->lock);
    bool has_input = !mhi_task_is_ended(task) || task->end.never_ran;
    if (has_input && task->size > 0)
        input = (mh_bytes){.data = task->data, .size = task->size};
    mhi_mutex_unlock(&task->desk->lock);
    return input;
}

void *mh_task_context(const mh_task *task)
{
    return is_usable(task) ? task->context : NULL;
}

mh_pool *mh_task_pool(const mh_task *task)
{
    if (!is_usable(task))
        return NULL;
    mhi_mutex_lock(&task->desk->lock);
    mh_pool *pool = task->desk->pool;
    mhi_mutex_unlock(&task->desk->lock);
    return pool;
}

int mh_task_priority(const mh_task *task)
{
    if (!is_usable(task))
        return 0;
    mhi_mutex_lock(&task->desk->lock);
    int priority = task->priority;
    mhi_mutex_unlock(&task->desk->lock);
    return priority;
}
