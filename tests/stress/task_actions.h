// Actions: what a user of pools may do with tasks, drawn by chance, and what each call may
// answer.
#ifndef TASK_ACTIONS_H
#define TASK_ACTIONS_H

#include <pthread.h>

#include "task_ledger.h"

enum { HANDLES = 24, ACTIONS_EACH = 500, BOARD = 6 };

typedef struct user {
    uint64_t seed;
    mh_task *handles[HANDLES]; // NULL where there is none
    pthread_t thread;
} user;

enum { POOLS = 3 };
static mh_pool *pools[POOLS]; // processes, threads, and one that has no workers

// Where users leave tasks for each other.
static struct {
    pthread_mutex_t lock;
    mh_task *tasks[BOARD];
} board = {.lock = PTHREAD_MUTEX_INITIALIZER};

// ---- the tasks ----------------------------------------------------------------------------------

static mh_status work(mh_call *call, mh_bytes item);
static const mh_routine worker = {.name = "work", .run = work};

static void note_end(void *context, mh_task *task, const mh_result *result)
{
    entry *first = context;
    mh_result part;
    if (mh_task_parts(task) == 1)
        note_end_of(first, result);
    else
        for (size_t p = 0; mh_task_part(task, p, &part) == MH_OK; p++)
            note_end_of(first + p, &part);
}

static mh_task *submit_alone(mh_pool *pool, mh_task_options options)
{
    mh_task *task = NULL;
    entry *one = new_entries(1);
    if (one == NULL)
        return NULL;
    uint64_t number = number_of(one);
    one->is_alone = true;
    one->keeps_nothing = options.keep_nothing;
    options.on_end = note_end;
    options.context = one;
    mh_status status = mh_submit(pool, &worker, MH_BYTES_OF(number), &options, &task);
    atomic_store(&one->is_accepted, status == MH_OK);
    if (status != MH_OK && status != MH_CLOSED)
        blame(one, mh_status_text(status));
    return task;
}

static void run_child(mh_pool *pool)
{
    mh_task *child = submit_alone(pool, (mh_task_options){0});
    mh_result result;
    if (child != NULL &&
        (mh_task_wait(child, MH_FOREVER) != MH_OK || mh_task_result(child, &result) != MH_OK))
        blame(mh_task_context(child), "could not be waited for by its parent");
    mh_task_drop(child);
}

static mh_status give_value(mh_call *call, uint64_t number)
{
    uint64_t value = value_of(number);
    size_t size = sizeof value + (value % 9 == 0 ? value % 100000 : value % 50);
    void *room;
    mh_status status = mh_reserve(call, size, &room);
    if (status != MH_OK)
        return status;
    memset(room, (int)(char)value, size);
    memcpy(room, &value, sizeof value);
    return MH_OK;
}

static mh_status work(mh_call *call, mh_bytes item)
{
    uint64_t number;
    memcpy(&number, item.data, sizeof number);
    atomic_fetch_add(&book->entries[number].begun, 1);
    switch (value_of(number) % 10) {
    case 0:
        return mh_fail(call, (int)(number % 1000), "%llu is bad", (unsigned long long)number);
    case 1:
        mh_wait_cancelled(call, mh_in_ms((int64_t)(number % 3)));
        break;
    case 2:
        if (mh_task_of(call) != NULL) // not in a process
            run_child(mh_task_pool(mh_task_of(call)));
        break;
    default:
        break;
    }
    return give_value(call, number);
}

// ---- what users do ------------------------------------------------------------------------------

typedef void action(user *self, mh_task **place);

static void expect(const mh_task *task, bool holds, const char *what)
{
    if (!holds)
        blame(mh_task_context(task), what);
}

static void drop_it(user *self, mh_task **place)
{
    (void)self;
    mh_task_drop(*place);
    *place = NULL;
}

static void submit_one(user *self, mh_task **place)
{
    mh_task_options options = {.priority = (int)chance(&self->seed, 5) - 2,
                               .keep_nothing = one_in(&self->seed, 4)};
    drop_it(self, place);
    *place = submit_alone(pools[chance(&self->seed, POOLS)], options);
}

// Several inputs, as one task.
static void submit_some(user *self, mh_task **place)
{
    uint64_t numbers[20], count = 2 + chance(&self->seed, 18);
    entry *first = new_entries(count);
    size_t made = 0;
    drop_it(self, place);
    if (first == NULL)
        return;
    for (uint64_t i = 0; i < count; i++)
        numbers[i] = number_of(first) + i;
    mh_task_options options = {.on_end = note_end, .context = first};
    mh_status status = mh_submit_each(pools[chance(&self->seed, POOLS)], &worker, numbers,
                                      count, sizeof *numbers, count, &options, place, &made);
    if (status != MH_OK || made != 1)
        blame(first, mh_status_text(status));
    for (uint64_t i = 0; i < count; i++)
        atomic_store(&first[i].is_accepted, status == MH_OK);
}

static mh_deadline some_deadline(user *self)
{
    const mh_deadline deadlines[] = {MH_NOW, mh_in_ms((int64_t)chance(&self->seed, 3)),
                                     MH_FOREVER};
    return deadlines[chance(&self->seed, 3)];
}

