// Context: what a running task and the program say to each other through.
//
// A context is an input channel, an output channel and an event that asks to stop. It is given to
// tasks when they are submitted (task.h, session.h), and the same three are found again inside:
//
//     static mh_status process_orders(mh_call *call, mh_bytes factor)
//     {
//         mh_context context = mh_context_of(call);
//         int64_t order;
//         while (mh_channel_receive(context.input, &order, sizeof order, NULL, MH_FOREVER) == MH_OK) {
//             order *= *(const int64_t *)factor.data;
//             if (mh_channel_send(context.output, MH_BYTES_OF(order), MH_FOREVER) != MH_OK)
//                 break;
//         }
//         return MH_OK; // the event was set: both calls then return MH_STOPPED
//     }
//
// Who shares them is called their scope. One input for all tasks of a session is a work queue: each
// message goes to the task that is free first.
#ifndef MANYHANDS_CONTEXT_H
#define MANYHANDS_CONTEXT_H

#include <manyhands/channel.h>
#include <manyhands/event.h>
#include <manyhands/pool.h>
#include <manyhands/routine.h>

#ifdef __cplusplus
extern "C" {
#endif

// Where there is none, NULL; every call with NULL for one says MH_NOT_FOUND.
typedef struct mh_context {
    mh_channel *input;  // the program sends, tasks receive
    mh_channel *output; // tasks send, the program receives
    mh_event *cancel;   // asks the tasks to stop
} mh_context;

// Whose a channel or event is.
typedef enum mh_scope {
    MH_SCOPE_NONE = 0, // there is none
    MH_SCOPE_GLOBAL, // the pool's, shared by all its tasks that ask for it (`global_input` and so on in pool.h)
    MH_SCOPE_SESSION, // the session's, shared by all its tasks that ask for it
    MH_SCOPE_TASK,    // the task's own
} mh_scope;

typedef struct mh_scopes {
    mh_scope input, output, cancel;
} mh_scopes;

#define MH_SCOPES_GLOBAL ((mh_scopes){MH_SCOPE_GLOBAL, MH_SCOPE_GLOBAL, MH_SCOPE_GLOBAL})
#define MH_SCOPES_SESSION ((mh_scopes){MH_SCOPE_SESSION, MH_SCOPE_SESSION, MH_SCOPE_SESSION})
#define MH_SCOPES_TASK ((mh_scopes){MH_SCOPE_TASK, MH_SCOPE_TASK, MH_SCOPE_TASK})

// The context of the task whose routine makes this call; all NULL in an item of a map, in a setup
// and in a teardown. It is valid until the routine returns.
mh_context mh_context_of(mh_call *call);

// The pool's own, which it has if it was opened with them; they live as long as the pool. For
// NULL: none.
mh_context mh_pool_context(const mh_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
