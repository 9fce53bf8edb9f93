// Partial: a routine, and the bytes that are bound already.

#include <manyhands/partial.h>

#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../shared/record.h"

struct mh_partial {
    mh_routine routine;
    size_t size;
    char bytes[];
};

// `size` bytes and then `more`, which begin at a multiple of 16.
static mh_status join(char **joined, size_t *joined_size, const void *bytes, size_t size,
                      mh_bytes more, size_t before)
{
    size_t at = more.size > 0 ? mh_argument_at(size) : size;
    if (at < size || at + more.size < at)
        return MH_TOO_LARGE;
    char *made = mhi_allocate(1, before + at + more.size + 1);
    if (made == NULL)
        return MH_NO_MEMORY;
    mhi_copy(made + before, bytes, size);
    mhi_copy(made + before + at, more.data, more.size);
    *joined = made;
    *joined_size = at + more.size;
    return MH_OK;
}

static mh_status check_bytes(mh_bytes bytes, const char *call)
{
    if (bytes.data == NULL && bytes.size > 0)
        return mhi_refuse(MH_INVALID, "%s: %zu bytes at NULL", call, bytes.size);
    return MH_OK;
}

static mh_status make(mh_partial **partial, const mh_routine *routine, const void *bytes,
                      size_t size, mh_bytes more, const char *call)
{
    char *joined;
    size_t joined_size;
    mh_status status = check_bytes(more, call);
    if (status != MH_OK)
        return status;
    status = join(&joined, &joined_size, bytes, size, more, sizeof(mh_partial));
    if (status != MH_OK)
        return mhi_refuse(status, "%s: no memory for %zu bytes", call, more.size);
    mh_partial *made = (mh_partial *)(void *)joined;
    made->routine = *routine;
    made->size = joined_size;
    *partial = made;
    return MH_OK;
}

mh_status mh_partial_open(mh_partial **partial, const mh_routine *routine, mh_bytes bound)
{
    if (partial == NULL || routine == NULL)
        return mhi_refuse(MH_INVALID, "mh_partial_open: the %s is NULL",
                          partial == NULL ? "place for the partial" : "routine");
    if (routine->run == NULL)
        return mhi_refuse(MH_INVALID, "mh_partial_open: the routine has no function to run");
    return make(partial, routine, NULL, 0, bound, "mh_partial_open");
}

mh_status mh_partial_bind(mh_partial **partial, const mh_partial *from, mh_bytes bound)
{
    if (partial == NULL || from == NULL)
        return mhi_refuse(MH_INVALID, "mh_partial_bind: the %s is NULL",
                          partial == NULL ? "place for the partial" : "partial to start from");
    return make(partial, &from->routine, from->bytes, from->size, bound, "mh_partial_bind");
}

mh_status mh_partial_submit(const mh_partial *partial, mh_pool *pool, mh_bytes rest,
                            const mh_task_options *options, mh_task **task)
{
    if (partial == NULL)
        return mhi_refuse(MH_INVALID, "mh_partial_submit: the partial is NULL");
    mh_status status = check_bytes(rest, "mh_partial_submit");
    if (status != MH_OK)
        return status;
    char *joined;
    size_t size;
    status = join(&joined, &size, partial->bytes, partial->size, rest, 0);
    if (status != MH_OK)
        return mhi_refuse(status, "mh_partial_submit: no memory for %zu bytes", rest.size);
    status = mh_submit(pool, &partial->routine, (mh_bytes){.data = joined, .size = size},
                       options, task);
    mhi_free(joined);
    return status;
}

void mh_partial_close(mh_partial *partial)
{
    mhi_free(partial);
}
