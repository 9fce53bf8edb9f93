// Shutdown: an office closes. What lies there may be finished; or it is dropped, and the
// office tells which letters were never begun; and whoever still writes is stopped in the end,
// by force if need be.
//
// Shows (FEATURES): P17 shutting down by finishing, by dropping, and by force; which tasks
// never ran.
//
//     ./shutdown
//
// prints:
//
//     threads: finish: it worked, 3 letters answered
//     threads: drop: the deadline passed first
//       never begun: the second letter
//       never begun: the third letter
//     threads: kill: it worked
//     processes: finish: it worked, 3 letters answered
//     processes: drop: the deadline passed first
//       never begun: the second letter
//       never begun: the third letter
//     processes: kill: it worked

#include <stdio.h>

#include <manyhands.h>

#include "bell.h"
#include "kind.h"

static const char *const letters[] = {"the first letter", "the second letter",
                                      "the third letter"};

static mh_status answer(mh_call *call, mh_bytes letter)
{
    return mh_return(call, letter.data, letter.size);
}

// Thinks about it until asked to stop.
static mh_status ponder(mh_call *call, mh_bytes letter)
{
    (void)letter;
    ring_bell();
    return mh_wait_cancelled(call, MH_FOREVER);
}

static const mh_routine answer_each = {.name = "answer", .run = answer};
static const mh_routine ponder_each = {.name = "ponder", .run = ponder};

static mh_pool *open_office(const char *kind, const mh_routine *routine)
{
    mh_pool *pool;
    mh_pool_options options = {.kind = kind_named(kind), .workers = 1, .start = MH_START_FORK};
    if (mh_pool_open(&pool, &options) != MH_OK)
        exit(1);
    for (int i = 0; i < 3; i++)
        mh_submit(pool, routine, mh_bytes_of_text(letters[i]), NULL, NULL);
    return pool;
}

static void shut_down_by_finishing(const char *kind)
{
    mh_pool *pool = open_office(kind, &answer_each);
    mh_status status = mh_pool_shutdown(pool, MH_SHUTDOWN_FINISH, false, mh_in_ms(10000));
    mh_pool_facts facts = {0};
    mh_pool_facts_of(pool, &facts);
    printf("%s: finish: %s, %d letters answered\n", kind, mh_status_text(status),
           (int)facts.ended);
    mh_pool_close(pool);
}

static void shut_down_by_force(const char *kind)
{
    mh_pool *pool = open_office(kind, &ponder_each);
    wait_for_bell(1);
    mh_status status = mh_pool_shutdown(pool, MH_SHUTDOWN_DROP, false, MH_NOW);
    printf("%s: drop: %s\n", kind, mh_status_text(status)); // the first one is still pondered
    for (mh_task *task; mh_pool_never_ran(pool, &task) == MH_OK; mh_task_drop(task))
        printf("  never begun: %s\n", (const char *)mh_task_input(task).data);
    status = mh_pool_shutdown(pool, MH_SHUTDOWN_KILL, false, mh_in_ms(10000));
    printf("%s: kill: %s\n", kind, mh_status_text(status));
    mh_pool_close(pool);
}

int main(void)
{
    open_bell();
    static const char *const kinds[] = {"threads", "processes"};
    for (int i = 0; i < 2; i++) {
        shut_down_by_finishing(kinds[i]);
        shut_down_by_force(kinds[i]);
    }
    close_bell();
    return 0;
}
