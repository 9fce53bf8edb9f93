// Say: a line is in the ring when the call that said it returns, so it survives the worker.
//
// Threads of one worker process take turns; one of them may wait for room with the lock held, for
// the others would find none either.

#include "say.h"

#include <string.h>

#include "../base/log.h"
#include "../platform/platform.h"
#include "home.h"

static mhi_mutex saying = PTHREAD_MUTEX_INITIALIZER;

_Static_assert((int)MHI_LOG_MOST <= (int)MHI_LINE_MOST, "each line fits into a ring");

// Under `saying`.
static void put(mhi_lines *lines, bool may_drop, mhi_line line, const char *text)
{
    if (mhi_lines_add(lines, line, text))
        return;
    if (may_drop) {
        mhi_lines_drop(lines);
        return;
    }
    // Some of what is in the ring may not have been rung for.
    mhi_home_ring();
    mhi_lines_wait(lines, line.size);
    mhi_lines_add(lines, line, text);
}

static bool say(mh_log_level level, bool is_user, const char *text)
{
    mhi_shop *shop = mhi_home_shop();
    if (shop == NULL)
        return false;
    mhi_line line = {.size = (uint32_t)strlen(text),
                     .kind = is_user ? MHI_LINE_USERS : MHI_LINE_OURS,
                     .level = (uint16_t)level};
    mhi_mutex_lock(&saying);
    put(&shop->lines[mhi_home_number()], shop->common->drops_logs, line, text);
    mhi_home_ring();
    mhi_mutex_unlock(&saying);
    return true;
}

void mhi_say_quietly(mhi_line_kind kind, const void *bytes, uint32_t size)
{
    mhi_shop *shop = mhi_home_shop();
    mhi_mutex_lock(&saying);
    put(&shop->lines[mhi_home_number()], false,
        (mhi_line){.size = size, .kind = (uint16_t)kind}, bytes);
    mhi_mutex_unlock(&saying);
}

// A worker of a pool that a worker has opened: another thread of that one may have been saying
// something while we were forked.
void mhi_say_from_here(mhi_shop *shop)
{
    mhi_mutex_init(&saying);
    mhi_log_limit_told_to(&shop->common->log_limit);
    mhi_log_forward_to(say);
}
