// Status: the small words of the public face: statuses, outcomes, bytes, deadlines, values.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands/bytes.h>
#include <manyhands/deadline.h>
#include <manyhands/result.h>
#include <manyhands/status.h>

#include "../platform/platform.h"
#include "assert.h"
#include "log.h"

const char *mh_status_text(mh_status status)
{
    static const char *const texts[] = {
        [MH_OK] = "it worked",
        [MH_END] = "there is nothing more to come",
        [MH_TIMEOUT] = "the deadline passed first",
        [MH_INVALID] = "an argument makes no sense",
        [MH_NO_MEMORY] = "memory ran out",
        [MH_TOO_LARGE] = "an item or a result is larger than the pool allows",
        [MH_FULL] = "a table of fixed size has no place left",
        [MH_BUSY] = "something else is still open or running",
        [MH_CLOSED] = "it takes nothing more",
        [MH_STOPPED] = "it was cancelled before its end",
        [MH_ERRORS] = "some of the work ended badly",
        [MH_SOURCE_FAILED] = "the source of the input failed",
        [MH_BROKEN] = "no worker is left to do the work",
        [MH_FORKED] = "it belongs to the process that opened it",
        [MH_DEADLOCK] = "waiting here could wait for itself",
        [MH_NOT_FOUND] = "what was asked for does not exist",
        [MH_SYSTEM] = "the operating system refused",
    };
    if ((unsigned)status >= sizeof texts / sizeof *texts)
        return "no such status";
    return texts[status];
}

const char *mh_outcome_text(mh_outcome outcome)
{
    static const char *const texts[] = {
        [MH_DONE] = "done",           [MH_FAILED] = "failed",       [MH_CRASHED] = "crashed",
        [MH_TIMED_OUT] = "timed out", [MH_CANCELLED] = "cancelled",
    };
    if ((unsigned)outcome >= sizeof texts / sizeof *texts)
        return "no such outcome";
    return texts[outcome];
}

mh_bytes mh_bytes_of_text(const char *text)
{
    return (mh_bytes){.data = text, .size = text == NULL ? 0 : strlen(text) + 1};
}

mh_deadline mh_in_ms(int64_t ms)
{
    if (ms <= 0)
        return MH_NOW;
    uint64_t now = mhi_clock_ns();
    if ((uint64_t)ms >= (MH_FOREVER - now) / 1000000)
        return MH_FOREVER;
    return now + (uint64_t)ms * 1000000;
}

const void *mh_result_value(const mh_result *result, size_t size)
{
    static const max_align_t nothing[MH_VALUE_LIMIT / sizeof(max_align_t)];
    if (result != NULL && result->outcome == MH_DONE && result->size == size && size > 0)
        return result->data;
    mhi_assert(size <= sizeof nothing && "mh_result_as: the result is not there");
    return nothing;
}

_Noreturn void mhi_broken_promise(const char *promise, const char *file, int line)
{
    char text[512];
    int size = snprintf(text, sizeof text, "manyhands: broken promise: %s (%s:%d)\n", promise,
                        file, line);
    mhi_terminal_write(2, text, (size_t)size);
    abort();
}
