// Priorities: a doctor with one room. Whoever is more urgent comes first, equal ones in the
// order in which they came; and who gets worse while waiting is called earlier.
//
// Shows (FEATURES): P3 priorities, first come first served among equals, and changed while
// queued.
//
//     ./priorities [threads|processes|serial]
//
// prints, for every kind:
//
//     the headache
//     the broken arm
//     the cold
//     the cough
//     the check-up

#include <stdio.h>

#include <manyhands.h>

#include "kind.h"

#define PATIENTS 5

static struct patient {
    const char *complaint;
    int priority; // lower comes first
} patients[PATIENTS] = {{"the cold", 5},
                        {"the check-up", 20},
                        {"the headache", 10},
                        {"the broken arm", 2},
                        {"the cough", 5}};

static mh_status treat(mh_call *call, mh_bytes complaint)
{
    return mh_return(call, complaint.data, complaint.size);
}

// Keeps the room until it is asked to stop.
static mh_status keep_room(mh_call *call, mh_bytes item)
{
    (void)item;
    return mh_wait_cancelled(call, MH_FOREVER);
}

static const mh_routine treat_each = {.name = "treat", .run = treat};
static const mh_routine keeper = {.name = "keep room", .run = keep_room};

static void submit_all(mh_pool *pool, mh_task **tasks)
{
    for (int i = 0; i < PATIENTS; i++) {
        mh_task_options options = {.priority = patients[i].priority};
        mh_submit(pool, &treat_each, mh_bytes_of_text(patients[i].complaint), &options,
                  &tasks[i]);
    }
    mh_task_set_priority(tasks[2], 1); // the headache gets worse
}

static void print_as_they_come(mh_completions *treated)
{
    for (mh_task *task; mh_completions_next(treated, &task, MH_FOREVER) == MH_OK;) {
        mh_result result;
        if (mh_task_result(task, &result) == MH_OK && result.outcome == MH_DONE)
            printf("%s\n", (const char *)result.data);
    }
}

int main(int argc, char **argv)
{
    mh_pool_options options = {
        .kind = kind_from(argc, argv), .workers = 1, .prefetch = MH_PREFETCH_NONE};
    mh_pool *pool;
    if (mh_pool_open(&pool, &options) != MH_OK)
        return 1;
    mh_task *keeping = NULL, *tasks[PATIENTS] = {NULL};
    mh_submit(pool, &keeper, (mh_bytes){NULL, 0}, NULL, &keeping); // until all have come
    submit_all(pool, tasks);
    mh_completions
        *treated = NULL; // before any of them ends, for later their order would not be known
    mh_completions_open(&treated, tasks, PATIENTS);
    mh_task_stop(keeping);
    print_as_they_come(treated);
    mh_completions_close(treated);
    for (int i = 0; i < PATIENTS; i++)
        mh_task_drop(tasks[i]);
    mh_task_drop(keeping);
    mh_pool_close(pool);
    return 0;
}
