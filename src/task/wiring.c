// Wiring: what a task is told of its context, and who uses a channel or an event.

#include "../base/fork.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "pool.h"

static mh_status check_end(const mhi_users *users, uint32_t generation, const mhi_shop *shop,
                           const mh_pool *pool, const char *call)
{
    if (generation != mhi_fork_generation_now())
        return mhi_refuse(MH_FORKED, "%s: the context was opened by another process", call);
    if (users == NULL || shop != &pool->crew.shop)
        return mhi_refuse(MH_INVALID, "%s: a channel or event of another pool, or of a call",
                          call);
    return MH_OK;
}

mh_status mhi_context_check(const mh_context *context, const mh_pool *pool, const char *call)
{
    const mh_channel *ends[] = {context->input, context->output};
    mh_status status = MH_OK;
    for (int i = 0; i < 2 && status == MH_OK; i++)
        if (ends[i] != NULL)
            status = check_end(ends[i]->users, ends[i]->generation, ends[i]->shop, pool, call);
    const mh_event *cancel = context->cancel;
    if (status == MH_OK && cancel != NULL)
        status = check_end(cancel->users, cancel->generation, cancel->shop, pool, call);
    return status;
}

mhi_wiring *mhi_wire(const mh_context *context)
{
    mhi_wiring *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->context = *context;
    if (context->input != NULL) {
        mhi_users *users = context->input->users;
        atomic_fetch_add(&users->receivers, 1);
        atomic_store(&users->had_receivers, true);
        made->wires.input = context->input->mailbox.area;
    }
    if (context->output != NULL) {
        mhi_users *users = context->output->users;
        atomic_fetch_add(&users->senders, 1);
        atomic_store(&users->had_senders, true);
        made->wires.output = context->output->mailbox.area;
    }
    if (context->cancel != NULL) {
        atomic_fetch_add(&context->cancel->users->receivers, 1);
        made->wires.cancel = context->cancel->area;
    }
    return made;
}

void mhi_unwire(mhi_wiring *wiring)
{
    const mh_context *context = &wiring->context;
    if (context->input != NULL)
        mhi_boxes_leave(&context->input->users->receivers, context->input);
    if (context->output != NULL)
        mhi_boxes_leave(&context->output->users->senders, context->output);
    if (context->cancel != NULL)
        mhi_boxes_leave(&context->cancel->users->receivers, NULL);
    mhi_free(wiring);
}