static void check_ended(mh_task *task)
{
    const entry *one = mh_task_context(task);
    mh_result result;
    if (mh_task_state_of(task) != MH_TASK_ENDED || mh_task_result(task, &result) != MH_OK)
        blame(one, "was waited for, and has no result");
    else if (one->is_alone && !one->keeps_nothing)
        check_value(one, &result);
}

static void wait_for_it(user *self, mh_task **place)
{
    mh_deadline deadline = some_deadline(self);
    mh_status status = mh_task_wait(*place, deadline);
    expect(*place, status == MH_OK || (status == MH_TIMEOUT && deadline != MH_FOREVER),
           "could not be waited for");
    if (status == MH_OK)
        check_ended(*place);
}

// Those that this user has, in a row.
static size_t gather(const user *self, mh_task **tasks)
{
    size_t count = 0;
    for (int i = 0; i < HANDLES; i++)
        if (self->handles[i] != NULL)
            tasks[count++] = self->handles[i];
    return count;
}

static void wait_for_some(user *self, mh_task **place)
{
    mh_task *tasks[HANDLES];
    size_t count = gather(self, tasks), needed = chance(&self->seed, count + 1), which = 0;
    mh_deadline deadline = some_deadline(self);
    mh_status status = mh_task_wait_count(tasks, count, needed, &which, deadline);
    expect(*place, status == MH_OK || (status == MH_TIMEOUT && deadline != MH_FOREVER),
           "and others could not be waited for");
    if (status == MH_OK && needed == 1)
        check_ended(tasks[which]);
}

static void go_through(user *self, mh_task **place)
{
    mh_task *tasks[HANDLES], *task = NULL;
    mh_completions *ended;
    size_t count = gather(self, tasks), most = chance(&self->seed, count + 1);
    if (mh_completions_open(&ended, tasks, count) != MH_OK) {
        blame(mh_task_context(*place), "and others could not be gone through");
        return;
    }
    mh_status status = MH_OK;
    for (size_t i = 0; i < most && status == MH_OK; i++) {
        status = mh_completions_next(ended, &task, some_deadline(self));
        if (status == MH_OK)
            check_ended(task);
        expect(*place, status == MH_OK || status == MH_TIMEOUT, "came too few times");
    }
    mh_completions_close(ended);
}

static void cancel_it(user *self, mh_task **place)
{
    (void)self;
    mh_status status = mh_task_cancel(*place);
    if (status == MH_OK)
        atomic_store(&((entry *)mh_task_context(*place))->is_cancelled, true);
    expect(*place, status == MH_OK || status == MH_BUSY || status == MH_END,
           "could not be cancelled");
    expect(*place, status == MH_BUSY || mh_task_state_of(*place) == MH_TASK_ENDED,
           "was cancelled, and has not ended");
}

static void stop_it(user *self, mh_task **place)
{
    (void)self;
    mh_status status = mh_task_stop(*place);
    expect(*place, status == MH_OK || status == MH_END, "could not be stopped");
}

static void kill_it(user *self, mh_task **place)
{
    (void)self;
    mh_status status = mh_task_kill(*place);
    bool is_process = mh_pool_kind(mh_task_pool(*place)) == MH_PROCESSES;
    if (status == MH_OK)
        atomic_store(&((entry *)mh_task_context(*place))->is_killed, true);
    expect(*place,
           status == MH_OK || status == MH_END || status == (is_process ? MH_BUSY : MH_INVALID),
           "could not be killed");
}

static void reorder_it(user *self, mh_task **place)
{
    mh_status status = mh_task_set_priority(*place, (int)chance(&self->seed, 7) - 3);
    expect(*place, status == MH_OK || status == MH_BUSY || status == MH_END,
           "could not be given another priority");
}

static void share_it(user *self, mh_task **place)
{
    pthread_mutex_lock(&board.lock);
    mh_task **shared = &board.tasks[chance(&self->seed, BOARD)], *before = *shared;
    *shared = mh_task_hold(*place);
    pthread_mutex_unlock(&board.lock);
    mh_task_drop(before);
}

static void borrow_one(user *self, mh_task **place)
{
    drop_it(self, place);
    pthread_mutex_lock(&board.lock);
    mh_task *shared = board.tasks[chance(&self->seed, BOARD)];
    *place = shared == NULL ? NULL : mh_task_hold(shared);
    pthread_mutex_unlock(&board.lock);
}

static action *const actions[] = {
    submit_one,  submit_one,  submit_one,    submit_some, borrow_one, // these need no handle
    wait_for_it, wait_for_it, wait_for_some, go_through,  cancel_it,  stop_it,
    kill_it,     kill_it,     reorder_it,    share_it,    drop_it};
enum { ACTIONS = sizeof actions / sizeof *actions, WITHOUT_HANDLE = 5 };

static inline void *act_at_random(void *argument)
{
    user *self = argument;
    for (int i = 0; i < ACTIONS_EACH; i++) {
        mh_task **place = &self->handles[chance(&self->seed, HANDLES)];
        bool has_handle = *place != NULL;
        actions[chance(&self->seed, has_handle ? ACTIONS : WITHOUT_HANDLE)](self, place);
    }
    for (int i = 0; i < HANDLES; i++)
        drop_it(self, &self->handles[i]);
    return NULL;
}

#endif
