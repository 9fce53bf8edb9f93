// Permits: looking for a free one, or for one of ours, all round.

#include "permits.h"

#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"

#include <errno.h>

static uint64_t size_of(uint32_t count)
{
    uint64_t size = sizeof(mhi_permits) + count * sizeof(mhi_claim), page = mhi_page_size();
    return (size + page - 1) / page * page;
}

mh_status mhi_permits_open(mhi_permits **permits, uint32_t count)
{
    int fd;
    void *address;
    uint64_t size = size_of(count);
    int error = mhi_should_fail() ? ENOMEM : mhi_file_open(&fd, size);
    if (error != 0)
        return mhi_refuse_errno(error, "making a file in memory for %u permits", count);
    error = mhi_file_reserve(fd, 0, size);
    if (error == 0)
        error = mhi_file_map(fd, 0, size, &address);
    mhi_fd_close(fd);
    if (error != 0)
        return mhi_refuse_errno(error, "mapping %u permits", count);
    *permits = address;
    (*permits)->count = count;
    return MH_OK;
}

void mhi_permits_close(mhi_permits *permits)
{
    mhi_file_unmap(permits, size_of(permits->count));
}

// EMPTY -> TAKEN. Sequential: it may be the last look before a sleep.
static bool take(mhi_claim *permit, uint32_t owner)
{
    uint64_t word = atomic_load(permit);
    return mhi_claim_state(word) == MHI_EMPTY &&
           atomic_compare_exchange_strong(permit, &word,
                                          mhi_claim_word(word, owner, MHI_TAKEN));
}

bool mhi_permits_take(mhi_permits *permits, uint32_t owner)
{
    uint32_t hint = atomic_load_explicit(&permits->hint, memory_order_relaxed);
    for (uint32_t i = 0; i < permits->count; i++)
        if (take(&permits->permit[(hint + i) % permits->count], owner)) {
            atomic_store_explicit(&permits->hint, (hint + i + 1) % permits->count,
                                  memory_order_relaxed);
            return true;
        }
    return false;
}

// Two threads of the process may be giving back at once, so this is a swap, too.
static bool give(mhi_claim *permit, uint32_t owner)
{
    uint64_t word = atomic_load(permit);
    return mhi_claim_state(word) == MHI_TAKEN && mhi_claim_owner(word) == owner &&
           atomic_compare_exchange_strong(permit, &word, mhi_claim_word(word, 0, MHI_EMPTY));
}

bool mhi_permits_give(mhi_permits *permits, uint32_t owner)
{
    uint32_t hint = atomic_load_explicit(&permits->hint, memory_order_relaxed);
    for (uint32_t i = 1; i <= permits->count; i++) { // the one taken last is just before it
        uint32_t at = (hint + permits->count - i) % permits->count;
        if (give(&permits->permit[at], owner)) {
            atomic_store_explicit(&permits->hint, at, memory_order_relaxed);
            mhi_event_signal(&permits->freed, 1);
            return true;
        }
    }
    return false;
}

uint32_t mhi_permits_free(const mhi_permits *permits)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < permits->count; i++)
        found += mhi_claim_look(&permits->permit[i]) == MHI_EMPTY;
    return found;
}
